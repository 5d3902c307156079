//! What is sent of visits.

use kernel::{Id, Instant};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::model::{Answer, FormRef, Position, SentCase, Way};
use crate::service::correct::Correction;
use crate::service::record::NewVisit;
use crate::service::said::Said;

/// A version of a form.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VisitFormRef {
    /// The form.
    id: Uuid,
    /// The number of its version.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    number: i64,
}

/// An answer: `text`, `number` or `choices`, by the kind of the question.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VisitAnswer {
    /// Which question.
    #[schema(min_length = 1, max_length = 40, example = "smoke_alarm")]
    key: String,
    /// Words.
    #[schema(nullable = false, max_length = 2000)]
    text: Option<String>,
    /// A whole number.
    #[schema(nullable = false, minimum = -9007199254740991i64, maximum = 9007199254740991i64)]
    number: Option<i64>,
    /// What was chosen; of a yes-or-no question `yes` or `no`.
    #[schema(nullable = false, max_items = 50)]
    choices: Option<Vec<String>>,
}

impl From<VisitAnswer> for Answer {
    fn from(sent: VisitAnswer) -> Self {
        let VisitAnswer { key, text, number, choices } = sent;
        Self { key, text, number, choices: choices.unwrap_or_default() }
    }
}

/// Where the phone was, by its own word.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VisitPosition {
    /// Latitude.
    #[schema(minimum = -90.0, maximum = 90.0)]
    lat: f64,
    /// Longitude.
    #[schema(minimum = -180.0, maximum = 180.0)]
    lng: f64,
    /// Within so many metres.
    #[schema(minimum = 0, maximum = 100000)]
    accuracy_m: i64,
}

/// A case to be reported with the visit. It lies where the household does.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VisitIncident {
    /// What, in a few words.
    #[schema(min_length = 1, max_length = 120, example = "楼道堆放杂物")]
    title: String,
    /// What, in full.
    #[schema(nullable = false, max_length = 4000)]
    description: Option<String>,
    /// What kind of incident it is.
    #[schema(nullable = false)]
    category_id: Option<Uuid>,
}

/// A visit that was made. The worker is whoever sends it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VisitCreate {
    /// The id that the phone made, so that it can be sent again; a fresh one unless told.
    #[schema(nullable = false)]
    id: Option<Uuid>,
    /// The household.
    household_id: Uuid,
    /// When it took place: not in the future, and not more than 60 days ago.
    #[schema(value_type = String, format = DateTime)]
    visited_at: Instant,
    /// How.
    way: Way,
    /// Who of the household was met.
    #[schema(nullable = false, max_items = 20)]
    met_ids: Option<Vec<Uuid>>,
    /// The questions that were asked.
    #[schema(nullable = false)]
    form: Option<VisitFormRef>,
    /// The answers.
    #[schema(nullable = false, max_items = 100)]
    answers: Option<Vec<VisitAnswer>>,
    /// A note. Kept sealed under the key of somebody who lives there.
    #[schema(nullable = false, max_length = 4000)]
    note: Option<String>,
    /// Where the phone was.
    #[schema(nullable = false)]
    position: Option<VisitPosition>,
    /// The plan it fulfils; found by worker, household and day unless told.
    #[schema(nullable = false)]
    plan_id: Option<Uuid>,
    /// A case to be reported with it.
    #[schema(nullable = false)]
    incident: Option<VisitIncident>,
}

fn ids<T>(sent: Option<Vec<Uuid>>) -> Vec<Id<T>> {
    sent.into_iter().flatten().map(Id::from_uuid).collect()
}

fn form(sent: Option<VisitFormRef>) -> Option<FormRef> {
    sent.map(|form| FormRef { form: Id::from_uuid(form.id), number: form.number })
}

fn answers(sent: Option<Vec<VisitAnswer>>) -> Vec<Answer> {
    sent.into_iter().flatten().map(Answer::from).collect()
}

impl From<VisitCreate> for NewVisit {
    fn from(sent: VisitCreate) -> Self {
        let said = Said {
            at: sent.visited_at,
            way: sent.way,
            met: ids(sent.met_ids),
            form: form(sent.form),
            answers: answers(sent.answers),
            note: sent.note,
        };
        let case = sent.incident.map(|case| SentCase {
            title: case.title,
            description: case.description.unwrap_or_default(),
            category: case.category_id.map(Id::from_uuid),
        });
        let position = |p: VisitPosition| Position { lat: p.lat, lng: p.lng, accuracy_m: p.accuracy_m };
        Self {
            id: sent.id.map(Id::from_uuid),
            household: Id::from_uuid(sent.household_id),
            said,
            position: sent.position.map(position),
            plan: sent.plan_id.map(Id::from_uuid),
            case,
        }
    }
}

/// Visits that a phone brings which was offline. Each has an id.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VisitBatchCreate {
    /// At most 100.
    #[schema(min_items = 1, max_items = 100)]
    pub(super) items: Vec<VisitCreate>,
}

/// What was, said anew: all of it, and why it is corrected. Where the phone was stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VisitCorrection {
    /// When it took place.
    #[schema(value_type = String, format = DateTime)]
    visited_at: Instant,
    /// How.
    way: Way,
    /// Who of the household was met.
    #[schema(nullable = false, max_items = 20)]
    met_ids: Option<Vec<Uuid>>,
    /// The questions that were asked.
    #[schema(nullable = false)]
    form: Option<VisitFormRef>,
    /// The answers.
    #[schema(nullable = false, max_items = 100)]
    answers: Option<Vec<VisitAnswer>>,
    /// A note.
    #[schema(nullable = false, max_length = 4000)]
    note: Option<String>,
    /// Why it is corrected. Kept sealed like the note.
    #[schema(min_length = 2, max_length = 500, example = "日期记错了")]
    reason: String,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub(super) version: Option<i64>,
}

impl From<VisitCorrection> for Correction {
    fn from(sent: VisitCorrection) -> Self {
        let said = Said {
            at: sent.visited_at,
            way: sent.way,
            met: ids(sent.met_ids),
            form: form(sent.form),
            answers: answers(sent.answers),
            note: sent.note,
        };
        Self { said, reason: sent.reason }
    }
}

/// Why a visit counts no more.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VisitStrike {
    /// Why.
    #[schema(min_length = 2, max_length = 500, example = "当日并未上门")]
    pub(super) reason: String,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub(super) version: Option<i64>,
}
