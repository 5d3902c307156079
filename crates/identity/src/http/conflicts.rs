//! Roles that must not meet in one person.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use kernel::error::{FIELD_CHOICE, Fields};
use kernel::id::RoleConflict as ConflictKind;
use kernel::permission::Permit;
use kernel::{Fault, Id, Instant, Outcome, Page};
use serde::{Deserialize, Serialize};
use storage::Tx;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, Body, NoBody, Params, PathId, Problem, page, page_request};

use crate::gate::Gate;
use crate::http::views::{self, GrantRoleView, GrantUserView, GrantView, role_ref};
use crate::model::conflict::{Mode, Place, RoleConflict};
use crate::permission::{ManageRoles, ReadGrants, ReadRoles};
use crate::service::conflicts::{self, NewConflict};
use crate::store::{conflicts as store, grants, roles, users};

/// A rule to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleConflictCreate {
    /// One role.
    pub role_a_id: Uuid,
    /// The other; which comes first does not matter.
    pub role_b_id: Uuid,
    /// Where they must not meet: `same_unit`; `line`: the same unit or one above the other's; `anywhere`.
    #[serde(rename = "where")]
    #[schema(extensions(("x-extensible-enum" = json!(["same_unit", "line", "anywhere"]))))]
    pub place: String,
    /// `forbid`, or `needs_second`: a second person approves.
    #[schema(extensions(("x-extensible-enum" = json!(["forbid", "needs_second"]))))]
    pub mode: String,
    /// Why; it is kept on the trail.
    #[schema(min_length = 2, max_length = 500)]
    pub reason: String,
}

/// Two roles that must not meet in one person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoleConflictView {
    /// Its id.
    pub id: Uuid,
    /// One role.
    pub role_a: GrantRoleView,
    /// The other.
    pub role_b: GrantRoleView,
    /// Where they must not meet: `same_unit`, `line` or `anywhere`.
    #[serde(rename = "where")]
    #[schema(extensions(("x-extensible-enum" = json!(["same_unit", "line", "anywhere"]))))]
    pub place: String,
    /// `forbid` or `needs_second`.
    #[schema(extensions(("x-extensible-enum" = json!(["forbid", "needs_second"]))))]
    pub mode: String,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub created_by: GrantUserView,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
}

web::page_schema!(RoleConflictPage, RoleConflictView);

fn tell(tx: &mut Tx<'_>, chinese: bool, rules: &[RoleConflict]) -> Outcome<Vec<RoleConflictView>> {
    let ids: Vec<_> = rules.iter().flat_map(|rule| [rule.role_a_id, rule.role_b_id]).collect();
    let named: HashMap<_, _> = roles::find_all(tx, &ids)?.into_iter().map(|role| (role.id, role)).collect();
    let people: Vec<_> = rules.iter().map(|rule| rule.created_by).collect();
    let people: HashMap<_, _> =
        users::find_all(tx, &people)?.into_iter().map(|user| (user.id, user.display_name)).collect();
    let role = |id| role_ref(named.get(&id), id.uuid(), chinese);
    Ok(rules
        .iter()
        .map(|rule| RoleConflictView {
            id: rule.id.uuid(),
            role_a: role(rule.role_a_id),
            role_b: role(rule.role_b_id),
            place: rule.place.clone(),
            mode: rule.mode.clone(),
            reason: rule.reason.clone(),
            created_by: GrantUserView {
                id: rule.created_by.uuid(),
                display_name: people.get(&rule.created_by).cloned().unwrap_or_default(),
            },
            created_at: rule.created_at,
        })
        .collect())
}

/// Which page.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RoleConflictsQuery {
    /// Items on the page: 1 to 200, 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List the roles that must not meet in one person.
///
/// The three administrators' rule is always there and not in this list.
#[utoipa::path(operation_id = "identity_list_role_conflicts", tag = "roles", params(RoleConflictsQuery),
    responses((status = 200, body = RoleConflictPage, description = "A page of rules")),
    extensions(("x-permission" = json!(ReadRoles::NAME))))]
#[get("/role-conflicts")]
pub async fn list(
    who: Allowed<ReadRoles>,
    query: Params<RoleConflictsQuery>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let asked = page_request(query.limit, query.cursor.as_deref(), &["identity.role_conflicts"])?;
    let chinese = who.chinese();
    let found = who
        .read(move |tx, ctx| {
            let scope = ctx.actor.scope(ReadRoles::PERMISSION, false, ctx.now);
            let after = asked.after.as_ref().map(|cursor| Id::from_uuid(cursor.after));
            let found = store::list(tx, &scope, after, asked.size, asked.fingerprint)?;
            Ok(Page { items: tell(tx, chinese, &found.items)?, next: found.next })
        })
        .await?;
    let next = found.next.clone();
    Ok(page(&req, RoleConflictPage::of(found), next.as_ref()))
}

