//! The transitions: one operation each, all through [`act::act`].

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use kernel::id::Incident as IncidentId;
use kernel::permission::Permit;
use kernel::{Id, Instant};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use web::{Allowed, Answer, Body, PathId, Problem};

use super::incident_views::IncidentView;
use super::report::ids;
use crate::model::EvidenceLabel;
use crate::permission::{
    AcceptIncident, AnswerIncident, CategoriseIncident, CloseIncident, DispatchIncident, HandleIncident,
    RateIncident, ReopenIncident, SuspendIncident, TransferIncident, VerifyIncident,
};
use crate::ports::GridServices;
use crate::service::act::{self, Deed};
use crate::service::categorise as category;
use crate::service::evidence;
use crate::service::rate::{self as marks, Rating};

macro_rules! bodies {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $ty:ty),* $(,)? })+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Deserialize, ToSchema)]
            #[serde(deny_unknown_fields)]
            pub struct $name {
                $($(#[$fdoc])* $field: $ty,)*
                /// The version that was read, where `If-Match` is not sent.
                #[schema(minimum = 1, maximum = 9007199254740991i64)]
                version: Option<i64>,
            }
        )+
    };
}

bodies! {
    /// Taking an incident on.
    IncidentAccept {
        /// A remark.
        #[schema(max_length = 2000)]
        note: Option<String>,
    }
    /// Not taking an incident on.
    IncidentReject {
        /// Why.
        #[schema(min_length = 1, max_length = 2000)]
        reason: String,
    }
    /// Giving an incident to a unit, to a person, or to a person of a unit.
    IncidentDispatch {
        /// The unit.
        assignee_unit_id: Option<Uuid>,
        /// The person; must be able to handle incidents in that unit, or, without one, where the incident lies.
        assignee_id: Option<Uuid>,
        /// A remark.
        #[schema(max_length = 2000)]
        note: Option<String>,
    }
    /// Beginning to deal with an incident.
    IncidentStart {
        /// A remark.
        #[schema(max_length = 2000)]
        note: Option<String>,
    }
    /// Having dealt with an incident.
    IncidentResolve {
        /// What was done.
        #[schema(min_length = 1, max_length = 2000)]
        result: String,
        /// Photos and documents of what was made of it, uploaded before; they become the incident's.
        #[schema(max_items = 10)]
        file_ids: Option<Vec<Uuid>>,
    }
    /// Having looked at what was done.
    IncidentVerify {
        /// Whether it is in order; if not, it is reopened.
        passed: bool,
        /// Why not; needed when it did not pass.
        #[schema(max_length = 2000)]
        reason: Option<String>,
        /// A remark.
        #[schema(max_length = 2000)]
        note: Option<String>,
    }
    /// Ending the case.
    IncidentClose {
        /// A remark.
        #[schema(max_length = 2000)]
        note: Option<String>,
    }
    /// Giving an incident back to whoever dispatches.
    IncidentReturn {
        /// Why it was sent to the wrong place.
        #[schema(min_length = 1, max_length = 2000)]
        reason: String,
    }
    /// Putting an incident into the tray of another grid or unit: one of the two.
    IncidentTransfer {
        /// The unit.
        unit_id: Option<Uuid>,
        /// The grid; its unit has the tray.
        grid_id: Option<Uuid>,
        /// Why.
        #[schema(min_length = 1, max_length = 2000)]
        reason: String,
    }
    /// Setting an incident aside.
    IncidentSuspend {
        /// Until when, within a year: then it goes on by itself.
        #[schema(value_type = String, format = DateTime)]
        until_at: Instant,
        /// Why.
        #[schema(min_length = 1, max_length = 2000)]
        reason: String,
    }
    /// Asking the reporter.
    IncidentAsk {
        /// What.
        #[schema(min_length = 1, max_length = 2000)]
        question: String,
    }
    /// Answering what one was asked.
    IncidentAnswer {
        /// The answer.
        #[schema(min_length = 1, max_length = 2000)]
        answer: String,
    }
    /// Going on with an incident.
    IncidentResume {
        /// A remark.
        #[schema(max_length = 2000)]
        note: Option<String>,
    }
    /// Saying that an incident is the same as another.
    IncidentMerge {
        /// The other, which goes on.
        into_id: Uuid,
        /// Why.
        #[schema(min_length = 1, max_length = 2000)]
        reason: String,
    }
    /// Saying how good the result is.
    IncidentRate {
        /// 1 to 5.
        #[schema(minimum = 1, maximum = 5)]
        score: i32,
        /// A remark.
        #[schema(max_length = 2000)]
        note: Option<String>,
    }
    /// Saying what kind of incident it is.
    IncidentCategorise {
        /// The category: live, and used in the incident's unit.
        category_id: Uuid,
    }
    /// Taking a case up again.
    IncidentReopen {
        /// Why.
        #[schema(min_length = 1, max_length = 2000)]
        reason: String,
    }
}

