//! Errors as the standard has them: `errors/error` with a code and a description, and no status but its own and, for what it
//! does not know, that of trouble on our side.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use kernel::{Fault, FieldError, Kind};
use web::Problem;
use web::problem::sentence;

use super::answer::Format;
use super::node::Node;

/// The status of a kind of refusal. The standard knows 400, 403 and 404.
pub fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Unauthenticated | Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Malformed
        | Kind::NotThisWay
        | Kind::Conflict
        | Kind::Stale
        | Kind::TooLarge
        | Kind::UnsupportedMedia
        | Kind::OutOfRange
        | Kind::Invalid
        | Kind::PreconditionRequired => StatusCode::BAD_REQUEST,
    }
}

/// The answer for a problem.
pub fn render(problem: &Problem, path: &str, chinese: bool) -> HttpResponse {
    let (status, format) = (status(problem.code().kind), Format::of_path(path));
    let error = |text: String| {
        Node::Object(vec![("code", Node::text(status.as_str())), ("description", Node::text(text))])
    };
    let errors = Node::List("error", texts(problem, chinese).into_iter().map(error).collect());
    // A list of texts is always written.
    format.document(status, "errors", &errors).unwrap_or_else(|_| HttpResponse::new(status))
}

/// What went wrong, in words: a text for each bad parameter, or one for the whole.
fn texts(problem: &Problem, chinese: bool) -> Vec<String> {
    let whole = sentence(problem.code(), chinese);
    let Fault::Refused(refusal) = problem.fault() else { return vec![whole.to_owned()] };
    if refusal.fields.is_empty() {
        return vec![match &refusal.detail {
            Some(detail) => format!("{whole} ({detail})"),
            None => whole.to_owned(),
        }];
    }
    refusal.fields.iter().map(|field| of_field(field, chinese)).collect()
}

fn of_field(field: &FieldError, chinese: bool) -> String {
    // What grid calls it, and what the sender does.
    let name = match field.pointer.trim_start_matches('/') {
        "lng" => "long",
        "address" => "address_string",
        "category_id" => "service_code",
        "title" => "description",
        name => name,
    };
    let text = sentence(field.code, chinese);
    match &field.detail {
        Some(detail) => format!("{name}: {text} ({detail})"),
        None => format!("{name}: {text}"),
    }
}
