//! Inviting somebody: who may, at the moment of inviting; whether they still may is asked again when it is accepted.

use auth::LinkCode;
use contracts::{AddressKind, Language};
use kernel::error::{Fields, NOT_FOUND, OrRefuse, STALE};
use kernel::id::{Invitation as InvitationKind, Role as RoleKind, Unit};
use kernel::permission::Permit;
use kernel::{Context, Fault, Id, Instant, Outcome, Permission};
use serde_json::json;
use storage::{Tx, audit};

use crate::error::{INVITATION_OVER, SENT_LATELY};
use crate::model::address::Address;
use crate::model::newcomers::{Invitation, PENDING, WITHDRAWN};
use crate::permission::{ManageUsers, ReadUsers};
use crate::service::accept;
use crate::service::doorstep::Doorstep;
use crate::service::newcomer::Newcomer;
use crate::service::outside::{Outside, Said};
use crate::service::{Services, accounts, by_key, words};
use crate::store::{invitations, state, users};

/// How long an invitation holds.
pub const DAYS: i64 = 7;
/// Between two codes of one invitation.
const RESEND_SECONDS: i64 = 60;
/// Codes of one invitation.
const MAX_SENDS: i32 = 10;

/// Somebody to be invited.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// Where it is sent.
    pub address: Address,
    /// The login the account is to have; `None`: they choose.
    pub login: Option<String>,
    /// The name shown.
    pub display_name: String,
    /// The unit the account will belong to.
    pub unit: Id<Unit>,
    /// The role that awaits it.
    pub role: Option<NewInvitationRole>,
    /// Why.
    pub reason: String,
    /// What they read.
    pub language: Language,
}

/// The role that awaits somebody invited.
#[derive(Debug, Clone)]
pub struct NewInvitationRole {
    /// Which.
    pub role: Id<RoleKind>,
    /// Where; `None`: in the unit of the account.
    pub unit: Option<Id<Unit>>,
    /// Whether it reaches below.
    pub subtree: bool,
    /// Until when.
    pub until: Option<Instant>,
}

/// Invites somebody. What the inviter could not do at once, make the account and give the role, they cannot invite to.
pub fn invite(tx: &mut Tx<'_>, ctx: &Context, shared: &Services, new: &NewInvitation) -> Outcome<Invitation> {
    let mut fields = Fields::default();
    let login = new.login.as_deref().map(|login| accounts::check_login(login, &mut fields));
    fields.text("/display_name", &new.display_name, 1, 100);
    fields.text("/reason", &new.reason, 2, 500);
    fields.finish()?;
    // What is promised is judged by the account's rights, of which a key may carry fewer.
    by_key::refuse(ctx)?;
    let outside = shared.outside()?;
    outside.refuse_unreachable(new.address.kind())?;
    state::lock(tx)?;
    let unit = accounts::home(tx, ctx, shared, new.unit)?;
    let (id, role): (Id<InvitationKind>, _) = (ctx.id(), new.role.as_ref());
    let code = LinkCode::draw(id.uuid())?;
    let invitation = Invitation {
        id,
        login,
        display_name: new.display_name.trim().to_owned(),
        unit_id: unit.id,
        unit_path: unit.path,
        role_id: role.map(|role| role.role),
        grant_unit_id: role.map(|role| role.unit.unwrap_or(unit.id)),
        subtree: role.is_some_and(|role| role.subtree),
        grant_until: role.and_then(|role| role.until),
        reason: new.reason.trim().to_owned(),
        language: new.language.name().to_owned(),
        address_kind: new.address.kind().name().to_owned(),
        address_masked: new.address.masked(),
        address_sealed: Some(outside.seal(&new.address)?),
        state: PENDING.to_owned(),
        code_digest: code.digest(1),
        sent_at: ctx.now,
        sends: 1,
        expires_at: ctx.now.plus_days(DAYS),
        invited_by: ctx.actor.user,
        created_at: ctx.now,
        ended_at: None,
        ended_by: None,
        version: 1,
    };
    try_out(tx, ctx, shared, &invitation)?;
    invitations::insert(tx, &invitation)?;
    send(tx, ctx, outside, &invitation, &new.address, &code, &unit.name)?;
    let role = json!({ "role": invitation.role_id, "unit": invitation.grant_unit_id,
        "subtree": invitation.subtree, "until": invitation.grant_until });
    let after = json!({ "unit": unit.id, "grant": role, "reason": invitation.reason });
    trail(tx, ctx, "identity.invitation.sent", &invitation, Some(after))?;
    Ok(invitation)
}

/// Accepts it for a moment and undoes that: one judge for both times, so that nothing is asked at the one and forgotten at the
/// other.
fn try_out(tx: &mut Tx<'_>, ctx: &Context, shared: &Services, invitation: &Invitation) -> Outcome<()> {
    let newcomer = Newcomer {
        login: invitation.login.clone().unwrap_or_else(|| format!("trial-{}", invitation.id)),
        display_name: invitation.display_name.clone(),
        password_hash: String::new(),
    };
    let doorstep = Doorstep::of(ctx);
    let mut passed = false;
    let undone = tx.nested(|tx| {
        accept::enter(tx, &doorstep, shared, invitation, &newcomer)?;
        passed = true;
        Err::<(), _>(Fault::internal("it was only tried out"))
    });
    if passed { Ok(()) } else { undone }
}

