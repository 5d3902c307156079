//! Forms: which hold, list, make, show, change, retire.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get, patch, post};
use kernel::id::VisitForm;
use kernel::permission::Permit;
use kernel::{Context, Id, Instant};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, Body, Params, PathId, Problem};

use super::visits::text;
use crate::model::{Choice, Question, QuestionKind};
use crate::permission::{ManageForms, ReadForms};
use crate::ports::VisitServices;
use crate::service::forms::{self as deeds, NewForm, Shown};

/// Which forms.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct VisitFormListParams {
    /// Only of this unit and of those below it.
    unit: Option<Uuid>,
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Of which unit.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct VisitFormResolveParams {
    /// The unit.
    unit: Uuid,
}

/// One thing to choose.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VisitOption {
    /// What it goes by: small letters, digits and `_`.
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z][a-z0-9_]*$", example = "natural_gas")]
    key: String,
    /// What it is called.
    #[schema(min_length = 1, max_length = 200, example = "天然气")]
    label: String,
}

/// One question.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VisitQuestion {
    /// What it goes by: small letters, digits and `_`.
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z][a-z0-9_]*$", example = "heating")]
    key: String,
    /// What is asked.
    #[schema(min_length = 1, max_length = 200, example = "家中使用何种燃料？")]
    label: String,
    /// What kind of answer.
    kind: QuestionKind,
    /// Whether it must be answered; not so unless told.
    #[schema(nullable = false)]
    is_required: Option<bool>,
    /// The least number.
    #[schema(nullable = false, minimum = -9007199254740991i64, maximum = 9007199254740991i64)]
    min: Option<i64>,
    /// The greatest number.
    #[schema(nullable = false, minimum = -9007199254740991i64, maximum = 9007199254740991i64)]
    max: Option<i64>,
    /// What there is to choose from.
    #[schema(nullable = false, min_items = 2, max_items = 50)]
    options: Option<Vec<VisitOption>>,
}

impl From<VisitQuestion> for Question {
    fn from(sent: VisitQuestion) -> Self {
        let option = |VisitOption { key, label }: VisitOption| Choice { key, label: label.trim().to_owned() };
        Self {
            key: sent.key,
            label: sent.label.trim().to_owned(),
            kind: sent.kind,
            required: sent.is_required.unwrap_or(false),
            min: sent.min,
            max: sent.max,
            options: sent.options.into_iter().flatten().map(option).collect(),
        }
    }
}

fn questions(sent: Vec<VisitQuestion>) -> Vec<Question> {
    sent.into_iter().map(Question::from).collect()
}

/// A form for a unit and all below it, until a lower unit has one with the same code.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VisitFormCreate {
    /// The unit.
    unit_id: Uuid,
    /// What it is for: small letters, digits and `_`.
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z][a-z0-9_]*$", example = "routine")]
    code: String,
    /// What it is called.
    #[schema(min_length = 1, max_length = 100, example = "日常走访")]
    name: String,
    /// What it asks, in order.
    #[schema(min_items = 1, max_items = 100)]
    questions: Vec<VisitQuestion>,
}

/// What is to be different. Other questions are a new version.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VisitFormPatch {
    /// What it is called.
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    name: Option<String>,
    /// All it asks, in order.
    #[schema(nullable = false, min_items = 1, max_items = 100)]
    questions: Option<Vec<VisitQuestion>>,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// That a form is out of use.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VisitFormRetire {
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// One thing to choose.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct VisitOptionView {
    /// What it goes by.
    pub key: String,
    /// What it is called.
    pub label: String,
}

/// One question.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct VisitQuestionView {
    /// What it goes by.
    pub key: String,
    /// What is asked.
    pub label: String,
    /// What kind of answer.
    #[schema(extensions(("x-extensible-enum" = json!(["text", "number", "yes_no", "one_of", "some_of"]))))]
    pub kind: String,
    /// Whether it must be answered.
    pub is_required: bool,
    /// The least number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = -9007199254740991i64, maximum = 9007199254740991i64)]
    pub min: Option<i64>,
    /// The greatest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = -9007199254740991i64, maximum = 9007199254740991i64)]
    pub max: Option<i64>,
    /// What there is to choose from.
    pub options: Vec<VisitOptionView>,
}

