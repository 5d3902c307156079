//! Grid's promises, each on both engines, over a tree and a directory that are made up.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod alike;
mod beside;
mod categories;
mod categorised;
mod changes;
#[cfg(feature = "http")]
mod client;
mod clocks;
mod dated;
mod grids;
mod holdings;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "http")]
mod http_cases;
#[cfg(feature = "http")]
mod http_grids;
mod incidents;
mod lists;
mod on_duty;
mod races;
mod reshape;
mod town;
mod world;
