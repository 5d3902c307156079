//! `POST /files`: a file comes.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post, rt};
use kernel::id::File as FileKind;
use kernel::{Context, Fault, Id, Outcome};
use serde::Deserialize;
use storage::Db;
use utoipa::IntoParams;
use web::{Allowed, Answer, Fingerprint, Params, Problem, Upload};

use super::views::FileView;
use crate::error::{NAME_UNREADABLE, QUOTA, STORE_UNREACHABLE};
use crate::inspect::Said;
use crate::name;
use crate::permission::UploadFiles;
use crate::ports::{FileServices, Keep};
use crate::receive;
use crate::service::look;
use crate::service::upload::{self as deed, Coming, Known};
use crate::shelf::{Content, Part};
use crate::workshop::Made;

/// The header that says what a file is called.
const NAME: &str = "x-file-name";
/// Characters of a name that are looked at.
const MAX_NAME: usize = 2_000;

/// What the file is called.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UploadQuery {
    /// What the file is called, where the header does not say it.
    pub name: Option<String>,
}

/// The header of the same meaning.
#[derive(Debug, Clone, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct UploadHeaders {
    /// What the file is called, percent-encoded UTF-8.
    #[param(rename = "X-File-Name")]
    pub name: Option<String>,
}

/// A file as it is.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "the document alone speaks of it")]
pub struct FileBytes(Vec<u8>);

/// Two uploads with one idempotency key are the same if the same bytes came under the same name.
struct Mark(String);

impl Fingerprint for Mark {
    fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Upload a photo (JPEG, PNG, WebP; 20 MiB unless the realm says otherwise) or a document (PDF, plain text in UTF-8, DOCX, XLSX; 50 MiB).
///
/// The body is the bytes, `Content-Type` their media type; `application/octet-stream` leaves it to the bytes to tell. A photo is made anew: upright,
/// in sRGB, without any metadata. The file is its sender's alone, and is kept for a day unless it is attached to something.
#[utoipa::path(operation_id = "files_upload_file", tag = "files", params(UploadQuery, UploadHeaders),
    request_body(content = FileBytes, content_type = "application/octet-stream", description = "The file's bytes; with the file's own media type, they must be what it says"),
    responses((status = 201, body = FileView, description = "The file is there")), extensions(("x-permission" = json!(UploadFiles::NAME))))]
#[post("/files")]
pub async fn create(
    req: HttpRequest,
    who: Allowed<UploadFiles>,
    query: Params<UploadQuery>,
    mut upload: Upload,
    services: Data<FileServices>,
) -> Result<HttpResponse, Problem> {
    let keep = services.keep.as_ref().ok_or_else(|| STORE_UNREACHABLE.fault())?;
    let said = Said::of(&upload.media, upload.charset.as_deref())?;
    let called = called(&req, query.into_inner())?;
    let most = match said {
        Said::Is(media) => services.limits.bytes(media),
        Said::Nothing => services.limits.most(),
    };
    if upload.announced.is_some_and(|bytes| bytes > most) {
        return Err(receive::too_large(most).into());
    }
    let begun = Begun::begin(&who, &services, upload.announced.unwrap_or(most)).await?;
    let taken = receive::take(&keep.scratch, &services.limits, said, async || upload.chunk().await).await?;
    let came = i64::try_from(taken.size).unwrap_or(i64::MAX);
    let mark = Mark(format!("{}\n{called}\n{said:?}", taken.sha256));
    let made = services.workshop.make(taken).await?;
    let name = name::clean(&called, made.media);
    store(who.db(), who.context(), keep, begun.id, made).await?;
    let (id, for_show) = (begun.id, services.clone());
    let answer = who
        .write_shown(
            StatusCode::CREATED,
            &mark,
            move |tx, ctx| deed::finish(tx, ctx, id, &name, came).map(|file| file.id.uuid()),
            move |tx, ctx, id| {
                let (guards, users) = (&for_show.guards, &for_show.users);
                let (file, owner) = look::named(tx, ctx, guards, users, Id::from_uuid(*id))?;
                let view = FileView::of(&file, owner, ctx.actor.user);
                Ok(Answer::of(view).version(file.version).location(format!("/api/v1/files/{id}")))
            },
        )
        .await?;
    // Where the answer is an earlier one's, this upload's own row is left, and goes with `begun`.
    if !answer.headers().contains_key(web::idempotency::REPLAYED) {
        begun.ended();
    }
    Ok(answer)
}

