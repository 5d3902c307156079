//! The deeds, one file each.

pub mod export;
pub mod look;
pub mod write;
