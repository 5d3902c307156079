//! `GET /services` and `GET /services/{code}`: what may be reported, and what a report brings.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use web::{Problem, Public};

use super::answer::Format;
use super::form::Form;
use super::key;
use super::node::Node;
use crate::model::{Field, Service};
use crate::ports::Open311Services;
use crate::service::catalogue;

fn node(service: Service) -> Node {
    Node::Object(vec![
        ("service_code", Node::text(service.code)),
        ("service_name", Node::text(service.name)),
        ("description", Node::text(service.description)),
        // Every definition has at least the field by which a report that is sent again is known.
        ("metadata", Node::Bool(true)),
        ("type", Node::text("realtime")),
        ("keywords", Node::text(service.keyword)),
        ("group", Node::maybe(service.group)),
    ])
}

/// What may be reported.
pub async fn list(
    req: HttpRequest,
    who: Public,
    format: Path<String>,
    s: Data<Open311Services>,
) -> Result<HttpResponse, Problem> {
    let format = Format::of(&format)?;
    key::jurisdiction(&s, &Form::of_query(req.query_string())?)?;
    let services = who.db.read(catalogue::services).await?;
    format.ok("services", &Node::List("service", services.into_iter().map(node).collect()))
}

fn field((order, field): (i64, Field)) -> Node {
    Node::Object(vec![
        ("variable", Node::Bool(true)),
        ("code", Node::text(field.code)),
        ("datatype", Node::text("string")),
        ("required", Node::Bool(field.required)),
        ("datatype_description", Node::Nothing),
        ("order", Node::Whole(order)),
        ("description", Node::text(field.description)),
        ("automated", Node::text("server_set")),
    ])
}

/// What a report of a service brings.
pub async fn show(
    req: HttpRequest,
    who: Public,
    path: Path<(String, String)>,
    s: Data<Open311Services>,
) -> Result<HttpResponse, Problem> {
    let (code, format) = path.into_inner();
    let format = Format::of(&format)?;
    key::jurisdiction(&s, &Form::of_query(req.query_string())?)?;
    let (asked, s) = (code.clone(), s.get_ref().clone());
    let fields = who.db.read(move |tx| catalogue::definition(tx, &s, &asked)).await?;
    let document = Node::Object(vec![
        ("service_code", Node::text(code)),
        ("attributes", Node::List("attribute", (1..).zip(fields).map(field).collect())),
    ]);
    format.ok("service_definition", &document)
}
