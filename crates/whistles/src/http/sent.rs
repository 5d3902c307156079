//! What is sent.

use kernel::{Id, Instant};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::words::WhistleSpanWord;
use crate::service::blow::NewWhistle;
use crate::service::deadline::Wanted;

/// A span from now.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WhistleSpan {
    /// How many.
    #[schema(minimum = 1, maximum = 5_270_400, example = 30)]
    count: i64,
    /// Of what.
    unit: WhistleSpanWord,
}

fn wanted(at: Option<Instant>, within: Option<WhistleSpan>) -> Wanted {
    Wanted { at, within: within.map(|span| (span.count, span.unit.into())) }
}

/// A call of departments to a case. Each deadline is a moment or a span in the working time of the unit that calls: one of the two.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WhistleCreate {
    /// The case.
    incident_id: Uuid,
    /// The departments, each once.
    #[schema(min_items = 1, max_items = 20)]
    department_ids: Vec<Uuid>,
    /// What is wanted of them.
    #[schema(min_length = 1, max_length = 2000, example = "占道经营，请城管、市场监管到场联合处置")]
    wanted: String,
    /// By when they must have reported in.
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    report_due_at: Option<Instant>,
    /// Within which time they must have reported in.
    #[schema(nullable = false)]
    report_within: Option<WhistleSpan>,
    /// By when they must have told a result.
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    result_due_at: Option<Instant>,
    /// Within which time they must have told a result; counted from now, too.
    #[schema(nullable = false)]
    result_within: Option<WhistleSpan>,
}

impl From<WhistleCreate> for NewWhistle {
    fn from(sent: WhistleCreate) -> Self {
        Self {
            incident: Id::from_uuid(sent.incident_id),
            departments: sent.department_ids.into_iter().map(Id::from_uuid).collect(),
            wanted: sent.wanted,
            report: wanted(sent.report_due_at, sent.report_within),
            result: wanted(sent.result_due_at, sent.result_within),
        }
    }
}

/// Why calls are taken back.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WhistleWithdraw {
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub(super) reason: String,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub(super) version: Option<i64>,
}

/// Who comes, and when.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WhistleCallReportIn {
    /// Who comes.
    #[schema(min_length = 1, max_length = 200, example = "执法二中队两人")]
    pub(super) who_comes: String,
    /// When they come, or came.
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub(super) coming_at: Option<Instant>,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub(super) version: Option<i64>,
}

/// Why nobody comes.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WhistleCallDecline {
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub(super) reason: String,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub(super) version: Option<i64>,
}

/// Whether the community agrees that nobody need come.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WhistleCallDecide {
    /// Whether it agrees.
    pub(super) accept: bool,
    /// Why; must be given where it insists.
    #[schema(nullable = false, max_length = 1000)]
    pub(super) note: Option<String>,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub(super) version: Option<i64>,
}

/// What came of it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WhistleCallAnswer {
    /// The result.
    #[schema(min_length = 1, max_length = 2000)]
    pub(super) result: String,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub(super) version: Option<i64>,
}

/// How the department did.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WhistleCallGrade {
    /// 1 to 5 stars.
    #[schema(minimum = 1, maximum = 5, example = 4)]
    pub(super) grade: i64,
    /// What is said besides.
    #[schema(nullable = false, max_length = 1000)]
    pub(super) remark: Option<String>,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub(super) version: Option<i64>,
}
