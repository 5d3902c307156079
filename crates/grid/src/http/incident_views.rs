//! What readers get of incidents: flat, with names beside ids, and with what they may do next.

use kernel::{Id, Instant};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::model::{Action, Priority};
use crate::service::see::{Shown, ShownStep};

/// An incident.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IncidentView {
    /// The incident.
    pub id: Uuid,
    /// The number it goes by among people: the day it was reported, and eight letters.
    #[schema(example = "20261125-7K3M9Q2X")]
    pub number: String,
    /// By what way it came.
    #[schema(extensions(("x-extensible-enum" = json!(["resident", "staff", "anonymous", "field", "open311", "visit"]))))]
    pub source: &'static str,
    /// What, in a few words.
    pub title: String,
    /// What, in full.
    pub description: String,
    /// Where, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub address: Option<String>,
    /// Where: latitude.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub lat: Option<f64>,
    /// Where: longitude.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub lng: Option<f64>,
    /// How far it is.
    #[schema(extensions(("x-extensible-enum" = json!(["reported", "accepted", "dispatched", "in_progress", "resolved", "verified", "closed", "rejected", "reopened", "suspended", "waiting", "merged", "void"]))))]
    pub state: &'static str,
    /// What kind of incident it is; absent until somebody says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub category_id: Option<Uuid>,
    /// The category's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub category_name: Option<String>,
    /// How urgent it is, where its category's rules said so when it got its category.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, extensions(("x-extensible-enum" = json!(["low", "normal", "high", "urgent"]))))]
    pub priority: Option<&'static str>,
    /// The unit whose tray it is in.
    pub unit_id: Uuid,
    /// The unit's name.
    pub unit_name: String,
    /// The unit the reporter named, where the grid that has the point decided otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub named_unit_id: Option<Uuid>,
    /// Its grid; absent where no grid has its point.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub grid_id: Option<Uuid>,
    /// The grid's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub grid_name: Option<String>,
    /// Who reported it; shown to staff and the reporter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reporter_id: Option<Uuid>,
    /// The reporter's name; shown to staff and the reporter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reporter_name: Option<String>,
    /// The unit it was dispatched to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub assignee_unit_id: Option<Uuid>,
    /// That unit's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub assignee_unit_name: Option<String>,
    /// The person it was dispatched to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub assignee_id: Option<Uuid>,
    /// That person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub assignee_name: Option<String>,
    /// Who resolved it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub resolved_by_id: Option<Uuid>,
    /// The name of who resolved it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub resolved_by_name: Option<String>,
    /// When it was reported.
    #[schema(value_type = String, format = DateTime)]
    pub reported_at: Instant,
    /// Since when it is in its state.
    #[schema(value_type = String, format = DateTime)]
    pub state_since_at: Instant,
    /// When it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Instant>,
    /// When the clock that runs is over; absent where none runs, while it stands, or while nobody can say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Instant>,
    /// The state in which it goes on, while it is suspended or waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub back_state: Option<&'static str>,
    /// When it goes on by itself, while it is suspended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub resume_at: Option<Instant>,
    /// What the reporter was asked, while it waits; shown to staff and the reporter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub question: Option<String>,
    /// When the time was over, and the unit above was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub escalated_at: Option<Instant>,
    /// The unit that was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub escalated_unit_id: Option<Uuid>,
    /// That unit's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub escalated_unit_name: Option<String>,
    /// The incident it was merged into.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub merged_into_id: Option<Uuid>,
    /// The mark its reporter gave the result, 1 to 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 5)]
    pub score: Option<i32>,
    /// When it was seen, where a device sent it later.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub occurred_at: Option<Instant>,
    /// Counts its changes; the number of its steps.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// The transitions that are open to this reader now: `POST /incidents/{id}/{transition}`.
    pub allowed_transitions: Vec<&'static str>,
    /// What the reader may do with it: the transitions, `categorise`, `rate`, and `read_steps`.
    pub can: Vec<&'static str>,
}

