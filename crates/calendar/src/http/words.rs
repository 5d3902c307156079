//! Closed lists of words: as requests take them, and with their labels.

use contracts::SpanUnit;
use serde::Deserialize;
use utoipa::PartialSchema;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use web::Dictionary;

use crate::model::{DayKind, ExceptionKind, Follows, Note, WeekdayWord};

/// The schema of a model's words, as requests take them.
macro_rules! request_words {
    ($($model:ident as $name:literal, $doc:literal;)+) => {
        $(
            impl PartialSchema for $model {
                fn schema() -> RefOr<Schema> {
                    ObjectBuilder::new()
                        .schema_type(SchemaType::Type(Type::String))
                        .description(Some($doc))
                        .enum_values(Some($model::ALL.iter().map(|w| w.word())))
                        .into()
                }
            }
            impl ToSchema for $model {
                fn name() -> std::borrow::Cow<'static, str> {
                    $name.into()
                }
            }
        )+
    };
}

request_words! {
    Follows as "CalendarFollowsWord", "Whose holidays a calendar has besides its own.";
    ExceptionKind as "CalendarExceptionKindWord", "What kind of exception a day is.";
    WeekdayWord as "CalendarWeekdayWord", "A day of the week.";
}

/// What a deadline is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum CalendarSpanWord {
    /// Minutes in which the office is open.
    WorkingMinutes,
    /// Hours in which the office is open.
    WorkingHours,
    /// Days on which the office opens.
    WorkingDays,
    /// Days of the calendar.
    CalendarDays,
}

impl From<CalendarSpanWord> for SpanUnit {
    fn from(word: CalendarSpanWord) -> Self {
        match word {
            CalendarSpanWord::WorkingMinutes => Self::WorkingMinutes,
            CalendarSpanWord::WorkingHours => Self::WorkingHours,
            CalendarSpanWord::WorkingDays => Self::WorkingDays,
            CalendarSpanWord::CalendarDays => Self::CalendarDays,
        }
    }
}

/// What a calendar can leave to the one above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum CalendarClear {
    /// Its opening hours.
    Hours,
    /// Its time zone.
    TimeZone,
}

pub(super) static DICTIONARIES: &[Dictionary] = &[
    Dictionary { name: "calendar_follows", entries: Follows::LABELS },
    Dictionary { name: "calendar_exception_kinds", entries: ExceptionKind::LABELS },
    Dictionary { name: "calendar_day_kinds", entries: DayKind::LABELS },
    Dictionary { name: "calendar_day_notes", entries: Note::LABELS },
    Dictionary { name: "calendar_weekdays", entries: WeekdayWord::LABELS },
    Dictionary {
        name: "calendar_span_units",
        entries: &[
            ("working_minutes", "Working minutes", "工作分钟"),
            ("working_hours", "Working hours", "工作小时"),
            ("working_days", "Working days", "工作日"),
            ("calendar_days", "Calendar days", "自然日"),
        ],
    },
    Dictionary {
        name: "calendar_due_states",
        entries: &[("due", "Due at a moment", "有截止时间"), ("standing", "The clock stands", "计时暂停")],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_span_has_its_labels() {
        let all = DICTIONARIES.iter().find(|d| d.name == "calendar_span_units").unwrap().entries;
        assert_eq!(all.iter().map(|(w, ..)| *w).collect::<Vec<_>>(), SpanUnit::ALL.map(SpanUnit::word));
        for unit in SpanUnit::ALL {
            let word: CalendarSpanWord = serde_json::from_value(serde_json::json!(unit.word())).unwrap();
            assert_eq!(SpanUnit::from(word), unit);
        }
    }
}
