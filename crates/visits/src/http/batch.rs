//! Many visits at once.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use kernel::error::{FIELD_LENGTH, INVALID};
use kernel::{Fault, Refusal};
use serde::Serialize;
use utoipa::ToSchema;
use web::{Allowed, Answer, Body, Problem};

use super::sent::VisitBatchCreate;
use super::views::VisitView;
use crate::permission::RecordVisits;
use crate::ports::VisitServices;
use crate::service::batch::{self, Fate};
use crate::service::record::NewVisit;
use crate::service::see;

/// What is wrong with a field.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct VisitBatchFieldView {
    /// A pointer into the item.
    pub pointer: String,
    /// What is wrong with it.
    pub code: String,
}

/// What became of one of them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct VisitBatchItemView {
    /// Its place in the request, from 0.
    #[schema(minimum = 0, maximum = 99)]
    pub index: i32,
    /// `recorded`: it is on record, now or since before; `refused`: nothing of it is.
    #[schema(extensions(("x-extensible-enum" = json!(["recorded", "refused"]))))]
    pub outcome: String,
    /// The visit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub visit: Option<VisitView>,
    /// The code of the refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub code: Option<String>,
    /// The refusal in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub message: Option<String>,
    /// The bad fields of the item.
    pub fields: Vec<VisitBatchFieldView>,
}

/// What became of them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct VisitBatchView {
    /// How many are on record.
    #[schema(minimum = 0, maximum = 100)]
    pub recorded: i32,
    /// How many were refused.
    #[schema(minimum = 0, maximum = 100)]
    pub refused: i32,
    /// One for each, in the order of the request.
    pub items: Vec<VisitBatchItemView>,
}

fn refused(index: i32, refusal: &Refusal, chinese: bool) -> VisitBatchItemView {
    let field = |field: &kernel::FieldError| VisitBatchFieldView {
        pointer: field.pointer.clone().into_owned(),
        code: field.code.code.to_owned(),
    };
    VisitBatchItemView {
        index,
        outcome: "refused".to_owned(),
        visit: None,
        code: Some(refusal.code.code.to_owned()),
        message: Some(web::problem::sentence(refusal.code, chinese).to_owned()),
        fields: refusal.fields.iter().map(field).collect(),
    }
}

/// Record up to 100 visits at once, as a phone brings them that was offline.
///
/// Each is answered by itself, and a wrong one does not stop the others. Each has an id, so that all can be sent again. A body that is too
/// large is refused (413): send fewer at once.
#[utoipa::path(operation_id = "visits_record_batch", tag = "visits", request_body = VisitBatchCreate,
    responses((status = 200, body = VisitBatchView)), extensions(("x-permission" = json!(RecordVisits::NAME))))]
#[post("/visits/batch")]
pub(super) async fn record_all(
    who: Allowed<RecordVisits>,
    body: Body<VisitBatchCreate>,
    services: Data<VisitServices>,
) -> Result<HttpResponse, Problem> {
    if body.items.is_empty() || body.items.len() > batch::MOST {
        let refusal = INVALID.refusal().at_with("/items", &FIELD_LENGTH, "1 to 100 visits");
        return Err(Fault::from(refusal).into());
    }
    let all: Vec<NewVisit> = body.items.iter().cloned().map(NewVisit::from).collect();
    let (s, chinese) = (services.get_ref().clone(), who.chinese());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let mut told = VisitBatchView { recorded: 0, refused: 0, items: Vec::with_capacity(all.len()) };
        for (index, fate) in (0_i32..).zip(batch::record_all(tx, ctx, &s, &all)?) {
            told.items.push(match fate {
                Fate::Recorded(visit) => {
                    told.recorded += 1;
                    VisitBatchItemView {
                        index,
                        outcome: "recorded".to_owned(),
                        visit: Some(VisitView::of(ctx, see::one(tx, *visit)?)),
                        code: None,
                        message: None,
                        fields: Vec::new(),
                    }
                }
                Fate::Refused(refusal) => {
                    told.refused += 1;
                    refused(index, &refusal, chinese)
                }
            });
        }
        Ok(Answer::of(told))
    })
    .await
}
