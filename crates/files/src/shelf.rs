//! Where bytes are kept: an object store, which is a folder unless the realm has another. Everything that knows of it is here.

use std::fmt;
use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use kernel::{Fault, Outcome};
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{Error, GetOptions, GetRange, ObjectStore, ObjectStoreExt};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use crate::error::STORE_UNREACHABLE;

#[cfg(feature = "s3")]
mod s3;
#[cfg(feature = "s3")]
pub use s3::S3;

/// Bytes read and sent at once.
const PIECE: usize = 128 * 1024;
/// Bytes of a part, where the store takes a large object in parts.
const PART: usize = 8 << 20;
/// Parts on their way at once.
const PARTS_AT_ONCE: usize = 2;
/// The picture or document itself, below the key of its object.
const ITSELF: &str = "file";
/// Its thumbnail.
const THUMBNAIL: &str = "thumbnail";

/// Which of an object's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The file itself.
    Itself,
    /// The thumbnail.
    Thumbnail,
}

/// What is to be kept.
pub enum Content {
    /// Made here.
    Made(Vec<u8>),
    /// Taken from outside, as it came.
    Taken(File),
}

/// A place for bytes; cheap to clone.
#[derive(Clone)]
pub struct Shelf {
    store: Arc<dyn ObjectStore>,
    /// The folder, where it is one.
    folder: Option<PathBuf>,
}

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shelf({})", self.store)
    }
}

impl Shelf {
    /// A folder, made if it is not there, for this account of the machine alone. What is put there is on the disk before it counts as
    /// put.
    pub fn folder(folder: &FilePath) -> Outcome<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(Fault::internal)?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(Fault::internal)?.with_fsync(true);
        Ok(Self { store: Arc::new(store), folder: Some(folder.to_owned()) })
    }

    /// Another store.
    pub fn of(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, folder: None }
    }

    /// The memory of this process, for tests.
    pub fn memory() -> Self {
        Self::of(Arc::new(InMemory::new()))
    }

    fn path(key: &str, part: Part) -> Path {
        let name = match part {
            Part::Itself => ITSELF,
            Part::Thumbnail => THUMBNAIL,
        };
        Path::from(format!("{key}/{name}"))
    }

    /// Keeps bytes: all of them or none.
    pub async fn put(&self, key: &str, part: Part, content: Content) -> Outcome<()> {
        let path = Self::path(key, part);
        match content {
            Content::Made(bytes) => {
                self.store.put(&path, bytes.into()).await.map(drop).map_err(|e| unreachable(&e))
            }
            Content::Taken(file) => {
                let mut file = tokio::fs::File::from_std(file);
                file.rewind().await.map_err(Fault::internal)?;
                let mut to = BufWriter::with_capacity(Arc::clone(&self.store), path, PART)
                    .with_max_concurrency(PARTS_AT_ONCE);
                let copied =
                    tokio::io::copy_buf(&mut tokio::io::BufReader::with_capacity(PIECE, file), &mut to).await;
                let done = match copied {
                    Ok(_) => to.shutdown().await,
                    Err(error) => {
                        // What was begun is given up; the error is what is told.
                        drop(to.abort().await);
                        Err(error)
                    }
                };
                done.map_err(|error| {
                    tracing::error!(%error, "a file could not be put into the store");
                    STORE_UNREACHABLE.fault()
                })
            }
        }
    }

    /// Whether bytes are there, with this size.
    pub async fn has(&self, key: &str, part: Part, size: Option<u64>) -> Outcome<bool> {
        match self.store.head(&Self::path(key, part)).await {
            Ok(meta) => Ok(size.is_none_or(|size| size == meta.size)),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(unreachable(&error)),
        }
    }

    /// Opens bytes from `start` up to `end`, or all of them.
    pub async fn open(&self, key: &str, part: Part, range: Option<(u64, u64)>) -> Outcome<Reading> {
        let range = range.map(|(start, end)| GetRange::Bounded(start..end));
        let options = GetOptions { range, ..GetOptions::default() };
        let found =
            self.store.get_opts(&Self::path(key, part), options).await.map_err(|e| unreachable(&e))?;
        let left = found.range.end - found.range.start;
        let start = found.range.start;
        let from = match found.payload {
            object_store::GetResultPayload::File(file, _) => {
                let mut file = tokio::fs::File::from_std(file);
                file.seek(std::io::SeekFrom::Start(start)).await.map_err(Fault::internal)?;
                From::File(file)
            }
            object_store::GetResultPayload::Stream(stream) => From::Store(stream),
        };
        Ok(Reading { left, from })
    }

    /// Removes an object with all that belongs to it, and what a process left that died while putting it.
    pub async fn remove(&self, key: &str) -> Outcome<()> {
        if let Some(folder) = &self.folder {
            let gone = tokio::fs::remove_dir_all(folder.join(key)).await;
            return match gone {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    tracing::error!(%error, "a file could not be removed");
                    Err(STORE_UNREACHABLE.fault())
                }
                _ => Ok(()),
            };
        }
        for part in [Part::Itself, Part::Thumbnail] {
            match self.store.delete(&Self::path(key, part)).await {
                Ok(()) | Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(unreachable(&error)),
            }
        }
        Ok(())
    }
}

fn unreachable(error: &Error) -> Fault {
    tracing::error!(%error, "the store of files does not do what it should");
    STORE_UNREACHABLE.fault()
}

enum From {
    File(tokio::fs::File),
    Store(BoxStream<'static, object_store::Result<Bytes>>),
}

/// Bytes of an object, piece by piece.
pub struct Reading {
    left: u64,
    from: From,
}

impl Reading {
    /// How many bytes are left.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// The next piece; `None` at the end.
    pub async fn piece(&mut self) -> Outcome<Option<Bytes>> {
        if self.left == 0 {
            return Ok(None);
        }
        let piece = match &mut self.from {
            From::File(file) => {
                let mut piece =
                    BytesMut::with_capacity(PIECE.min(usize::try_from(self.left).unwrap_or(PIECE)));
                file.take(self.left).read_buf(&mut piece).await.map_err(Fault::internal)?;
                piece.freeze()
            }
            From::Store(stream) => {
                stream.next().await.transpose().map_err(|e| unreachable(&e))?.unwrap_or_default()
            }
        };
        if piece.is_empty() {
            return Err(Fault::internal("an object is shorter than it was said to be"));
        }
        self.left = self.left.saturating_sub(u64::try_from(piece.len()).unwrap_or(self.left));
        Ok(Some(piece))
    }
}
