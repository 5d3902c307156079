//! Reports that nobody signs for, and following them by a token.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use kernel::{Context, Instant};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Body, Problem, Public};

use super::report::IncidentCreate;
use crate::error::ANONYMOUS_TOO_OFTEN;
use crate::model::Action;
use crate::ports::GridServices;
use crate::service::anonymous::{self, Followed, Reply};
use crate::service::rate::Rating;

/// Reports from one address: five at once, then one in five minutes, for each gateway.
const BURST: std::num::NonZeroU32 = std::num::NonZeroU32::MIN.saturating_add(4);
const EVERY: std::time::Duration = std::time::Duration::from_secs(300);
/// Looks and replies from one address: thirty at once, then one in two seconds. Nobody guesses 256 bits; this is against floods.
const LOOKS: std::num::NonZeroU32 = std::num::NonZeroU32::MIN.saturating_add(29);
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_secs(2);

type Limiter = DefaultKeyedRateLimiter<String>;

/// How often whoever is not known may do something.
pub struct AnonymousLimits {
    reports: Limiter,
    looks: Limiter,
}

impl Default for AnonymousLimits {
    fn default() -> Self {
        let keyed = |every, burst: std::num::NonZeroU32| {
            let quota = Quota::with_period(every).unwrap_or(Quota::per_hour(burst));
            RateLimiter::keyed(quota.allow_burst(burst))
        };
        Self { reports: keyed(EVERY, BURST), looks: keyed(LOOK_EVERY, LOOKS) }
    }
}

impl AnonymousLimits {
    fn take(&self, limiter: &Limiter, who: &Public) -> Result<(), Problem> {
        if limiter.len() > 10_000 {
            limiter.retain_recent();
        }
        limiter.check_key(&who.peer.to_string()).map_err(|_| Problem::from(ANONYMOUS_TOO_OFTEN.fault()))
    }
}

/// An anonymous report as it was taken in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AnonymousIncidentMadeView {
    /// What follows the incident, shown this once. Lost, it is lost for good.
    pub token: String,
    /// The incident.
    pub incident: AnonymousIncidentView,
}

/// One step, as it is told to the reporter.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AnonymousStepView {
    /// Its number, from 1.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub seq: i64,
    /// What was done.
    pub action: String,
    /// The state after.
    pub to_state: &'static str,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    /// What was done, why it was refused, what was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<String>,
}

/// An incident as whoever holds its token sees it: nobody is named.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AnonymousIncidentView {
    /// Its number.
    #[schema(example = "20261125-7K3M9Q2X")]
    pub number: String,
    /// What, in a few words.
    pub title: String,
    /// How far it is.
    #[schema(extensions(("x-extensible-enum" = json!(["reported", "accepted", "dispatched", "in_progress", "resolved", "verified", "closed", "rejected", "reopened", "suspended", "waiting", "merged", "void"]))))]
    pub state: &'static str,
    /// The name of the unit whose tray it is in.
    pub unit_name: String,
    /// The category's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub category_name: Option<String>,
    /// When it was reported.
    #[schema(value_type = String, format = DateTime)]
    pub reported_at: Instant,
    /// What is asked, while it waits for an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub question: Option<String>,
    /// The mark that was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 5)]
    pub score: Option<i32>,
    /// What was done so far, oldest first.
    pub steps: Vec<AnonymousStepView>,
    /// What can be done with the token now: `answer`, `reopen`, `rate`.
    pub can: Vec<&'static str>,
}

impl From<Followed> for AnonymousIncidentView {
    fn from(f: Followed) -> Self {
        let may = |action: Action| f.shown.actions.contains(&action).then(|| action.word());
        let can = [may(Action::Answer), may(Action::Reopen), f.shown.may_rate.then_some("rate")];
        let steps = f.steps.into_iter().map(|step| AnonymousStepView {
            seq: step.seq,
            action: step.action,
            to_state: step.to.word(),
            at: step.at,
            note: step.note,
        });
        Self {
            steps: steps.collect(),
            can: can.into_iter().flatten().collect(),
            number: f.shown.incident.number,
            title: f.shown.incident.title,
            state: f.shown.incident.state.word(),
            unit_name: f.shown.unit_name,
            category_name: f.shown.category_name,
            reported_at: f.shown.incident.reported_at,
            question: f.shown.incident.question,
            score: f.shown.incident.score,
        }
    }
}

/// The token.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnonymousLook {
    /// The token that was shown with the report.
    #[schema(value_type = String, max_length = 200)]
    token: SecretString,
}

/// An answer to what was asked.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnonymousAnswer {
    /// The token that was shown with the report.
    #[schema(value_type = String, max_length = 200)]
    token: SecretString,
    /// The answer.
    #[schema(min_length = 1, max_length = 2000)]
    answer: String,
}

/// Why it is to be taken up again.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnonymousReopen {
    /// The token that was shown with the report.
    #[schema(value_type = String, max_length = 200)]
    token: SecretString,
    /// Why.
    #[schema(min_length = 1, max_length = 2000)]
    reason: String,
}

