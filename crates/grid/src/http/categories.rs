//! Categories: list, show, make, change, retire.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, patch, post};
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{Category as CategoryId, Unit};
use kernel::{Context, Cursor, Id, Outcome, Page};
use serde::Deserialize;
use storage::Tx;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, Body, Params, PathId, Problem};

use super::category_views::{CategoryPage, CategoryView};
use super::text;
use super::words::CategoryKindWord;
use crate::model::{Category, CategoryKind};
use crate::permission::{ManageCategories, ReadCategories};
use crate::ports::GridServices;
use crate::service::categories::{self as deeds, Change, NewCategory};
use crate::service::see::Units;
use crate::store::categories::{self, Filter};

/// Which categories.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CategoriesQuery {
    /// Only those that are used in this unit: its own, and those of the units above it.
    unit: Option<Uuid>,
    /// Only of this kind.
    #[param(inline)]
    kind: Option<CategoryKindWord>,
    /// Only those right below this one.
    parent: Option<Uuid>,
    /// Only those with this in their name, or at the beginning of their code.
    #[param(min_length = 1, max_length = 80)]
    q: Option<String>,
    /// Also those that are history; no unless told.
    include_retired: Option<bool>,
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A category to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryCreate {
    /// The category it is to stand below: of its kind, and used in its unit.
    parent_id: Option<Uuid>,
    /// The unit it belongs to, for good: a root, unless it is local.
    unit_id: Uuid,
    /// Its kind, for good.
    kind: CategoryKindWord,
    /// Its name.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// Ten digits that no other category has; needed unless it is local.
    #[schema(min_length = 10, max_length = 10)]
    code: Option<String>,
    /// Whether it is an addition of the unit, and not of the standard.
    local: bool,
}

/// What is to be changed; what is left out stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryPatch {
    /// The category it is to stand below, with all that is below it.
    parent_id: Option<Uuid>,
    /// The name.
    #[schema(min_length = 1, max_length = 80)]
    name: Option<String>,
    /// The code.
    #[schema(min_length = 10, max_length = 10)]
    code: Option<String>,
    /// Fields to be emptied: `code`, and `parent_id` for a place at the top.
    clear: Option<Vec<CategoryClear>>,
    /// The version that was read, where `If-Match` is not sent.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// A field that can be emptied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CategoryClear {
    /// The code.
    Code,
    /// The category it stands below.
    ParentId,
}

/// The version that was read.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryRetire {
    /// The version that was read, where `If-Match` is not sent.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// The views of categories: one question for the units of all, one for what is above them.
fn views(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, all: Vec<Category>) -> Outcome<Vec<CategoryView>> {
    let ids: BTreeSet<Id<Unit>> = all.iter().map(|c| c.unit).collect();
    let units = Units::with(tx, s, &ids.into_iter().collect::<Vec<_>>())?;
    let mut above = categories::lineages(tx, &all.iter().map(|c| c.id).collect::<Vec<_>>())?;
    let view = |category: Category| {
        let lineage = above.remove(&category.id).unwrap_or_default();
        let unit = units.get(category.unit).map(|u| (u.name.as_str(), &u.path));
        CategoryView::of(ctx, category, lineage, unit)
    };
    Ok(all.into_iter().map(view).collect())
}

fn answer(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    category: Category,
) -> Outcome<Answer<CategoryView>> {
    let version = category.version;
    let view = views(tx, ctx, s, vec![category])?.pop().or_refuse(&NOT_FOUND)?;
    Ok(Answer::of(view).version(version))
}

/// List categories, in the order they were made.
///
/// The standard ones, and the additions of units in which or above which the reader has something to do.
#[utoipa::path(operation_id = "grid_list_categories", tag = "categories", params(CategoriesQuery),
    responses((status = 200, body = CategoryPage, description = "A page of categories")), extensions(("x-permission" = json!(ReadCategories::NAME))))]
