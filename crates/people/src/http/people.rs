//! Persons: list, enter, read, change, erase; and oneself.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, patch, post};
use chrono::NaiveDate;
use kernel::id::Person as PersonId;
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome, Permission};
use serde::Deserialize;
use storage::Tx;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, Body, Params, PathId, Problem};

use super::views::{PersonPage, PersonView};
use super::words::{PersonClear, PersonErasureReasonWord, PersonSexWord, PersonStatusWord};
use super::{Print, text};
use crate::error::DOCUMENT_TAKEN;
use crate::model::{Address, AddressKind, Document, DocumentKind, FlagKind, Personal, Status};
use crate::permission::{ErasePeople, ManagePeople, ReadOwnPerson, ReadPeople};
use crate::ports::PeopleServices;
use crate::service::change::{self, Change};
use crate::service::create::{self as entering, NewPerson};
use crate::service::{erase as erasing, list as lists, see, taken};

/// Which persons.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PeopleQuery {
    /// Only in this unit and below.
    unit: Option<Uuid>,
    /// Only with this status; all but the erased unless told.
    #[param(inline)]
    status: Option<Status>,
    /// Only with this flag, which holds now.
    #[param(inline)]
    flag: Option<FlagKind>,
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// An address.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonAddressCreate {
    /// What it is to them.
    kind: AddressKind,
    /// The address in full.
    #[schema(min_length = 1, max_length = 300)]
    text: String,
}

/// A document.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonDocumentCreate {
    /// What kind of document.
    kind: DocumentKind,
    /// Its number. An identity card's is checked.
    #[schema(min_length = 4, max_length = 60)]
    number: String,
}

/// A person to be entered.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonCreate {
    /// The unit they belong to.
    unit_id: Uuid,
    /// The name.
    #[schema(min_length = 1, max_length = 100, example = "张三")]
    name: String,
    /// Phones.
    #[schema(max_items = 10)]
    phones: Option<Vec<String>>,
    /// Addresses.
    #[schema(max_items = 10)]
    addresses: Option<Vec<PersonAddressCreate>>,
    /// Documents. No other person may have them.
    #[schema(max_items = 10)]
    documents: Option<Vec<PersonDocumentCreate>>,
    /// The day of birth; an identity card says it where it is left out.
    birth_on: Option<NaiveDate>,
    /// The sex; an identity card says it where it is left out.
    sex: Option<PersonSexWord>,
}

/// What is to be changed; what is left out stays. A list that is given takes the place of the whole list.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonPatch {
    /// The unit they belong to.
    unit_id: Option<Uuid>,
    /// The name.
    #[schema(min_length = 1, max_length = 100, example = "张三")]
    name: Option<String>,
    /// Phones.
    #[schema(max_items = 10)]
    phones: Option<Vec<String>>,
    /// Addresses.
    #[schema(max_items = 10)]
    addresses: Option<Vec<PersonAddressCreate>>,
    /// Documents.
    #[schema(max_items = 10)]
    documents: Option<Vec<PersonDocumentCreate>>,
    /// The day of birth.
    birth_on: Option<NaiveDate>,
    /// The sex.
    sex: Option<PersonSexWord>,
    /// How things stand with them.
    status: Option<PersonStatusWord>,
    /// Fields to be emptied: `birth_on`, `sex`.
    clear: Option<Vec<PersonClear>>,
    /// The version that was read, where `If-Match` is not sent.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// Why somebody is erased.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonErase {
    /// Why: a word, since whatever is written here stays.
    reason: PersonErasureReasonWord,
    /// The version that was read, where `If-Match` is not sent.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

fn addresses(all: &[PersonAddressCreate]) -> Vec<Address> {
    all.iter().map(|a| Address { kind: a.kind, text: a.text.clone() }).collect()
}

fn documents(all: &[PersonDocumentCreate]) -> Vec<Document> {
    all.iter().map(|d| Document { kind: d.kind, number: d.number.clone() }).collect()
}

/// The answer about a person: made of what is there when it is asked for.
fn answer(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &PeopleServices,
    id: Id<PersonId>,
    permission: &Permission,
) -> Outcome<Answer<PersonView>> {
    let person = see::visible(tx, ctx, id, permission)?;
    let version = person.version;
    Ok(Answer::of(PersonView::of(ctx, see::one(tx, ctx, s, person)?)).version(version))
}