impl From<Question> for VisitQuestionView {
    fn from(q: Question) -> Self {
        let option = |Choice { key, label }: Choice| VisitOptionView { key, label };
        Self {
            key: q.key,
            label: q.label,
            kind: q.kind.word().to_owned(),
            is_required: q.required,
            min: q.min,
            max: q.max,
            options: q.options.into_iter().map(option).collect(),
        }
    }
}

/// A form, with what one of its versions asks.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct VisitFormView {
    /// The form.
    pub id: Uuid,
    /// The unit whose it is.
    pub unit_id: Uuid,
    /// What it is for.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// The number of the version shown: to be named by a visit.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub number: i64,
    /// The number of its newest version.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub newest_number: i64,
    /// What that version asks, in order.
    pub questions: Vec<VisitQuestionView>,
    /// Whether it is out of use.
    pub is_retired: bool,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What the reader may do: `change`, `retire`.
    pub can: Vec<String>,
}

web::page_schema!(VisitFormPage, VisitFormView);

impl VisitFormView {
    fn of(ctx: &Context, Shown { form, version }: Shown) -> Self {
        let may = form.retired_at.is_none() && ctx.actor.may(ManageForms::PERMISSION, &form.path, ctx.now);
        Self {
            id: form.id.uuid(),
            unit_id: form.unit.uuid(),
            code: form.code,
            name: form.name,
            number: version.number,
            newest_number: form.number,
            questions: version.questions.into_iter().map(VisitQuestionView::from).collect(),
            is_retired: form.retired_at.is_some(),
            created_at: form.created_at,
            updated_at: form.updated_at,
            version: form.version,
            can: ["change", "retire"].into_iter().filter(|_| may).map(str::to_owned).collect(),
        }
    }
}

/// The forms that hold for a unit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct VisitFormsHeldView {
    /// Of each code the nearest, with its newest version.
    pub items: Vec<VisitFormView>,
}

/// Show which forms hold for a unit: of each code its own, or the nearest above.
#[utoipa::path(operation_id = "visits_resolve_forms", tag = "visits", params(VisitFormResolveParams),
    responses((status = 200, body = VisitFormsHeldView)), extensions(("x-permission" = json!(ReadForms::NAME))))]
#[get("/visit-forms/resolve")]
pub(super) async fn resolve(
    who: Allowed<ReadForms>,
    query: Params<VisitFormResolveParams>,
    services: Data<VisitServices>,
) -> Result<HttpResponse, Problem> {
    let (unit, s) = (Id::from_uuid(query.unit), services.get_ref().clone());
    let held = who
        .read(move |tx, ctx| {
            let found = deeds::resolve(tx, ctx, &s, unit)?;
            let items = found.into_iter().map(|shown| VisitFormView::of(ctx, shown)).collect();
            Ok(VisitFormsHeldView { items })
        })
        .await?;
    Ok(HttpResponse::Ok().json(held))
}

/// List the forms of the reader's units, retired ones too.
#[utoipa::path(operation_id = "visits_list_forms", tag = "visits", params(VisitFormListParams),
    responses((status = 200, body = VisitFormPage)), extensions(("x-permission" = json!(ReadForms::NAME))))]
#[get("/visit-forms")]
pub(super) async fn list(
    req: HttpRequest,
    who: Allowed<ReadForms>,
    query: Params<VisitFormListParams>,
    services: Data<VisitServices>,
) -> Result<HttpResponse, Problem> {
    let filters = ["visits.forms", &text(query.unit)];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let (unit, s) = (query.unit.map(Id::from_uuid), services.get_ref().clone());
    let page = who
        .read(move |tx, ctx| {
            let (after, print) = (asked.after.as_ref(), asked.fingerprint);
            let page = deeds::list(tx, ctx, &s, unit, after, asked.size, print)?;
            Ok(page.map(|shown| VisitFormView::of(ctx, shown)))
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, VisitFormPage::of(page), next.as_ref()))
}

