//! Duties' promises, on both engines.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod admissions;
#[cfg(feature = "http")]
mod http;
mod lists;
mod oracle;
mod races;
mod scope;
mod trail;
mod world;
