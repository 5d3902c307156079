//! Calendars and the counting by them: pure, no storage, no web, whole numbers only.

mod compose;
mod count;
mod day;
mod explain;
mod hours;
mod pauses;
mod published;
mod record;
mod table;
mod words;
mod zone;

pub use compose::{Calendar, Day, Era, Layer, Rule, Said, zone_on};
pub use count::CountError;
pub use day::{Exception, Named, YearSet};
pub use explain::{DayNote, Explained, MOST_NOTES};
pub use hours::{DAY, Hours, HoursError, Interval, MOST_INTERVALS, Week, minute_of, text_of};
pub use pauses::MOST_PAUSES;
pub use published::{CN, Published, PublishedYear, standard_week};
pub use record::{Kept, Version, YearVersion};
pub use table::{FIRST_YEAR, LAST_YEAR};
pub use words::{DayKind, ExceptionKind, Follows, Note, WeekdayWord};
pub use zone::Tz;
