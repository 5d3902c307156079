//! What readers get: sums, and the rates they give with both numbers beside them.

use chrono::NaiveDate;
use kernel::{Id, Instant};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::model::Rate;
use crate::service::ask::{Group, Question, Told};

/// A rate with both its numbers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FigureRateView {
    /// So many.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub numerator: i64,
    /// Of so many; never zero.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub denominator: i64,
    /// Hundredths of a percent, rounded half up.
    #[schema(minimum = 0, maximum = 9007199254740991i64, example = 9810)]
    pub basis_points: i64,
    /// In percent, with two decimals.
    #[schema(example = "98.10")]
    pub percent: String,
}

impl From<Rate> for FigureRateView {
    fn from(rate: Rate) -> Self {
        Self {
            numerator: rate.numerator,
            denominator: rate.denominator,
            basis_points: rate.basis_points(),
            percent: rate.percent(),
        }
    }
}

/// The figures of some cases.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FiguresView {
    /// Of what: its id. Absent for all together, for words, for stretches of time, and for cases that have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub key_id: Option<Uuid>,
    /// Of what: its name, or the word. Empty for all together, and for cases that have none.
    pub key_name: String,
    /// The first day, where they are by day, week or month.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub from_on: Option<NaiveDate>,
    /// The last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to_on: Option<NaiveDate>,
    /// Cases reported in the period, but for those struck or merged.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub received: i64,
    /// Cases struck; in no denominator.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub struck: i64,
    /// Cases merged into others; in no denominator.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub merged: i64,
    /// Of the received, taken on.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub accepted: i64,
    /// Of the received, closed now.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub closed: i64,
    /// Clocks of theirs that ended and could be counted.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub due: i64,
    /// Closed of received.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub closing_rate: Option<FigureRateView>,
    /// Clocks that ended in time, of those due.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub on_time_rate: Option<FigureRateView>,
    /// Returns from the wrong place, of dispatches.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub return_rate: Option<FigureRateView>,
    /// Results sent back or cases taken up again, of results.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub rework_rate: Option<FigureRateView>,
    /// Marks of 4 and 5, of marks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub satisfaction_rate: Option<FigureRateView>,
    /// The mean mark in hundredths, 100 to 500.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 100, maximum = 500)]
    pub mean_mark_hundredths: Option<i64>,
}

impl From<Group> for FiguresView {
    fn from(group: Group) -> Self {
        let s = group.sums;
        Self {
            key_id: group.id.map(Id::uuid),
            key_name: group.name,
            from_on: group.period.map(|p| p.from),
            to_on: group.period.map(|p| p.to),
            received: s.received,
            struck: s.struck,
            merged: s.merged,
            accepted: s.accepted,
            closed: s.closed,
            due: s.due,
            closing_rate: s.closing().map(Into::into),
            on_time_rate: s.timely().map(Into::into),
            return_rate: s.returned().map(Into::into),
            rework_rate: s.reworked().map(Into::into),
            satisfaction_rate: s.satisfied().map(Into::into),
            mean_mark_hundredths: s.mean_mark(),
        }
    }
}

/// The answer to a question about figures.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FiguresAnswer {
    /// The first day asked about.
    pub from_on: NaiveDate,
    /// The last.
    pub to_on: NaiveDate,
    /// The last step that was counted was at this moment; absent before the first. Steps since then follow within seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub counted_until_at: Option<Instant>,
    /// Whether everything is being counted again just now: these figures are not whole.
    pub is_recounting: bool,
    /// Whether there are more groups than are told.
    pub is_cut: bool,
    /// The groups: the largest first, or in the order of time.
    pub items: Vec<FiguresView>,
}

impl FiguresAnswer {
    /// Of what was told.
    pub fn of(question: &Question, told: Told) -> Self {
        Self {
            from_on: question.period.from,
            to_on: question.period.to,
            counted_until_at: told.mark.at,
            is_recounting: told.mark.recounting,
            is_cut: told.is_cut,
            items: told.groups.into_iter().map(FiguresView::from).collect(),
        }
    }
}
