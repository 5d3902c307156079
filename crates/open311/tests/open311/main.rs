//! The face's promises, each on both engines: recorded exchanges, the client that most cities run, and those who mean no good.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod attackers;
mod client;
mod exchanges;
mod fixmystreet;
mod inputs;
mod lists;
mod town;
mod updates;
mod wall;
mod world;
