//! The promises of visits: the service and its endpoints on both engines.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod compliance;
mod corrections;
mod fakes;
mod forms;
#[cfg(feature = "http")]
mod http;
mod next;
mod plans;
mod races;
mod recording;
mod rules;
mod sight;
mod world;
