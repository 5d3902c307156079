//! Whole readings and look-ups. Both are logged, and their answers are kept nowhere.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use kernel::id::Person as PersonId;
use serde::Deserialize;
use utoipa::ToSchema;
use web::{Allowed, Body, PathId, Problem};

use super::views::{PersonLookupView, PersonUnmaskedView, PersonView};
use super::words::PersonLookupKindWord;
use crate::model::Whole;
use crate::permission::{LookUpPeople, UnmaskPeople};
use crate::ports::PeopleServices;
use crate::service::look_up::{self as finding, By};
use crate::service::unmask as reading;

/// What is to be read, and for what.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonUnmask {
    /// For what: words, without a phone or a document's number. It stays in the log.
    #[schema(min_length = 4, max_length = 200, example = "走访前核对联系方式")]
    purpose: String,
    /// What is to be read.
    #[schema(min_items = 1, max_items = 6)]
    fields: Vec<Whole>,
}

/// By what somebody is looked for, and for what.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonLookup {
    /// By what.
    kind: PersonLookupKindWord,
    /// The number, whole; blanks, hyphens, full-width digits and `+86` do not matter.
    #[schema(min_length = 4, max_length = 60, example = "13812345678")]
    number: String,
    /// For what: words, without a number. It stays in the log.
    #[schema(min_length = 4, max_length = 200, example = "来访登记核对身份")]
    purpose: String,
}

/// Read a person's data whole.
///
/// Every reading is logged with its purpose, and counted: many raise an alarm, too many are refused. The answer is kept nowhere: the
/// same request with the same `Idempotency-Key` is another reading.
#[utoipa::path(operation_id = "people_unmask_person", tag = "people", params(("id" = Uuid, Path, description = "The person")), request_body = PersonUnmask,
    responses((status = 200, body = PersonUnmaskedView, description = "What was asked for")), extensions(("x-permission" = json!(UnmaskPeople::NAME))))]
#[post("/people/{id}/unmask")]
pub async fn unmask(
    who: Allowed<UnmaskPeople>,
    id: PathId<PersonId>,
    body: Body<PersonUnmask>,
    people: Data<PeopleServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s, asked) = (id.id(), people.get_ref().clone(), body.into_inner());
    who.write_unkept(move |tx, ctx| {
        reading::unmask(tx, ctx, &s, id, &asked.fields, &asked.purpose).map(PersonUnmaskedView::from)
    })
    .await
}

/// Look a person up by a phone or a document's number.
///
/// Exact, and only within the places where the reader may look up. Logged and counted like a whole reading, found or not.
#[utoipa::path(operation_id = "people_lookup_people", tag = "people", request_body = PersonLookup,
    responses((status = 200, body = PersonLookupView, description = "Who was found, masked")), extensions(("x-permission" = json!(LookUpPeople::NAME))))]
#[post("/people/lookup")]
pub async fn look_up(
    who: Allowed<LookUpPeople>,
    body: Body<PersonLookup>,
    people: Data<PeopleServices>,
) -> Result<HttpResponse, Problem> {
    let (s, asked) = (people.get_ref().clone(), body.into_inner());
    let by = match asked.kind.document() {
        Some(kind) => By::Document(kind, asked.number.clone()),
        None => By::Phone(asked.number.clone()),
    };
    who.write_unkept(move |tx, ctx| {
        let found = finding::look_up(tx, ctx, &s, &by, &asked.purpose)?;
        Ok(PersonLookupView { found: found.into_iter().map(|p| PersonView::of(ctx, p)).collect() })
    })
    .await
}
