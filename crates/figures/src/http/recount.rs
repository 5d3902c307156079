//! Counting everything again.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::Serialize;
use utoipa::ToSchema;
use web::{Allowed, Answer, NoBody, Problem};

use crate::permission::Recount;
use crate::ports::FigureServices;
use crate::service::count_on;

/// That everything is being counted again.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RecountView {
    /// `true`: until it is done, answers say so and are not whole.
    pub is_recounting: bool,
}

/// Throw all figures away and count them again from the history.
///
/// It goes on by itself; answers say so until it is done.
#[utoipa::path(operation_id = "figures_recount_cases", tag = "figures",
    responses((status = 202, body = RecountView, description = "It goes on")), extensions(("x-permission" = json!(Recount::NAME))))]
#[post("/figures/recount")]
pub async fn recount(who: Allowed<Recount>, figures: Data<FigureServices>) -> Result<HttpResponse, Problem> {
    let s = figures.get_ref().clone();
    who.write(StatusCode::ACCEPTED, &NoBody, move |tx, ctx| {
        count_on::recount(tx, ctx, &s)?;
        Ok(Answer::of(RecountView { is_recounting: true }))
    })
    .await
}
