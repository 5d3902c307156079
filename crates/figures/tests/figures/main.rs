//! The figures' promises, each on both engines, over a tree and a history that are made up.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod again;
mod counting;
#[cfg(feature = "http")]
mod http;
mod world;
