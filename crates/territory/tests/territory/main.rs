//! The promises of territory, each on both engines.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod fakes;
#[cfg(feature = "http")]
mod http;
mod import;
mod moves;
mod tree;
