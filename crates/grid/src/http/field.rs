//! Records of a device that had no network.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use kernel::error::{FIELD_LENGTH, INVALID};
use kernel::{Fault, Instant};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use web::{Allowed, Answer, Body, Problem};

use super::incident_views::IncidentView;
use super::report::{IncidentCreate, ids};
use crate::permission::ReportIncident;
use crate::ports::GridServices;
use crate::service::field::{self, Fate, Sent};
use crate::service::self_handled::Handled;

/// What was done about something at once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldHandled {
    /// What was done.
    #[schema(min_length = 1, max_length = 2000)]
    result: String,
    /// Photos of what was made of it, uploaded before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 10)]
    file_ids: Option<Vec<Uuid>>,
}

/// A record as the device wrote it down.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldRecordCreate {
    /// The id that the device gave it: the same whenever it is sent.
    client_id: Uuid,
    /// When it was written down, by the clock of the device: within the last 30 days.
    #[schema(value_type = String, format = DateTime)]
    occurred_at: Instant,
    /// What was found.
    report: IncidentCreate,
    /// What was done about it at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    handled: Option<FieldHandled>,
}

impl FieldRecordCreate {
    fn sent(&self) -> Result<Sent, Fault> {
        let handled = self.handled.as_ref().map(|handled| Handled {
            result: handled.result.clone(),
            files: ids(handled.file_ids.as_deref()),
        });
        Ok(Sent {
            client_id: self.client_id,
            occurred_at: self.occurred_at,
            new: self.report.deed(),
            handled,
            text: serde_json::to_string(self).map_err(Fault::internal)?,
        })
    }
}

/// Records of a device.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldBatchCreate {
    /// The records, in the order they were written down; 1 to 100.
    #[schema(min_items = 1, max_items = 100)]
    items: Vec<FieldRecordCreate>,
}

/// What became of a record.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldResultView {
    /// The id that the device gave it.
    pub client_id: Uuid,
    /// `created`: it is an incident now; `repeated`: it was one already; `refused`: it is none.
    #[schema(extensions(("x-extensible-enum" = json!(["created", "repeated", "refused"]))))]
    pub outcome: &'static str,
    /// The incident.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub incident: Option<IncidentView>,
    /// Why it was refused: a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub code: Option<String>,
    /// Why, in the reader's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub message: Option<String>,
    /// Where in the record, as JSON Pointers.
    pub fields: Vec<String>,
}

impl FieldResultView {
    fn of(client_id: Uuid, fate: Fate, chinese: bool) -> Self {
        let told = |outcome, incident| Self {
            client_id,
            outcome,
            incident,
            code: None,
            message: None,
            fields: Vec::new(),
        };
        match fate {
            Fate::Created(shown) => told("created", Some(IncidentView::from(*shown))),
            Fate::Repeated(shown) => told("repeated", Some(IncidentView::from(*shown))),
            Fate::Refused(refusal) => Self {
                code: Some(refusal.code.code.to_owned()),
                message: Some(web::problem::sentence(refusal.code, chinese).to_owned()),
                fields: refusal.fields.iter().map(|f| f.pointer.clone().into_owned()).collect(),
                ..told("refused", None)
            },
        }
    }
}

/// What became of each record, in the order they were sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldBatchView {
    /// One for each.
    pub items: Vec<FieldResultView>,
}

/// Send what was written down without a network: up to 100 records.
///
/// Each is answered by itself, and what is wrong with one keeps none of the others out. Sent again, a record is found again by its `client_id`.
#[utoipa::path(operation_id = "grid_send_field_records", tag = "incidents", request_body = FieldBatchCreate,
    responses((status = 200, body = FieldBatchView, description = "What became of each")), extensions(("x-permission" = json!(ReportIncident::NAME))))]
#[post("/incidents/batch")]
pub async fn send(
    who: Allowed<ReportIncident>,
    body: Body<FieldBatchCreate>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    if body.items.is_empty() || body.items.len() > field::MOST {
        let refusal = INVALID.refusal().at_with("/items", &FIELD_LENGTH, "1 to 100 records");
        return Err(Fault::from(refusal).into());
    }
    let sent = body.items.iter().map(FieldRecordCreate::sent).collect::<Result<Vec<_>, _>>()?;
    let (s, chinese) = (grid.get_ref().clone(), who.chinese());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let fates = field::take_in(tx, ctx, &s, &sent)?;
        let items =
            sent.iter().zip(fates).map(|(r, fate)| FieldResultView::of(r.client_id, fate, chinese)).collect();
        Ok(Answer::of(FieldBatchView { items }))
    })
    .await
}
