//! What is done to a call: report in, decline, decide, result, grade, withdraw.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use kernel::id::WhistleCall;
use kernel::{Context, Outcome};
use storage::Tx;
use web::{Allowed, Answer, Body, PathId, Problem};

use super::sent::{
    WhistleCallAnswer, WhistleCallDecide, WhistleCallDecline, WhistleCallGrade, WhistleCallReportIn,
    WhistleWithdraw,
};
use super::views::WhistleCallView;
use crate::model::{Call, Whistle};
use crate::permission::{AnswerCall, BlowWhistle, GradeCall};
use crate::ports::WhistleServices;
use crate::service::{answer, judge, withdraw as back};

fn told(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &WhistleServices,
    (whistle, call): (Whistle, Call),
) -> Outcome<Answer<WhistleCallView>> {
    let version = call.version;
    Ok(Answer::of(WhistleCallView::of(tx, ctx, s, &whistle, call)?).version(version))
}

/// Report in for a called department: who comes, and when.
#[utoipa::path(operation_id = "whistles_report_in", tag = "whistles", params(("id" = Uuid, Path, description = "The call.")),
    request_body = WhistleCallReportIn, responses((status = 200, body = WhistleCallView)),
    extensions(("x-permission" = json!(AnswerCall::NAME))))]
#[post("/whistle-calls/{id}/report-in")]
pub(super) async fn report_in(
    who: Allowed<AnswerCall>,
    path: PathId<WhistleCall>,
    body: Body<WhistleCallReportIn>,
    services: Data<WhistleServices>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let (sent, s) = ((*body).clone(), services.get_ref().clone());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = answer::report_in(tx, ctx, &s, id, expected, &sent.who_comes, sent.coming_at)?;
        told(tx, ctx, &s, done)
    })
    .await
}

/// Say why a called department does not come. The community agrees, or insists.
#[utoipa::path(operation_id = "whistles_decline_call", tag = "whistles", params(("id" = Uuid, Path, description = "The call.")),
    request_body = WhistleCallDecline, responses((status = 200, body = WhistleCallView)),
    extensions(("x-permission" = json!(AnswerCall::NAME))))]
#[post("/whistle-calls/{id}/decline")]
pub(super) async fn decline(
    who: Allowed<AnswerCall>,
    path: PathId<WhistleCall>,
    body: Body<WhistleCallDecline>,
    services: Data<WhistleServices>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let (sent, s) = ((*body).clone(), services.get_ref().clone());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = answer::decline(tx, ctx, &s, id, expected, &sent.reason)?;
        told(tx, ctx, &s, done)
    })
    .await
}

/// Agree that a department which declined need not come, or insist.
#[utoipa::path(operation_id = "whistles_decide_decline", tag = "whistles", params(("id" = Uuid, Path, description = "The call.")),
    request_body = WhistleCallDecide, responses((status = 200, body = WhistleCallView)),
    extensions(("x-permission" = json!(BlowWhistle::NAME))))]
#[post("/whistle-calls/{id}/decide")]
pub(super) async fn decide(
    who: Allowed<BlowWhistle>,
    path: PathId<WhistleCall>,
    body: Body<WhistleCallDecide>,
    services: Data<WhistleServices>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let (accept, note) = (body.accept, body.note.clone().unwrap_or_default());
    let s = services.get_ref().clone();
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = judge::decide(tx, ctx, &s, id, expected, accept, &note)?;
        told(tx, ctx, &s, done)
    })
    .await
}

/// Tell what came of a call.
#[utoipa::path(operation_id = "whistles_tell_result", tag = "whistles", params(("id" = Uuid, Path, description = "The call.")),
    request_body = WhistleCallAnswer, responses((status = 200, body = WhistleCallView)),
    extensions(("x-permission" = json!(AnswerCall::NAME))))]
#[post("/whistle-calls/{id}/result")]
pub(super) async fn result(
    who: Allowed<AnswerCall>,
    path: PathId<WhistleCall>,
    body: Body<WhistleCallAnswer>,
    services: Data<WhistleServices>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let (sent, s) = ((*body).clone(), services.get_ref().clone());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = answer::result(tx, ctx, &s, id, expected, &sent.result)?;
        told(tx, ctx, &s, done)
    })
    .await
}

/// Grade what a department did, or that it did nothing by its deadline.
#[utoipa::path(operation_id = "whistles_grade_call", tag = "whistles", params(("id" = Uuid, Path, description = "The call.")),
    request_body = WhistleCallGrade, responses((status = 200, body = WhistleCallView)),
    extensions(("x-permission" = json!(GradeCall::NAME))))]
#[post("/whistle-calls/{id}/grade")]
pub(super) async fn grade(
    who: Allowed<GradeCall>,
    path: PathId<WhistleCall>,
    body: Body<WhistleCallGrade>,
    services: Data<WhistleServices>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let (stars, remark) = (body.grade, body.remark.clone().unwrap_or_default());
    let s = services.get_ref().clone();
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = judge::grade(tx, ctx, &s, id, expected, stars, &remark)?;
        told(tx, ctx, &s, done)
    })
    .await
}

/// Take a call back that was not answered.
#[utoipa::path(operation_id = "whistles_withdraw_call", tag = "whistles", params(("id" = Uuid, Path, description = "The call.")),
    request_body = WhistleWithdraw, responses((status = 200, body = WhistleCallView)),
    extensions(("x-permission" = json!(BlowWhistle::NAME))))]
#[post("/whistle-calls/{id}/withdraw")]
pub(super) async fn withdraw(
    who: Allowed<BlowWhistle>,
    path: PathId<WhistleCall>,
    body: Body<WhistleWithdraw>,
    services: Data<WhistleServices>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let (sent, s) = ((*body).clone(), services.get_ref().clone());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = back::one(tx, ctx, &s, id, expected, &sent.reason)?;
        told(tx, ctx, &s, done)
    })
    .await
}