/// Make a form for a unit and all below it.
#[utoipa::path(operation_id = "visits_create_form", tag = "visits", request_body = VisitFormCreate,
    responses((status = 201, body = VisitFormView)), extensions(("x-permission" = json!(ManageForms::NAME))))]
#[post("/visit-forms")]
pub(super) async fn create(
    who: Allowed<ManageForms>,
    body: Body<VisitFormCreate>,
    services: Data<VisitServices>,
) -> Result<HttpResponse, Problem> {
    let sent = (*body).clone();
    let new = NewForm {
        unit: Id::from_uuid(sent.unit_id),
        code: sent.code,
        name: sent.name,
        questions: questions(sent.questions),
    };
    let s = services.get_ref().clone();
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let made = deeds::create(tx, ctx, &s, &new)?;
        let (version, place) = (made.form.version, format!("/api/v1/visit-forms/{}", made.form.id));
        Ok(Answer::of(VisitFormView::of(ctx, made)).version(version).location(place))
    })
    .await
}

/// Show a form with its newest version: of one of the reader's units, or one above that bears on them.
#[utoipa::path(operation_id = "visits_get_form", tag = "visits", params(("id" = Uuid, Path, description = "The form.")),
    responses((status = 200, body = VisitFormView)), extensions(("x-permission" = json!(ReadForms::NAME))))]
#[get("/visit-forms/{id}")]
pub(super) async fn show(who: Allowed<ReadForms>, path: PathId<VisitForm>) -> Result<HttpResponse, Problem> {
    let id = path.id();
    let shown = who
        .read(move |tx, ctx| {
            let form = deeds::visible(tx, ctx, id)?;
            Ok(VisitFormView::of(ctx, deeds::one(tx, form)?))
        })
        .await?;
    let version = shown.version;
    Ok(web::view(shown, version))
}

/// Show a form with one of its versions.
#[utoipa::path(operation_id = "visits_get_form_version", tag = "visits",
    params(("id" = Uuid, Path, description = "The form."), ("number" = String, Path, description = "The number of the version.")),
    responses((status = 200, body = VisitFormView)), extensions(("x-permission" = json!(ReadForms::NAME))))]
#[get("/visit-forms/{id}/versions/{number}")]
pub(super) async fn numbered(
    who: Allowed<ReadForms>,
    path: PathId<VisitForm>,
    named: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let number: i64 = named.1.parse().map_err(|_| kernel::error::NOT_FOUND.fault())?;
    let id = path.id();
    let shown =
        who.read(move |tx, ctx| Ok(VisitFormView::of(ctx, deeds::version(tx, ctx, id, number)?))).await?;
    let version = shown.version;
    Ok(web::view(shown, version))
}

/// Change a form. Other questions are a new version; answers to older ones stay what they were.
#[utoipa::path(operation_id = "visits_update_form", tag = "visits", params(("id" = Uuid, Path, description = "The form.")),
    request_body = VisitFormPatch, responses((status = 200, body = VisitFormView)),
    extensions(("x-permission" = json!(ManageForms::NAME))))]
#[patch("/visit-forms/{id}")]
pub(super) async fn change(
    who: Allowed<ManageForms>,
    path: PathId<VisitForm>,
    body: Body<VisitFormPatch>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let (name, asked) = (body.name.clone(), body.questions.clone().map(questions));
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = deeds::change(tx, ctx, id, expected, name.as_deref(), asked.as_deref())?;
        let version = done.form.version;
        Ok(Answer::of(VisitFormView::of(ctx, done)).version(version))
    })
    .await
}

/// Take a form out of use: that of the unit above holds again.
#[utoipa::path(operation_id = "visits_retire_form", tag = "visits", params(("id" = Uuid, Path, description = "The form.")),
    request_body = VisitFormRetire, responses((status = 200, body = VisitFormView)),
    extensions(("x-permission" = json!(ManageForms::NAME))))]
#[post("/visit-forms/{id}/retire")]
pub(super) async fn retire(
    who: Allowed<ManageForms>,
    path: PathId<VisitForm>,
    body: Body<VisitFormRetire>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = deeds::retire(tx, ctx, id, expected)?;
        let version = done.form.version;
        Ok(Answer::of(VisitFormView::of(ctx, done)).version(version))
    })
    .await
}