async fn run<P: Permit, T>(
    who: &Allowed<P>,
    id: PathId<IncidentId>,
    body: &Body<T>,
    version: Option<i64>,
    grid: &Data<GridServices>,
    deed: Deed,
) -> Result<HttpResponse, Problem> {
    let (id, s, expected) = (id.id(), grid.get_ref().clone(), who.expected_version(version)?);
    who.write(StatusCode::OK, body, move |tx, ctx| {
        let view = IncidentView::from(act::act(tx, ctx, &s, id, expected, &deed)?);
        let version = view.version;
        Ok(Answer::of(view).version(version))
    })
    .await
}

macro_rules! transitions {
    ($($(#[$doc:meta])* $name:ident, $path:literal, $operation:literal, $permit:ident, $body:ident, |$b:ident| $deed:expr;)+) => {
        $(
            $(#[$doc])*
            #[utoipa::path(operation_id = $operation, tag = "incidents", params(("id" = Uuid, Path, description = "The incident")),
                request_body = $body, responses((status = 200, body = IncidentView, description = "The incident as it is now")),
                extensions(("x-permission" = json!($permit::NAME))))]
            #[post($path)]
            pub async fn $name(
                who: Allowed<$permit>,
                id: PathId<IncidentId>,
                body: Body<$body>,
                grid: Data<GridServices>,
            ) -> Result<HttpResponse, Problem> {
                let $b = &*body;
                let deed = $deed;
                run(&who, id, &body, body.version, &grid, deed).await
            }
        )+
    };
}

transitions! {
    /// Accept a reported or reopened incident.
    accept, "/incidents/{id}/accept", "grid_accept_incident", AcceptIncident, IncidentAccept,
        |b| Deed::Accept { note: b.note.clone() };
    /// Reject a reported or accepted incident, with a reason.
    reject, "/incidents/{id}/reject", "grid_reject_incident", AcceptIncident, IncidentReject,
        |b| Deed::Reject { reason: b.reason.clone() };
    /// Dispatch an accepted or reopened incident to a unit or a person.
    ///
    /// Where neither is named, it goes to the department of its category in its unit.
    dispatch, "/incidents/{id}/dispatch", "grid_dispatch_incident", DispatchIncident, IncidentDispatch,
        |b| Deed::Dispatch {
            unit: b.assignee_unit_id.map(Id::from_uuid),
            person: b.assignee_id.map(Id::from_uuid),
            note: b.note.clone(),
        };
    /// Start on a dispatched incident.
    start, "/incidents/{id}/start", "grid_start_incident", HandleIncident, IncidentStart,
        |b| Deed::Start { note: b.note.clone() };
    /// Verify a resolved incident, or send it back. Never by who resolved it.
    verify, "/incidents/{id}/verify", "grid_verify_incident", VerifyIncident, IncidentVerify,
        |b| if b.passed {
            Deed::Pass { note: b.note.clone().or_else(|| b.reason.clone()) }
        } else {
            Deed::Fail { reason: b.reason.clone().or_else(|| b.note.clone()).unwrap_or_default() }
        };
    /// Close a verified incident. Never by who resolved it.
    close, "/incidents/{id}/close", "grid_close_incident", CloseIncident, IncidentClose,
        |b| Deed::Close { note: b.note.clone() };
    /// Reopen an incident, with a reason: by who may verify it, or by its reporter once it is resolved or closed.
    reopen, "/incidents/{id}/reopen", "grid_reopen_incident", ReopenIncident, IncidentReopen,
        |b| Deed::Reopen { reason: b.reason.clone() };
    /// Return an incident that was dispatched to the wrong place, with a reason.
    ///
    /// By who handles it, or who dispatches. It is accepted again, and nobody's; the handler's clock counts for nothing.
    give_back, "/incidents/{id}/return", "grid_return_incident", HandleIncident, IncidentReturn,
        |b| Deed::Return { reason: b.reason.clone() };
    /// Transfer an incident to another grid or unit, with a reason.
    ///
    /// It is reported there, and the clock for its acceptance begins anew.
    transfer, "/incidents/{id}/transfer", "grid_transfer_incident", TransferIncident, IncidentTransfer,
        |b| Deed::Transfer {
            unit: b.unit_id.map(Id::from_uuid),
            grid: b.grid_id.map(Id::from_uuid),
            reason: b.reason.clone(),
        };
    /// Suspend a dispatched incident until a date, with a reason. Its clock stands; on the date it goes on by itself.
    suspend, "/incidents/{id}/suspend", "grid_suspend_incident", SuspendIncident, IncidentSuspend,
        |b| Deed::Suspend { until: b.until_at, reason: b.reason.clone() };
    /// Ask the reporter a question. The clock stands until they answer, or until the incident is resumed.
    ask, "/incidents/{id}/ask", "grid_ask_reporter", HandleIncident, IncidentAsk,
        |b| Deed::Ask { question: b.question.clone() };
    /// Answer what one was asked about an incident that one reported. The incident goes on where it stood.
    answer, "/incidents/{id}/answer", "grid_answer_question", AnswerIncident, IncidentAnswer,
        |b| Deed::Answer { answer: b.answer.clone() };
    /// Merge an incident into another that is the same. Whoever reported or follows it hears of the other from now on.
    ///
    /// By who may accept both. The other must go on; a mistake is undone by reopening.
    merge, "/incidents/{id}/merge", "grid_merge_incident", AcceptIncident, IncidentMerge,
        |b| Deed::Merge { into: Id::from_uuid(b.into_id), reason: b.reason.clone() };
    /// Resume an incident before its date, or without an answer.
    resume, "/incidents/{id}/resume", "grid_resume_incident", SuspendIncident, IncidentResume,
        |b| Deed::Resume { note: b.note.clone() };
}

/// Resolve an incident that is in progress, with the result.
#[utoipa::path(operation_id = "grid_resolve_incident", tag = "incidents", params(("id" = Uuid, Path, description = "The incident")),
    request_body = IncidentResolve, responses((status = 200, body = IncidentView, description = "The incident as it is now")),
    extensions(("x-permission" = json!(HandleIncident::NAME))))]
