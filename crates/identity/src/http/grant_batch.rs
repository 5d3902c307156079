//! Many grants at once, and one looked at before it is given.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use kernel::error::{FIELD_LENGTH, INVALID};
use kernel::{Fault, Id, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;
use web::{Allowed, Answer, Body, Problem};

use crate::gate::Gate;
use crate::http::grants::GrantCreate;
use crate::http::views::{self, GrantView};
use crate::permission::ManageGrants;
use crate::service::batch::{self, Fate, Manner};
use crate::service::ceiling;
use crate::service::foresee;
use crate::service::give::Gift;
use crate::store::roles;

impl GrantCreate {
    /// What is to be given.
    pub(super) fn gift(&self) -> Gift {
        Gift {
            user: Id::from_uuid(self.user_id),
            role: Id::from_uuid(self.role_id),
            unit: Id::from_uuid(self.unit_id),
            subtree: self.subtree.unwrap_or(true),
            from: self.starts_at,
            until: self.ends_at,
            reason: self.reason.clone(),
            ticket: self.ticket.clone(),
        }
    }
}

/// Grants to be given.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantBatchCreate {
    /// At most 200.
    #[schema(min_items = 1, max_items = 200)]
    pub items: Vec<GrantCreate>,
    /// Only says what would be; not so unless told.
    #[schema(nullable = false)]
    pub dry_run: Option<bool>,
    /// All or none; not so unless told: then each that is not refused is given.
    #[schema(nullable = false)]
    pub atomic: Option<bool>,
}

/// What became of one of them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GrantBatchItemView {
    /// Its place in the request, from 0.
    #[schema(minimum = 0, maximum = 199)]
    pub index: i32,
    /// `given`; `proposed`: it waits for a second person; `refused`; `undone`: another one was refused. In a dry run: what would be.
    #[schema(extensions(("x-extensible-enum" = json!(["given", "proposed", "refused", "undone"]))))]
    pub outcome: String,
    /// The grant; absent in a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub grant: Option<GrantView>,
    /// The code of the refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub code: Option<String>,
    /// The refusal in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub message: Option<String>,
    /// Pointers to the bad fields of the item.
    pub fields: Vec<String>,
    /// The permissions that may not be given, of a refusal by the ceiling.
    pub breaches: Vec<GrantBreachView>,
    /// The names of two roles that must not meet, of a refusal by a rule.
    pub conflict: Vec<String>,
    /// The grant by which they have it already, of a refusal with `identity.grant_there`, if the reader may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub existing_grant_id: Option<Uuid>,
}

/// What became of them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GrantBatchView {
    /// Whether nothing was to be written.
    pub dry_run: bool,
    /// How many were given or proposed; in a dry run: would be.
    #[schema(minimum = 0, maximum = 200)]
    pub applied: i32,
    /// How many were refused.
    #[schema(minimum = 0, maximum = 200)]
    pub refused: i32,
    /// One for each, in the order of the request.
    pub items: Vec<GrantBatchItemView>,
}

/// A permission that may not be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct GrantBreachView {
    /// The permission; `*`: the right to give everything.
    pub permission: String,
    /// What is lacking: `permission`, `duration` or `granting`.
    pub lack: String,
}

/// Give up to 200 roles at once.
///
/// Each is answered by itself. A dry run counts what the real one would.
#[utoipa::path(operation_id = "identity_create_grant_batch", tag = "grants", request_body = GrantBatchCreate,
    responses((status = 200, body = GrantBatchView, description = "What became of each")),
    extensions(("x-permission" = json!(ManageGrants::NAME))))]
#[post("/grants/batch")]
pub async fn create(
    who: Allowed<ManageGrants>,
    body: Body<GrantBatchCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    if body.items.is_empty() || body.items.len() > batch::MOST {
        let refusal = INVALID.refusal().at_with("/items", &FIELD_LENGTH, "1 to 200 grants");
        return Err(Fault::from(refusal).into());
    }
    let gifts: Vec<Gift> = body.items.iter().map(GrantCreate::gift).collect();
    let manner = Manner { dry_run: body.dry_run.unwrap_or(false), atomic: body.atomic.unwrap_or(false) };
    let (shared, chinese) = (gate.services().clone(), who.chinese());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let fates = batch::give_all(tx, ctx, &shared, &gifts, manner)?;
        let mut told = GrantBatchView { dry_run: manner.dry_run, applied: 0, refused: 0, items: Vec::new() };
        for (index, fate) in (0_i32..).zip(&fates) {
            let mut item = empty(index);
            match fate {
                Fate::Given(grant) => {
                    told.applied += 1;
                    item.outcome = if grant.awaits_approval { "proposed" } else { "given" }.to_owned();
                    if !manner.dry_run {
                        item.grant = Some(views::grant(tx, ctx, &shared, chinese, grant)?);
                    }
                }
                Fate::Refused(refusal) => {
                    told.refused += 1;
                    refused(&mut item, refusal, chinese);
                }
                Fate::Undone => "undone".clone_into(&mut item.outcome),
            }
            told.items.push(item);
        }
        Ok(Answer::of(told))
    })
    .await
}

