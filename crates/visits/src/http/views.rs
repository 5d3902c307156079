//! What readers get of visits.

use chrono::NaiveDate;
use kernel::permission::Permit;
use kernel::{Context, Instant};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::model::{Answer, Edition, OLDEST_DAYS, Visit};
use crate::permission::{ReadContent, RecordVisits, StrikeVisits};
use crate::service::content::Read;
use crate::service::see::Shown;

/// A call on a household. What was said is read apart.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct VisitView {
    /// The visit.
    pub id: Uuid,
    /// The household.
    pub household_id: Uuid,
    /// The unit it counts for.
    pub unit_id: Uuid,
    /// The grid it counts for.
    pub grid_id: Uuid,
    /// Who called.
    pub worker_id: Uuid,
    /// When it took place.
    #[schema(value_type = String, format = DateTime)]
    pub visited_at: Instant,
    /// The realm's day of that moment: the one it counts on.
    pub visited_on: NaiveDate,
    /// How.
    #[schema(extensions(("x-extensible-enum" = json!(["in_person", "phone"]))))]
    pub way: String,
    /// Whether the phone was within 200 m of the dwelling when the visit was recorded.
    #[schema(extensions(("x-extensible-enum" = json!(["near", "far", "unknown"]))))]
    pub presence: String,
    /// How far the phone was from the dwelling, in metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 20100000)]
    pub distance_m: Option<i64>,
    /// Where the phone was: latitude.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub lat: Option<f64>,
    /// Where the phone was: longitude.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub lng: Option<f64>,
    /// Within so many metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 100000)]
    pub accuracy_m: Option<i64>,
    /// Who of the household was met.
    pub met_ids: Vec<Uuid>,
    /// The form whose questions were asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub form_id: Option<Uuid>,
    /// The number of its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub form_number: Option<i64>,
    /// Whether there is a note or answers.
    pub has_content: bool,
    /// The case that was reported with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub incident_id: Option<Uuid>,
    /// The plan it fulfilled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub plan_id: Option<Uuid>,
    /// Whether it was struck: it counts no more.
    pub is_struck: bool,
    /// When it was struck.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = String, format = DateTime)]
    pub struck_at: Option<Instant>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub struck_by_id: Option<Uuid>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub strike_reason: Option<String>,
    /// How often something was said of it: 1 if it was never corrected.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub edition: i64,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Instant,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What the reader may do: `read_content`, `correct`, `strike`.
    pub can: Vec<String>,
}

web::page_schema!(VisitPage, VisitView);

fn can(ctx: &Context, visit: &Visit) -> Vec<String> {
    let may = |permission| ctx.actor.may(permission, &visit.path, ctx.now);
    let (own, stands) = (visit.worker == ctx.actor.user, visit.struck.is_none());
    let in_time = visit.at >= ctx.now.plus_days(-OLDEST_DAYS);
    let deeds = [
        ("read_content", may(ReadContent::PERMISSION)),
        ("correct", own && stands && in_time && may(RecordVisits::PERMISSION)),
        ("strike", !own && stands && may(StrikeVisits::PERMISSION)),
    ];
    deeds.into_iter().filter(|(_, may)| *may).map(|(deed, _)| deed.to_owned()).collect()
}