impl From<Shown> for IncidentView {
    fn from(s: Shown) -> Self {
        let i = s.incident;
        let allowed: Vec<&str> = s.actions.into_iter().map(Action::word).collect();
        let beside = [s.may_categorise.then_some("categorise"), s.may_rate.then_some("rate")];
        let beside = beside.into_iter().flatten().chain(["read_steps"]);
        let can = allowed.iter().copied().chain(beside).collect();
        let (reporter_id, reporter_name) = s.reporter.map(|(id, name)| (id.uuid(), name)).unzip();
        Self {
            id: i.id.uuid(),
            number: i.number,
            source: i.source.word(),
            title: i.title,
            description: i.description,
            address: i.address,
            lat: i.point.map(|(lat, _)| lat),
            lng: i.point.map(|(_, lng)| lng),
            state: i.state.word(),
            category_id: i.category.map(Id::uuid),
            category_name: s.category_name,
            priority: i.priority.map(Priority::word),
            unit_id: i.unit.uuid(),
            unit_name: s.unit_name,
            named_unit_id: i.named_unit.map(Id::uuid),
            grid_id: i.grid.map(Id::uuid),
            grid_name: s.grid_name,
            reporter_id,
            reporter_name,
            assignee_unit_id: i.assignee_unit.map(Id::uuid),
            assignee_unit_name: s.assignee_unit_name,
            assignee_id: i.assignee.map(Id::uuid),
            assignee_name: s.assignee_name,
            resolved_by_id: i.resolved_by.map(Id::uuid),
            resolved_by_name: s.resolved_by_name,
            reported_at: i.reported_at,
            state_since_at: i.state_since,
            closed_at: i.closed_at,
            due_at: i.due,
            back_state: i.back.map(crate::model::State::word),
            resume_at: i.resume_at,
            question: i.question.filter(|_| s.sees_all),
            escalated_at: i.escalated_at,
            escalated_unit_id: i.escalated_unit.map(Id::uuid),
            escalated_unit_name: s.escalated_unit_name,
            merged_into_id: i.merged_into.map(Id::uuid),
            score: i.score,
            occurred_at: i.occurred_at,
            version: i.version,
            allowed_transitions: allowed,
            can,
        }
    }
}

web::page_schema!(IncidentPage, IncidentView);

/// One step of an incident's history.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IncidentStepView {
    /// The step.
    pub id: Uuid,
    /// Its number, from 1.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub seq: i64,
    /// What was done.
    #[schema(extensions(("x-extensible-enum" = json!(["report", "accept", "reject", "dispatch", "start", "resolve", "verify", "close", "reopen", "return", "transfer", "suspend", "ask", "answer", "resume", "merge", "rate", "regrid", "hand_over", "categorise", "escalate", "ask_extension", "extend", "refuse_extension", "ask_void", "void", "refuse_void"]))))]
    pub action: String,
    /// The state before; absent for the report.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub from_state: Option<String>,
    /// The state after.
    pub to_state: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    /// Who; shown to staff, and to whoever it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub actor_id: Option<Uuid>,
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub actor_name: Option<String>,
    /// Reason, result or remark.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<String>,
    /// The unit it was dispatched to in this step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub assignee_unit_id: Option<Uuid>,
    /// That unit's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub assignee_unit_name: Option<String>,
    /// The person it was dispatched to in this step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub assignee_id: Option<Uuid>,
    /// That person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub assignee_name: Option<String>,
    /// The category it had before this step, where the step gave it one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub from_category_id: Option<Uuid>,
    /// That category's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub from_category_name: Option<String>,
    /// The category it was given in this step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to_category_id: Option<Uuid>,
    /// That category's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to_category_name: Option<String>,
    /// The mark that the reporter gave in this step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 5)]
    pub score: Option<i32>,
}

impl From<ShownStep> for IncidentStepView {
    fn from(s: ShownStep) -> Self {
        let (actor_id, actor_name) = s.actor.map(|(id, name)| (id.uuid(), name)).unzip();
        Self {
            id: s.step.id.uuid(),
            seq: s.step.seq,
            action: s.step.action,
            from_state: s.step.from.map(|f| f.word().to_owned()),
            to_state: s.step.to.word().to_owned(),
            at: s.step.at,
            actor_id,
            actor_name,
            note: s.step.note,
            assignee_unit_id: s.step.assignee_unit.map(Id::uuid),
            assignee_unit_name: s.assignee_unit_name,
            assignee_id: s.step.assignee.map(Id::uuid),
            assignee_name: s.assignee_name,
            from_category_id: s.step.from_category.map(Id::uuid),
            from_category_name: s.from_category_name,
            to_category_id: s.step.to_category.map(Id::uuid),
            to_category_name: s.to_category_name,
            score: s.step.facts.score,
        }
    }
}

web::page_schema!(IncidentStepPage, IncidentStepView);
