//! The operations: one's own inbox.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post};
use kernel::Id;
use kernel::id::Notice as NoticeKind;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, NoBody, Params, PathId, Problem, Registrar, WebPlugin, page, page_request};

use crate::model::Message;
use crate::permission::OwnNotices;
use crate::plugin::NoticesPlugin;
use crate::service::inbox;
use crate::store::messages;

impl WebPlugin for NoticesPlugin {
    fn routes(&self, cfg: &mut Registrar<'_>) {
        cfg.service(list).service(mark_read);
    }

    fn tags(&self) -> &'static [(&'static str, &'static str)] {
        &[("notices", "What the reader must hear.")]
    }
}

/// A notice in the reader's inbox.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeView {
    /// Its id.
    pub id: Uuid,
    /// What it is about: `plugin.what_happened`. More will come.
    pub kind: String,
    /// The title, in the reader's language.
    pub title: String,
    /// The text, in the reader's language.
    pub body: String,
    /// When it was sent.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: kernel::Instant,
    /// When it was read; absent: not yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub read_at: Option<kernel::Instant>,
    /// What the reader may do with it.
    pub can: Vec<String>,
}

impl NoticeView {
    fn of(message: Message, chinese: bool) -> Self {
        let unread = message.read_at.is_none();
        let (title, body) =
            if chinese { (message.title_zh, message.body_zh) } else { (message.title_en, message.body_en) };
        Self {
            id: message.id.uuid(),
            kind: message.kind,
            title,
            body,
            created_at: message.created_at,
            read_at: message.read_at,
            can: unread.then(|| "mark_read".to_owned()).into_iter().collect(),
        }
    }
}

web::page_schema!(NoticePage, NoticeView);

/// Which notices.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NoticesQuery {
    /// Only what was not read yet.
    pub unread: Option<bool>,
    /// Items on the page: 1 to 200, 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List one's notices, newest first.
#[utoipa::path(operation_id = "notices_list_messages", tag = "notices", params(NoticesQuery),
    responses((status = 200, body = NoticePage, description = "A page of notices")),
    extensions(("x-permission" = json!(OwnNotices::NAME))))]
#[get("/me/notices")]
pub async fn list(
    who: Allowed<OwnNotices>,
    query: Params<NoticesQuery>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (unread, chinese) = (query.unread.unwrap_or(false), who.chinese());
    let filters = ["notices.messages", if unread { "unread" } else { "" }];
    let asked = page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let found = who
        .read(move |tx, ctx| {
            let after = asked.after.as_ref().map(|cursor| Id::from_uuid(cursor.after));
            messages::list(tx, ctx.actor.user, unread, after, asked.size, asked.fingerprint)
        })
        .await?;
    let next = found.next.clone();
    let views = found.map(|message| NoticeView::of(message, chinese));
    Ok(page(&req, NoticePage::of(views), next.as_ref()))
}

/// Note that one has read a notice.
#[utoipa::path(operation_id = "notices_mark_message_read", tag = "notices",
    params(("id" = Uuid, Path, description = "The notice")),
    responses((status = 200, body = NoticeView, description = "Noted")),
    extensions(("x-permission" = json!(OwnNotices::NAME))))]
#[post("/me/notices/{id}/read")]
pub async fn mark_read(who: Allowed<OwnNotices>, id: PathId<NoticeKind>) -> Result<HttpResponse, Problem> {
    let (id, chinese) = (id.id(), who.chinese());
    who.write(StatusCode::OK, &NoBody, move |tx, ctx| {
        Ok(Answer::of(NoticeView::of(inbox::mark_read(tx, ctx, id)?, chinese)))
    })
    .await
}
