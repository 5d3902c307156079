//! `/files/{id}/content` and `/files/{id}/thumbnail`: the bytes, for who may see the file, and for nothing else than to be looked at.

use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderValue,
};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use futures_util::stream;
use kernel::Fault;
use kernel::id::File as FileKind;
use web::{Allowed, PathId, Problem};

use super::range::{self, Wanted};
use crate::error::{NO_THUMBNAIL, RANGE, STORE_UNREACHABLE};
use crate::model::Media;
use crate::name::disposition;
use crate::permission::ReadFiles;
use crate::ports::FileServices;
use crate::service::look;
use crate::shelf::{Part, Shelf};

/// A browser may keep it and must ask each time whether it still may show it: who loses a right loses it at once.
const CACHE: &str = "private, no-cache";
/// Nothing in it runs, loads or is framed, whatever a reader makes of it.
const POLICY: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

/// Download a file.
///
/// Photos may be shown inline; everything else is an attachment. The `ETag` is the digest of the bytes; `Range` (one), `If-Range` and
/// `If-None-Match` are heeded, so the answer may be 206 or 304.
#[utoipa::path(operation_id = "files_read_content", tag = "files", params(("id" = Uuid, Path, description = "The file")),
    responses((status = 200, body = FileContent, content_type = "application/octet-stream", description = "The bytes, in the file's own media type")),
    extensions(("x-permission" = json!(ReadFiles::NAME))))]
#[get("/files/{id}/content")]
pub async fn content(
    req: HttpRequest,
    who: Allowed<ReadFiles>,
    id: PathId<FileKind>,
    services: Data<FileServices>,
) -> Result<HttpResponse, Problem> {
    let (id, guards) = (id.id(), services.guards.clone());
    let (file, bytes, key) = who.read(move |tx, ctx| look::bytes(tx, ctx, &guards, id)).await?;
    let sent = Sent {
        shelf: shelf(&services)?,
        key,
        part: Part::Itself,
        tag: format!("\"{}\"", bytes.sha256),
        media: bytes.media,
        disposition: disposition(bytes.media.is_photo(), &file.name),
    };
    let size = u64::try_from(bytes.size).unwrap_or(0);
    match range::wanted(req.headers(), size, &sent.tag) {
        _ if range::has_it(req.headers(), &sent.tag) => Ok(sent.again()),
        Wanted::Whole => sent.whole().await,
        Wanted::Part(start, end) => sent.part(start, end, size).await,
        Wanted::Nothing => {
            let problem = Problem::from(RANGE.fault());
            let told = HeaderValue::try_from(format!("bytes */{size}")).map_err(Fault::internal)?;
            Err(problem.header(CONTENT_RANGE, told))
        }
    }
}

/// Download the thumbnail of a photo: a JPEG of at most 320 pixels a side.
#[utoipa::path(operation_id = "files_read_thumbnail", tag = "files", params(("id" = Uuid, Path, description = "The file")),
    responses((status = 200, body = FileContent, content_type = "image/jpeg", description = "The thumbnail")),
    extensions(("x-permission" = json!(ReadFiles::NAME))))]
#[get("/files/{id}/thumbnail")]
pub async fn thumbnail(
    req: HttpRequest,
    who: Allowed<ReadFiles>,
    id: PathId<FileKind>,
    services: Data<FileServices>,
) -> Result<HttpResponse, Problem> {
    let (id, guards) = (id.id(), services.guards.clone());
    let (file, bytes, key) = who.read(move |tx, ctx| look::bytes(tx, ctx, &guards, id)).await?;
    if !bytes.media.is_photo() {
        return Err(NO_THUMBNAIL.fault().into());
    }
    let sent = Sent {
        shelf: shelf(&services)?,
        key,
        part: Part::Thumbnail,
        tag: format!("\"{}-t\"", bytes.sha256),
        media: Media::Jpeg,
        disposition: disposition(true, &format!("thumbnail-{}.jpg", file.id)),
    };
    if range::has_it(req.headers(), &sent.tag) { Ok(sent.again()) } else { sent.whole().await }
}

fn shelf(services: &FileServices) -> Result<Shelf, Problem> {
    let keep = services.keep.as_ref().ok_or_else(|| STORE_UNREACHABLE.fault())?;
    Ok(keep.shelf.clone())
}

/// A file as it is kept.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "the document alone speaks of it")]
pub struct FileContent(Vec<u8>);

/// Bytes on their way out.
struct Sent {
    shelf: Shelf,
    key: String,
    part: Part,
    tag: String,
    media: Media,
    disposition: String,
}

impl Sent {
    /// The reader has them.
    fn again(&self) -> HttpResponse {
        HttpResponse::NotModified()
            .insert_header((ETAG, self.tag.clone()))
            .insert_header((CACHE_CONTROL, CACHE))
            .finish()
    }

    async fn whole(&self) -> Result<HttpResponse, Problem> {
        self.answer(StatusCode::OK, None, None).await
    }

    async fn part(&self, start: u64, end: u64, size: u64) -> Result<HttpResponse, Problem> {
        let told = format!("bytes {start}-{}/{size}", end.saturating_sub(1));
        self.answer(StatusCode::PARTIAL_CONTENT, Some((start, end)), Some(told)).await
    }

    async fn answer(
        &self,
        status: StatusCode,
        range: Option<(u64, u64)>,
        told: Option<String>,
    ) -> Result<HttpResponse, Problem> {
        let reading = self.shelf.open(&self.key, self.part, range).await?;
        let length = reading.left();
        let pieces = stream::try_unfold(reading, |mut reading| async move {
            let piece = reading.piece().await?;
            Ok::<_, Fault>(piece.map(|piece| (piece, reading)))
        });
        let media = if self.media == Media::Text { "text/plain; charset=utf-8" } else { self.media.name() };
        let mut answer = HttpResponse::build(status);
        answer
            .insert_header((CONTENT_TYPE, media))
            .insert_header((CONTENT_DISPOSITION, self.disposition.clone()))
            .insert_header((CONTENT_SECURITY_POLICY, POLICY))
            .insert_header((CACHE_CONTROL, CACHE))
            .insert_header((ETAG, self.tag.clone()))
            // A tag and a range are of the bytes as they are: nobody packs them on the way.
            .insert_header((CONTENT_ENCODING, "identity"));
        if self.part == Part::Itself {
            answer.insert_header((ACCEPT_RANGES, "bytes"));
        }
        if let Some(told) = told {
            answer.insert_header((CONTENT_RANGE, told));
        }
        Ok(answer.body(SizedStream::new(length, pieces)))
    }
}
