//! Photos and documents over HTTP, on both engines, with a domain that attaches them.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod attaching;
mod keeping;
mod pictures;
#[cfg(feature = "s3")]
mod s3;
mod serving;
mod setting;
mod uploading;
