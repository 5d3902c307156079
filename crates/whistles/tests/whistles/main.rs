//! Whistles' promises, on both engines.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod blowing;
mod calls;
mod chance;
mod figures;
#[cfg(feature = "http")]
mod http;
mod late;
mod lists;
mod races;
mod rights;
mod trail;
mod world;