/// Say that two roles must not meet in one person.
///
/// What is held already stays, and is listed as a violation.
#[utoipa::path(operation_id = "identity_create_role_conflict", tag = "roles", request_body = RoleConflictCreate,
    responses((status = 201, body = RoleConflictView, description = "Made")),
    extensions(("x-permission" = json!(ManageRoles::NAME))))]
#[post("/role-conflicts")]
pub async fn create(
    who: Allowed<ManageRoles>,
    body: Body<RoleConflictCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::default();
    let (place, mode) = (Place::parse(&body.place), Mode::parse(&body.mode));
    if place.is_none() {
        fields.bad("/where", &FIELD_CHOICE, Some("same_unit, line or anywhere".to_owned()));
    }
    if mode.is_none() {
        fields.bad("/mode", &FIELD_CHOICE, Some("forbid or needs_second".to_owned()));
    }
    fields.finish()?;
    let new = NewConflict {
        a: Id::from_uuid(body.role_a_id),
        b: Id::from_uuid(body.role_b_id),
        place: place.unwrap_or(Place::Anywhere),
        mode: mode.unwrap_or(Mode::Forbid),
        reason: body.reason.clone(),
    };
    let (shared, chinese) = (gate.services().clone(), who.chinese());
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let made = conflicts::create(tx, ctx, &shared, &new)?;
        let view = tell(tx, chinese, std::slice::from_ref(&made))?.into_iter().next();
        Ok(Answer::of(view.ok_or_else(|| Fault::internal("a view got lost"))?))
    })
    .await
}

/// Remove a rule between two roles.
#[utoipa::path(operation_id = "identity_delete_role_conflict", tag = "roles",
    params(("id" = Uuid, Path, description = "The rule")), responses((status = 204, description = "Removed")),
    extensions(("x-permission" = json!(ManageRoles::NAME))))]
#[delete("/role-conflicts/{id}")]
pub async fn remove(
    who: Allowed<ManageRoles>,
    id: PathId<ConflictKind>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let (id, shared) = (id.id(), gate.services().clone());
    who.write(StatusCode::NO_CONTENT, &NoBody, move |tx, ctx| {
        conflicts::remove(tx, ctx, &shared, id)?;
        Ok(Answer::of(()))
    })
    .await
}

/// Two grants of one person that must not meet and do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoleViolationView {
    /// The rule.
    pub conflict_id: Uuid,
    /// Who holds both.
    pub user: GrantUserView,
    /// One grant.
    pub grant_a: GrantView,
    /// The other.
    pub grant_b: GrantView,
}

web::page_schema!(RoleViolationPage, RoleViolationView);

/// List who holds roles that must not meet.
///
/// Of grants that both lie where the reader sees grants. What a second person approved is none.
#[utoipa::path(operation_id = "identity_list_role_violations", tag = "roles", params(RoleConflictsQuery),
    responses((status = 200, body = RoleViolationPage, description = "A page of violations")),
    extensions(("x-permission" = json!(ReadGrants::NAME))))]
#[get("/role-conflicts/violations")]
pub async fn violations(
    who: Allowed<ReadGrants>,
    query: Params<RoleConflictsQuery>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let asked = page_request(query.limit, query.cursor.as_deref(), &["identity.role_violations"])?;
    let (shared, chinese) = (gate.services().clone(), who.chinese());
    let found = who
        .read(move |tx, ctx| {
            let scope = ctx.actor.scope(ReadGrants::PERMISSION, false, ctx.now);
            let found =
                store::violations(tx, &scope, ctx.now, asked.after.as_ref(), asked.size, asked.fingerprint)?;
            let ids: Vec<_> = found.items.iter().flat_map(|v| [v.grant_a, v.grant_b]).collect();
            let held = grants::find_all(tx, &ids)?;
            let told = views::grants(tx, ctx, &shared, chinese, &held)?;
            let told: HashMap<Uuid, GrantView> = told.into_iter().map(|view| (view.id, view)).collect();
            let items = found.items.iter().filter_map(|violation| {
                let a = told.get(&violation.grant_a.uuid())?.clone();
                let b = told.get(&violation.grant_b.uuid())?.clone();
                let conflict_id = violation.conflict.uuid();
                Some(RoleViolationView { conflict_id, user: a.user.clone(), grant_a: a, grant_b: b })
            });
            Ok(Page { items: items.collect(), next: found.next })
        })
        .await?;
    let next = found.next.clone();
    Ok(page(&req, RoleViolationPage::of(found), next.as_ref()))
}
