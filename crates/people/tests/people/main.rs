//! People's promises, each on both engines, over a tree and a directory that are made up.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod bulk;
mod erasure;
mod facts;
#[cfg(feature = "http")]
mod http;
mod keys;
mod offers;
mod persons;
mod readings;
#[cfg(feature = "http")]
mod taken;
mod world;
