//! A JSON file a message, in a folder that only its owner can read. For development and tests: it holds codes in the clear.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use contracts::AddressKind;
use kernel::{Fault, Instant, Outcome};

use super::{Channel, Content, Delivery};

/// Messages as files.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// Into this folder, made if it is not there.
    pub fn new(folder: impl Into<PathBuf>) -> Result<Self, std::io::Error> {
        let folder = folder.into();
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        Ok(Self(folder))
    }
}

impl Channel for Folder {
    fn takes(&self, _: AddressKind) -> bool {
        true
    }

    fn deliver<'a>(&'a self, content: &'a Content, _: Instant) -> Delivery<'a> {
        Box::pin(async move {
            let (folder, id) = (self.0.clone(), content.id);
            let text = serde_json::to_vec_pretty(content).map_err(Fault::internal)?;
            tokio::task::spawn_blocking(move || write(&folder, &format!("{id}.json"), &text))
                .await
                .map_err(|_| Fault::internal("writing was cut short"))?
        })
    }
}

/// Whole or not at all: written beside, then renamed. A second time it takes the place of the first.
fn write(folder: &Path, name: &str, text: &[u8]) -> Outcome<()> {
    let beside = folder.join(format!(".{name}"));
    let written = (|| {
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(text)?;
        std::fs::rename(&beside, folder.join(name))
    })();
    written.map_err(|error: std::io::Error| Fault::internal(format!("the outbox folder: {}", error.kind())))
}
