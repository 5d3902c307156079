//! The log of sign-ins: the auditor's, and everybody's own part of it.

use actix_web::{HttpRequest, HttpResponse, get};
use kernel::id::User as UserKind;
use kernel::{Context, Id, Instant, Outcome, Page};
use serde::{Deserialize, Serialize};
use storage::Tx;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Params, Problem, Registrar, page, page_request};

use crate::http::views::GrantUserView;
use crate::model::sign_in::{SignIn, outcome};
use crate::permission::{OwnSession, ReadSignIns};
use crate::service::sign_ins;
use crate::store::sign_ins::{self as store, Filter, Whose};
use crate::store::users;

pub(super) fn routes(cfg: &mut Registrar<'_>) {
    cfg.service(list).service(list_own);
}

/// A try to sign in, or several alike.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SignInRecordView {
    /// Its id.
    pub id: Uuid,
    /// When; the last of several.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    /// Whose account; absent where the login is nobody's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub user: Option<GrantUserView>,
    /// The same for two tries at the same unknown login; absent where the account is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub login_digest: Option<String>,
    /// What became of it; see the dictionary `identity_sign_in_outcome`.
    #[schema(extensions(("x-extensible-enum" = json!(["signed_in", "second_factor_asked", "unknown_login",
        "wrong_password", "wrong_code", "locked", "disabled", "no_password", "token_reused", "not_linked",
        "provider_refused", "signed_out", "many_failures"]))))]
    pub outcome: String,
    /// How it was tried; empty where that says nothing.
    pub method: String,
    /// On what, in a few words.
    pub device: String,
    /// Where from: the network, not the address.
    pub place: String,
    /// The session that was opened or ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub session_id: Option<Uuid>,
    /// How many tries it stands for.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub tries: i64,
}

web::page_schema!(SignInRecordPage, SignInRecordView);

/// Which entries.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SignInsQuery {
    /// Only this account's.
    pub user: Option<Uuid>,
    /// Only what became this.
    #[param(max_length = 40)]
    pub outcome: Option<String>,
    /// From when.
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<Instant>,
    /// Until when (exclusive).
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<Instant>,
    /// Items on the page: 1 to 200, 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List sign-ins and tries.
///
/// Of the accounts where the reader audits; of unknown logins too, if that is a whole tree.
#[utoipa::path(operation_id = "identity_list_sign_ins", tag = "sessions", params(SignInsQuery),
    responses((status = 200, body = SignInRecordPage, description = "A page of the log, newest first")),
    extensions(("x-permission" = json!(ReadSignIns::NAME))))]
#[get("/audit/sign-ins")]
pub async fn list(
    who: Allowed<ReadSignIns>,
    query: Params<SignInsQuery>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let filter = Filter {
        user: query.user.map(Id::from_uuid),
        outcome: query.outcome.clone(),
        from: query.from,
        to: query.to,
    };
    answer(&who, &filter, query.limit, query.cursor.as_deref(), &req, "identity.sign_ins", sign_ins::readable)
        .await
}

/// Which of one's own entries.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MySignInsQuery {
    /// Items on the page: 1 to 200, 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List one's own sign-ins, and tries at one's account.
#[utoipa::path(operation_id = "identity_list_my_sign_ins", tag = "me", params(MySignInsQuery),
    responses((status = 200, body = SignInRecordPage, description = "A page of the log, newest first")),
    extensions(("x-permission" = json!(OwnSession::NAME))))]
#[get("/me/sign-ins")]
pub async fn list_own(
    who: Allowed<OwnSession>,
    query: Params<MySignInsQuery>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let whose = |ctx: &Context| Whose::Own(ctx.actor.user);
    let filter = Filter::default();
    answer(&who, &filter, query.limit, query.cursor.as_deref(), &req, "identity.my_sign_ins", whose).await
}

async fn answer<P: kernel::permission::Permit>(
    who: &Allowed<P>,
    filter: &Filter,
    limit: Option<i64>,
    cursor: Option<&str>,
    req: &HttpRequest,
    name: &str,
    whose: fn(&Context) -> Whose,
) -> Result<HttpResponse, Problem> {
    if let Some(word) = &filter.outcome
        && !outcome::ALL.iter().any(|(known, _, _)| known == word)
    {
        let refusal = web::params::bad("outcome", "not an outcome of a sign-in");
        return Err(kernel::Fault::from(refusal).into());
    }
    let instant = |at: Option<Instant>| at.map(|at| at.micros().to_string()).unwrap_or_default();
    let filters = [
        name,
        &filter.user.map(|id| id.to_string()).unwrap_or_default(),
        filter.outcome.as_deref().unwrap_or_default(),
        &instant(filter.from),
        &instant(filter.to),
    ];
    let asked = page_request(limit, cursor, &filters)?;
    let filter = filter.clone();
    let found = who
        .read(move |tx, ctx| {
            let after = asked.after.as_ref().map(|cursor| Id::from_uuid(cursor.after));
            let found = store::list(tx, &whose(ctx), &filter, after, asked.size, asked.fingerprint)?;
            Ok(Page { items: views(tx, &found.items)?, next: found.next })
        })
        .await?;
    let next = found.next.clone();
    Ok(page(req, SignInRecordPage::of(found), next.as_ref()))
}

fn views(tx: &mut Tx<'_>, all: &[SignIn]) -> Outcome<Vec<SignInRecordView>> {
    let ids: std::collections::BTreeSet<Id<UserKind>> = all.iter().filter_map(|one| one.user_id).collect();
    let people = users::find_all(tx, &ids.into_iter().collect::<Vec<_>>())?;
    let person = |id: Id<UserKind>| GrantUserView {
        id: id.uuid(),
        display_name: people.iter().find(|p| p.id == id).map(|p| p.display_name.clone()).unwrap_or_default(),
    };
    Ok(all
        .iter()
        .map(|one| SignInRecordView {
            id: one.id.uuid(),
            at: one.at,
            user: one.user_id.map(person),
            login_digest: one.login_digest.clone(),
            outcome: one.outcome.clone(),
            method: one.method.clone(),
            device: one.device.clone(),
            place: one.place.clone(),
            session_id: one.session_id.map(Id::uuid),
            tries: one.tries,
        })
        .collect())
}