#[post("/incidents/{id}/resolve")]
pub async fn resolve(
    who: Allowed<HandleIncident>,
    id: PathId<IncidentId>,
    body: Body<IncidentResolve>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s, expected) = (id.id(), grid.get_ref().clone(), who.expected_version(body.version)?);
    let (deed, files) = (Deed::Resolve { result: body.result.clone() }, ids(body.file_ids.as_deref()));
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let view = IncidentView::from(act::act(tx, ctx, &s, id, expected, &deed)?);
        evidence::attach_all(tx, ctx, &s, id, &files, EvidenceLabel::After)?;
        let version = view.version;
        Ok(Answer::of(view).version(version))
    })
    .await
}

/// Rate the result of an incident that one reported, once for each time it was dealt with.
#[utoipa::path(operation_id = "grid_rate_incident", tag = "incidents", params(("id" = Uuid, Path, description = "The incident")),
    request_body = IncidentRate, responses((status = 200, body = IncidentView, description = "The incident as it is now")),
    extensions(("x-permission" = json!(RateIncident::NAME))))]
#[post("/incidents/{id}/rate")]
pub async fn rate(
    who: Allowed<RateIncident>,
    id: PathId<IncidentId>,
    body: Body<IncidentRate>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s, expected) = (id.id(), grid.get_ref().clone(), who.expected_version(body.version)?);
    let rating = Rating { score: body.score, note: body.note.clone() };
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let view = IncidentView::from(marks::rate(tx, ctx, &s, id, expected, &rating)?);
        let version = view.version;
        Ok(Answer::of(view).version(version))
    })
    .await
}

/// Give an open incident a category, in place of the one it has.
///
/// By whoever may accept or dispatch it. The priority and the term are those of the category's rules in the incident's unit; its clock keeps its start.
#[utoipa::path(operation_id = "grid_categorise_incident", tag = "incidents", params(("id" = Uuid, Path, description = "The incident")),
    request_body = IncidentCategorise, responses((status = 200, body = IncidentView, description = "The incident as it is now")),
    extensions(("x-permission" = json!(CategoriseIncident::NAME))))]
#[post("/incidents/{id}/categorise")]
pub async fn categorise(
    who: Allowed<CategoriseIncident>,
    id: PathId<IncidentId>,
    body: Body<IncidentCategorise>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s, expected) = (id.id(), grid.get_ref().clone(), who.expected_version(body.version)?);
    let given = Id::from_uuid(body.category_id);
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let view = IncidentView::from(category::categorise(tx, ctx, &s, id, expected, given)?);
        let version = view.version;
        Ok(Answer::of(view).version(version))
    })
    .await
}
