//! The published Chinese calendar, and the standard hours that a realm starts with.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::compose::{Era, Layer, Rule};
use super::day::{Exception, Named, YearSet};
use super::hours::{Hours, HoursError, Interval, Week};
use super::words::{ExceptionKind, Follows, WeekdayWord};
use super::zone::Tz;

/// The data: the days, and where they come from.
pub const CN: &str = include_str!("../../data/CN.csv");

/// The notice that published a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedYear {
    /// Title, number, date and address of the notice.
    pub origin: String,
    /// Its days.
    pub set: YearSet,
}

/// Published exceptions by year.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Published(pub BTreeMap<i32, PublishedYear>);

impl Published {
    /// The State Council's, as this version of the software has them.
    pub fn cn() -> Result<Self, String> {
        Self::read(CN)
    }

    /// Reads comments of the form `# origin,<year>: <notice>` and lines `from,until,kind,works_as,name_zh,name_en`.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut all = BTreeMap::new();
        for line in text.lines().filter_map(|line| line.strip_prefix("# origin,")) {
            let (year, origin) = line.split_once(':').ok_or_else(|| format!("no notice: {line}"))?;
            let year = year.parse().map_err(|_| format!("no year: {line}"))?;
            let set = YearSet { is_complete: true, days: BTreeMap::new() };
            all.insert(year, PublishedYear { origin: origin.trim().to_owned(), set });
        }
        let mut rows = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
        for row in rows.deserialize() {
            let row: Line = row.map_err(|error| error.to_string())?;
            let what = row.what()?;
            for on in row.from.iter_days().take_while(|on| *on <= row.until) {
                let named = Named { what: what.clone(), zh: row.name_zh.clone(), en: row.name_en.clone() };
                let year =
                    all.get_mut(&on.year()).ok_or_else(|| format!("{on} lies in a year without a notice"))?;
                if year.set.days.insert(on, named).is_some() {
                    return Err(format!("{on} is there twice"));
                }
            }
        }
        Ok(Self(all))
    }

    /// The years that are published.
    pub fn years(&self) -> impl Iterator<Item = i32> + '_ {
        self.0.keys().copied()
    }

    /// The standard calendar over these: nine to twelve and two to six from Monday to Friday, in China's time.
    pub fn standard(&self) -> Result<Layer, HoursError> {
        let rule =
            Rule { week: Some(standard_week()?), follows: Follows::Own, zone: Some(Tz::Asia__Shanghai) };
        let era = Era { from: NaiveDate::MIN, number: 0, rule: Some(rule) };
        let years = self.0.iter().map(|(year, published)| (*year, published.set.clone())).collect();
        Ok(Layer::new(vec![era], years))
    }
}

/// 09:00–12:00 and 14:00–18:00 from Monday to Friday: what a realm starts with.
pub fn standard_week() -> Result<Week, HoursError> {
    let office = Hours::new([Interval { opens: 540, closes: 720 }, Interval { opens: 840, closes: 1_080 }])?;
    Ok(Week::new(std::array::from_fn(|day| if day < 5 { office.clone() } else { Hours::CLOSED })))
}

#[derive(serde::Deserialize)]
struct Line {
    from: NaiveDate,
    until: NaiveDate,
    kind: ExceptionKind,
    works_as: Option<WeekdayWord>,
    name_zh: String,
    name_en: String,
}

impl Line {
    fn what(&self) -> Result<Exception, String> {
        match (self.kind, self.works_as) {
            (ExceptionKind::Closed, None) => Ok(Exception::Closed),
            (ExceptionKind::Swapped, Some(day)) => Ok(Exception::Swapped(day)),
            _ => Err(format!("{}: neither closed nor swapped with a weekday", self.from)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_published_years_are_what_the_notices_say() {
        let cn = Published::cn().unwrap();
        assert_eq!(cn.years().collect::<Vec<_>>(), [2025, 2026], "2027 is refused until it is published");
        // Counted by hand in the notices: days off, days worked.
        for (year, off, worked) in [(2025, 1 + 8 + 3 + 5 + 3 + 8, 5), (2026, 3 + 9 + 3 + 5 + 3 + 3 + 7, 6)] {
            let days = &cn.0[&year].set.days;
            let count = |kind| days.values().filter(|n| n.what.kind() == kind).count();
            assert_eq!(
                (count(ExceptionKind::Closed), count(ExceptionKind::Swapped)),
                (off, worked),
                "{year}"
            );
            assert!(days.keys().all(|on| on.year() == year));
            assert!(cn.0[&year].origin.contains("国办发明电"), "{}", cn.0[&year].origin);
        }
        for (on, named) in cn.0.values().flat_map(|year| &year.set.days) {
            if let Exception::Swapped(weekday) = named.what {
                assert!(on.weekday().number_from_monday() > 5, "{on} is no weekend day");
                assert!(chrono::Weekday::from(weekday).number_from_monday() < 6);
            }
        }
    }

    #[test]
    fn a_file_that_contradicts_itself_is_refused() {
        let head = "# origin,2026: notice\nfrom,until,kind,works_as,name_zh,name_en\n";
        for (line, why) in [
            (
                "2026-01-01,2026-01-03,closed,,a,a\n2026-01-03,2026-01-03,swapped,friday,a,a\n",
                "2026-01-03 is there twice",
            ),
            ("2027-01-01,2027-01-01,closed,,a,a\n", "2027-01-01 lies in a year without a notice"),
            ("2026-01-01,2026-01-01,swapped,,a,a\n", "2026-01-01: neither closed nor swapped with a weekday"),
        ] {
            assert_eq!(Published::read(&format!("{head}{line}")), Err(why.to_owned()));
        }
        assert!(Published::read(&format!("{head}2026-01-01,x,closed,,a,a\n")).is_err());
        assert_eq!(Published::read(head).unwrap().0[&2026].set.days.get(&day("2026-01-01")), None);
    }
}
