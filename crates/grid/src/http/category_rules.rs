//! The rules of categories, and what holds of a category in a unit.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, get, put};
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{Category as CategoryId, Unit};
use kernel::{Cursor, Id, Outcome, Page};
use serde::Deserialize;
use storage::Tx;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, Body, NoBody, Params, PathId, PathPair, Problem};

use super::category_views::{CategoryRulePage, CategoryRuleView, ResolvedCategoryView};
use super::words::{CategoryPriorityWord, CategoryRequirementWord, CategoryTermUnitWord};
use crate::model::{Rule, Says, Term};
use crate::permission::{ManageCategories, ReadCategories};
use crate::ports::GridServices;
use crate::service::see::Units;
use crate::service::{categories, category_rules as deeds, resolve};
use crate::store::category_rules as rules;

/// Which page.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CategoryRulesQuery {
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// In which unit.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ResolvedCategoryQuery {
    /// The unit.
    unit: Uuid,
}

/// How long something may take.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryTermCreate {
    /// How many.
    #[schema(minimum = 1, maximum = 5270400)]
    count: i32,
    /// Of what.
    unit: CategoryTermUnitWord,
}

impl From<CategoryTermCreate> for Term {
    fn from(term: CategoryTermCreate) -> Self {
        Self { count: term.count, unit: term.unit.into() }
    }
}

/// What is to be said of a category in a unit and below, in place of what was said there. What is left out is said elsewhere: by
/// a unit above, or of a category above.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryRuleCreate {
    /// The unit that takes care of it: incidents are dispatched to it where nobody is named.
    department_id: Option<Uuid>,
    /// How urgent it is.
    priority: Option<CategoryPriorityWord>,
    /// What a report must bring; an empty list says that it must bring nothing.
    requires: Option<Vec<CategoryRequirementWord>>,
    /// Until when it is to be accepted.
    accept_within: Option<CategoryTermCreate>,
    /// Until when it is to be resolved.
    resolve_within: Option<CategoryTermCreate>,
    /// The version that was read, where `If-Match` is not sent; 0 where nothing was said.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// The views of rules: one question for all units they name.
fn views(tx: &mut Tx<'_>, s: &GridServices, all: Vec<Rule>) -> Outcome<Vec<CategoryRuleView>> {
    let ids: BTreeSet<Id<Unit>> =
        all.iter().flat_map(|r| [Some(r.unit), r.says.department]).flatten().collect();
    let units = Units::with(tx, s, &ids.into_iter().collect::<Vec<_>>())?;
    let name = |id: Id<Unit>| units.get(id).map(|u| u.name.clone());
    Ok(all.into_iter().map(|rule| CategoryRuleView::of(rule, name)).collect())
}

/// List the rules of a category, one for each unit that says something.
#[utoipa::path(operation_id = "grid_list_category_rules", tag = "categories",
    params(("id" = Uuid, Path, description = "The category"), CategoryRulesQuery),
    responses((status = 200, body = CategoryRulePage, description = "A page of rules")), extensions(("x-permission" = json!(ReadCategories::NAME))))]
#[get("/categories/{id}/rules")]
pub async fn list(
    req: HttpRequest,
    who: Allowed<ReadCategories>,
    id: PathId<CategoryId>,
    query: Params<CategoryRulesQuery>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (id.id(), grid.get_ref().clone());
    let filters = ["grid.category_rules", &id.to_string()];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let after = asked.after.as_ref().map(|c| Id::from_uuid(c.after));
    let page = who
        .read(move |tx, ctx| {
            categories::seen(tx, ctx, &s, id)?;
            let rows = rules::list(tx, id, after, asked.size.probe())?;
            let page = Page::cut(rows, asked.size, |rule| Cursor {
                after: rule.unit.uuid(),
                filter: asked.fingerprint,
                key: None,
            });
            Ok(Page { items: views(tx, &s, page.items)?, next: page.next })
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, CategoryRulePage::of(page), next.as_ref()))
}

/// Say what holds of a category in a unit and below.
///
/// In place of what was said there before. `If-Match` has the version of that, or `"0"` where nothing was said.
#[utoipa::path(operation_id = "grid_put_category_rule", tag = "categories",
    params(("id" = Uuid, Path, description = "The category"), ("unit_id" = Uuid, Path, description = "The unit")), request_body = CategoryRuleCreate,
    responses((status = 200, body = CategoryRuleView, description = "The rule as it is now")), extensions(("x-permission" = json!(ManageCategories::NAME))))]
#[put("/categories/{id}/rules/{unit_id}")]
pub async fn put(
    who: Allowed<ManageCategories>,
    path: PathPair<CategoryId, Unit>,
    body: Body<CategoryRuleCreate>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, unit, s) = (path.first(), path.second(), grid.get_ref().clone());
    let expected = who.expected_version(body.version)?;
    let says = Says {
        department: body.department_id.map(Id::from_uuid),
        priority: body.priority.map(Into::into),
        requires: body.requires.as_ref().map(|all| all.iter().copied().map(Into::into).collect()),
        accept_within: body.accept_within.map(Into::into),
        resolve_within: body.resolve_within.map(Into::into),
    };
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let rule = deeds::put(tx, ctx, &s, id, unit, expected, &says)?;
        let version = rule.version;
        let view = views(tx, &s, vec![rule])?.pop().or_refuse(&NOT_FOUND)?;
        Ok(Answer::of(view).version(version))
    })
    .await
}

/// Take back what was said of a category in a unit.
#[utoipa::path(operation_id = "grid_delete_category_rule", tag = "categories",
    params(("id" = Uuid, Path, description = "The category"), ("unit_id" = Uuid, Path, description = "The unit")),
    responses((status = 204, description = "Taken back")), extensions(("x-permission" = json!(ManageCategories::NAME))))]
#[delete("/categories/{id}/rules/{unit_id}")]
pub async fn remove(
    who: Allowed<ManageCategories>,
    path: PathPair<CategoryId, Unit>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, unit, s) = (path.first(), path.second(), grid.get_ref().clone());
    let expected = who.expected_version(None)?;
    who.write(StatusCode::NO_CONTENT, &NoBody, move |tx, ctx| {
        deeds::remove(tx, ctx, &s, id, unit, expected)?;
        Ok(Answer::of(()))
    })
    .await
}

/// Show what holds of a category in a unit, field by field.
///
/// Each field from the nearest category upward that has a rule for it, and of its rules the one of the nearest unit upward.
#[utoipa::path(operation_id = "grid_resolve_category", tag = "categories",
    params(("id" = Uuid, Path, description = "The category"), ResolvedCategoryQuery),
    responses((status = 200, body = ResolvedCategoryView, description = "What holds")), extensions(("x-permission" = json!(ReadCategories::NAME))))]
#[get("/categories/{id}/resolved")]
pub async fn resolved(
    who: Allowed<ReadCategories>,
    id: PathId<CategoryId>,
    query: Params<ResolvedCategoryQuery>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, unit, s) = (id.id(), Id::from_uuid(query.unit), grid.get_ref().clone());
    let view = who
        .read(move |tx, ctx| {
            let holds = resolve::asked(tx, ctx, &s, id, unit)?;
            let department = match &holds.department {
                Some(found) => s.tree.unit(tx, found.value)?.map(|u| u.name).unwrap_or_default(),
                None => String::new(),
            };
            Ok(ResolvedCategoryView::of(id, unit, holds, department))
        })
        .await?;
    Ok(HttpResponse::Ok().json(view))
}
