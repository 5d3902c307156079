//! Posts: who is on duty in a grid.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{Grid as GridId, GridPost};
use kernel::{Cursor, Id, Instant, Page};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, Body, Params, PathId, PathPair, Problem};

use super::views::{GridPostPage, GridPostView};
use super::words::GridPostRoleWord;
use crate::permission::{ManageGrids, ReadGrids};
use crate::ports::GridServices;
use crate::service::post::{self as deeds, NewPost};
use crate::store::{grids, posts};

/// Which page.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GridPostsQuery {
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A post to be filled.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GridPostCreate {
    /// By whom.
    user_id: Uuid,
    /// As what.
    role: GridPostRoleWord,
    /// From when; now unless told.
    #[schema(value_type = Option<String>, format = DateTime)]
    from_at: Option<Instant>,
    /// Until when, exclusive; open unless told.
    #[schema(value_type = Option<String>, format = DateTime)]
    until_at: Option<Instant>,
}

/// The version that was read.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GridPostEnd {
    /// The post's version that was read, where `If-Match` is not sent.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// List the posts of a grid, ended ones too, in the order they were filled.
#[utoipa::path(operation_id = "grid_list_posts", tag = "grids", params(("id" = Uuid, Path, description = "The grid"), GridPostsQuery),
    responses((status = 200, body = GridPostPage, description = "A page of posts")), extensions(("x-permission" = json!(ReadGrids::NAME))))]
#[get("/grids/{id}/posts")]
pub async fn list(
    req: HttpRequest,
    who: Allowed<ReadGrids>,
    id: PathId<GridId>,
    query: Params<GridPostsQuery>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (id.id(), grid.get_ref().clone());
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &["grid.posts", &id.to_string()])?;
    let after: Option<Id<GridPost>> = asked.after.as_ref().map(|c| Id::from_uuid(c.after));
    let page = who
        .read(move |tx, ctx| {
            let grid = grids::find(tx, id)?.or_refuse(&NOT_FOUND)?;
            let manages = s.tree.unit(tx, grid.unit)?.is_some_and(|u| super::manages(ctx, &u.path));
            let rows = posts::list(tx, id, after, asked.size.probe())?;
            let page = Page::cut(rows, asked.size, |p| Cursor {
                after: p.id.uuid(),
                filter: asked.fingerprint,
                key: None,
            });
            let named = deeds::named(tx, &s, page.items)?;
            Ok(Page {
                items: named.into_iter().map(|p| GridPostView::of(ctx, p, manages)).collect(),
                next: page.next,
            })
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, GridPostPage::of(page), next.as_ref()))
}

/// Put somebody on duty in a grid.
#[utoipa::path(operation_id = "grid_assign_post", tag = "grids", params(("id" = Uuid, Path, description = "The grid")), request_body = GridPostCreate,
    responses((status = 201, body = GridPostView, description = "The new post")), extensions(("x-permission" = json!(ManageGrids::NAME))))]
#[post("/grids/{id}/posts")]
pub async fn assign(
    who: Allowed<ManageGrids>,
    id: PathId<GridId>,
    body: Body<GridPostCreate>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (id.id(), grid.get_ref().clone());
    let new = NewPost {
        user: Id::from_uuid(body.user_id),
        role: body.role.into(),
        from: body.from_at,
        until: body.until_at,
    };
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let made = deeds::assign(tx, ctx, &s, id, &new)?;
        let version = made.0.version;
        Ok(Answer::of(GridPostView::of(ctx, made, true)).version(version))
    })
    .await
}

/// End a post now.
#[utoipa::path(operation_id = "grid_end_post", tag = "grids",
    params(("id" = Uuid, Path, description = "The grid"), ("post" = Uuid, Path, description = "The post")), request_body = GridPostEnd,
    responses((status = 200, body = GridPostView, description = "The post as it ended")), extensions(("x-permission" = json!(ManageGrids::NAME))))]
#[post("/grids/{id}/posts/{post}/end")]
pub async fn end(
    who: Allowed<ManageGrids>,
    path: PathPair<GridId, GridPost>,
    body: Body<GridPostEnd>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, post, s) = (path.first(), path.second(), grid.get_ref().clone());
    let expected = who.expected_version(body.version)?;
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let ended = deeds::end(tx, ctx, &s, id, post, expected)?;
        let version = ended.0.version;
        Ok(Answer::of(GridPostView::of(ctx, ended, true)).version(version))
    })
    .await
}
