//! Closed lists of words: as requests take them, and with their labels.

use contracts::SpanUnit;
use serde::Deserialize;
use utoipa::ToSchema;
use web::Dictionary;

use crate::model::State;

/// What a span is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum WhistleSpanWord {
    /// Minutes in which the office is open.
    WorkingMinutes,
    /// Hours in which the office is open.
    WorkingHours,
    /// Days on which the office opens.
    WorkingDays,
    /// Days of the calendar.
    CalendarDays,
}

impl From<WhistleSpanWord> for SpanUnit {
    fn from(word: WhistleSpanWord) -> Self {
        match word {
            WhistleSpanWord::WorkingMinutes => Self::WorkingMinutes,
            WhistleSpanWord::WorkingHours => Self::WorkingHours,
            WhistleSpanWord::WorkingDays => Self::WorkingDays,
            WhistleSpanWord::CalendarDays => Self::CalendarDays,
        }
    }
}

/// How far an open call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum WhistleOpenStateWord {
    /// Called, not heard of.
    Called,
    /// Reported in.
    Reported,
    /// A result was told.
    Answered,
    /// Declined, and not decided.
    Declined,
}

impl From<WhistleOpenStateWord> for State {
    fn from(word: WhistleOpenStateWord) -> Self {
        match word {
            WhistleOpenStateWord::Called => Self::Called,
            WhistleOpenStateWord::Reported => Self::Reported,
            WhistleOpenStateWord::Answered => Self::Answered,
            WhistleOpenStateWord::Declined => Self::Declined,
        }
    }
}

pub(super) static DICTIONARIES: &[Dictionary] =
    &[Dictionary { name: "whistles_call_states", entries: State::LABELS }];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_stands_for_what_it_says() {
        for unit in SpanUnit::ALL {
            let word: WhistleSpanWord = serde_json::from_value(serde_json::json!(unit.word())).unwrap();
            assert_eq!(SpanUnit::from(word), unit);
        }
        for state in State::ALL.iter().filter(|s| !s.is_over()) {
            let word: WhistleOpenStateWord = serde_json::from_value(serde_json::json!(state.word())).unwrap();
            assert_eq!(State::from(word), *state);
        }
    }
}
