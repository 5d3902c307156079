//! Cases as they are counted, and the sums: pure, whole numbers only.

pub mod case;
pub mod period;
pub mod sums;

pub use case::Case;
pub use period::{Part, Period};
pub use sums::{Rate, Sums};