/// What the sender calls the file.
fn called(req: &HttpRequest, query: UploadQuery) -> Outcome<String> {
    let header = match req.headers().get(NAME) {
        Some(value) => {
            let text = value.to_str().ok().filter(|text| text.len() <= MAX_NAME * 3);
            Some(text.and_then(percent_decoded).ok_or_else(|| NAME_UNREADABLE.fault())?)
        }
        None => None,
    };
    let name = header.or(query.name).unwrap_or_default();
    Ok(name.chars().take(MAX_NAME).collect())
}

/// Percent-encoded UTF-8, where a plus is a plus; `None` if it is something else.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
        let (high, low) = (digit()?, digit()?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// An upload that has begun. Whatever ends this request before it is over, a refusal or a sender that goes away, takes its row along.
struct Begun {
    id: Id<FileKind>,
    db: Db,
    is_over: bool,
}

impl Begun {
    async fn begin(
        who: &Allowed<UploadFiles>,
        services: &Data<FileServices>,
        bytes: u64,
    ) -> Result<Self, Problem> {
        let (ctx, limits) = (who.context().clone(), services.limits);
        let now = ctx.now.utc().with_timezone(&who.realm().time_zone);
        let coming = Coming {
            id: ctx.id(),
            bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
            day: now.date_naive().to_string(),
        };
        let (id, db) = (coming.id, who.db().clone());
        let begun = db.write(move |tx| deed::begin(tx, &ctx, &limits, &coming)).await;
        begun.map_err(|fault| {
            let is_spent = fault.code() == Some(&QUOTA);
            let problem = Problem::from(fault);
            if is_spent {
                problem.header(RETRY_AFTER, HeaderValue::from(until_tomorrow(&now)))
            } else {
                problem
            }
        })?;
        Ok(Self { id, db, is_over: false })
    }

    fn ended(mut self) {
        self.is_over = true;
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let (id, db, now) = (self.id, self.db.clone(), self.db.clock().now());
        // If this fails, or the process dies before, the row's time runs out by itself.
        rt::spawn(async move {
            if let Err(fault) = db.write(move |tx| deed::abandon(tx, id, now)).await {
                tracing::warn!(%fault, file = %id, "an upload that ended could not be cleared away");
            }
        });
    }
}

/// Seconds until the realm's next day.
fn until_tomorrow<Z: chrono::TimeZone>(now: &chrono::DateTime<Z>) -> u32 {
    use chrono::Timelike;
    86_400_u32.saturating_sub(now.num_seconds_from_midnight()).max(1)
}

/// Puts the bytes where they belong, unless the same are there.
async fn store(db: &Db, ctx: &Context, keep: &Keep, id: Id<FileKind>, made: Made) -> Outcome<()> {
    let side = |side: u32| i32::try_from(side).unwrap_or(i32::MAX);
    let known = Known {
        sha256: made.sha256,
        size: i64::try_from(made.size).map_err(Fault::internal)?,
        media: made.media,
        pixels: made.pixels.map(|(width, height)| (side(width), side(height))),
    };
    let (ctx, fresh) = (ctx.clone(), ctx.id());
    let place = db.write(move |tx| deed::reserve(tx, &ctx, id, fresh, &known)).await?;
    let shelf = &keep.shelf;
    // Looked at even where they should be: what a restored database remembers, a restored folder may lack.
    if place.is_there && shelf.has(&place.key, Part::Itself, Some(made.size)).await? {
        let small = made.thumbnail.is_some() && !shelf.has(&place.key, Part::Thumbnail, None).await?;
        if !small {
            return Ok(());
        }
    }
    if let Some(thumbnail) = made.thumbnail {
        shelf.put(&place.key, Part::Thumbnail, Content::Made(thumbnail)).await?;
    }
    shelf.put(&place.key, Part::Itself, made.content).await
}
