//! An invitation as it is answered.

use std::collections::{BTreeSet, HashMap};

use kernel::permission::Permit;
use kernel::{Context, Fault, Id, Instant, Outcome};
use serde::Serialize;
use storage::Tx;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Services;
use crate::http::views::{GrantRoleView, GrantUnitView, GrantUserView, UnitNames, role_ref};
use crate::model::newcomers::{Invitation, PENDING};
use crate::permission::ManageUsers;
use crate::store::{roles, users};

/// An invitation. No code and no whole address is in it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InvitationView {
    /// Its id.
    pub id: Uuid,
    /// `phone` or `mail`.
    #[schema(extensions(("x-extensible-enum" = json!(["phone", "mail"]))))]
    pub address_kind: String,
    /// Where it was sent, masked.
    pub address: String,
    /// The login the account is to have; absent: the invited choose.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub login: Option<String>,
    /// The name shown.
    pub display_name: String,
    /// The unit the account will belong to.
    pub unit: GrantUnitView,
    /// The role that awaits it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub role: Option<GrantRoleView>,
    /// Where the role will be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub role_unit: Option<GrantUnitView>,
    /// Whether the role will reach below that unit.
    pub subtree: bool,
    /// Until when the role will hold; absent: until revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub role_ends_at: Option<Instant>,
    /// Why.
    pub reason: String,
    /// `zh` or `en`: what the invited read.
    #[schema(extensions(("x-extensible-enum" = json!(["zh", "en"]))))]
    pub language: String,
    /// `pending`, `expired`, `accepted` or `withdrawn`.
    #[schema(extensions(("x-extensible-enum" = json!(["pending", "expired", "accepted", "withdrawn"]))))]
    pub state: String,
    /// When the newest code was sent.
    #[schema(value_type = String, format = DateTime)]
    pub sent_at: Instant,
    /// How many codes were sent.
    #[schema(minimum = 1, maximum = 10)]
    pub sends: i32,
    /// When the newest code runs out.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Instant,
    /// Who invited.
    pub invited_by: GrantUserView,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was accepted or withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Instant>,
    /// The account it became, or who withdrew it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ended_by: Option<GrantUserView>,
    /// Grows with every change, and with every new code.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What the reader may do with it.
    pub can: Vec<String>,
}

/// The views of invitations.
pub fn views(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    chinese: bool,
    all: &[Invitation],
) -> Outcome<Vec<InvitationView>> {
    let places = all.iter().flat_map(|i| [Some(i.unit_id), i.grant_unit_id]).flatten();
    let units = UnitNames::of(tx, shared, places)?;
    let people: BTreeSet<_> = all.iter().flat_map(|i| [Some(i.invited_by), i.ended_by]).flatten().collect();
    let people = users::find_all(tx, &people.into_iter().collect::<Vec<_>>())?;
    let people: HashMap<_, _> = people.into_iter().map(|user| (user.id, user.display_name)).collect();
    let person = |id: Id<kernel::id::User>| GrantUserView {
        id: id.uuid(),
        display_name: people.get(&id).cloned().unwrap_or_default(),
    };
    let ids: BTreeSet<_> = all.iter().filter_map(|i| i.role_id).collect();
    let named = roles::find_all(tx, &ids.into_iter().collect::<Vec<_>>())?;
    Ok(all
        .iter()
        .map(|i| {
            let may = i.state == PENDING && ctx.actor.may(ManageUsers::PERMISSION, &i.unit_path, ctx.now);
            let can: &[&str] = if may { &["resend", "withdraw"] } else { &[] };
            let role = |id| role_ref(named.iter().find(|role| role.id == id), id.uuid(), chinese);
            InvitationView {
                id: i.id.uuid(),
                address_kind: i.address_kind.clone(),
                address: i.address_masked.clone(),
                login: i.login.clone(),
                display_name: i.display_name.clone(),
                unit: units.view(i.unit_id),
                role: i.role_id.map(role),
                role_unit: i.grant_unit_id.map(|unit| units.view(unit)),
                subtree: i.subtree,
                role_ends_at: i.grant_until,
                reason: i.reason.clone(),
                language: i.language.clone(),
                state: i.state_at(ctx.now).to_owned(),
                sent_at: i.sent_at,
                sends: i.sends,
                expires_at: i.expires_at,
                invited_by: person(i.invited_by),
                created_at: i.created_at,
                ended_at: i.ended_at,
                ended_by: i.ended_by.map(person),
                version: i.version,
                can: can.iter().map(|word| (*word).to_owned()).collect(),
            }
        })
        .collect())
}

/// The view of one invitation.
pub fn one(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    chinese: bool,
    invitation: &Invitation,
) -> Outcome<InvitationView> {
    let all = views(tx, ctx, shared, chinese, std::slice::from_ref(invitation))?;
    all.into_iter().next().ok_or_else(|| Fault::internal("a view got lost"))
}
