//! Lists, their versions, and what is admitted beside them: pure.

mod admission;
mod list;

pub use admission::{Admission, AdmissionDeed, AdmissionState, MAX_DAYS, MOST_ASKED};
pub use list::{Comparison, Item, List, MAX_ITEMS, Standing, Version, VersionState, compare, held, is_level};
