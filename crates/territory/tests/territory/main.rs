//! The promises of territory, each on both engines.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod fakes;
mod homes;
#[cfg(feature = "http")]
mod homes_http;
mod households;
#[cfg(feature = "http")]
mod http;
mod import;
mod moves;
mod offered;
mod population;
mod rentals;
mod residences;
mod settling;
mod sight;
mod tree;
