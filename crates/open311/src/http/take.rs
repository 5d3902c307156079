//! `POST /requests`: a report.

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt;
use grid::permission::ReportIncident;
use kernel::Outcome;
use web::{Problem, Public};

use super::answer::Format;
use super::form::{Form, bad, missing};
use super::key;
use super::multipart::{self, Taken, is_utf8};
use super::node::Node;
use crate::error::{ADDRESS_ID_UNKNOWN, FORM_BROKEN, FORM_TOO_LARGE, NOT_A_FORM, NOT_UTF8, PLACE_REQUIRED};
use crate::ports::Open311Services;
use crate::service::catalogue::{CLOSEST_ADDRESS, FIXMYSTREET_ID};
use crate::service::receive::{self, NewRequest};

/// The most bytes of a form without files: a description of four thousand characters, each of which is twelve when encoded.
const MOST_BYTES: usize = 128 * 1024;
/// The most characters of a description, as the standard has it.
pub(super) const DESCRIPTION: usize = 4_000;
/// The most characters of what an account calls a report.
const EXTERNAL: usize = 100;
/// The most characters of an address.
const ADDRESS: usize = 300;
/// The most characters of the address of a picture.
const MEDIA_URL: usize = 2_000;
/// The most pictures of a report.
const MOST_MEDIA: usize = 20;
/// The most characters of what says who the sender's user is; it is read, and not kept.
const PERSON: usize = 200;

/// What is said of files that came with a report.
const NOTICE: &str = "The files that came with this report were not kept: send their addresses as media_url.";

/// Reads the parameters of a POST: those of the body, then those of the query.
pub(super) async fn form_of(req: &HttpRequest, body: Payload) -> Outcome<Taken> {
    let mut headers = req.headers().get_all(CONTENT_ENCODING);
    if !headers.all(|v| v.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(NOT_A_FORM.fault());
    }
    let said = req.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let mut parts = said.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let mut taken = match essence.as_str() {
        "multipart/form-data" => multipart::read(said, body).await?,
        "application/x-www-form-urlencoded" => {
            let charset = parts
                .filter_map(|part| part.split_once('='))
                .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
            if charset.is_some_and(|(_, name)| !is_utf8(name.trim().trim_matches('"'))) {
                return Err(NOT_UTF8.fault());
            }
            let mut form = Form::default();
            form.push_encoded(&collected(body).await?)?;
            Taken { form, files: 0 }
        }
        _ => return Err(NOT_A_FORM.fault()),
    };
    taken.form.push_encoded(req.query_string().as_bytes())?;
    Ok(taken)
}

async fn collected(mut body: Payload) -> Outcome<Vec<u8>> {
    let mut all = Vec::new();
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|_| FORM_BROKEN.fault())?;
        if all.len() + piece.len() > MOST_BYTES {
            return Err(FORM_TOO_LARGE.refusal().because(format!("at most {MOST_BYTES} bytes")).into());
        }
        all.extend_from_slice(&piece);
    }
    Ok(all)
}

/// Where pictures are: addresses of the web, kept as they are sent and never followed from here.
pub(super) fn media_of(form: &Form) -> Outcome<Vec<String>> {
    let mut all: Vec<String> = Vec::new();
    for url in form.all("media_url") {
        let lower = url.to_ascii_lowercase();
        let sound = lower.starts_with("http://") || lower.starts_with("https://");
        let unseen = |c: char| c.is_whitespace() || kernel::text::is_unseen(c);
        if !sound || url.chars().count() > MEDIA_URL || url.chars().any(unseen) {
            let why = format!("an address of http or https, at most {MEDIA_URL} characters");
            return Err(bad("media_url", why));
        }
        if !all.iter().any(|known| known == url) {
            all.push(url.to_owned());
        }
    }
    if all.len() > MOST_MEDIA { Err(bad("media_url", format!("at most {MOST_MEDIA}"))) } else { Ok(all) }
}

