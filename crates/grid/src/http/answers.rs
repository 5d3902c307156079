//! Words that officials answer with.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, post, put};
use kernel::id::AnswerTemplate as AnswerKind;
use kernel::{Id, Instant};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Body, NoBody, Params, PathId, Problem};

use crate::model::Answer;
use crate::permission::{ManageAnswers, ReadAnswers};
use crate::ports::GridServices;
use crate::service::answers::{self, Words};

/// An answer template to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerTemplateCreate {
    /// The unit that uses it, and all below.
    unit_id: Uuid,
    /// What kind of incident it is for; any, if none is named.
    category_id: Option<Uuid>,
    /// What it is called.
    #[schema(min_length = 1, max_length = 80)]
    title: String,
    /// The text. `{number}`, `{title}`, `{unit}` and `{category}` stand for the incident's.
    #[schema(
        min_length = 1,
        max_length = 2000,
        example = "您反映的 {number}（{category}）已处置，感谢监督。"
    )]
    body: String,
}

/// Other words for an answer template: all of them.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerTemplatePut {
    /// What kind of incident it is for; any, if none is named.
    category_id: Option<Uuid>,
    /// What it is called.
    #[schema(min_length = 1, max_length = 80)]
    title: String,
    /// The text.
    #[schema(min_length = 1, max_length = 2000)]
    body: String,
    /// The version that was read, where `If-Match` is not sent.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// An answer template.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AnswerTemplateView {
    /// The template.
    pub id: Uuid,
    /// The unit that uses it, and all below.
    pub unit_id: Uuid,
    /// What kind of incident it is for; absent: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub category_id: Option<Uuid>,
    /// What it is called.
    pub title: String,
    /// The text.
    pub body: String,
    /// Since when there is one.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
}

impl From<Answer> for AnswerTemplateView {
    fn from(a: Answer) -> Self {
        Self {
            id: a.id.uuid(),
            unit_id: a.unit.uuid(),
            category_id: a.category.map(Id::uuid),
            title: a.title,
            body: a.body,
            created_at: a.created_at,
            version: a.version,
        }
    }
}

/// The templates that are used somewhere.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AnswerTemplateList {
    /// The nearest unit's first; at most 500.
    pub items: Vec<AnswerTemplateView>,
}

/// Where, and for what.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AnswerTemplatesQuery {
    /// The unit.
    unit: Uuid,
    /// Only those for this category, and those for any.
    category: Option<Uuid>,
}

/// List the answer templates that are used in a unit: its own, and those of the units above it.
#[utoipa::path(operation_id = "grid_list_answer_templates", tag = "incidents", params(AnswerTemplatesQuery),
    responses((status = 200, body = AnswerTemplateList, description = "The templates")), extensions(("x-permission" = json!(ReadAnswers::NAME))))]
#[get("/answer-templates")]
pub async fn list(
    who: Allowed<ReadAnswers>,
    query: Params<AnswerTemplatesQuery>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let s = grid.get_ref().clone();
    let (unit, category) = (Id::from_uuid(query.unit), query.category.map(Id::from_uuid));
    let all = who.read(move |tx, ctx| answers::used_at(tx, ctx, &s, unit, category)).await?;
    Ok(HttpResponse::Ok().json(AnswerTemplateList { items: all.into_iter().map(Into::into).collect() }))
}

fn told(answer: Answer) -> web::Answer<AnswerTemplateView> {
    let version = answer.version;
    web::Answer::of(AnswerTemplateView::from(answer)).version(version)
}

/// Make an answer template.
#[utoipa::path(operation_id = "grid_create_answer_template", tag = "incidents", request_body = AnswerTemplateCreate,
    responses((status = 201, body = AnswerTemplateView, description = "The template")), extensions(("x-permission" = json!(ManageAnswers::NAME))))]
#[post("/answer-templates")]
pub async fn create(
    who: Allowed<ManageAnswers>,
    body: Body<AnswerTemplateCreate>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (s, unit) = (grid.get_ref().clone(), Id::from_uuid(body.unit_id));
    let words = Words {
        category: body.category_id.map(Id::from_uuid),
        title: body.title.clone(),
        body: body.body.clone(),
    };
    who.write(StatusCode::CREATED, &body, move |tx, ctx| Ok(told(answers::make(tx, ctx, &s, unit, &words)?)))
        .await
}

/// Say something else in an answer template.
#[utoipa::path(operation_id = "grid_replace_answer_template", tag = "incidents", params(("id" = Uuid, Path, description = "The template")),
    request_body = AnswerTemplatePut, responses((status = 200, body = AnswerTemplateView, description = "The template as it is now")),
    extensions(("x-permission" = json!(ManageAnswers::NAME))))]
#[put("/answer-templates/{id}")]
pub async fn replace(
    who: Allowed<ManageAnswers>,
    id: PathId<AnswerKind>,
    body: Body<AnswerTemplatePut>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s, expected) = (id.id(), grid.get_ref().clone(), who.expected_version(body.version)?);
    let words = Words {
        category: body.category_id.map(Id::from_uuid),
        title: body.title.clone(),
        body: body.body.clone(),
    };
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        Ok(told(answers::change(tx, ctx, &s, id, expected, &words)?))
    })
    .await
}

/// Use an answer template no longer.
#[utoipa::path(operation_id = "grid_retire_answer_template", tag = "incidents", params(("id" = Uuid, Path, description = "The template")),
    responses((status = 204, description = "Used no longer")), extensions(("x-permission" = json!(ManageAnswers::NAME))))]
#[delete("/answer-templates/{id}")]
pub async fn retire(
    who: Allowed<ManageAnswers>,
    id: PathId<AnswerKind>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s, expected) = (id.id(), grid.get_ref().clone(), who.expected_version(None)?);
    who.write(StatusCode::NO_CONTENT, &NoBody, move |tx, ctx| {
        answers::retire(tx, ctx, &s, id, expected)?;
        Ok(web::Answer::of(()))
    })
    .await
}

/// For which incident.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AnswerTextQuery {
    /// The incident.
    incident: Uuid,
}

/// A template filled in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AnswerTextView {
    /// The text, to be looked over and sent as a result or a reason.
    pub text: String,
}

/// Fill an answer template in for an incident.
#[utoipa::path(operation_id = "grid_fill_answer_template", tag = "incidents",
    params(("id" = Uuid, Path, description = "The template"), AnswerTextQuery),
    responses((status = 200, body = AnswerTextView, description = "The text")), extensions(("x-permission" = json!(ReadAnswers::NAME))))]
#[get("/answer-templates/{id}/text")]
pub async fn text(
    who: Allowed<ReadAnswers>,
    id: PathId<AnswerKind>,
    query: Params<AnswerTextQuery>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s, incident) = (id.id(), grid.get_ref().clone(), Id::from_uuid(query.incident));
    let text = who.read(move |tx, ctx| answers::filled_in(tx, ctx, &s, id, incident)).await?;
    Ok(HttpResponse::Ok().json(AnswerTextView { text }))
}
