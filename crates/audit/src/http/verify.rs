//! `GET /audit/verify` and `GET /audit/head`: the chain, checked page by page, and its newest link.

use actix_web::{HttpResponse, get};
use kernel::Id;
use serde::{Deserialize, Serialize};
use storage::audit::{self, GENESIS, Verified};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Params, Problem, Public};

use crate::error::PLACE_INCOMPLETE;
use crate::permission::VerifyTrail;

/// Where to go on.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VerifyQuery {
    /// The last sound place, `upto_seq` of the page before; the beginning unless given.
    #[param(minimum = 0, maximum = 9007199254740991i64)]
    after_seq: Option<i64>,
    /// The hash there, `upto_hash` of the page before.
    after_hash: Option<String>,
    /// Links to check, 1 to 200; 50 unless given. The command `commonweal audit verify` checks all.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// What a page of the verification found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AuditVerificationView {
    /// Links checked on this page and found sound.
    #[schema(minimum = 0, maximum = 200)]
    checked: i64,
    /// The last sound place: ask for the next page from here.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    upto_seq: i64,
    /// The hash there.
    upto_hash: String,
    /// Whether the chain's head was reached.
    complete: bool,
    /// Whether all that was checked is sound.
    sound: bool,
    /// The first broken place; nothing behind it was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    broken: Option<AuditBreakView>,
}

/// A broken place in the chain.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AuditBreakView {
    /// The place.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    seq: i64,
    /// The record found there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    record_id: Option<Uuid>,
    /// What does not fit.
    reason: String,
}

/// The newest link.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AuditHeadView {
    /// Its place; 0 before the first record.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    seq: i64,
    /// Its hash (SHA-256, hex). Keep it: a chain that no longer has it at this place was altered.
    hash: String,
}

impl From<Verified> for AuditVerificationView {
    fn from(v: Verified) -> Self {
        Self {
            checked: v.checked,
            upto_seq: v.upto.0,
            upto_hash: v.upto.1,
            complete: v.complete,
            sound: v.broken.is_none(),
            broken: v.broken.map(|b| AuditBreakView {
                seq: b.seq,
                record_id: b.record.map(Id::uuid),
                reason: b.why,
            }),
        }
    }
}

/// Verify a page of the audit chain.
///
/// Give `upto_seq` and `upto_hash` of a page, or of a head that was published, as `after_seq` and `after_hash`: if the chain no longer
/// has that hash at that place, it was altered or cut off.
#[utoipa::path(operation_id = "audit_verify_chain", tag = "audit", params(VerifyQuery),
    responses((status = 200, body = AuditVerificationView)), extensions(("x-permission" = json!(VerifyTrail::NAME))))]
#[get("/audit/verify")]
pub(crate) async fn verify(
    who: Allowed<VerifyTrail>,
    query: Params<VerifyQuery>,
) -> Result<HttpResponse, Problem> {
    let size = web::page_request(query.limit, None, &["audit.verify"])?.size;
    let after = match (query.after_seq, query.after_hash.clone()) {
        (None, None) => (0, GENESIS.to_owned()),
        (Some(seq), Some(hash)) => (seq, hash),
        _ => return Err(PLACE_INCOMPLETE.fault().into()),
    };
    let limit = size.probe() - 1;
    let page = who.read(move |tx, _| audit::verify(tx, after.clone(), limit)).await?;
    Ok(HttpResponse::Ok().json(AuditVerificationView::from(page)))
}

/// Show the newest link of the audit chain.
#[utoipa::path(operation_id = "audit_show_head", tag = "audit",
    responses((status = 200, body = AuditHeadView)), extensions(("x-permission" = json!("public"))))]
#[get("/audit/head")]
pub(crate) async fn head(anyone: Public) -> Result<HttpResponse, Problem> {
    let (seq, hash) = anyone.db.read(audit::head).await?;
    Ok(HttpResponse::Ok().json(AuditHeadView { seq, hash }))
}
