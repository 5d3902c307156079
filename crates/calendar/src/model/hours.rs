//! Opening hours: of a day, and of a week.

use chrono::Weekday;
use serde::{Deserialize, Serialize};

/// Minutes of a day.
pub const DAY: u16 = 1_440;
/// Intervals of one day, at most.
pub const MOST_INTERVALS: usize = 12;

/// From one minute of a day to another, the last not counted. What goes past midnight is two: one to 24:00, one from 00:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "(u16, u16)", into = "(u16, u16)")]
pub struct Interval {
    /// When it opens: minutes after midnight by the clock on the wall.
    pub opens: u16,
    /// When it closes; 1440 is the end of the day.
    pub closes: u16,
}

impl From<(u16, u16)> for Interval {
    fn from((opens, closes): (u16, u16)) -> Self {
        Self { opens, closes }
    }
}

impl From<Interval> for (u16, u16) {
    fn from(interval: Interval) -> Self {
        (interval.opens, interval.closes)
    }
}

/// Why intervals are no opening hours; by place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// It closes before it opens, at once, or after the day has ended.
    #[error("interval {0} does not close after it opens, within the day")]
    Order(usize),
    /// It meets another one.
    #[error("interval {0} overlaps another")]
    Overlap(usize),
    /// Too many of them.
    #[error("more than {MOST_INTERVALS} intervals on a day")]
    TooMany,
}

/// When an office is open on a day: in order, without overlaps. Empty: not at all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<Interval>", into = "Vec<Interval>")]
pub struct Hours(Vec<Interval>);

impl Hours {
    /// Never open.
    pub const CLOSED: Self = Self(Vec::new());

    /// Sorts the intervals; refuses what is none, and overlaps. Intervals that only touch are taken.
    pub fn new(intervals: impl IntoIterator<Item = Interval>) -> Result<Self, HoursError> {
        let mut all: Vec<(usize, Interval)> = intervals.into_iter().enumerate().collect();
        if all.len() > MOST_INTERVALS {
            return Err(HoursError::TooMany);
        }
        if let Some((at, _)) = all.iter().find(|(_, i)| i.closes <= i.opens || i.closes > DAY) {
            return Err(HoursError::Order(*at));
        }
        all.sort_by_key(|(_, interval)| *interval);
        let mut closed = 0;
        for (at, interval) in &all {
            if interval.opens < closed {
                return Err(HoursError::Overlap(*at));
            }
            closed = interval.closes;
        }
        Ok(Self(all.into_iter().map(|(_, interval)| interval).collect()))
    }

    /// In order.
    pub fn intervals(&self) -> &[Interval] {
        &self.0
    }

    /// Whether the office opens at all.
    pub fn is_closed(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the office is open at this minute of the day.
    pub fn has(&self, minute: u16) -> bool {
        self.0.iter().any(|i| i.opens <= minute && minute < i.closes)
    }
}

impl TryFrom<Vec<Interval>> for Hours {
    type Error = HoursError;
    fn try_from(intervals: Vec<Interval>) -> Result<Self, HoursError> {
        Self::new(intervals)
    }
}

impl From<Hours> for Vec<Interval> {
    fn from(hours: Hours) -> Self {
        hours.0
    }
}

/// The opening hours of a week, Monday first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Week([Hours; 7]);

impl Week {
    /// Each weekday's hours, Monday first.
    pub fn new(days: [Hours; 7]) -> Self {
        Self(days)
    }

    /// The hours of a weekday.
    pub fn of(&self, day: Weekday) -> &Hours {
        let [mon, tue, wed, thu, fri, sat, sun] = &self.0;
        match day {
            Weekday::Mon => mon,
            Weekday::Tue => tue,
            Weekday::Wed => wed,
            Weekday::Thu => thu,
            Weekday::Fri => fri,
            Weekday::Sat => sat,
            Weekday::Sun => sun,
        }
    }

    /// All seven, Monday first.
    pub fn days(&self) -> &[Hours; 7] {
        &self.0
    }

    /// Whether the office never opens.
    pub fn is_closed(&self) -> bool {
        self.0.iter().all(Hours::is_closed)
    }
}

/// Reads `HH:MM`, 00:00 to 24:00, as minutes after midnight.
pub fn minute_of(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two =
        |t: &str| (t.len() == 2 && t.bytes().all(|b| b.is_ascii_digit())).then(|| t.parse::<u16>().ok())?;
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    let at = hours.checked_mul(60)?.checked_add(minutes)?;
    (minutes < 60 && at <= DAY).then_some(at)
}

/// Writes minutes after midnight as `HH:MM`.
pub fn text_of(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(all: &[(u16, u16)]) -> Result<Hours, HoursError> {
        Hours::new(all.iter().copied().map(Interval::from))
    }

    #[test]
    fn hours_are_sorted_and_what_is_none_is_named() {
        let day = hours(&[(840, 1_080), (540, 720)]).unwrap();
        assert_eq!(
            day.intervals().iter().map(|i| (i.opens, i.closes)).collect::<Vec<_>>(),
            [(540, 720), (840, 1_080)]
        );
        assert!(day.has(540) && day.has(719) && !day.has(720) && day.has(840) && !day.has(1_080));
        assert_eq!(hours(&[(540, 720), (720, 540)]), Err(HoursError::Order(1)), "backwards");
        assert_eq!(hours(&[(540, 540)]), Err(HoursError::Order(0)), "empty");
        assert_eq!(hours(&[(540, 1_500)]), Err(HoursError::Order(0)), "25:00");
        assert_eq!(hours(&[(600, 800), (540, 720)]), Err(HoursError::Overlap(0)));
        assert!(hours(&[(0, 720), (720, 1_440)]).is_ok(), "touching");
        assert_eq!(hours(&[(0, 1); MOST_INTERVALS + 1]), Err(HoursError::TooMany));
        assert!(hours(&[]).unwrap().is_closed());
    }

    #[test]
    fn a_time_of_day_has_four_digits_and_ends_at_twenty_four() {
        for (text, minute) in [("00:00", 0), ("09:30", 570), ("23:59", 1_439), ("24:00", 1_440)] {
            assert_eq!(minute_of(text), Some(minute));
            assert_eq!(text_of(minute), text);
        }
        for text in
            ["25:00", "24:01", "09:60", "9:00", "09:0", "0900", "-1:00", "09:00:00", "+9:00", "９:00", ""]
        {
            assert_eq!(minute_of(text), None, "{text}");
        }
    }

    #[test]
    fn hours_are_kept_as_pairs_and_read_strictly() {
        let day = hours(&[(540, 720)]).unwrap();
        assert_eq!(serde_json::to_string(&day).unwrap(), "[[540,720]]");
        assert!(serde_json::from_str::<Hours>("[[720,540]]").is_err());
        let week = Week::new(std::array::from_fn(|n| if n < 5 { day.clone() } else { Hours::CLOSED }));
        let text = serde_json::to_string(&week).unwrap();
        assert_eq!(serde_json::from_str::<Week>(&text).unwrap(), week);
        assert!(!week.is_closed() && week.of(Weekday::Fri) == &day && week.of(Weekday::Sat).is_closed());
    }
}
