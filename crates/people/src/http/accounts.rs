//! Which account belongs to which person.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use kernel::id::{Person as PersonId, PersonAccount, User};
use kernel::{Cursor, Id, Page};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, Body, Params, PathId, PathPair, Problem};

use super::views::{PersonAccountPage, PersonAccountView};
use crate::model::AccountTie;
use crate::permission::ManageAccounts;
use crate::ports::PeopleServices;
use crate::service::accounts as deeds;
use crate::service::see;
use crate::store::accounts;
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::permission::Permit;
use kernel::{Context, Outcome};
use storage::Tx;

/// Which page.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PersonAccountsQuery {
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// An account to be tied.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonAccountCreate {
    /// The account. Never one's own.
    user_id: Uuid,
}

/// The version that was read.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonAccountUntie {
    /// The version that was read, where `If-Match` is not sent.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

fn answer(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &PeopleServices,
    person: Id<PersonId>,
    id: Id<PersonAccount>,
) -> Outcome<Answer<PersonAccountView>> {
    see::visible(tx, ctx, person, ManageAccounts::PERMISSION)?;
    let found = accounts::find(tx, person, id)?.or_refuse(&NOT_FOUND)?;
    let version = found.version;
    let named = deeds::named(tx, s, vec![found])?.pop().or_refuse(&NOT_FOUND)?;
    Ok(Answer::of(PersonAccountView::from(named)).version(version))
}

/// List a person's accounts, untied ones too, in the order they were tied.
#[utoipa::path(operation_id = "people_list_accounts", tag = "person_facts", params(("id" = Uuid, Path, description = "The person"), PersonAccountsQuery),
    responses((status = 200, body = PersonAccountPage, description = "A page of accounts")), extensions(("x-permission" = json!(ManageAccounts::NAME))))]
#[get("/people/{id}/accounts")]
pub async fn list(
    req: HttpRequest,
    who: Allowed<ManageAccounts>,
    id: PathId<PersonId>,
    query: Params<PersonAccountsQuery>,
    people: Data<PeopleServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (id.id(), people.get_ref().clone());
    let asked =
        web::page_request(query.limit, query.cursor.as_deref(), &["people.accounts", &id.to_string()])?;
    let after: Option<Id<PersonAccount>> = asked.after.as_ref().map(|c| Id::from_uuid(c.after));
    let page = who
        .read(move |tx, ctx| {
            let rows = deeds::list(tx, ctx, id, after, asked.size.probe())?;
            let cursor = |t: &AccountTie| Cursor { after: t.id.uuid(), filter: asked.fingerprint, key: None };
            let page = Page::cut(rows, asked.size, cursor);
            let items = deeds::named(tx, &s, page.items)?;
            Ok(Page { items: items.into_iter().map(PersonAccountView::from).collect(), next: page.next })
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, PersonAccountPage::of(page), next.as_ref()))
}

/// Tie an account to a person.
///
/// It gives the account no right: it says who somebody is, confirmed by somebody else.
#[utoipa::path(operation_id = "people_tie_account", tag = "person_facts", params(("id" = Uuid, Path, description = "The person")), request_body = PersonAccountCreate,
    responses((status = 201, body = PersonAccountView, description = "The tie")), extensions(("x-permission" = json!(ManageAccounts::NAME))))]
#[post("/people/{id}/accounts")]
pub async fn tie(
    who: Allowed<ManageAccounts>,
    id: PathId<PersonId>,
    body: Body<PersonAccountCreate>,
    people: Data<PeopleServices>,
) -> Result<HttpResponse, Problem> {
    let (id, user): (_, Id<User>) = (id.id(), Id::from_uuid(body.user_id));
    let (s, shown) = (people.get_ref().clone(), people.get_ref().clone());
    who.write_shown(
        StatusCode::CREATED,
        &body,
        move |tx, ctx| Ok(deeds::tie(tx, ctx, &s, id, user)?.0.id),
        move |tx, ctx, account| answer(tx, ctx, &shown, id, *account),
    )
    .await
}

/// End the tie of an account.
#[utoipa::path(operation_id = "people_untie_account", tag = "person_facts",
    params(("id" = Uuid, Path, description = "The person"), ("account" = Uuid, Path, description = "The tie")), request_body = PersonAccountUntie,
    responses((status = 200, body = PersonAccountView, description = "The tie as it ended")), extensions(("x-permission" = json!(ManageAccounts::NAME))))]
#[post("/people/{id}/accounts/{account}/untie")]
pub async fn untie(
    who: Allowed<ManageAccounts>,
    path: PathPair<PersonId, PersonAccount>,
    body: Body<PersonAccountUntie>,
    people: Data<PeopleServices>,
) -> Result<HttpResponse, Problem> {
    let (id, account, expected) = (path.first(), path.second(), who.expected_version(body.version)?);
    let (s, shown) = (people.get_ref().clone(), people.get_ref().clone());
    who.write_shown(
        StatusCode::OK,
        &body,
        move |tx, ctx| Ok(deeds::untie(tx, ctx, &s, id, account, expected)?.0.id),
        move |tx, ctx, account| answer(tx, ctx, &shown, id, *account),
    )
    .await
}
