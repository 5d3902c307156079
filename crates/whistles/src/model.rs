//! Whistles, calls, their states, and what is counted of them: pure.

mod call;
mod figures;
mod state;

pub use call::{Call, Step, Whistle};
pub use figures::{Counts, basis_points, hundredths};
pub use state::{Action, How, State};

/// The most departments of one whistle.
pub const MOST_DEPARTMENTS: usize = 20;
/// How far ahead a deadline may lie.
pub const FAR_DAYS: i64 = 366;
