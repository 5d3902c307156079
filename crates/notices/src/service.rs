//! The deeds.

pub mod inbox;
pub mod send;
