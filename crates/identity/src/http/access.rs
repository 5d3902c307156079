//! Who may do what where, and why.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use kernel::error::{FIELD_LENGTH, INVALID};
use kernel::{Fault, Id, Instant};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Body, Params, Problem};

use crate::gate::Gate;
use crate::http::views::{GrantRoleView, GrantUnitView, GrantUserView, UnitNames, role_ref};
use crate::permission::ExplainAccess;
use crate::service::explain::{self, Answer, Question};
use crate::store::roles;

/// Questions asked at once.
const MAX_QUESTIONS: usize = 100;

/// One question.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessQuestionCreate {
    /// About whom; oneself unless told.
    #[schema(nullable = false)]
    pub user_id: Option<Uuid>,
    /// The permission's name.
    #[schema(max_length = 100)]
    pub permission: String,
    /// Where.
    pub unit_id: Uuid,
}

/// Questions.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessCheckCreate {
    /// At most 100.
    #[schema(min_items = 1, max_items = 100)]
    pub questions: Vec<AccessQuestionCreate>,
}

/// A short answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({ "user_id": "01990000-0000-7000-8000-000000000001", "permission": "grid.incident.handle",
    "unit_id": "01990000-0000-7000-8000-000000000002", "allowed": false, "blocked_by": ["mfa_required"] }))]
pub struct AccessAnswerView {
    /// About whom.
    pub user_id: Uuid,
    /// The permission's name.
    pub permission: String,
    /// Where.
    pub unit_id: Uuid,
    /// Whether they may. What the reader may not know is answered as a no.
    pub allowed: bool,
    /// What stood in the way, as far as the reader may ask why: the words of `GET /access/why`, but for `awaits_approval` and `conflict`.
    /// `mfa_required`: the request would be refused with `identity.second_factor_required`.
    pub blocked_by: Vec<String>,
}

/// The answers, in the order of the questions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccessAnswerList {
    /// One for each question.
    pub items: Vec<AccessAnswerView>,
}

/// Ask up to 100 questions at once.
#[utoipa::path(operation_id = "identity_check_access", tag = "access", request_body = AccessCheckCreate,
    responses((status = 200, body = AccessAnswerList, description = "The answers")),
    extensions(("x-permission" = json!(ExplainAccess::NAME))))]
#[post("/access/check")]
pub async fn check(
    who: Allowed<ExplainAccess>,
    body: Body<AccessCheckCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    if body.questions.is_empty() || body.questions.len() > MAX_QUESTIONS {
        let refusal = INVALID.refusal().at_with("/questions", &FIELD_LENGTH, "1 to 100 questions");
        return Err(Fault::from(refusal).into());
    }
    let (me, at) = (who.actor().user, who.context().now);
    let mut questions = Vec::with_capacity(body.questions.len());
    for (index, asked) in body.questions.iter().enumerate() {
        let permission = gate.services().permission(&asked.permission).ok_or_else(|| {
            let pointer = format!("/questions/{index}/permission");
            Fault::from(INVALID.refusal().at(pointer, &kernel::error::FIELD_UNKNOWN_REFERENCE))
        })?;
        let user = asked.user_id.map_or(me, Id::from_uuid);
        questions.push(Question { user, permission, unit: Id::from_uuid(asked.unit_id), at });
    }
    let (shared, asked) = (gate.services().clone(), questions.clone());
    let said = who.read(move |tx, ctx| explain::check(tx, ctx, &shared, &asked)).await?;
    let items = questions.iter().zip(said).map(|(question, said)| AccessAnswerView {
        user_id: question.user.uuid(),
        permission: question.permission.name.to_owned(),
        unit_id: question.unit.uuid(),
        allowed: said.allowed,
        blocked_by: explain::words(said.blocked_by),
    });
    Ok(HttpResponse::Ok().json(AccessAnswerList { items: items.collect() }))
}

/// One question, to be answered with reasons.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhyQuery {
    /// About whom.
    pub user: Uuid,
    /// The permission's name.
    #[param(max_length = 100)]
    pub permission: String,
    /// Where: a unit, or the thing of `object_id`; one of the two.
    pub unit: Option<Uuid>,
    /// What it would be done to: an incident, a grid or a person that the asker may see. The answer's `unit` is where it is decided.
    #[serde(alias = "object")]
    pub object_id: Option<Uuid>,
    /// When; now unless told.
    #[param(value_type = Option<String>, format = DateTime)]
    pub at: Option<Instant>,
}

/// A grant that says yes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WhyPathView {
    /// The grant.
    pub grant_id: Uuid,
    /// The role it gives.
    pub role: GrantRoleView,
    /// The permission.
    pub permission: String,
    /// The unit it was given in.
    pub granted_in: GrantUnitView,
    /// The units from there down to the one asked about.
    pub path: Vec<GrantUnitView>,
    /// Until when it says so; absent: until revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Instant>,
}

/// What is missing for a yes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WhyMissingView {
    /// The permission.
    pub permission: String,
    /// Where.
    pub unit: GrantUnitView,
    /// The roles that carry it and little else.
    pub nearest_roles: Vec<GrantRoleView>,
    /// Who could give it there, of those the reader may see: at most ten.
    pub could_be_granted_by: Vec<GrantUserView>,
}

