//! What this crate needs of the domains: lists that registered themselves, and who somebody is now.

use std::sync::Arc;

use contracts::{ActorLoader, ExportSource, ImportTarget};
use kernel::{ErrorCode, Outcome};
use storage::Tx;

use crate::error::KIND_UNKNOWN;

/// Something that can be imported.
pub type Target = Arc<dyn for<'c> ImportTarget<Tx<'c>>>;
/// Something that can be exported.
pub type Source = Arc<dyn for<'c> ExportSource<Tx<'c>>>;
/// Who somebody is now.
pub type Actors = Arc<dyn for<'c> ActorLoader<Tx<'c>>>;

/// Keeps what the cells of a file say from whoever has only the database: they hold names, and addresses.
pub trait Safe: Send + Sync {
    /// Seals a text for a purpose.
    fn seal(&self, purpose: &str, text: &str) -> Outcome<String>;
    /// Opens what was sealed for this purpose; a fault if it was not, or with another key.
    fn open(&self, purpose: &str, sealed: &str) -> Outcome<String>;
}

/// What every deed of this crate stands on.
#[derive(Clone)]
pub struct ImportServices {
    /// Who somebody is now.
    pub actors: Actors,
    /// What can be imported.
    pub targets: Arc<[Target]>,
    /// What can be exported.
    pub sources: Arc<[Source]>,
    /// What the cells are sealed with.
    pub safe: Arc<dyn Safe>,
    /// Every code that a row can fail with, for its sentence.
    pub codes: Arc<[&'static ErrorCode]>,
}

impl ImportServices {
    /// The list of this kind that can be imported.
    pub fn target(&self, kind: &str) -> Outcome<&Target> {
        self.targets.iter().find(|target| target.kind() == kind).ok_or_else(|| KIND_UNKNOWN.fault())
    }

    /// The list of this kind that can be exported.
    pub fn source(&self, kind: &str) -> Outcome<&Source> {
        self.sources
            .iter()
            .find(|source| source.kind() == kind)
            .ok_or_else(|| kernel::error::NOT_FOUND.fault())
    }

    /// The sentence of a code.
    pub fn sentence(&self, code: &str, chinese: bool) -> String {
        let known = self.codes.iter().find(|known| known.code == code);
        known.map_or_else(|| code.to_owned(), |known| if chinese { known.zh } else { known.en }.to_owned())
    }
}
