//! Calendar's promises: the counting against a slow way of the same, and the service and its endpoints on both engines.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test may fail loudly"
)]

mod counting;
mod golden;
#[cfg(feature = "http")]
mod http;
mod kept;
mod wall;
mod world;
