//! What notices offers: telling somebody something, in the transaction of what it tells of.

use kernel::id::User;
use kernel::{Id, IdGen, Instant, Outcome};
use secrecy::SecretString;

/// What is said, in both languages; `{name}` stands for the parameter of that name. Declared by the crate that sends it.
#[derive(Debug, PartialEq, Eq)]
pub struct Template {
    /// `plugin.what_happened`, stable.
    pub kind: &'static str,
    /// The title in English.
    pub title_en: &'static str,
    /// The title in Chinese.
    pub title_zh: &'static str,
    /// The text in English.
    pub body_en: &'static str,
    /// The text in Chinese.
    pub body_zh: &'static str,
}

/// The languages there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl Language {
    /// The word in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The language of this word.
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "zh" => Some(Self::Zh),
            "en" => Some(Self::En),
            _ => None,
        }
    }
}

/// What an address outside is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressKind {
    /// A telephone number, as E.164 has it.
    Phone,
    /// A mail address.
    Mail,
}

impl AddressKind {
    /// The word in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Mail => "mail",
        }
    }

    /// The kind of this word.
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "phone" => Some(Self::Phone),
            "mail" => Some(Self::Mail),
            _ => None,
        }
    }
}

/// Who is to hear it.
#[derive(Debug, Clone)]
pub enum Recipient {
    /// An account: it finds the notice in its inbox, for as long as the realm keeps it. Never send a code there.
    User(Id<User>),
    /// An address outside: the notice goes out by the realm's channel, and its text is forgotten then.
    Address {
        /// What the address is.
        kind: AddressKind,
        /// The address.
        address: SecretString,
        /// The language it is told in.
        language: Language,
        /// After this it is worth nothing, and is not sent any more.
        expires_at: Instant,
    },
}

/// Something to be told.
#[derive(Clone)]
pub struct Notice {
    /// What is said.
    pub template: &'static Template,
    /// To whom.
    pub to: Recipient,
    /// What stands for the template's names. To an address outside it may hold a code.
    pub parameters: Vec<(&'static str, String)>,
}

impl std::fmt::Debug for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notice")
            .field("kind", &self.template.kind)
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}

/// Telling people, within the caller's unit of work `T`.
pub trait Notices<T>: Send + Sync {
    /// Whether the realm has a channel to addresses of this kind.
    fn reaches(&self, kind: AddressKind) -> bool;
    /// Sends it once the transaction is committed: at least once, in order for each recipient.
    fn send(&self, tx: &mut T, now: Instant, ids: &dyn IdGen, notice: &Notice) -> Outcome<()>;
}
