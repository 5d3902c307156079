//! Who is signed in. No token is in any answer.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, get};
use kernel::actor::Scope;
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome, Page, PageRequest};
use serde::{Deserialize, Serialize};
use storage::Tx;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, NoBody, Params, PathId, Problem, Registrar, page, page_request};

use crate::gate::Gate;
use crate::http::views::{GrantUserView, SessionView};
use crate::model::{Session, User};
use crate::permission::{ManageSessions, ReadSessions};
use crate::service::session;
use crate::store::{sessions, users};

pub(super) fn routes(cfg: &mut Registrar<'_>) {
    cfg.service(list).service(list_of_user).service(end);
}

/// Somebody's session.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserSessionView {
    /// Its id.
    pub id: Uuid,
    /// Whose.
    pub user: GrantUserView,
    /// What is known of it.
    pub session: SessionView,
    /// What the reader may do with it.
    pub can: Vec<String>,
}

web::page_schema!(UserSessionPage, UserSessionView);

/// Whose sessions.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SessionsQuery {
    /// Only this account's.
    pub user: Option<Uuid>,
    /// Only those of accounts of this unit and below.
    pub unit: Option<Uuid>,
    /// Items on the page: 1 to 200, 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List who is signed in.
#[utoipa::path(operation_id = "identity_list_sessions", tag = "sessions", params(SessionsQuery),
    responses((status = 200, body = UserSessionPage, description = "A page of open sessions, newest first")),
    extensions(("x-permission" = json!(ReadSessions::NAME))))]
#[get("/sessions")]
pub async fn list(
    who: Allowed<ReadSessions>,
    query: Params<SessionsQuery>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let filters = ["identity.sessions", &text(query.user), &text(query.unit)];
    let asked = page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let (shared, user, unit) = (gate.services().clone(), query.user.map(Id::from_uuid), query.unit);
    let found = who
        .read(move |tx, ctx| {
            let mut scope = ctx.actor.scope(ReadSessions::PERMISSION, false, ctx.now);
            if let Some(unit) = unit {
                let unit = shared.tree.unit(tx, Id::from_uuid(unit))?.or_refuse(&NOT_FOUND)?;
                scope = scope.within(unit.id, &unit.path);
            }
            open(tx, ctx, &scope, user, &asked)
        })
        .await?;
    let next = found.next.clone();
    Ok(page(&req, UserSessionPage::of(found), next.as_ref()))
}

/// Which page of somebody's sessions.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UserSessionsQuery {
    /// Items on the page: 1 to 200, 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List where somebody is signed in.
#[utoipa::path(operation_id = "identity_list_user_sessions", tag = "users",
    params(("id" = Uuid, Path, description = "The account"), UserSessionsQuery),
    responses((status = 200, body = UserSessionPage, description = "A page of open sessions, newest first")),
    extensions(("x-permission" = json!(ReadSessions::NAME))))]
#[get("/users/{id}/sessions")]
pub async fn list_of_user(
    who: Allowed<ReadSessions>,
    id: PathId<kernel::id::User>,
    query: Params<UserSessionsQuery>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = id.id();
    let asked = page_request(
        query.limit,
        query.cursor.as_deref(),
        &["identity.user_sessions", &id.uuid().to_string()],
    )?;
    let found = who
        .read(move |tx, ctx| {
            let owner = users::find(tx, id)?.or_refuse(&NOT_FOUND)?;
            if !ctx.actor.may(ReadSessions::PERMISSION, &owner.unit_path, ctx.now) {
                return Err(NOT_FOUND.fault());
            }
            let scope = ctx.actor.scope(ReadSessions::PERMISSION, false, ctx.now);
            open(tx, ctx, &scope, Some(id), &asked)
        })
        .await?;
    let next = found.next.clone();
    Ok(page(&req, UserSessionPage::of(found), next.as_ref()))
}

/// A page of the open sessions in a scope.
fn open(
    tx: &mut Tx<'_>,
    ctx: &Context,
    scope: &Scope,
    user: Option<Id<kernel::id::User>>,
    asked: &PageRequest,
) -> Outcome<Page<UserSessionView>> {
    let after = asked.after.as_ref().map(|cursor| Id::from_uuid(cursor.after));
    let found = sessions::list(tx, scope, user, ctx.now, after, asked.size, asked.fingerprint)?;
    let ids: Vec<_> = found.items.iter().map(|session| session.user_id).collect();
    let owners = users::find_all(tx, &ids)?;
    let view = |session: &Session| {
        let owner = owners.iter().find(|owner| owner.id == session.user_id)?;
        Some(UserSessionView::of(ctx, session, owner))
    };
    Ok(Page { items: found.items.iter().filter_map(view).collect(), next: found.next })
}

impl UserSessionView {
    fn of(ctx: &Context, session: &Session, owner: &User) -> Self {
        let may = ctx.actor.may(ManageSessions::PERMISSION, &owner.unit_path, ctx.now);
        Self {
            id: session.id.uuid(),
            user: GrantUserView { id: owner.id.uuid(), display_name: owner.display_name.clone() },
            session: SessionView::of(ctx, session),
            can: may.then(|| "end".to_owned()).into_iter().collect(),
        }
    }
}

/// End somebody's session.
///
/// Their next request is refused.
#[utoipa::path(operation_id = "identity_end_session", tag = "sessions",
    params(("id" = Uuid, Path, description = "The session")),
    responses((status = 204, description = "Ended")),
    extensions(("x-permission" = json!(ManageSessions::NAME))))]
#[delete("/sessions/{id}")]
pub async fn end(
    who: Allowed<ManageSessions>,
    id: PathId<kernel::id::Session>,
) -> Result<HttpResponse, Problem> {
    let id = id.id();
    who.write(StatusCode::NO_CONTENT, &NoBody, move |tx, ctx| {
        session::end_anothers(tx, ctx, id)?;
        Ok(Answer::of(()))
    })
    .await
}
