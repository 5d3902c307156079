//! What is said of the Open311 endpoint.

use super::Raw;

/// What an operator says of the Open311 endpoint.
#[derive(Debug, Clone)]
pub struct Open311Words {
    /// Whom to write to.
    pub contact: Option<String>,
    /// How to get a key.
    pub key_service: Option<String>,
    /// The one jurisdiction that is served.
    pub jurisdiction: Option<String>,
    /// Whether everybody may read what came in by it.
    pub public: bool,
    /// Whether it is in earnest.
    pub production: bool,
}

impl Default for Open311Words {
    fn default() -> Self {
        Self { contact: None, key_service: None, jurisdiction: None, public: true, production: true }
    }
}

/// Words that somebody said; blanks are none.
fn said(words: Option<&String>) -> Option<String> {
    words.map(|words| words.trim().to_owned()).filter(|words| !words.is_empty())
}

impl Raw {
    /// Reads them.
    pub(super) fn open311(&self) -> Open311Words {
        Open311Words {
            contact: said(self.open311_contact.as_ref()),
            key_service: said(self.open311_key_service.as_ref()),
            jurisdiction: said(self.open311_jurisdiction.as_ref()),
            public: self.open311_public.unwrap_or(true),
            production: self.open311_production.unwrap_or(true),
        }
    }
}
