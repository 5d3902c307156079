//! The deeds: counting on, questions, the map, the export, counting again.

pub mod ask;
pub mod count_on;
pub mod export;
pub mod follow;
pub mod map;
pub mod place;