#[get("/categories")]
pub async fn list(
    req: HttpRequest,
    who: Allowed<ReadCategories>,
    query: Params<CategoriesQuery>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let kind = query.kind.map(CategoryKind::from);
    let retired = query.include_retired.unwrap_or(false);
    let sought = query.q.as_deref().map(str::trim).filter(|q| !q.is_empty()).map(str::to_owned);
    if sought.as_ref().is_some_and(|q| q.chars().count() > 80) {
        return Err(kernel::Fault::from(web::params::bad("q", "at most 80 characters")).into());
    }
    let filters = [
        "grid.categories",
        &text(query.unit),
        &text(kind),
        &text(query.parent),
        sought.as_deref().unwrap_or_default(),
        &retired.to_string(),
    ];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let filter = Filter {
        kind,
        parent: query.parent.map(Id::from_uuid),
        text: sought,
        retired,
        after: asked.after.as_ref().map(|c| Id::from_uuid(c.after)),
        ..Filter::default()
    };
    let (within, s) = (query.unit.map(Id::from_uuid), grid.get_ref().clone());
    let page = who
        .read(move |tx, ctx| {
            let rows = deeds::list(tx, ctx, &s, within, &filter, asked.size.probe())?;
            let page = Page::cut(rows, asked.size, |c| Cursor {
                after: c.id.uuid(),
                filter: asked.fingerprint,
                key: None,
            });
            Ok(Page { items: views(tx, ctx, &s, page.items)?, next: page.next })
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, CategoryPage::of(page), next.as_ref()))
}

/// Show a category, with the names of those above it.
#[utoipa::path(operation_id = "grid_get_category", tag = "categories", params(("id" = Uuid, Path, description = "The category")),
    responses((status = 200, body = CategoryView, description = "The category")), extensions(("x-permission" = json!(ReadCategories::NAME))))]
#[get("/categories/{id}")]
pub async fn show(
    who: Allowed<ReadCategories>,
    id: PathId<CategoryId>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (id.id(), grid.get_ref().clone());
    let view = who
        .read(move |tx, ctx| {
            let (category, _) = deeds::seen(tx, ctx, &s, id)?;
            views(tx, ctx, &s, vec![category])?.pop().or_refuse(&NOT_FOUND)
        })
        .await?;
    let version = view.version;
    Ok(web::view(view, version))
}

/// Make a category.
///
/// A standard one belongs to a root and has a code; a local one is an addition of its unit, used there and below.
#[utoipa::path(operation_id = "grid_create_category", tag = "categories", request_body = CategoryCreate,
    responses((status = 201, body = CategoryView, description = "The new category")), extensions(("x-permission" = json!(ManageCategories::NAME))))]
#[post("/categories")]
pub async fn create(
    who: Allowed<ManageCategories>,
    body: Body<CategoryCreate>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let new = NewCategory {
        parent: body.parent_id.map(Id::from_uuid),
        unit: Id::from_uuid(body.unit_id),
        kind: body.kind.into(),
        name: body.name.clone(),
        code: body.code.clone(),
        local: body.local,
    };
    let s = grid.get_ref().clone();
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let made = deeds::create(tx, ctx, &s, &new)?;
        let place = format!("/api/v1/categories/{}", made.id);
        Ok(answer(tx, ctx, &s, made)?.location(place))
    })
    .await
}

/// Change a category's name or code, or move it.
///
/// It moves with all that is below it; never below itself, below another kind, or out of its unit.
#[utoipa::path(operation_id = "grid_update_category", tag = "categories", params(("id" = Uuid, Path, description = "The category")), request_body = CategoryPatch,
    responses((status = 200, body = CategoryView, description = "The category as it is now")), extensions(("x-permission" = json!(ManageCategories::NAME))))]
#[patch("/categories/{id}")]
pub async fn change(
    who: Allowed<ManageCategories>,
    id: PathId<CategoryId>,
    body: Body<CategoryPatch>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s, expected) = (id.id(), grid.get_ref().clone(), who.expected_version(body.version)?);
    let clears = |field: CategoryClear| body.clear.iter().flatten().any(|c| *c == field);
    let parent = body.parent_id.map(Id::from_uuid).map(Some);
    let to = Change {
        parent: if clears(CategoryClear::ParentId) { Some(None) } else { parent },
        name: body.name.clone(),
        code: if clears(CategoryClear::Code) { Some(None) } else { body.code.clone().map(Some) },
    };
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let changed = deeds::change(tx, ctx, &s, id, expected, &to)?;
        answer(tx, ctx, &s, changed)
    })
    .await
}

/// Retire a category for good.
///
/// Not while live categories stand below it. Incidents that have it keep it.
#[utoipa::path(operation_id = "grid_retire_category", tag = "categories", params(("id" = Uuid, Path, description = "The category")), request_body = CategoryRetire,
    responses((status = 200, body = CategoryView, description = "The category as it is now")), extensions(("x-permission" = json!(ManageCategories::NAME))))]
#[post("/categories/{id}/retire")]
pub async fn retire(
    who: Allowed<ManageCategories>,
    id: PathId<CategoryId>,
    body: Body<CategoryRetire>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s, expected) = (id.id(), grid.get_ref().clone(), who.expected_version(body.version)?);
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let retired = deeds::retire(tx, ctx, &s, id, expected)?;
        answer(tx, ctx, &s, retired)
    })
    .await
}
