//! Where files are looked at and photos made anew: on threads of their own, a few at a time, within a bound of memory for all of them
//! together. Who comes when the queue is full is sent away; who goes away while it works does not free its place before it is done.

use std::io::{Read, Seek};
use std::num::NonZeroUsize;
use std::sync::Arc;

use kernel::error::UNAVAILABLE;
use kernel::{Fault, Outcome};
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::DAMAGED;
use crate::inspect::photo::{self, Photo};
use crate::inspect::{document, photo::Survey};
use crate::model::{Limits, Media};
use crate::receive::{Taken, hex};
use crate::shelf::Content;

/// Files that may wait or be worked on.
const QUEUE: usize = 64;
/// Mebibytes that all photos at work may take together.
const MEMORY_MIB: u32 = 512;
/// Files worked on at once, at most.
const MAX_HANDS: usize = 4;

/// The workshop; clones share its places.
#[derive(Clone)]
pub struct Workshop {
    queue: Arc<Semaphore>,
    hands: Arc<Semaphore>,
    memory: Arc<Semaphore>,
    limits: Limits,
}

/// A file as it is to be kept.
pub struct Made {
    /// What it is.
    pub media: Media,
    /// Its bytes.
    pub content: Content,
    /// How many.
    pub size: u64,
    /// SHA-256 of them, hex.
    pub sha256: String,
    /// Width and height of a photo.
    pub pixels: Option<(u32, u32)>,
    /// The thumbnail of a photo.
    pub thumbnail: Option<Vec<u8>>,
}

impl Workshop {
    /// One with these limits, and a hand for each core, up to four.
    pub fn new(limits: Limits) -> Self {
        let hands = std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MAX_HANDS);
        Self {
            queue: Arc::new(Semaphore::new(QUEUE)),
            hands: Arc::new(Semaphore::new(hands)),
            memory: Arc::new(Semaphore::new(usize::try_from(MEMORY_MIB).unwrap_or(QUEUE))),
            limits,
        }
    }

    /// Makes of what came what is kept, or says why not.
    pub async fn make(&self, taken: Taken) -> Outcome<Made> {
        let _place = self.queue.try_acquire().map_err(|_| UNAVAILABLE.fault())?;
        let hand = Arc::clone(&self.hands).acquire_owned().await.map_err(Fault::internal)?;
        if taken.media.is_photo() { self.photo(taken, hand).await } else { document(taken, hand).await }
    }

    async fn photo(&self, taken: Taken, hand: OwnedSemaphorePermit) -> Outcome<Made> {
        let (limits, media) = (self.limits, taken.media);
        let read = blocking(move || {
            let mut file = taken.file;
            let mut bytes = Vec::with_capacity(usize::try_from(taken.size).unwrap_or(0));
            file.rewind().and_then(|()| file.read_to_end(&mut bytes)).map_err(Fault::internal)?;
            let survey = photo::survey(&bytes, media, &limits)?;
            Ok((bytes, survey))
        });
        let (bytes, survey) = read.await?;
        let share = share(&survey);
        let memory = Arc::clone(&self.memory).acquire_many_owned(share).await.map_err(Fault::internal)?;
        let made = blocking(move || {
            let _held = (hand, memory);
            let Photo { media, bytes, pixels, thumbnail } = photo::remake(&bytes, media, &limits)?;
            let sha256 = hex(&Sha256::digest(&bytes));
            let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            let content = Content::Made(bytes);
            Ok(Made { media, content, size, sha256, pixels: Some(pixels), thumbnail: Some(thumbnail) })
        });
        made.await
    }
}

/// Mebibytes that a photo takes of what there is; the largest take all of it.
fn share(survey: &Survey) -> u32 {
    u32::try_from(survey.memory >> 20).unwrap_or(MEMORY_MIB).saturating_add(1).min(MEMORY_MIB)
}

async fn document(taken: Taken, hand: OwnedSemaphorePermit) -> Outcome<Made> {
    blocking(move || {
        let _held = hand;
        let Taken { mut file, said, media, size, sha256 } = taken;
        let media = document::check(&mut file, said, media)?;
        Ok(Made { media, content: Content::Taken(file), size, sha256, pixels: None, thumbnail: None })
    })
    .await
}

/// Runs work on a thread that may be busy. What makes a decoder panic is a damaged file.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Outcome<T> + Send + 'static) -> Outcome<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::warn!(%error, "a file could not be looked at");
            Err(DAMAGED.fault())
        }
    }
}
