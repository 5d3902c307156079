//! Exceptions: days that are not as the week has them.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::hours::Hours;
use super::words::{ExceptionKind, WeekdayWord};

/// How a day differs from the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exception {
    /// Closed: a holiday.
    Closed,
    /// Works with the hours that this weekday has.
    Swapped(WeekdayWord),
    /// Open at these hours; not empty.
    Hours(Hours),
}

impl Exception {
    /// Its kind.
    pub const fn kind(&self) -> ExceptionKind {
        match self {
            Self::Closed => ExceptionKind::Closed,
            Self::Swapped(_) => ExceptionKind::Swapped,
            Self::Hours(_) => ExceptionKind::Hours,
        }
    }
}

/// An exception and what it is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// What it is.
    pub what: Exception,
    /// What it is called, in Chinese or in the words of whoever put it.
    pub zh: String,
    /// What it is called in English; the same words where there are no others.
    pub en: String,
}

/// The exceptions of one year.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct YearSet {
    /// Whether these are all exceptions of the year: then nothing above is asked, and the year is known by them alone.
    pub is_complete: bool,
    /// Day by day.
    pub days: BTreeMap<NaiveDate, Named>,
}
