//! `GET` and `POST /servicerequestupdates`: the extension that carries what happens both ways.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use grid::permission::{ReadOwnIncidents, ReopenIncident, ReportIncident};
use kernel::{Fault, Outcome};
use web::{Problem, Public};

use super::answer::Format;
use super::form::{Form, bad, missing};
use super::key;
use super::node::Node;
use super::requests::{moment, moment_of, pages_of};
use super::take::{DESCRIPTION, forget_person, form_of, media_of};
use crate::model::{Update, word};
use crate::ports::Open311Services;
use crate::service::feed;
use crate::service::remark::{self, NewRemark};

fn node(update: Update) -> Node {
    Node::Object(vec![
        ("update_id", Node::text(update.step.to_string())),
        ("service_request_id", Node::text(update.number)),
        ("status", Node::text(update.word.word())),
        ("description", Node::maybe(update.text)),
        ("updated_datetime", moment(update.at)),
        ("media_url", Node::Nothing),
    ])
}

/// What happened to the account's cases.
pub async fn list(
    req: HttpRequest,
    who: Public,
    format: Path<String>,
    s: Data<Open311Services>,
) -> Result<HttpResponse, Problem> {
    let format = Format::of(&format)?;
    let form = Form::of_query(req.query_string())?;
    key::jurisdiction(&s, &form)?;
    let ctx = key::holder::<ReadOwnIncidents>(&req, &who, &form).await?;
    let when = (moment_of(&form, "start_date")?, moment_of(&form, "end_date")?);
    let pages = pages_of(&form)?;
    let updates = who.db.read(move |tx| feed::updates(tx, &ctx, when, pages)).await?;
    let all = Node::List("request_update", updates.into_iter().map(node).collect());
    format.ok("service_request_updates", &all)
}

fn new_remark(form: &Form, may_reopen: bool) -> Outcome<NewRemark> {
    const NEEDED: [&str; 5] =
        ["service_request_id", "update_id", "status", "updated_datetime", "description"];
    let lacking: Vec<&'static str> = NEEDED.into_iter().filter(|name| form.one(name).is_none()).collect();
    if !lacking.is_empty() {
        return Err(missing(&lacking));
    }
    forget_person(form)?;
    let text = |name, most| Ok::<_, Fault>(form.short(name, most)?.unwrap_or_default().to_owned());
    let status = word::incoming(form.one("status").unwrap_or_default())
        .ok_or_else(|| bad("status", "a word of the extension"))?;
    Ok(NewRemark {
        number: text("service_request_id", 100)?,
        update_id: text("update_id", 100)?,
        status,
        text: text("description", DESCRIPTION)?,
        media: media_of(form)?,
        said_at: moment_of(form, "updated_datetime")?.ok_or_else(|| missing(&["updated_datetime"]))?,
        may_reopen,
    })
}

/// Takes in what who reported a case says besides.
pub async fn receive(
    req: HttpRequest,
    who: Public,
    format: Path<String>,
    s: Data<Open311Services>,
    body: Payload,
) -> Result<HttpResponse, Problem> {
    let format = Format::of(&format)?;
    let form = form_of(&req, body).await?.form;
    key::jurisdiction(&s, &form)?;
    let ctx = key::holder::<ReportIncident>(&req, &who, &form).await?;
    let may_reopen = match key::holder::<ReopenIncident>(&req, &who, &form).await {
        Ok(_) => true,
        // Told all the same: what is said is not lost for want of a wider key.
        Err(Fault::Refused(_)) => false,
        Err(trouble) => return Err(trouble.into()),
    };
    let new = new_remark(&form, may_reopen)?;
    let s = s.get_ref().clone();
    let id = who.db.write(move |tx| remark::receive(tx, &ctx, &s, &new)).await?;
    let taken = Node::Object(vec![("update_id", Node::text(id.to_string()))]);
    format.ok("service_request_updates", &Node::List("request_update", vec![taken]))
}
