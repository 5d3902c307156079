//! The deeds.

pub mod change;
pub mod compute;
pub mod follow;
pub mod input;
pub mod resolve;
pub mod see;
pub mod year;

pub use follow::Follow;
