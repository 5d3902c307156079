//! The only place that knows figures' tables.

pub mod cases;
pub mod mark;
pub mod months;
pub mod raster;
pub mod schema;
pub mod sums;
pub mod units;