/// An answer with its reasons.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({ "allowed": false, "everyone": false,
    "unit": { "id": "01990000-0000-7000-8000-000000000002", "name": "Wuyuan Street" }, "at": "2026-11-25T08:00:00Z", "paths": [{
    "grant_id": "01990000-0000-7000-8000-000000000003", "permission": "grid.incident.handle",
    "role": { "id": "01990000-0000-7000-8000-000000000004", "name": "department_handler", "label": "Department handler" },
    "granted_in": { "id": "01990000-0000-7000-8000-000000000002", "name": "Wuyuan Street" },
    "path": [{ "id": "01990000-0000-7000-8000-000000000002", "name": "Wuyuan Street" }] }],
    "missing": [], "blocked_by": ["mfa_required"] }))]
pub struct WhyView {
    /// The answer.
    pub allowed: bool,
    /// Whether every account may, without a grant.
    pub everyone: bool,
    /// Where it is decided.
    pub unit: GrantUnitView,
    /// The moment asked about.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    /// Every grant that says yes.
    pub paths: Vec<WhyPathView>,
    /// What is missing for a yes.
    pub missing: Vec<WhyMissingView>,
    /// What stood in the way: `user_disabled`, `grant_expired`, `not_yet`, `outside_subtree`, `no_role`, `awaits_approval`;
    /// `conflict`: a role that would do must not meet with one they hold; and `mfa_required`: they must set up a second factor before they
    /// may do anything, whatever they hold.
    pub blocked_by: Vec<String>,
}

/// Ask why somebody may, or may not.
#[utoipa::path(operation_id = "identity_explain_access", tag = "access", params(WhyQuery),
    responses((status = 200, body = WhyView, description = "The answer with its reasons")),
    extensions(("x-permission" = json!(ExplainAccess::NAME))))]
#[get("/access/why")]
pub async fn why(
    who: Allowed<ExplainAccess>,
    query: Params<WhyQuery>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let permission = gate
        .services()
        .permission(&query.permission)
        .ok_or_else(|| Fault::from(web::params::bad("permission", "there is no permission of this name")))?;
    if query.unit.is_some() == query.object_id.is_some() {
        return Err(Fault::from(web::params::bad("unit", "one of `unit` and `object_id`")).into());
    }
    let (user, place, object) = (Id::from_uuid(query.user), query.unit.map(Id::from_uuid), query.object_id);
    let at = query.at.unwrap_or(who.context().now);
    let (shared, chinese) = (gate.services().clone(), who.chinese());
    let told = who
        .read(move |tx, ctx| {
            let unit = match (place, object) {
                (Some(unit), _) => unit,
                (None, Some(object)) => explain::deciding_unit(tx, ctx, &shared, object, permission)?,
                (None, None) => return Err(kernel::error::NOT_FOUND.fault()),
            };
            let question = Question { user, permission, unit, at };
            let answer = explain::why(tx, ctx, &shared, question)?;
            let names = UnitNames::of(
                tx,
                &shared,
                answer.paths.iter().map(|grant| grant.unit).chain([question.unit]),
            )?;
            let ids: Vec<_> = answer.paths.iter().map(|grant| grant.role).collect();
            let named = roles::find_all(tx, &ids)?;
            Ok(tell(&answer, question, &names, &named, chinese))
        })
        .await?;
    Ok(HttpResponse::Ok().json(told))
}

fn tell(
    answer: &Answer,
    question: Question,
    names: &UnitNames,
    named: &[crate::model::Role],
    chinese: bool,
) -> WhyView {
    let permission = question.permission.name.to_owned();
    let paths = answer.paths.iter().map(|grant| WhyPathView {
        grant_id: grant.id.uuid(),
        role: role_ref(named.iter().find(|role| role.id == grant.role), grant.role.uuid(), chinese),
        permission: permission.clone(),
        granted_in: names.view(grant.unit),
        path: answer
            .lineage
            .iter()
            .filter(|unit| grant.path.contains(&unit.path))
            .map(|unit| GrantUnitView { id: unit.id.uuid(), name: unit.name.clone() })
            .collect(),
        ends_at: grant.until,
    });
    let missing = (!answer.decision.allowed).then(|| WhyMissingView {
        permission: permission.clone(),
        unit: names.view(question.unit),
        nearest_roles: answer
            .nearest_roles
            .iter()
            .map(|role| role_ref(Some(role), role.id.uuid(), chinese))
            .collect(),
        could_be_granted_by: answer
            .could_be_granted_by
            .iter()
            .map(|user| GrantUserView { id: user.id.uuid(), display_name: user.display_name.clone() })
            .collect(),
    });
    WhyView {
        allowed: answer.allowed(),
        everyone: answer.decision.everyone,
        unit: names.view(question.unit),
        at: question.at,
        paths: paths.collect(),
        missing: missing.into_iter().collect(),
        blocked_by: explain::words(answer.blocked_by()),
    }
}
