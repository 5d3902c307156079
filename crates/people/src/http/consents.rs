//! Consents: what somebody agreed to, and took back.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use kernel::id::{Person as PersonId, PersonConsent};
use kernel::{Cursor, Id, Instant, Page};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use web::{Allowed, Answer, Body, Params, PathId, PathPair, Problem};

use super::views::{PersonConsentPage, PersonConsentView};
use crate::model::{Consent, ConsentKind, ConsentMeans};
use crate::permission::{ManageConsents, ReadPeople};
use crate::ports::PeopleServices;
use crate::service::consents::{self as deeds, NewConsent};

/// Which page.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PersonConsentsQuery {
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A consent to be recorded.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonConsentCreate {
    /// To what.
    kind: ConsentKind,
    /// How it was given.
    means: ConsentMeans,
    /// When; now unless told. Never ahead.
    #[schema(value_type = Option<String>, format = DateTime)]
    given_at: Option<Instant>,
}

/// The version that was read.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonConsentWithdraw {
    /// The version that was read, where `If-Match` is not sent.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// List a person's consents, those taken back too, in the order they were recorded.
#[utoipa::path(operation_id = "people_list_consents", tag = "person_facts", params(("id" = Uuid, Path, description = "The person"), PersonConsentsQuery),
    responses((status = 200, body = PersonConsentPage, description = "A page of consents")), extensions(("x-permission" = json!(ReadPeople::NAME))))]
#[get("/people/{id}/consents")]
pub async fn list(
    req: HttpRequest,
    who: Allowed<ReadPeople>,
    id: PathId<PersonId>,
    query: Params<PersonConsentsQuery>,
) -> Result<HttpResponse, Problem> {
    let id = id.id();
    let asked =
        web::page_request(query.limit, query.cursor.as_deref(), &["people.consents", &id.to_string()])?;
    let after: Option<Id<PersonConsent>> = asked.after.as_ref().map(|c| Id::from_uuid(c.after));
    let page = who
        .read(move |tx, ctx| {
            let rows = deeds::list(tx, ctx, id, after, asked.size.probe())?;
            let cursor = |c: &Consent| Cursor { after: c.id.uuid(), filter: asked.fingerprint, key: None };
            Ok(Page::cut(rows, asked.size, cursor).map(PersonConsentView::from))
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, PersonConsentPage::of(page), next.as_ref()))
}

/// Record a consent.
#[utoipa::path(operation_id = "people_record_consent", tag = "person_facts", params(("id" = Uuid, Path, description = "The person")), request_body = PersonConsentCreate,
    responses((status = 201, body = PersonConsentView, description = "The consent")), extensions(("x-permission" = json!(ManageConsents::NAME))))]
#[post("/people/{id}/consents")]
pub async fn record(
    who: Allowed<ManageConsents>,
    id: PathId<PersonId>,
    body: Body<PersonConsentCreate>,
    people: Data<PeopleServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (id.id(), people.get_ref().clone());
    let new = NewConsent { kind: body.kind, means: body.means, given_at: body.given_at };
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let made = deeds::record(tx, ctx, &s, id, new)?;
        let version = made.version;
        Ok(Answer::of(PersonConsentView::from(made)).version(version))
    })
    .await
}

/// Record that a consent was taken back.
#[utoipa::path(operation_id = "people_withdraw_consent", tag = "person_facts",
    params(("id" = Uuid, Path, description = "The person"), ("consent" = Uuid, Path, description = "The consent")), request_body = PersonConsentWithdraw,
    responses((status = 200, body = PersonConsentView, description = "The consent as it is now")), extensions(("x-permission" = json!(ManageConsents::NAME))))]
#[post("/people/{id}/consents/{consent}/withdraw")]
pub async fn withdraw(
    who: Allowed<ManageConsents>,
    path: PathPair<PersonId, PersonConsent>,
    body: Body<PersonConsentWithdraw>,
    people: Data<PeopleServices>,
) -> Result<HttpResponse, Problem> {
    let (id, consent, expected) = (path.first(), path.second(), who.expected_version(body.version)?);
    let s = people.get_ref().clone();
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let ended = deeds::withdraw(tx, ctx, &s, id, consent, expected)?;
        let version = ended.version;
        Ok(Answer::of(PersonConsentView::from(ended)).version(version))
    })
    .await
}
