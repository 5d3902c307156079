//! Flags: who is looked after first.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use kernel::id::{Person as PersonId, PersonFlag};
use kernel::{Cursor, Id, Instant, Page};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use web::{Allowed, Answer, Body, Params, PathId, PathPair, Problem};

use super::Print;
use super::views::{PersonFlagPage, PersonFlagView};
use crate::model::FlagKind;
use crate::permission::{ManageFlags, ReadPeople};
use crate::ports::PeopleServices;
use crate::service::flags::{self as deeds, NewFlag};
use crate::service::see;
use kernel::permission::Permit;

/// Which page.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PersonFlagsQuery {
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A flag to be set.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonFlagCreate {
    /// What.
    kind: FlagKind,
    /// From when; now unless told.
    #[schema(value_type = Option<String>, format = DateTime)]
    from_at: Option<Instant>,
    /// Until when, exclusive; open unless told.
    #[schema(value_type = Option<String>, format = DateTime)]
    until_at: Option<Instant>,
    /// Why.
    #[schema(min_length = 2, max_length = 500, example = "子女在外务工")]
    reason: String,
}

/// The version that was read.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonFlagEnd {
    /// The version that was read, where `If-Match` is not sent.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// List a person's flags, ended ones too, in the order they were set.
#[utoipa::path(operation_id = "people_list_flags", tag = "person_facts", params(("id" = Uuid, Path, description = "The person"), PersonFlagsQuery),
    responses((status = 200, body = PersonFlagPage, description = "A page of flags")), extensions(("x-permission" = json!(ReadPeople::NAME))))]
#[get("/people/{id}/flags")]
pub async fn list(
    req: HttpRequest,
    who: Allowed<ReadPeople>,
    id: PathId<PersonId>,
    query: Params<PersonFlagsQuery>,
    people: Data<PeopleServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (id.id(), people.get_ref().clone());
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &["people.flags", &id.to_string()])?;
    let after: Option<Id<PersonFlag>> = asked.after.as_ref().map(|c| Id::from_uuid(c.after));
    let page = who
        .read(move |tx, ctx| {
            let rows = deeds::list(tx, ctx, &s, id, after, asked.size.probe())?;
            let cursor = |shown: &deeds::Shown| Cursor {
                after: shown.flag.id.uuid(),
                filter: asked.fingerprint,
                key: None,
            };
            Ok(Page::cut(rows, asked.size, cursor).map(|shown| PersonFlagView::of(ctx, shown)))
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, PersonFlagPage::of(page), next.as_ref()))
}

/// Set a flag on a person.
#[utoipa::path(operation_id = "people_set_flag", tag = "person_facts", params(("id" = Uuid, Path, description = "The person")), request_body = PersonFlagCreate,
    responses((status = 201, body = PersonFlagView, description = "The flag")), extensions(("x-permission" = json!(ManageFlags::NAME))))]
#[post("/people/{id}/flags")]
pub async fn set(
    who: Allowed<ManageFlags>,
    id: PathId<PersonId>,
    body: Body<PersonFlagCreate>,
    people: Data<PeopleServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s, shown) = (id.id(), people.get_ref().clone(), people.get_ref().clone());
    let print = Print::of(&s, &body)?;
    let new =
        NewFlag { kind: body.kind, from: body.from_at, until: body.until_at, reason: body.reason.clone() };
    who.write_shown(
        StatusCode::CREATED,
        &print,
        move |tx, ctx| Ok(deeds::set(tx, ctx, &s, id, &new)?.flag.id),
        move |tx, ctx, flag| {
            see::visible(tx, ctx, id, ManageFlags::PERMISSION)?;
            let view = PersonFlagView::of(ctx, deeds::find(tx, &shown, id, *flag)?);
            let version = view.version;
            Ok(Answer::of(view).version(version))
        },
    )
    .await
}

/// End a flag now.
#[utoipa::path(operation_id = "people_end_flag", tag = "person_facts",
    params(("id" = Uuid, Path, description = "The person"), ("flag" = Uuid, Path, description = "The flag")), request_body = PersonFlagEnd,
    responses((status = 200, body = PersonFlagView, description = "The flag as it ended")), extensions(("x-permission" = json!(ManageFlags::NAME))))]
#[post("/people/{id}/flags/{flag}/end")]
pub async fn end(
    who: Allowed<ManageFlags>,
    path: PathPair<PersonId, PersonFlag>,
    body: Body<PersonFlagEnd>,
    people: Data<PeopleServices>,
) -> Result<HttpResponse, Problem> {
    let (id, flag, expected) = (path.first(), path.second(), who.expected_version(body.version)?);
    let (s, shown) = (people.get_ref().clone(), people.get_ref().clone());
    who.write_shown(
        StatusCode::OK,
        &body,
        move |tx, ctx| Ok(deeds::end(tx, ctx, &s, id, flag, expected)?.flag.id),
        move |tx, ctx, flag| {
            see::visible(tx, ctx, id, ManageFlags::PERMISSION)?;
            let view = PersonFlagView::of(ctx, deeds::find(tx, &shown, id, *flag)?);
            let version = view.version;
            Ok(Answer::of(view).version(version))
        },
    )
    .await
}
