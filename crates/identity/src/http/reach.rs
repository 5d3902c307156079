//! Who can, and where.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use kernel::{Fault, Id, Permission};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Params, Problem, page, page_request};

use crate::gate::Gate;
use crate::http::views::{GrantUnitView, GrantUserView, UnitNames};
use crate::permission::ExplainAccess;
use crate::service::explain;
use crate::service::reach::{self, Asked};

fn named(gate: &Gate, name: &str) -> Result<&'static Permission, Problem> {
    let found = gate.services().permission(name);
    Ok(found
        .ok_or_else(|| Fault::from(web::params::bad("permission", "there is no permission of this name")))?)
}

fn asked(limit: Option<i64>, cursor: Option<&str>, filters: &[&str]) -> Result<Asked, Problem> {
    let asked = page_request(limit, cursor, filters)?;
    Ok(Asked { after: asked.after, size: asked.size, fingerprint: asked.fingerprint })
}

/// What, where.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhoCanQuery {
    /// The permission's name.
    #[param(max_length = 100)]
    pub permission: String,
    /// Where.
    pub unit: Uuid,
    /// Items on the page: 1 to 200, 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Somebody who can.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AbleUserView {
    /// Who.
    pub user: GrantUserView,
    /// By which grants; none for what every account may.
    pub grant_ids: Vec<Uuid>,
    /// What holds their right up: `mfa_required`, they must set up a second factor first. Empty: nothing.
    pub blocked_by: Vec<String>,
}

web::page_schema!(AbleUserPage, AbleUserView);

/// List who may do something somewhere now.
///
/// Complete, page by page, but for whom the reader may not know: people at home elsewhere whose right comes from a unit above. Somebody
/// whose right is held up until they have set up a second factor is listed, and `blocked_by` says so.
#[utoipa::path(operation_id = "identity_list_able_users", tag = "access", params(WhoCanQuery),
    responses((status = 200, body = AbleUserPage, description = "A page of people")),
    extensions(("x-permission" = json!(ExplainAccess::NAME))))]
#[get("/access/who-can")]
pub async fn who_can(
    who: Allowed<ExplainAccess>,
    query: Params<WhoCanQuery>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let permission = named(&gate, &query.permission)?;
    let unit = query.unit.to_string();
    let filters = ["identity.who_can", permission.name, &unit];
    let asked = asked(query.limit, query.cursor.as_deref(), &filters)?;
    let (shared, unit) = (gate.services().clone(), Id::from_uuid(query.unit));
    let found = who.read(move |tx, ctx| reach::who_can(tx, ctx, &shared, permission, unit, &asked)).await?;
    let next = found.next.clone();
    let views = found.map(|able| AbleUserView {
        user: GrantUserView { id: able.user.id.uuid(), display_name: able.user.display_name },
        grant_ids: able.grants.iter().map(|grant| grant.uuid()).collect(),
        blocked_by: explain::words(explain::standing(false, able.mfa_required)),
    });
    Ok(page(&req, AbleUserPage::of(views), next.as_ref()))
}

/// Who, what.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhereQuery {
    /// About whom.
    pub user: Uuid,
    /// The permission's name.
    #[param(max_length = 100)]
    pub permission: String,
    /// Items on the page: 1 to 200, 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A place where somebody may.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccessPlaceView {
    /// The unit.
    pub unit: GrantUnitView,
    /// Whether what lies below counts.
    pub subtree: bool,
}

/// One page of the places where somebody may.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({ "items": [], "everywhere": true, "blocked_by": [] }))]
pub struct AccessPlacePage {
    /// The items, in the list's order.
    pub items: Vec<AccessPlaceView>,
    /// Give it as `cursor` to get the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
    /// Whether everywhere, since every account may without a grant: `items` is empty, and that means no bound and not nowhere.
    pub everywhere: bool,
    /// What stands in the way of all of it: `user_disabled`, then it is nowhere; `mfa_required`, they must set up a second factor first.
    pub blocked_by: Vec<String>,
}

/// List where somebody may do something now.
///
/// The places, none within another, in the order of the tree; of those that lie partly where the reader may ask, that part. What every
/// account may is not bound to a place: `everywhere` says so.
#[utoipa::path(operation_id = "identity_list_access_places", tag = "access", params(WhereQuery),
    responses((status = 200, body = AccessPlacePage, description = "A page of places")),
    extensions(("x-permission" = json!(ExplainAccess::NAME))))]
#[get("/access/where")]
pub async fn places(
    who: Allowed<ExplainAccess>,
    query: Params<WhereQuery>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let permission = named(&gate, &query.permission)?;
    let user = query.user.to_string();
    let filters = ["identity.where", permission.name, &user];
    let asked = asked(query.limit, query.cursor.as_deref(), &filters)?;
    let (shared, user) = (gate.services().clone(), Id::from_uuid(query.user));
    let (body, next) = who
        .read(move |tx, ctx| {
            let found = reach::places(tx, ctx, &shared, user, permission, &asked)?;
            let names = UnitNames::of(tx, &shared, found.page.items.iter().map(|root| root.unit))?;
            let view =
                |root: &kernel::Root| AccessPlaceView { unit: names.view(root.unit), subtree: root.subtree };
            let body = AccessPlacePage {
                items: found.page.items.iter().map(view).collect(),
                next_cursor: found.page.next.as_ref().map(kernel::Cursor::encode),
                everywhere: found.everywhere,
                blocked_by: explain::words(explain::standing(found.user_disabled, found.mfa_required)),
            };
            Ok((body, found.page.next))
        })
        .await?;
    Ok(page(&req, body, next.as_ref()))
}