fn send(
    tx: &mut Tx<'_>,
    ctx: &Context,
    outside: &Outside,
    invitation: &Invitation,
    address: &Address,
    code: &LinkCode,
    unit: &str,
) -> Outcome<()> {
    use secrecy::ExposeSecret;
    let inviter = users::find(tx, invitation.invited_by)?.map(|user| user.display_name).unwrap_or_default();
    let token = code.token();
    let parameters = vec![
        ("name", invitation.display_name.clone()),
        ("inviter", inviter),
        ("unit", unit.to_owned()),
        ("days", DAYS.to_string()),
        ("link", outside.link("invitation", &token)),
        ("code", token.expose_secret().to_owned()),
    ];
    let language = Language::of(&invitation.language).unwrap_or(Language::Zh);
    let said = Said { template: &words::INVITED, language, parameters };
    outside.write_to(tx, &Doorstep::of(ctx), address, said, invitation.expires_at)
}

/// The invitation of this id, if the actor holds `permission` at its unit.
pub fn visible(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<InvitationKind>,
    permission: &Permission,
) -> Outcome<Invitation> {
    invitations::find(tx, id)?
        .filter(|invitation| ctx.actor.may(permission, &invitation.unit_path, ctx.now))
        .or_refuse(&NOT_FOUND)
}

/// The pending invitation of this id, locked, if the actor manages accounts there.
fn managed(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<InvitationKind>,
    version: Option<i64>,
) -> Outcome<Invitation> {
    state::lock(tx)?;
    let invitation = invitations::find_locked(tx, id)?
        .filter(|invitation| {
            ctx.actor.may(ReadUsers::PERMISSION, &invitation.unit_path, ctx.now)
                || ctx.actor.may(ManageUsers::PERMISSION, &invitation.unit_path, ctx.now)
        })
        .or_refuse(&NOT_FOUND)?;
    ctx.require_at(ManageUsers::PERMISSION, invitation.unit_id, &invitation.unit_path)?;
    if invitation.state != PENDING {
        return Err(INVITATION_OVER.fault());
    }
    if version.is_some_and(|version| version != invitation.version) {
        return Err(STALE.fault());
    }
    Ok(invitation)
}

/// Sends a new code; the one before opens nothing any more.
pub fn resend(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    id: Id<InvitationKind>,
    version: Option<i64>,
) -> Outcome<Invitation> {
    by_key::refuse(ctx)?;
    let invitation = managed(tx, ctx, id, version)?;
    let again_at = invitation.sent_at.plus_seconds(RESEND_SECONDS);
    if ctx.now < again_at {
        let wait = again_at.micros().saturating_sub(ctx.now.micros()) / 1_000_000 + 1;
        return Err(SENT_LATELY.refusal().with("retry_after", json!(wait)).into());
    }
    let sealed = invitation.address_sealed.clone().filter(|_| invitation.sends < MAX_SENDS);
    let (Some(sealed), Some(kind)) = (sealed, AddressKind::of(&invitation.address_kind)) else {
        return Err(INVITATION_OVER.fault());
    };
    let outside = shared.outside()?;
    outside.refuse_unreachable(kind)?;
    let address = outside.open(kind, &sealed)?;
    let unit = shared.tree.unit(tx, invitation.unit_id)?.map(|unit| unit.name).unwrap_or_default();
    let code = LinkCode::draw(id.uuid())?;
    let before = invitation.version;
    let again = Invitation {
        code_digest: code.digest(before + 1),
        sent_at: ctx.now,
        sends: invitation.sends.saturating_add(1),
        expires_at: ctx.now.plus_days(DAYS),
        ..invitation
    };
    if !invitations::update(tx, &again, before)? {
        return Err(STALE.fault());
    }
    send(tx, ctx, outside, &again, &address, &code, &unit)?;
    trail(tx, ctx, "identity.invitation.resent", &again, Some(json!({ "sends": again.sends })))?;
    Ok(Invitation { version: before + 1, ..again })
}

/// Takes an invitation back; its code opens nothing any more.
pub fn withdraw(tx: &mut Tx<'_>, ctx: &Context, id: Id<InvitationKind>, version: Option<i64>) -> Outcome<()> {
    let invitation = managed(tx, ctx, id, version)?;
    let before = invitation.version;
    let withdrawn = Invitation {
        state: WITHDRAWN.to_owned(),
        address_sealed: None,
        ended_at: Some(ctx.now),
        ended_by: Some(ctx.actor.user),
        ..invitation
    };
    if !invitations::update(tx, &withdrawn, before)? {
        return Err(STALE.fault());
    }
    trail(tx, ctx, "identity.invitation.withdrawn", &withdrawn, None)
}

fn trail(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    invitation: &Invitation,
    after: Option<serde_json::Value>,
) -> Outcome<()> {
    let (object, unit) = (Some(invitation.id.uuid()), Some(invitation.unit_id));
    let entry = audit::Entry { action, object_kind: "invitation", object, unit, before: None, after };
    audit::record(tx, ctx, entry)
}
