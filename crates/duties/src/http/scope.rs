//! `GET /duty-scope`: whether those in a place may be asked for something, and why.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use contracts::DutyScope;
use kernel::{Context, Id, Instant, Outcome};
use serde::{Deserialize, Serialize};
use storage::Tx;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Params, Problem};

use super::admission_views::DutyAdmissionView;
use super::views::{DutyCategoryView, DutyListView, DutyVersionView};
use crate::permission::ReadLists;
use crate::ports::DutyServices;
use crate::service::scope::{Answer, answer};
use crate::service::{admit, look};
use crate::store::scope::Ground;

/// Of what, where, when.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DutyScopeParams {
    /// The unit that would be asked.
    unit: Uuid,
    /// What it would be asked for.
    category: Uuid,
    /// At which moment; now unless told.
    #[param(value_type = Option<String>, format = DateTime)]
    at: Option<Instant>,
}

/// Whether those in a place may be asked for something, and on what that rests.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct DutyScopeView {
    /// What holds.
    #[schema(extensions(("x-extensible-enum" = json!(["no_list", "listed", "admitted", "out_of_scope"]))))]
    pub scope: String,
    /// Whether they may be asked: all but `out_of_scope`.
    pub may_be_asked: bool,
    /// At which moment.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    /// The unit that was asked about.
    pub unit_id: Uuid,
    /// Its kind: the level whose lists bind it.
    pub level: String,
    /// The list that holds there; absent where none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub list: Option<DutyListView>,
    /// The version of it that holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub version: Option<DutyVersionView>,
    /// The category that is on the list or was admitted: the one asked about, or one above it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub by_category: Option<DutyCategoryView>,
    /// The admission, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub admission: Option<DutyAdmissionView>,
}

fn word(scope: DutyScope) -> &'static str {
    match scope {
        DutyScope::NoList => "no_list",
        DutyScope::Listed => "listed",
        DutyScope::Admitted => "admitted",
        DutyScope::OutOfScope => "out_of_scope",
    }
}

fn view(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &DutyServices,
    found: Answer,
    at: Instant,
) -> Outcome<DutyScopeView> {
    let mut shown = DutyScopeView {
        scope: word(found.scope).to_owned(),
        may_be_asked: found.scope != DutyScope::OutOfScope,
        at,
        unit_id: found.unit.id.uuid(),
        level: found.unit.kind,
        list: None,
        version: None,
        by_category: None,
        admission: None,
    };
    if let Some(begun) = found.version {
        let list = look::list(tx, begun.list)?;
        shown.list = Some(DutyListView::one(tx, ctx, s, list)?);
        let version = look::version(tx, ctx, begun.version)?;
        shown.version = Some(DutyVersionView::of(tx, ctx, s, version)?);
    }
    let by = match found.ground {
        None => None,
        Some(Ground::Item(category)) => Some(category),
        Some(Ground::Admission(category, id)) => {
            let admission = admit::find(tx, id)?;
            shown.admission = Some(DutyAdmissionView::one(tx, ctx, s, admission)?);
            Some(category)
        }
    };
    if let Some(category) = by {
        let name = look::names(tx, s, &[category])?.remove(&category).unwrap_or_default();
        shown.by_category = Some(DutyCategoryView { id: category.uuid(), name });
    }
    Ok(shown)
}

/// Show whether a unit may be asked for something, and why: the list, the version, the item or the admission.
#[utoipa::path(operation_id = "duties_get_scope", tag = "duties", params(DutyScopeParams),
    responses((status = 200, body = DutyScopeView)), extensions(("x-permission" = json!(ReadLists::NAME))))]
#[get("/duty-scope")]
pub(super) async fn show(
    who: Allowed<ReadLists>,
    query: Params<DutyScopeParams>,
    services: Data<DutyServices>,
) -> Result<HttpResponse, Problem> {
    let (unit, category) = (Id::from_uuid(query.unit), Id::from_uuid(query.category));
    let (at, s) = (query.at.unwrap_or(who.context().now), services.get_ref().clone());
    let shown = who
        .read(move |tx, ctx| {
            // A category that is none is not there, whatever holds.
            if s.categories.categories(tx, &[category])?.is_empty() {
                return Err(kernel::error::NOT_FOUND.fault());
            }
            let found = answer(tx, &s, unit, category, at)?;
            view(tx, ctx, &s, found, at)
        })
        .await?;
    Ok(HttpResponse::Ok().json(shown))
}