/// The answer as it is, or, where a document was taken, what is said of that once it stands in the log of look-ups.
async fn told_of_documents(
    who: &Allowed<ManagePeople>,
    s: &PeopleServices,
    documents: Vec<Document>,
    own: Option<Id<PersonId>>,
    answered: Result<HttpResponse, Problem>,
) -> Result<HttpResponse, Problem> {
    match answered {
        Err(problem) if problem.code() == &DOCUMENT_TAKEN => {
            let (s, ctx) = (s.clone(), who.context().clone());
            let refusal = who.db().write(move |tx| taken::tried(tx, &ctx, &s, &documents, own)).await?;
            Err(kernel::Fault::from(refusal).into())
        }
        answered => answered,
    }
}

/// List persons, masked, in the order of the tree.
#[utoipa::path(operation_id = "people_list_people", tag = "people", params(PeopleQuery),
    responses((status = 200, body = PersonPage, description = "A page of persons")), extensions(("x-permission" = json!(ReadPeople::NAME))))]
#[get("/people")]
pub async fn list(
    req: HttpRequest,
    who: Allowed<ReadPeople>,
    query: Params<PeopleQuery>,
    people: Data<PeopleServices>,
) -> Result<HttpResponse, Problem> {
    let filters = ["people.people", &text(query.unit), &text(query.status), &text(query.flag)];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let wanted = lists::Query {
        unit: query.unit.map(Id::from_uuid),
        status: query.status,
        flag: query.flag,
        after: asked.after.clone(),
    };
    let s = people.get_ref().clone();
    let page = who
        .read(move |tx, ctx| {
            let page = lists::list(tx, ctx, &s, &wanted, asked.size, asked.fingerprint)?;
            Ok(page.map(|shown| PersonView::of(ctx, shown)))
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, PersonPage::of(page), next.as_ref()))
}

/// Enter a person.
#[utoipa::path(operation_id = "people_create_person", tag = "people", request_body = PersonCreate,
    responses((status = 201, body = PersonView, description = "The person, masked")), extensions(("x-permission" = json!(ManagePeople::NAME))))]
#[post("/people")]
pub async fn create(
    who: Allowed<ManagePeople>,
    body: Body<PersonCreate>,
    people: Data<PeopleServices>,
) -> Result<HttpResponse, Problem> {
    let new = NewPerson {
        unit: Id::from_uuid(body.unit_id),
        personal: Personal {
            name: body.name.clone(),
            phones: body.phones.clone().unwrap_or_default(),
            addresses: addresses(body.addresses.as_deref().unwrap_or_default()),
            documents: documents(body.documents.as_deref().unwrap_or_default()),
            birth_on: body.birth_on,
            sex: body.sex.map(Into::into),
        },
    };
    let (s, shown) = (people.get_ref().clone(), people.get_ref().clone());
    let (print, documents) = (Print::of(&s, &body)?, new.personal.documents.clone());
    let answered = who
        .write_shown(
            StatusCode::CREATED,
            &print,
            move |tx, ctx| Ok(entering::create(tx, ctx, &s, &new)?.id),
            move |tx, ctx, id| {
                let answer = answer(tx, ctx, &shown, *id, ManagePeople::PERMISSION)?;
                Ok(answer.location(format!("/api/v1/people/{id}")))
            },
        )
        .await;
    told_of_documents(&who, &people, documents, None, answered).await
}

/// Read the record of oneself, masked: of the person that one's account is tied to.
#[utoipa::path(operation_id = "people_read_me", tag = "people",
    responses((status = 200, body = PersonView, description = "The person, masked")), extensions(("x-permission" = json!(ReadOwnPerson::NAME))))]
#[get("/people/me")]
pub async fn read_me(
    who: Allowed<ReadOwnPerson>,
    people: Data<PeopleServices>,
) -> Result<HttpResponse, Problem> {
    let s = people.get_ref().clone();
    let found = who.read(move |tx, ctx| Ok(PersonView::of(ctx, see::oneself(tx, ctx, &s)?))).await?;
    let version = found.version;
    Ok(web::view(found, version))
}