/// A mark for the result.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnonymousRate {
    /// The token that was shown with the report.
    #[schema(value_type = String, max_length = 200)]
    token: SecretString,
    /// 1 to 5.
    #[schema(minimum = 1, maximum = 5)]
    score: i32,
    /// A remark.
    #[schema(max_length = 2000)]
    note: Option<String>,
}

/// Nobody's context for this request.
fn context(who: &Public) -> Context {
    Context {
        actor: anonymous::nobody(),
        now: who.now,
        request_id: who.request_id.clone(),
        ids: who.ids.clone(),
    }
}

/// Report without signing for it.
///
/// The answer holds a token, shown this once, by which the incident is followed. Photos need an account. Five reports at once from one
/// address, then one in five minutes.
#[utoipa::path(operation_id = "grid_report_anonymously", tag = "incidents", request_body = IncidentCreate,
    responses((status = 201, body = AnonymousIncidentMadeView, description = "The incident and its token")),
    extensions(("x-permission" = json!("public"))))]
#[post("/anonymous-incidents")]
pub async fn report(
    who: Public,
    body: Body<IncidentCreate>,
    grid: Data<GridServices>,
    limits: Data<AnonymousLimits>,
) -> Result<HttpResponse, Problem> {
    limits.take(&limits.reports, &who)?;
    let (ctx, s, new) = (context(&who), grid.get_ref().clone(), body.deed());
    let (token, followed) = who
        .db
        .write(move |tx| {
            let (_, token) = anonymous::report(tx, &ctx, &s, &new)?;
            let followed = anonymous::look(tx, &ctx, &s, &token)?;
            Ok((token, followed))
        })
        .await?;
    Ok(HttpResponse::Created().json(AnonymousIncidentMadeView { token, incident: followed.into() }))
}

async fn replied(
    who: Public,
    grid: Data<GridServices>,
    limits: Data<AnonymousLimits>,
    token: &SecretString,
    reply: Option<Reply>,
) -> Result<HttpResponse, Problem> {
    limits.take(&limits.looks, &who)?;
    let (ctx, s, token) = (context(&who), grid.get_ref().clone(), token.expose_secret().to_owned());
    let followed = match reply {
        None => who.db.read(move |tx| anonymous::look(tx, &ctx, &s, &token)).await?,
        Some(reply) => who.db.write(move |tx| anonymous::reply(tx, &ctx, &s, &token, &reply)).await?,
    };
    Ok(HttpResponse::Ok().json(AnonymousIncidentView::from(followed)))
}

/// Look how far an anonymous report is, by its token.
///
/// The token goes in the body, so that it stands in no log and no history.
#[utoipa::path(operation_id = "grid_look_at_anonymous_incident", tag = "incidents", request_body = AnonymousLook,
    responses((status = 200, body = AnonymousIncidentView, description = "The incident")), extensions(("x-permission" = json!("public"))))]
#[post("/anonymous-incidents/look")]
pub async fn look(
    who: Public,
    body: Body<AnonymousLook>,
    grid: Data<GridServices>,
    limits: Data<AnonymousLimits>,
) -> Result<HttpResponse, Problem> {
    replied(who, grid, limits, &body.token, None).await
}

/// Answer what was asked about an anonymous report.
#[utoipa::path(operation_id = "grid_answer_anonymously", tag = "incidents", request_body = AnonymousAnswer,
    responses((status = 200, body = AnonymousIncidentView, description = "The incident as it is now")), extensions(("x-permission" = json!("public"))))]
#[post("/anonymous-incidents/answer")]
pub async fn answer(
    who: Public,
    body: Body<AnonymousAnswer>,
    grid: Data<GridServices>,
    limits: Data<AnonymousLimits>,
) -> Result<HttpResponse, Problem> {
    replied(who, grid, limits, &body.token, Some(Reply::Answer(body.answer.clone()))).await
}

/// Have an anonymous report taken up again: once it is resolved, or within 30 days of its end.
#[utoipa::path(operation_id = "grid_reopen_anonymously", tag = "incidents", request_body = AnonymousReopen,
    responses((status = 200, body = AnonymousIncidentView, description = "The incident as it is now")), extensions(("x-permission" = json!("public"))))]
#[post("/anonymous-incidents/reopen")]
pub async fn reopen(
    who: Public,
    body: Body<AnonymousReopen>,
    grid: Data<GridServices>,
    limits: Data<AnonymousLimits>,
) -> Result<HttpResponse, Problem> {
    replied(who, grid, limits, &body.token, Some(Reply::Reopen(body.reason.clone()))).await
}

/// Rate the result of an anonymous report.
#[utoipa::path(operation_id = "grid_rate_anonymously", tag = "incidents", request_body = AnonymousRate,
    responses((status = 200, body = AnonymousIncidentView, description = "The incident as it is now")), extensions(("x-permission" = json!("public"))))]
#[post("/anonymous-incidents/rate")]
pub async fn rate(
    who: Public,
    body: Body<AnonymousRate>,
    grid: Data<GridServices>,
    limits: Data<AnonymousLimits>,
) -> Result<HttpResponse, Problem> {
    let rating = Rating { score: body.score, note: body.note.clone() };
    replied(who, grid, limits, &body.token, Some(Reply::Rate(rating))).await
}
