//! A file comes: written to an unnamed file on the way, counted, hashed, and looked at as soon as there is enough to see. Its size does
//! not matter to memory, and whatever happens to this process leaves nothing behind.

use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use bytes::Bytes;
use kernel::{Fault, Outcome};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use crate::error::{EMPTY, TOO_LARGE};
use crate::inspect::{ENOUGH, Said};
use crate::model::{Limits, Media};

/// A file as it came.
#[derive(Debug)]
pub struct Taken {
    /// Its bytes.
    pub file: File,
    /// What was said of it.
    pub said: Said,
    /// What its first bytes say.
    pub media: Media,
    /// How many bytes.
    pub size: u64,
    /// SHA-256 of them, hex.
    pub sha256: String,
}

/// Takes it in. `next` answers its bytes, piece by piece, and `None` at the end.
pub async fn take(
    scratch: &Path,
    limits: &Limits,
    said: Said,
    mut next: impl AsyncFnMut() -> Outcome<Option<Bytes>>,
) -> Outcome<Taken> {
    let mut file = tokio::fs::File::from_std(nameless(scratch)?);
    let (mut hash, mut size, mut most) = (Sha256::new(), 0_u64, limits.most());
    let (mut begin, mut media) = (Vec::new(), None);
    while let Some(piece) = next().await? {
        size = size.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if media.is_none() {
            begin.extend(piece.iter().take(ENOUGH - begin.len()));
            if begin.len() == ENOUGH {
                let seen = said.check(&begin)?;
                (media, most) = (Some(seen), limits.bytes(seen));
            }
        }
        if size > most {
            return Err(too_large(most));
        }
        hash.update(&piece);
        file.write_all(&piece).await.map_err(Fault::internal)?;
    }
    if size == 0 {
        return Err(EMPTY.fault());
    }
    let media = media.map_or_else(|| said.check(&begin), Ok)?;
    file.flush().await.map_err(Fault::internal)?;
    let file = file.into_std().await;
    Ok(Taken { file, said, media, size, sha256: hex(&hash.finalize()) })
}

/// The refusal for more bytes than are taken.
pub fn too_large(most: u64) -> Fault {
    TOO_LARGE.refusal().because(format!("at most {most} bytes")).into()
}

/// A file without a name: it is gone with the process.
fn nameless(scratch: &Path) -> Outcome<File> {
    DirBuilder::new().recursive(true).mode(0o700).create(scratch).map_err(Fault::internal)?;
    tempfile::tempfile_in(scratch).map_err(Fault::internal)
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
