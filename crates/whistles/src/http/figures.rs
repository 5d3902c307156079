//! `GET /whistles/figures`: how the departments of a district respond.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use chrono::NaiveDate;
use kernel::id::Unit;
use kernel::{Cursor, Id};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::params::bad;
use web::{Allowed, Params, Problem};

use crate::model::{basis_points, hundredths};
use crate::permission::ReadFigures;
use crate::ports::WhistleServices;
use crate::service::figures::{self as deeds, Asked, Figures};

/// The longest stretch that is counted at once: some ten years.
const MOST_DAYS: i64 = 3_660;

/// Of which district, and when.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct WhistleFigureParams {
    /// A unit of the district: the district is the lowest unit of that kind at or above it, or the root where there is none.
    unit: Uuid,
    /// The first day on which the calls were made.
    from: NaiveDate,
    /// The last one.
    to: NaiveDate,
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// How a department responds. Calls that the community excused, or took back before the department's time was over, are not counted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct WhistleFigureView {
    /// The department.
    pub department_id: Uuid,
    /// Its name today.
    pub department_name: String,
    /// Calls.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub called_count: i64,
    /// Of them, those that reported in or should have by now: the denominator of `response_rate_bp` and `in_time_rate_bp`.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub due_count: i64,
    /// Of those, reported in.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub reported_count: i64,
    /// Of those, by the deadline.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub in_time_count: i64,
    /// Reported in, by due, in basis points; absent where none was due.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 10000)]
    pub response_rate_bp: Option<i64>,
    /// In time, by due, in basis points; absent where none was due.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 10000)]
    pub in_time_rate_bp: Option<i64>,
    /// Calls that told a result or should have by now: the denominator of `result_rate_bp`.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub result_due_count: i64,
    /// Of those, told.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub result_count: i64,
    /// Of those, by the deadline.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub result_in_time_count: i64,
    /// Results, by due, in basis points; absent where none was due.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 10000)]
    pub result_rate_bp: Option<i64>,
    /// Graded calls: the denominator of `mean_grade_hundredths`.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub grade_count: i64,
    /// The sum of their stars.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub grade_sum: i64,
    /// The mean grade in hundredths of a star; absent where none was graded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 100, maximum = 500)]
    pub mean_grade_hundredths: Option<i64>,
}

/// One page of the departments of a district.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct WhistleFigurePage {
    /// The district.
    pub district_id: Uuid,
    /// Its name.
    pub district_name: String,
    /// The departments that were called, in the order of their ids.
    pub items: Vec<WhistleFigureView>,
    /// Give it as `cursor` to get the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
}

impl From<Figures> for WhistleFigureView {
    fn from(of: Figures) -> Self {
        let c = of.counts;
        Self {
            department_id: of.unit.uuid(),
            department_name: of.name,
            called_count: c.called,
            due_count: c.due,
            reported_count: c.reported,
            in_time_count: c.in_time,
            response_rate_bp: basis_points(c.reported, c.due),
            in_time_rate_bp: basis_points(c.in_time, c.due),
            result_due_count: c.result_due,
            result_count: c.results,
            result_in_time_count: c.results_in_time,
            result_rate_bp: basis_points(c.results, c.result_due),
            grade_count: c.grades,
            grade_sum: c.stars,
            mean_grade_hundredths: hundredths(c.stars, c.grades),
        }
    }
}

/// Show how the departments of one's own district respond to whistles: to everybody who holds any grant in it.
#[utoipa::path(operation_id = "whistles_list_figures", tag = "whistles", params(WhistleFigureParams),
    responses((status = 200, body = WhistleFigurePage)), extensions(("x-permission" = json!(ReadFigures::NAME))))]
#[get("/whistles/figures")]
pub(super) async fn figures(
    req: HttpRequest,
    who: Allowed<ReadFigures>,
    query: Params<WhistleFigureParams>,
    services: Data<WhistleServices>,
) -> Result<HttpResponse, Problem> {
    let filters =
        ["whistles.figures", &query.unit.to_string(), &query.from.to_string(), &query.to.to_string()];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let days = query.to.signed_duration_since(query.from).num_days();
    if !(0..MOST_DAYS).contains(&days) {
        return Err(bad("to", format!("at or after `from`, and less than {MOST_DAYS} days later")).into());
    }
    let outside = |name: &'static str| move || bad(name, "outside the calendar");
    let (from, _) = who.realm().day(query.from).ok_or_else(outside("from"))?;
    let (_, until) = who.realm().day(query.to).ok_or_else(outside("to"))?;
    let (unit, s): (Id<Unit>, _) = (Id::from_uuid(query.unit), services.get_ref().clone());
    let (district, page) = who
        .read(move |tx, ctx| {
            let after = asked.after.as_ref().map(|cursor| Id::from_uuid(cursor.after));
            let wanted = Asked { from, until, after };
            deeds::read(tx, ctx, &s, unit, wanted, asked.size, asked.fingerprint)
        })
        .await?;
    let body = WhistleFigurePage {
        district_id: district.id.uuid(),
        district_name: district.name,
        next_cursor: page.next.as_ref().map(Cursor::encode),
        items: page.items.into_iter().map(WhistleFigureView::from).collect(),
    };
    Ok(web::page(&req, body, page.next.as_ref()))
}