impl VisitView {
    pub(super) fn of(ctx: &Context, Shown { visit, edition }: Shown) -> Self {
        let can = can(ctx, &visit);
        let struck = visit.struck;
        Self {
            id: visit.id.uuid(),
            household_id: visit.household.uuid(),
            unit_id: visit.unit.uuid(),
            grid_id: visit.grid.uuid(),
            worker_id: visit.worker.uuid(),
            visited_at: visit.at,
            visited_on: visit.on,
            way: visit.way.word().to_owned(),
            presence: visit.presence.word().to_owned(),
            distance_m: visit.distance_m,
            lat: visit.position.map(|p| p.lat),
            lng: visit.position.map(|p| p.lng),
            accuracy_m: visit.position.map(|p| p.accuracy_m),
            met_ids: edition.met.iter().map(|person| person.uuid()).collect(),
            form_id: edition.form.map(|form| form.form.uuid()),
            form_number: edition.form.map(|form| form.number),
            has_content: edition.sealed.is_some(),
            incident_id: visit.incident.map(kernel::Id::uuid),
            plan_id: visit.plan.map(kernel::Id::uuid),
            is_struck: struck.is_some(),
            struck_at: struck.as_ref().map(|s| s.at),
            struck_by_id: struck.as_ref().map(|s| s.by.uuid()),
            strike_reason: struck.map(|s| s.reason),
            edition: visit.edition,
            recorded_at: visit.recorded_at,
            version: visit.version,
            can,
        }
    }
}

/// What was said of a visit once. Its note and answers are read apart.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct VisitEditionView {
    /// From 1.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub number: i64,
    /// When the visit took place.
    #[schema(value_type = String, format = DateTime)]
    pub visited_at: Instant,
    /// The realm's day of that moment.
    pub visited_on: NaiveDate,
    /// How.
    #[schema(extensions(("x-extensible-enum" = json!(["in_person", "phone"]))))]
    pub way: String,
    /// Who of the household was met.
    pub met_ids: Vec<Uuid>,
    /// The form whose questions were asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub form_id: Option<Uuid>,
    /// The number of its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub form_number: Option<i64>,
    /// Whether there is a note or answers.
    pub has_content: bool,
    /// When it was said.
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Instant,
    /// By whom.
    pub recorded_by_id: Uuid,
}

web::page_schema!(VisitEditionPage, VisitEditionView);

impl From<Edition> for VisitEditionView {
    fn from(edition: Edition) -> Self {
        Self {
            number: edition.number,
            visited_at: edition.at,
            visited_on: edition.on,
            way: edition.way.word().to_owned(),
            met_ids: edition.met.iter().map(|person| person.uuid()).collect(),
            form_id: edition.form.map(|form| form.form.uuid()),
            form_number: edition.form.map(|form| form.number),
            has_content: edition.sealed.is_some(),
            recorded_at: edition.recorded_at,
            recorded_by_id: edition.recorded_by.uuid(),
        }
    }
}

/// An answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct VisitAnswerView {
    /// Which question.
    pub key: String,
    /// Words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub text: Option<String>,
    /// A whole number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = -9007199254740991i64, maximum = 9007199254740991i64)]
    pub number: Option<i64>,
    /// What was chosen; of a yes-or-no question `yes` or `no`.
    pub choices: Vec<String>,
}

impl From<Answer> for VisitAnswerView {
    fn from(Answer { key, text, number, choices }: Answer) -> Self {
        Self { key, text, number, choices }
    }
}

/// What was said on a visit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct VisitContentView {
    /// The visit.
    pub visit_id: Uuid,
    /// Of which edition.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub edition: i64,
    /// The note.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<String>,
    /// The answers.
    pub answers: Vec<VisitAnswerView>,
    /// Why it was corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
}

impl From<Read> for VisitContentView {
    fn from(Read { visit, edition, content }: Read) -> Self {
        Self {
            visit_id: visit.id.uuid(),
            edition: edition.number,
            note: content.note,
            answers: content.answers.into_iter().map(VisitAnswerView::from).collect(),
            reason: content.reason,
        }
    }
}

/// The case that was reported with a visit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct VisitIncidentView {
    /// The incident.
    pub id: Uuid,
    /// The number it goes by.
    pub number: String,
    /// What, in a few words.
    pub title: String,
    /// How far it is.
    pub state: String,
    /// Whether nothing more is to be done.
    pub is_over: bool,
}

impl From<contracts::CaseRef> for VisitIncidentView {
    fn from(case: contracts::CaseRef) -> Self {
        let contracts::CaseRef { id, number, title, state, over, .. } = case;
        Self { id: id.uuid(), number, title, state, is_over: over }
    }
}