/// What says who the sender's user is. It is looked at so that what is not right is said, and forgotten: the sender knows its users,
/// and what is not here cannot get lost here.
pub(super) fn forget_person(form: &Form) -> Outcome<()> {
    for name in ["email", "first_name", "last_name", "phone", "device_id", "deviceid", "account_id", "title"]
    {
        form.short(name, PERSON)?;
    }
    Ok(())
}

fn point_of(form: &Form) -> Outcome<Option<(f64, f64)>> {
    let number = |name: &'static str, most: f64| -> Outcome<Option<f64>> {
        let on_earth = |n: &f64| n.abs() <= most;
        let read = |text: &str| {
            text.parse().ok().filter(on_earth).ok_or_else(|| bad(name, format!("degrees, -{most} to {most}")))
        };
        form.one(name).map(read).transpose()
    };
    match (number("lat", 90.0)?, number("long", 180.0)?) {
        (Some(lat), Some(long)) => Ok(Some((lat, long))),
        (None, None) => Ok(None),
        (None, Some(_)) => Err(missing(&["lat"])),
        (Some(_), None) => Err(missing(&["long"])),
    }
}

fn new_request(form: &Form, external: Option<String>) -> Outcome<NewRequest> {
    let code = form.short("service_code", 80)?.ok_or_else(|| missing(&["service_code"]))?;
    let point = point_of(form)?;
    let address = match form.short("address_string", ADDRESS)? {
        Some(address) => Some(address),
        // What a machine found: cut rather than refused.
        None => form.attribute(CLOSEST_ADDRESS),
    };
    if point.is_none() && address.is_none() {
        let code = if form.one("address_id").is_some() { &ADDRESS_ID_UNKNOWN } else { &PLACE_REQUIRED };
        return Err(code.fault());
    }
    forget_person(form)?;
    Ok(NewRequest {
        service_code: code.to_owned(),
        point,
        address: address.map(|a| a.chars().take(ADDRESS).collect()),
        description: form.short("description", DESCRIPTION)?.unwrap_or_default().to_owned(),
        media: media_of(form)?,
        external,
    })
}

/// What the account calls a report: the number that FixMyStreet's server fills in, or what another client sends as
/// `Idempotency-Key`.
fn external_of(req: &HttpRequest, form: &Form) -> Outcome<Option<String>> {
    if let Some(id) = form.attribute(FIXMYSTREET_ID) {
        if id.chars().count() > EXTERNAL {
            return Err(bad("attribute[fixmystreet_id]", format!("at most {EXTERNAL} characters")));
        }
        return Ok(Some(id.to_owned()));
    }
    let Some(key) = req.headers().get("idempotency-key") else { return Ok(None) };
    let sound = |key: &&str| (1..=EXTERNAL).contains(&key.len());
    let key = key.to_str().ok().map(str::trim).filter(sound);
    let key = key.ok_or_else(|| bad("Idempotency-Key", format!("1 to {EXTERNAL} characters of ASCII")))?;
    // Apart from the numbers of FixMyStreet.
    Ok(Some(format!("key:{key}")))
}

/// Takes a report in.
pub async fn request(
    req: HttpRequest,
    who: Public,
    format: Path<String>,
    s: Data<Open311Services>,
    body: Payload,
) -> Result<HttpResponse, Problem> {
    let format = Format::of(&format)?;
    let Taken { form, files } = form_of(&req, body).await?;
    key::jurisdiction(&s, &form)?;
    let ctx = key::holder::<ReportIncident>(&req, &who, &form).await?;
    let new = new_request(&form, external_of(&req, &form)?)?;
    let s = s.get_ref().clone();
    let number = who.db.write(move |tx| receive::receive(tx, &ctx, &s, &new)).await?;
    let notice = (files > 0).then_some(NOTICE);
    let taken = Node::Object(vec![
        ("service_request_id", Node::text(number)),
        ("service_notice", Node::maybe(notice)),
        ("account_id", Node::Nothing),
    ]);
    format.ok("service_requests", &Node::List("request", vec![taken]))
}
