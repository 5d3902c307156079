//! The log of whole readings and look-ups.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use kernel::id::Person as PersonId;
use kernel::{Id, Instant};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use web::{Allowed, PageRequest, Params, PathId, Problem};

use super::views::{PersonReadingPage, PersonReadingView};
use super::{micros, text};
use crate::permission::ReadReadings;
use crate::ports::PeopleServices;
use crate::service::readings::{self as log, Query};

/// Which readings.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReadingsQuery {
    /// Only by this reader.
    reader: Option<Uuid>,
    /// Not before.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Instant>,
    /// Before.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Instant>,
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

async fn page(
    req: &HttpRequest,
    who: &Allowed<ReadReadings>,
    s: PeopleServices,
    query: Query,
    asked: PageRequest,
) -> Result<HttpResponse, Problem> {
    let page = who
        .read(move |tx, ctx| {
            let page = log::list(tx, ctx, &s, &query, asked.size, asked.fingerprint)?;
            Ok(page.map(PersonReadingView::from))
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(req, PersonReadingPage::of(page), next.as_ref()))
}

/// List whole readings and look-ups in the reader's places, the newest first.
#[utoipa::path(operation_id = "people_list_unmaskings", tag = "people", params(ReadingsQuery),
    responses((status = 200, body = PersonReadingPage, description = "A page of readings")), extensions(("x-permission" = json!(ReadReadings::NAME))))]
#[get("/people/unmaskings")]
pub async fn list(
    req: HttpRequest,
    who: Allowed<ReadReadings>,
    query: Params<ReadingsQuery>,
    people: Data<PeopleServices>,
) -> Result<HttpResponse, Problem> {
    let filters = ["people.unmaskings", &text(query.reader), &micros(query.from), &micros(query.to)];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let wanted = Query {
        reader: query.reader.map(Id::from_uuid),
        person: None,
        from: query.from,
        to: query.to,
        after: asked.after.as_ref().map(|c| Id::from_uuid(c.after)),
    };
    page(&req, &who, people.get_ref().clone(), wanted, asked).await
}

/// List whole readings of a person, the newest first.
#[utoipa::path(operation_id = "people_list_person_unmaskings", tag = "people", params(("id" = Uuid, Path, description = "The person"), ReadingsQuery),
    responses((status = 200, body = PersonReadingPage, description = "A page of readings")), extensions(("x-permission" = json!(ReadReadings::NAME))))]
#[get("/people/{id}/unmaskings")]
pub async fn list_of_person(
    req: HttpRequest,
    who: Allowed<ReadReadings>,
    id: PathId<PersonId>,
    query: Params<ReadingsQuery>,
    people: Data<PeopleServices>,
) -> Result<HttpResponse, Problem> {
    let id = id.id();
    let filters =
        ["people.unmaskings", &id.to_string(), &text(query.reader), &micros(query.from), &micros(query.to)];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let wanted = Query {
        reader: query.reader.map(Id::from_uuid),
        person: Some(id),
        from: query.from,
        to: query.to,
        after: asked.after.as_ref().map(|c| Id::from_uuid(c.after)),
    };
    page(&req, &who, people.get_ref().clone(), wanted, asked).await
}
