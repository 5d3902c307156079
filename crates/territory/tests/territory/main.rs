//! The promises of territory, each on both engines.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod fakes;
mod import;
mod moves;
mod tree;