fn empty(index: i32) -> GrantBatchItemView {
    GrantBatchItemView {
        index,
        outcome: String::new(),
        grant: None,
        code: None,
        message: None,
        fields: Vec::new(),
        breaches: Vec::new(),
        conflict: Vec::new(),
        existing_grant_id: None,
    }
}

fn refused(item: &mut GrantBatchItemView, refusal: &Refusal, chinese: bool) {
    "refused".clone_into(&mut item.outcome);
    item.code = Some(refusal.code.code.to_owned());
    item.message = Some(web::problem::sentence(refusal.code, chinese).to_owned());
    item.fields = refusal.fields.iter().map(|field| field.pointer.clone().into_owned()).collect();
    let extra = |name: &str| refusal.extra.as_ref().and_then(|extra| extra.get(name));
    item.breaches = extra("breaches").map(breaches).unwrap_or_default();
    item.conflict = extra("conflict").map(pair).unwrap_or_default();
    item.existing_grant_id =
        extra("existing_grant_id").and_then(Value::as_str).and_then(|id| id.parse().ok());
}

fn breaches(told: &Value) -> Vec<GrantBreachView> {
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let list = told.as_array().into_iter().flatten();
    list.map(|one| GrantBreachView { permission: text(one, "permission"), lack: text(one, "lack") }).collect()
}

/// The names of a pair as the refusal tells it.
fn pair(told: &Value) -> Vec<String> {
    let list = told.get("roles").and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A rule between two roles that a grant would come up against.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GrantConflictView {
    /// The names of the two roles.
    pub roles: Vec<String>,
    /// Where they must not meet: `same_unit`, `line` or `anywhere`.
    pub place: String,
    /// `forbid`, or `needs_second`: it may be proposed, and a second person approves it.
    pub mode: String,
}

/// What a grant would do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GrantPreviewView {
    /// Whether it could be given or proposed.
    pub allowed: bool,
    /// Whether it would wait for a second person.
    pub needs_second: bool,
    /// Permissions that would be new to its holder there.
    pub gains: Vec<String>,
    /// Permissions that may not be given.
    pub breaches: Vec<GrantBreachView>,
    /// Rules between roles that it would come up against.
    pub conflicts: Vec<GrantConflictView>,
    /// The codes of everything that refuses it.
    pub refusals: Vec<String>,
}

/// See what a grant would do before it is given.
#[utoipa::path(operation_id = "identity_preview_grant", tag = "grants", request_body = GrantCreate,
    responses((status = 200, body = GrantPreviewView, description = "What it would do")),
    extensions(("x-permission" = json!(ManageGrants::NAME))))]
#[post("/grants/preview")]
pub async fn preview(
    who: Allowed<ManageGrants>,
    body: Body<GrantCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let (shared, gift) = (gate.services().clone(), body.gift());
    let told = who
        .read(move |tx, ctx| {
            let (judged, gains) = foresee::grant(tx, ctx, &shared, &gift)?;
            let mut conflicts = Vec::new();
            for clash in &judged.clashes {
                let rule = &clash.conflict;
                let pair = roles::find_all(tx, &[rule.role_a_id, rule.role_b_id])?;
                conflicts.push(GrantConflictView {
                    roles: pair.into_iter().map(|role| role.name).collect(),
                    place: rule.place.clone(),
                    mode: rule.mode.clone(),
                });
            }
            Ok(GrantPreviewView {
                allowed: judged.refusals.is_empty(),
                needs_second: judged.needs_second(),
                gains,
                breaches: breaches(&ceiling::told(&judged.breaches)),
                conflicts,
                refusals: judged.refusals.iter().map(|refusal| refusal.code.code.to_owned()).collect(),
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(told))
}

/// The breaches of an edit.
pub(super) fn breach_views(found: &[auth::Breach]) -> Vec<GrantBreachView> {
    breaches(&ceiling::told(found))
}
