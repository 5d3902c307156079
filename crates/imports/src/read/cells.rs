//! One cell: its name, its text, its date.

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use contracts::imports::{Column, Form};
use kernel::error::{FIELD_CHARACTERS, FIELD_LENGTH, FIELD_REQUIRED};
use kernel::{Instant, Refusal};

use super::at;
use crate::error::{NOT_A_DATE, NOT_A_FLAG};
use crate::model::{ColumnError, MAX_CELL, RowProblem};

/// By which days and hours dates without a zone are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(pub chrono_tz::Tz);

impl Zone {
    /// The zone of this IANA name; UTC if there is none.
    pub fn named(name: &str) -> Self {
        Self(name.parse().unwrap_or(chrono_tz::UTC))
    }
}

/// A cell's name as spreadsheets show it: `C5` for row 4, column 2, both from 0.
pub(crate) fn name(row: i64, column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or(0);
        letters.push(char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    let letters: String = letters.iter().rev().collect();
    format!("{letters}{}", row + 1)
}

/// Without white space around it, the full-width one and marks of direction included.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\u{200e}' | '\u{200f}')
    })
}

/// What a column gets of a cell.
pub(super) fn read(cell: &str, column: &Column, zone: Zone) -> Result<Option<String>, ColumnError> {
    let bare = crate::write::bare(trim(cell));
    let text = trim(bare);
    if text.is_empty() {
        return if column.required { Err(at(column.name, &FIELD_REQUIRED, None)) } else { Ok(None) };
    }
    if text.chars().count() > MAX_CELL {
        return Err(at(column.name, &FIELD_LENGTH, Some(format!("at most {MAX_CELL} characters"))));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(at(column.name, &FIELD_CHARACTERS, None));
    }
    match column.form {
        Form::Text => Ok(Some(text.to_owned())),
        Form::Flag => flag(text)
            .map(|yes| Some(if yes { "yes" } else { "no" }.to_owned()))
            .ok_or_else(|| at(column.name, &NOT_A_FLAG, None)),
        Form::Start | Form::End => moment(text, column.form == Form::End, zone)
            .map(|moment| Some(moment.to_string()))
            .ok_or_else(|| at(column.name, &NOT_A_DATE, None)),
    }
}

fn flag(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "是" => Some(true),
        "no" | "n" | "false" | "0" | "否" => Some(false),
        _ => None,
    }
}

/// A moment: an instant, an hour of a day in the zone, or a day, which as an end counts whole.
fn moment(text: &str, end: bool, zone: Zone) -> Option<Instant> {
    if let Ok(instant) = chrono::DateTime::parse_from_rfc3339(text) {
        return Some(Instant::new(instant.with_timezone(&chrono::Utc)))
            .filter(|instant| instant.is_writable());
    }
    if let Some(day) = day(text) {
        let day = if end { day.checked_add_days(Days::new(1))? } else { day };
        return local(day.and_time(NaiveTime::MIN), zone);
    }
    let hours =
        ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M"];
    let hour = hours.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    local(hour?, zone)
}

fn day(text: &str) -> Option<NaiveDate> {
    let forms = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"];
    let written = forms.iter().find_map(|form| NaiveDate::parse_from_str(text, form).ok());
    // A day that lost its format: Excel counts them from the end of 1899.
    let counted = || {
        let days: u64 = text.parse().ok().filter(|days| (20_000..100_000).contains(days))?;
        NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(days))
    };
    written.or_else(counted).filter(|day| (1900..=9999).contains(&chrono::Datelike::year(day)))
}

fn local(time: NaiveDateTime, zone: Zone) -> Option<Instant> {
    let there = zone.0.from_local_datetime(&time);
    let there = there.earliest().or_else(|| there.latest())?;
    Some(Instant::new(there.with_timezone(&chrono::Utc))).filter(|instant| instant.is_writable())
}

/// A deed's refusal as a row's problem: fields become the columns they were read from.
pub fn problem_of(refusal: &Refusal, columns: &[Column]) -> RowProblem {
    let errors = refusal.fields.iter().map(|field| {
        let column = columns.iter().find(|column| column.pointers.iter().any(|p| *p == field.pointer));
        let name = column.map_or_else(|| field.pointer.trim_start_matches('/'), |column| column.name);
        ColumnError {
            column: name.to_owned(),
            code: field.code.code.to_owned(),
            detail: field.detail.clone(),
        }
    });
    let facts = refusal.extra.as_ref().filter(|facts| !facts.is_empty());
    let facts = facts.map(|facts| serde_json::Value::Object(facts.as_ref().clone()).to_string());
    RowProblem {
        code: refusal.code.code.to_owned(),
        detail: refusal.detail.clone().or(facts).map(|detail| detail.chars().take(1_000).collect()),
        errors: errors.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHANGHAI: Zone = Zone(chrono_tz::Asia::Shanghai);

    #[test]
    fn cells_are_called_as_spreadsheets_call_them() {
        let names = [name(0, 0), name(4, 2), name(0, 25), name(0, 26), name(9, 701), name(9, 702)];
        assert_eq!(names, ["A1", "C5", "Z1", "AA1", "ZZ10", "AAA10"]);
    }

    #[test]
    fn a_day_begins_and_ends_in_its_zone_however_it_is_written() {
        for text in ["2027-12-31", "2027/12/31", "2027.12.31", "2027年12月31日", "46752"] {
            let (start, end) = (moment(text, false, SHANGHAI), moment(text, true, SHANGHAI));
            assert_eq!(start.map(|i| i.to_string()).as_deref(), Some("2027-12-30T16:00:00Z"), "{text}");
            assert_eq!(end.map(|i| i.to_string()).as_deref(), Some("2027-12-31T16:00:00Z"), "{text}");
        }
        for (text, at) in [
            ("2027-12-31 18:30", "2027-12-31T10:30:00Z"),
            ("2027-12-31T18:30:05", "2027-12-31T10:30:05Z"),
            ("2027-12-31T18:30:00+09:00", "2027-12-31T09:30:00Z"),
        ] {
            assert_eq!(moment(text, true, SHANGHAI).map(|i| i.to_string()).as_deref(), Some(at), "{text}");
        }
        for text in ["", "31/12/2027", "2027-02-30", "tomorrow", "1", "99999999", "2027-13-01"] {
            assert_eq!(moment(text, false, SHANGHAI), None, "{text}");
        }
    }
}
