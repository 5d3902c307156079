//! `GET /requests`, `GET /requests/{id}` and `GET /tokens/{token}`: cases as the standard shows them.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use kernel::{Instant, Outcome};
use web::{Problem, Public};

use super::answer::Format;
use super::form::{Form, bad};
use super::key;
use super::node::Node;
use crate::model::{Record, date};
use crate::ports::Open311Services;
use crate::service::show::{self, Asked};
use crate::service::window::{DEEPEST, LONGEST_LIST, Pages};

fn node(record: Record) -> Node {
    Node::Object(vec![
        ("service_request_id", Node::text(record.number)),
        ("status", Node::text(if record.open { "open" } else { "closed" })),
        ("status_notes", Node::maybe(record.notes)),
        ("service_name", Node::maybe(record.service_name)),
        ("service_code", Node::maybe(record.service_code)),
        ("description", Node::maybe(record.description)),
        ("agency_responsible", Node::maybe(record.agency)),
        ("service_notice", Node::Nothing),
        ("requested_datetime", moment(record.requested_at)),
        ("updated_datetime", moment(record.updated_at)),
        ("expected_datetime", record.expected_at.map_or(Node::Nothing, moment)),
        ("address", Node::maybe(record.address)),
        ("address_id", Node::Nothing),
        ("zipcode", Node::Nothing),
        ("lat", record.point.map_or(Node::Nothing, |(lat, _)| Node::Number(lat))),
        ("long", record.point.map_or(Node::Nothing, |(_, long)| Node::Number(long))),
        ("media_url", Node::maybe(record.media)),
    ])
}

/// A moment as the standard writes it.
pub(super) fn moment(at: Instant) -> Node {
    Node::text(at.to_string())
}

fn answer(format: Format, records: Vec<Record>) -> Result<HttpResponse, Problem> {
    format.ok("service_requests", &Node::List("request", records.into_iter().map(node).collect()))
}

/// A moment that was asked for.
pub(super) fn moment_of(form: &Form, name: &'static str) -> Outcome<Option<Instant>> {
    let read =
        |text| date::read(text).ok_or_else(|| bad(name, "a moment with its offset, 2026-11-25T10:00:00Z"));
    form.one(name).map(read).transpose()
}

/// Which part of a list was asked for.
pub(super) fn pages_of(form: &Form) -> Outcome<Pages> {
    let number = |name: &'static str, low: usize, high: usize| -> Outcome<Option<usize>> {
        let fits = |n: &usize| (low..=high).contains(n);
        let read =
            |text: &str| text.parse().ok().filter(fits).ok_or_else(|| bad(name, format!("{low} to {high}")));
        form.one(name).map(read).transpose()
    };
    let size = number("page_size", 1, LONGEST_LIST)?.unwrap_or(LONGEST_LIST);
    let pages = Pages { page: number("page", 0, DEEPEST)?.unwrap_or(0), size };
    if pages.upto() > DEEPEST {
        return Err(bad("page", format!("the first {DEEPEST} are reached by pages: ask for a shorter time")));
    }
    Ok(pages)
}

fn open_of(form: &Form) -> Outcome<Option<bool>> {
    let words = form.list("status");
    let (mut open, mut closed) = (false, false);
    for word in &words {
        match word.to_ascii_lowercase().as_str() {
            "open" => open = true,
            "closed" => closed = true,
            _ => return Err(bad("status", "open or closed")),
        }
    }
    Ok((open != closed).then_some(open))
}

fn bounded(name: &'static str, list: Vec<String>) -> Outcome<Vec<String>> {
    if list.len() > LONGEST_LIST { Err(bad(name, format!("at most {LONGEST_LIST}"))) } else { Ok(list) }
}

/// The cases that were asked for.
pub async fn list(
    req: HttpRequest,
    who: Public,
    format: Path<String>,
    s: Data<Open311Services>,
) -> Result<HttpResponse, Problem> {
    let format = Format::of(&format)?;
    let form = Form::of_query(req.query_string())?;
    key::jurisdiction(&s, &form)?;
    let numbers = bounded("service_request_id", form.list("service_request_id"))?;
    let reader = key::reader_of_cases(&req, &who, &s, &form).await?;
    let (s, now) = (s.get_ref().clone(), who.now);
    if !numbers.is_empty() {
        // Whatever else is asked does not count.
        let records = who.db.read(move |tx| show::called(tx, &s, reader.as_ref(), &numbers)).await?;
        return answer(format, records);
    }
    let asked = Asked {
        codes: bounded("service_code", form.list("service_code"))?,
        start: moment_of(&form, "start_date")?,
        end: moment_of(&form, "end_date")?,
        open: open_of(&form)?,
        pages: pages_of(&form)?,
    };
    answer(format, who.db.read(move |tx| show::list(tx, &s, reader.as_ref(), now, &asked)).await?)
}

/// One case.
pub async fn show(
    req: HttpRequest,
    who: Public,
    path: Path<(String, String)>,
    s: Data<Open311Services>,
) -> Result<HttpResponse, Problem> {
    let (number, format) = path.into_inner();
    let format = Format::of(&format)?;
    let form = Form::of_query(req.query_string())?;
    key::jurisdiction(&s, &form)?;
    let reader = key::reader_of_cases(&req, &who, &s, &form).await?;
    let s = s.get_ref().clone();
    let numbers = [number];
    answer(format, who.db.read(move |tx| show::called(tx, &s, reader.as_ref(), &numbers)).await?)
}

/// The case of a token.
pub async fn token(
    req: HttpRequest,
    who: Public,
    path: Path<(String, String)>,
    s: Data<Open311Services>,
) -> Result<HttpResponse, Problem> {
    let (token, format) = path.into_inner();
    let format = Format::of(&format)?;
    let form = Form::of_query(req.query_string())?;
    key::jurisdiction(&s, &form)?;
    let reader = key::reader_of_cases(&req, &who, &s, &form).await?;
    let (s, asked) = (s.get_ref().clone(), token.clone());
    let number = who.db.read(move |tx| show::token(tx, &s, reader.as_ref(), &asked)).await?;
    let found = Node::Object(vec![("service_request_id", Node::text(number)), ("token", Node::text(token))]);
    format.ok("service_requests", &Node::List("request", vec![found]))
}
