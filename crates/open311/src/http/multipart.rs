//! `multipart/form-data`: its fields are parameters, its files pass by. A file is counted and let go, a piece at a time: nothing of
//! it is held.

use actix_web::web::Payload;
use bytes::Bytes;
use futures_util::StreamExt;
use kernel::{Fault, Outcome};
use multer::{Constraints, Multipart, SizeLimit};
use tokio::sync::mpsc;

use super::form::{Form, LONGEST_VALUE};
use crate::error::{FORM_BROKEN, FORM_TOO_LARGE, NOT_UTF8};

/// The most bytes of a form with its files.
pub const MOST_BYTES: u64 = 32 << 20;
/// The most parts of a form that are files.
const MOST_FILES: usize = 20;

/// What a form had in it.
#[derive(Debug, Default)]
pub struct Taken {
    /// Its fields.
    pub form: Form,
    /// How many files it had, none of which was kept.
    pub files: usize,
}

/// Reads a form.
pub async fn read(content_type: &str, body: Payload) -> Outcome<Taken> {
    let boundary = multer::parse_boundary(content_type).map_err(|_| FORM_BROKEN.fault())?;
    // The body belongs to this thread and the reader wants one that does not: it is handed over a piece at a time.
    let (give, mut take) = mpsc::channel::<Result<Bytes, std::io::Error>>(1);
    let pieces = futures_util::stream::poll_fn(move |cx| take.poll_recv(cx));
    let size = SizeLimit::new().whole_stream(MOST_BYTES);
    let form = Multipart::with_constraints(pieces, boundary, Constraints::new().size_limit(size));
    let (taken, ()) = tokio::join!(parts(form), hand_over(body, give));
    taken
}

/// Hands the body over until it ends, or nobody takes it any more.
async fn hand_over(mut body: Payload, give: mpsc::Sender<Result<Bytes, std::io::Error>>) {
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|_| std::io::Error::other("the body broke off"));
        if give.send(piece).await.is_err() {
            return;
        }
    }
}

async fn parts(mut form: Multipart<'static>) -> Outcome<Taken> {
    let mut taken = Taken::default();
    while let Some(mut part) = form.next_field().await.map_err(|e| broken(&e))? {
        if part.file_name().is_some() || part.content_type().is_some_and(|kind| kind.type_() != "text") {
            while part.chunk().await.map_err(|e| broken(&e))?.is_some() {}
            taken.files += 1;
            if taken.files > MOST_FILES {
                return Err(FORM_TOO_LARGE.refusal().because(format!("at most {MOST_FILES} files")).into());
            }
            continue;
        }
        let charset = part.content_type().and_then(|kind| kind.get_param("charset"));
        if charset.is_some_and(|name| !is_utf8(name.as_str())) {
            return Err(NOT_UTF8.fault());
        }
        let name = part.name().unwrap_or_default().to_owned();
        let mut value = Vec::new();
        while let Some(piece) = part.chunk().await.map_err(|e| broken(&e))? {
            value.extend_from_slice(&piece);
            if value.len() > LONGEST_VALUE {
                // One byte too many is enough to be refused by.
                break;
            }
        }
        taken.form.push(name.as_bytes(), &value)?;
    }
    Ok(taken)
}

/// Whether a charset is what we read: ASCII is a part of it.
pub fn is_utf8(charset: &str) -> bool {
    ["utf-8", "utf8", "us-ascii", "ascii"].iter().any(|known| charset.eq_ignore_ascii_case(known))
}

fn broken(error: &multer::Error) -> Fault {
    match error {
        multer::Error::StreamSizeExceeded { .. } => {
            FORM_TOO_LARGE.refusal().because(format!("at most {MOST_BYTES} bytes")).into()
        }
        _ => FORM_BROKEN.fault(),
    }
}
