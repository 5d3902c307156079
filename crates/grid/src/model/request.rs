//! What somebody wants to be decided about a case by somebody else.

use kernel::id::{Incident, IncidentRequest, User};
use kernel::{Id, Instant};

kernel::words! {
    /// What is asked for.
    RequestKind {
        /// 延期: more of what the term is counted in.
        Extension = "extension", "More time", "延期";
        /// 作废: it should never have been a case.
        Void = "void", "Strike the case", "作废";
    }
}

kernel::words! {
    /// What became of it.
    Decision {
        /// Nothing yet.
        Pending = "pending", "Pending", "待审批";
        /// Granted.
        Granted = "granted", "Granted", "已批准";
        /// Refused.
        Refused = "refused", "Refused", "未批准";
        /// Nothing is left to decide: the clock ended, or the case is over.
        Moot = "moot", "Moot", "已失效";
    }
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its id.
    pub id: Id<IncidentRequest>,
    /// About which case.
    pub incident: Id<Incident>,
    /// What is asked for.
    pub kind: RequestKind,
    /// How much more, of what the clock counts; for an extension.
    pub extra: Option<i32>,
    /// Why.
    pub reason: String,
    /// Who asked.
    pub asked_by: Id<User>,
    /// When.
    pub asked_at: Instant,
    /// What became of it.
    pub decision: Decision,
    /// Who decided.
    pub decided_by: Option<Id<User>>,
    /// When.
    pub decided_at: Option<Instant>,
    /// A remark on the decision.
    pub note: Option<String>,
    /// Counts its changes.
    pub version: i64,
}