/// Read a person, masked.
#[utoipa::path(operation_id = "people_read_person", tag = "people", params(("id" = Uuid, Path, description = "The person")),
    responses((status = 200, body = PersonView, description = "The person, masked")), extensions(("x-permission" = json!(ReadPeople::NAME))))]
#[get("/people/{id}")]
pub async fn read(
    who: Allowed<ReadPeople>,
    id: PathId<PersonId>,
    people: Data<PeopleServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (id.id(), people.get_ref().clone());
    let found = who.read(move |tx, ctx| Ok(answer(tx, ctx, &s, id, ReadPeople::PERMISSION)?.body)).await?;
    let version = found.version;
    Ok(web::view(found, version))
}

/// Change a person's data, unit or status.
#[utoipa::path(operation_id = "people_update_person", tag = "people", params(("id" = Uuid, Path, description = "The person")), request_body = PersonPatch,
    responses((status = 200, body = PersonView, description = "The person as they are now, masked")), extensions(("x-permission" = json!(ManagePeople::NAME))))]
#[patch("/people/{id}")]
pub async fn update(
    who: Allowed<ManagePeople>,
    id: PathId<PersonId>,
    body: Body<PersonPatch>,
    people: Data<PeopleServices>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (id.id(), who.expected_version(body.version)?);
    let clears = |field| body.clear.iter().flatten().any(|c| *c == field);
    let to = Change {
        name: body.name.clone(),
        phones: body.phones.clone(),
        addresses: body.addresses.as_deref().map(addresses),
        documents: body.documents.as_deref().map(documents),
        birth_on: if clears(PersonClear::BirthOn) { Some(None) } else { body.birth_on.map(Some) },
        sex: if clears(PersonClear::Sex) { Some(None) } else { body.sex.map(|sex| Some(sex.into())) },
        unit: body.unit_id.map(Id::from_uuid),
        status: body.status.map(Into::into),
    };
    let (s, shown) = (people.get_ref().clone(), people.get_ref().clone());
    let (print, documents) = (Print::of(&s, &body)?, to.documents.clone().unwrap_or_default());
    let answered = who
        .write_shown(
            StatusCode::OK,
            &print,
            move |tx, ctx| Ok(change::change(tx, ctx, &s, id, expected, &to)?.id),
            move |tx, ctx, id| answer(tx, ctx, &shown, *id, ManagePeople::PERMISSION),
        )
        .await;
    told_of_documents(&who, &people, documents, Some(id), answered).await
}

/// Erase a person for good.
///
/// The person's key is destroyed: nothing that was sealed under it, here or on the audit trail, can be read again. A tombstone stays,
/// with the moment, the reason and who did it.
#[utoipa::path(operation_id = "people_erase_person", tag = "people", params(("id" = Uuid, Path, description = "The person")), request_body = PersonErase,
    responses((status = 200, body = PersonView, description = "What is left")), extensions(("x-permission" = json!(ErasePeople::NAME))))]
#[post("/people/{id}/erase")]
pub async fn erase(
    who: Allowed<ErasePeople>,
    id: PathId<PersonId>,
    body: Body<PersonErase>,
    people: Data<PeopleServices>,
) -> Result<HttpResponse, Problem> {
    let (id, expected, reason) = (id.id(), who.expected_version(body.version)?, body.reason.into());
    let (shown, written, now) = (people.get_ref().clone(), people.erasures.clone(), who.context().now);
    let answered = who
        .write_shown(
            StatusCode::OK,
            &body,
            move |tx, ctx| Ok(erasing::erase(tx, ctx, id, expected, reason)?.id),
            move |tx, ctx, id| answer(tx, ctx, &shown, *id, ErasePeople::PERMISSION),
        )
        .await?;
    if let Some(written) = written {
        // It is done and committed; what cannot be written down now is written down by the next reconciliation.
        match actix_web::web::block(move || written.add(&[(now, id)])).await {
            Ok(Ok(_)) => {}
            Ok(Err(fault)) => tracing::error!(%fault, person = %id, "an erasure is not on the list yet"),
            Err(_) => tracing::error!(person = %id, "an erasure is not on the list yet"),
        }
    }
    Ok(answered)
}
