//! Imports and exports over a real town, on both engines.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod books;
mod exporting;
mod files;
mod http;
mod importing;
mod setting;
mod working;
