//! The two addresses a browser is sent through when somebody signs in at an identity provider. They answer with redirects and
//! are not part of the document; `POST /auth/oidc/redeem` collects what came of it.

use actix_web::http::header::{
    CACHE_CONTROL, COOKIE as COOKIE_HEADER, LOCATION, REFERRER_POLICY, SET_COOKIE,
};
use actix_web::web::{Data, Path, ServiceConfig, get};
use actix_web::{HttpRequest, HttpResponse};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use web::{Params, Problem, Public};

use crate::error::PROVIDER_REFUSED;
use crate::gate::Gate;
use crate::gate::oidc::{Answered, Finished, Start};
use crate::http::auth::visit;
use crate::oidc::{COOKIE, LIFE_SECONDS};

/// Registers them, outside `/api/v1`.
pub(super) fn route(cfg: &mut ServiceConfig) {
    cfg.route("/auth/oidc/{provider}/start", get().to(start));
    cfg.route("/auth/oidc/{provider}/callback", get().to(callback));
}

/// Where to go afterwards.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StartQuery {
    return_to: Option<String>,
}

/// What a provider may send back; what else it sends is not ours to refuse.
#[derive(Debug, Default, Deserialize)]
struct CallbackQuery {
    code: Option<SecretString>,
    state: Option<String>,
}

async fn start(
    _anyone: Public,
    provider: Path<String>,
    query: Params<StartQuery>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let start = gate.start_at_provider(&provider, query.return_to.as_deref(), None).await?;
    Ok(HttpResponse::Found()
        .insert_header((LOCATION, start.url.clone()))
        .insert_header((SET_COOKIE, cookie(&gate, &start)))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish())
}

/// The cookie that carries what was asked.
pub(super) fn cookie(gate: &Gate, start: &Start) -> String {
    set(gate, &start.cookie, LIFE_SECONDS)
}

fn set(gate: &Gate, value: &str, life: i64) -> String {
    let secure = if gate.providers().is_secure() { "; Secure" } else { "" };
    format!("{COOKIE}={value}; Path=/auth/oidc; Max-Age={life}; HttpOnly; SameSite=Lax{secure}")
}

async fn callback(
    who: Public,
    provider: Path<String>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    gate.providers().find(&provider)?;
    let query = actix_web::web::Query::<CallbackQuery>::from_query(req.query_string())
        .map_or_else(|_| CallbackQuery::default(), actix_web::web::Query::into_inner);
    let (return_to, came) = answer(&gate, &provider, query, &who, &req).await;
    let fragment = match came {
        Ok(Finished::Ticket(ticket)) => format!("ticket={}", ticket.expose_secret()),
        Ok(Finished::Linked) => "linked=1".to_owned(),
        Err(kernel::Fault::Refused(refusal)) => format!("error={}", refusal.code.code),
        Err(fault) => return Err(fault.into()),
    };
    Ok(HttpResponse::Found()
        .insert_header((LOCATION, format!("{return_to}#{fragment}")))
        .insert_header((SET_COOKIE, set(&gate, "", 0)))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .finish())
}

/// Where to go, and what came of the provider's answer.
async fn answer(
    gate: &Gate,
    provider: &str,
    query: CallbackQuery,
    who: &Public,
    req: &HttpRequest,
) -> (String, kernel::Outcome<Finished>) {
    let nowhere = || "/".to_owned();
    let Some(sealed) = carried(req) else { return (nowhere(), Err(PROVIDER_REFUSED.fault())) };
    let asked = match gate.asked(provider, &sealed).await {
        Ok(asked) => asked,
        Err(fault) => return (nowhere(), Err(fault)),
    };
    let visit = visit(&who.peer, &who.request_id, req);
    let answered = Answered { code: query.code, state: query.state.unwrap_or_default() };
    let came = gate.finish_at_provider(&asked, answered, &visit).await;
    (asked.return_to, came)
}

/// The sealed cookie, if there is one and only one.
fn carried(req: &HttpRequest) -> Option<String> {
    let mut found = req
        .headers()
        .get_all(COOKIE_HEADER)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|all| all.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value.to_owned());
    let one = found.next()?;
    found.next().is_none().then_some(one)
}
