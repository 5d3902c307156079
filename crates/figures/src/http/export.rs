//! All cases as they are counted, as one file in constant memory.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpResponse, get};
use chrono::NaiveDate;
use futures_util::stream;
use kernel::{Fault, Id, Instant, Outcome};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use web::{Allowed, Params, Problem};

use super::asked::period;
use super::cases::cell;
use crate::model::Case;
use crate::permission::ReadFigures;
use crate::ports::FigureServices;
use crate::service::export;

/// Where and when.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CaseExportQuery {
    /// In this unit and all below it.
    unit: Uuid,
    /// Reported on this day or later, in the realm's time zone.
    from_on: NaiveDate,
    /// Reported on this day or before.
    to_on: NaiveDate,
}

const HEAD: &str = "incident_id,unit_id,grid_id,category_id,source,department_id,state,reported_at,accepted_at,resolved_at,closed_at,\
     due,on_time,dispatches,returns,results,reworks,marks,mark_sum\n";

/// Take all cases of a place away as CSV, as they are counted.
///
/// A line each, by unit and then by the time of the report; no title, no place in words and no person. Written as it is read, in constant
/// memory, whatever the number of cases.
#[utoipa::path(operation_id = "figures_export_cases", tag = "figures", params(CaseExportQuery),
    responses((status = 200, body = String, content_type = "text/csv", description = "RFC 4180, UTF-8 with a header line")),
    extensions(("x-permission" = json!(ReadFigures::NAME))))]
#[get("/figures/cases/export.csv")]
pub async fn all(
    who: Allowed<ReadFigures>,
    query: Params<CaseExportQuery>,
    figures: Data<FigureServices>,
) -> Result<HttpResponse, Problem> {
    let (unit, when) = (Id::from_uuid(query.unit), period(query.from_on, query.to_on)?);
    let s = figures.get_ref().clone();
    let standing = who.read(move |tx, ctx| export::begin(tx, ctx, &s, unit, when)).await?;
    let db = who.db().clone();
    let body = stream::try_unfold((Some(HEAD), standing), move |(head, standing)| {
        let db = db.clone();
        async move {
            if let Some(head) = head {
                return Ok(Some((Bytes::from_static(head.as_bytes()), (None, standing))));
            }
            let page = db.read(move |tx| export::next(tx, standing.clone())).await?;
            let Some((cases, standing)) = page else { return Ok(None) };
            Ok::<_, Fault>(Some((Bytes::from(lines(&cases)?), (None, standing))))
        }
    });
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"cases.csv\""))
        .streaming(body))
}

fn lines(cases: &[Case]) -> Outcome<Vec<u8>> {
    let mut file = csv::Writer::from_writer(Vec::with_capacity(cases.len() * 256));
    let at = |at: Option<Instant>| at.map(|at| at.to_string()).unwrap_or_default();
    for c in cases {
        let mut line = vec![
            c.id.to_string(),
            c.unit.to_string(),
            c.grid.map(|id| id.to_string()).unwrap_or_default(),
            c.category.map(|id| id.to_string()).unwrap_or_default(),
            cell(&c.source),
            c.department.map(|id| id.to_string()).unwrap_or_default(),
            cell(&c.state),
            at(Some(c.reported)),
            at(c.accepted),
            at(c.resolved),
            at(c.closed),
        ];
        let counts = [c.due, c.on_time, c.dispatches, c.returns, c.results, c.reworks, c.marks, c.mark_sum];
        line.extend(counts.map(|n| n.to_string()));
        file.write_record(&line).map_err(Fault::internal)?;
    }
    file.into_inner().map_err(|e| Fault::internal(e.to_string()))
}
