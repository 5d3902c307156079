//! From when to when a list is asked for.

use kernel::{Instant, Outcome};

use crate::error::PARAMETER_INVALID;
use crate::model::date;

/// The longest time of a list, in days.
pub const LONGEST_DAYS: i64 = 90;
/// The most items of a list.
pub const LONGEST_LIST: usize = 1_000;
/// The items that can be reached by pages.
pub const DEEPEST: usize = 10_000;

/// What is asked for of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pages {
    /// Which page, from 0.
    pub page: usize,
    /// Items on it.
    pub size: usize,
}

impl Default for Pages {
    fn default() -> Self {
        Self { page: 0, size: LONGEST_LIST }
    }
}

impl Pages {
    /// Items before the page's end.
    pub fn upto(self) -> usize {
        self.page.saturating_add(1).saturating_mul(self.size)
    }

    /// The page of these items, which begin at the first.
    pub fn cut<T>(self, items: Vec<T>) -> Vec<T> {
        items.into_iter().skip(self.page.saturating_mul(self.size)).take(self.size).collect()
    }
}

/// The moments from the first, included, to the second, not included: whole seconds as they are written, both ends of what was
/// asked for in it. Where one end is missing the other and `days` say it.
pub fn window(
    now: Instant,
    start: Option<Instant>,
    end: Option<Instant>,
    days: i64,
) -> Outcome<(Instant, Instant)> {
    let (start, end) = match (start, end) {
        (Some(start), Some(end)) => (start, end),
        (Some(start), None) => (start, start.plus_days(LONGEST_DAYS).min(now.max(start))),
        (None, Some(end)) => (end.plus_days(-days), end),
        (None, None) => (now.plus_days(-days), now),
    };
    if end < start {
        return Err(PARAMETER_INVALID
            .refusal()
            .at_with("end_date", &PARAMETER_INVALID, "not before start_date")
            .into());
    }
    if end > start.plus_days(LONGEST_DAYS) {
        return Err(PARAMETER_INVALID
            .refusal()
            .at_with("end_date", &PARAMETER_INVALID, format!("at most {LONGEST_DAYS} days after start_date"))
            .into());
    }
    Ok((date::ceil(start), date::floor(end).plus_seconds(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        date::read(text).expect("a moment")
    }

    #[test]
    fn both_ends_are_in_it_to_the_second() {
        let now = at("2026-11-25T12:00:00Z");
        let (from, to) =
            window(now, Some(at("2026-11-25T10:00:00.5Z")), Some(at("2026-11-25T11:00:00.5Z")), LONGEST_DAYS)
                .expect("a window");
        assert_eq!((from, to), (at("2026-11-25T10:00:01Z"), at("2026-11-25T11:00:01Z")));
        let (from, to) = window(now, None, None, 1).expect("a window");
        assert_eq!((from, to), (at("2026-11-24T12:00:00Z"), at("2026-11-25T12:00:01Z")));
    }

    #[test]
    fn more_than_ninety_days_and_less_than_nothing_are_refused() {
        let now = at("2026-11-25T12:00:00Z");
        let code = |start, end| {
            window(now, Some(at(start)), Some(at(end)), 1).err().and_then(|f| f.code()).map(|c| c.code)
        };
        assert_eq!(code("2026-01-01T00:00:00Z", "2026-03-31T00:00:00Z"), None);
        let refused = Some("open311.parameter_invalid");
        assert_eq!(code("2026-01-01T00:00:00Z", "2026-04-02T00:00:00Z"), refused);
        assert_eq!(code("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"), refused);
    }

    #[test]
    fn pages_are_cut_from_the_beginning() {
        let pages = Pages { page: 2, size: 3 };
        assert_eq!((pages.upto(), pages.cut((0..8).collect())), (9, vec![6, 7]));
        assert_eq!(Pages { page: usize::MAX, size: 2 }.cut(vec![1]), Vec::<i32>::new());
    }
}
