//! The deeds.

pub mod admit;
pub mod draft;
pub mod enforce;
pub mod lists;
pub mod located;
pub mod look;
pub mod scope;
