//! To whom something may be granted: accounts by their names, for whoever grants and does not look after accounts.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::permission::Permit;
use kernel::{Id, Page};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Params, Problem, page, page_request};

use crate::gate::Gate;
use crate::http::views::{GrantUnitView, UnitNames};
use crate::model::User;
use crate::permission::ManageGrants;
use crate::store::users::{self, Filter};

/// Which accounts.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GrantReceiversQuery {
    /// Only those of this unit and below.
    pub unit: Option<Uuid>,
    /// A part of the login or the name, in whatever case.
    #[param(max_length = 100)]
    pub q: Option<String>,
    /// Items on the page: 1 to 200, 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// An account that something may be granted to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GrantReceiverView {
    /// Its id.
    pub id: Uuid,
    /// What it signs in with.
    pub login: String,
    /// The name shown.
    pub display_name: String,
    /// The unit it belongs to.
    pub unit: GrantUnitView,
    /// `enabled` or `disabled`; a disabled one is granted nothing.
    #[schema(extensions(("x-extensible-enum" = json!(["enabled", "disabled"]))))]
    pub status: String,
}

web::page_schema!(GrantReceiverPage, GrantReceiverView);

/// Find accounts to grant something to, by name.
///
/// The accounts of the units where the reader manages grants, and of them no more than it takes to tell one from another. Whoever
/// looks after accounts lists them at `GET /users`.
#[utoipa::path(operation_id = "identity_list_grant_receivers", tag = "grants", params(GrantReceiversQuery),
    responses((status = 200, body = GrantReceiverPage, description = "A page of accounts")),
    extensions(("x-permission" = json!(ManageGrants::NAME))))]
#[get("/grant-receivers")]
pub async fn list(
    who: Allowed<ManageGrants>,
    query: Params<GrantReceiversQuery>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let unit = query.unit.map(|unit| unit.to_string()).unwrap_or_default();
    let filters = ["identity.grant_receivers", &unit, query.q.as_deref().unwrap_or_default()];
    let asked = page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let (shared, unit, filter) =
        (gate.services().clone(), query.unit, Filter { status: None, text: query.q.clone() });
    let found = who
        .read(move |tx, ctx| {
            let mut scope = ctx.actor.scope(ManageGrants::PERMISSION, false, ctx.now);
            if let Some(unit) = unit {
                let unit = shared.tree.unit(tx, Id::from_uuid(unit))?.or_refuse(&NOT_FOUND)?;
                scope = scope.within(unit.id, &unit.path);
            }
            let after = asked.after.as_ref();
            let found = users::list(tx, &scope, &filter, after, asked.size, asked.fingerprint)?;
            let names = UnitNames::of(tx, &shared, found.items.iter().map(|user| user.unit_id))?;
            let view = |user: User| GrantReceiverView {
                id: user.id.uuid(),
                unit: names.view(user.unit_id),
                login: user.login,
                display_name: user.display_name,
                status: user.status,
            };
            Ok(Page { items: found.items.into_iter().map(view).collect(), next: found.next })
        })
        .await?;
    let next = found.next.clone();
    Ok(page(&req, GrantReceiverPage::of(found), next.as_ref()))
}
