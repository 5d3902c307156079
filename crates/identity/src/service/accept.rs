//! Accepting an invitation: the account and its role in one transaction, judged by the inviter's rights as they are then.

use auth::LinkCode;
use contracts::AddressKind;
use kernel::permission::Permit;
use kernel::{Fault, Id, Instant, Outcome};
use serde_json::json;
use storage::{Tx, audit};

use crate::error::{INVITATION_REFUSED, INVITATION_VOID, LOGIN_TAKEN, UNIT_CLOSED};
use crate::model::User;
use crate::model::newcomers::{ACCEPTED, Invitation, PENDING};
use crate::permission::ManageUsers;
use crate::service::doorstep::Doorstep;
use crate::service::give::{self, Gift};
use crate::service::newcomer::{self, Newcomer};
use crate::service::{Services, ceiling, words};
use crate::store::{invitations, state};

/// Whether a code opens an invitation now: whether it is unknown, run out, used or withdrawn is all the same.
pub fn opens(invitation: &Invitation, code: &LinkCode, now: Instant) -> bool {
    let right = code.is(&invitation.code_digest, invitation.version);
    right && invitation.state == PENDING && now < invitation.expires_at
}

/// Makes the account and gives it its role. The code is good once; what the inviter may not give any more, nobody gets.
pub fn accept(
    tx: &mut Tx<'_>,
    doorstep: &Doorstep,
    shared: &Services,
    code: Option<&LinkCode>,
    newcomer: &Newcomer,
) -> Outcome<User> {
    newcomer::check(&newcomer.login, &newcomer.display_name)?;
    state::lock(tx)?;
    let invitation = match code {
        Some(code) => invitations::find_locked(tx, Id::from_uuid(code.id()))?
            .filter(|invitation| opens(invitation, code, doorstep.now)),
        None => None,
    };
    let invitation = invitation.ok_or_else(|| INVITATION_REFUSED.fault())?;
    if invitation.login.as_ref().is_some_and(|login| *login != crate::model::fold_login(&newcomer.login)) {
        return Err(INVITATION_REFUSED.fault());
    }
    let user = match enter(tx, doorstep, shared, &invitation, newcomer) {
        Ok(user) => user,
        Err(fault) if fault.code() == Some(&LOGIN_TAKEN) => return Err(fault),
        // Which of the inviter's rights is gone is the inviter's affair.
        Err(Fault::Refused(_)) => return Err(INVITATION_VOID.fault()),
        Err(fault) => return Err(fault),
    };
    let outside = shared.outside()?;
    let before = invitation.version;
    if let (Some(sealed), Some(kind)) =
        (&invitation.address_sealed, AddressKind::of(&invitation.address_kind))
    {
        newcomer::keep_address(tx, doorstep, outside, user.id, &outside.open(kind, sealed)?, false)?;
    }
    let accepted = Invitation {
        state: ACCEPTED.to_owned(),
        address_sealed: None,
        ended_at: Some(doorstep.now),
        ended_by: Some(user.id),
        ..invitation
    };
    if !invitations::update(tx, &accepted, before)? {
        return Err(INVITATION_REFUSED.fault());
    }
    let entry = audit::Entry {
        action: "identity.invitation.accepted",
        object_kind: "invitation",
        object: Some(accepted.id.uuid()),
        unit: Some(accepted.unit_id),
        before: None,
        after: Some(json!({ "user": user.id })),
    };
    doorstep.record(tx, Some(user.id), entry)?;
    let unit = shared.tree.unit(tx, accepted.unit_id)?.map(|unit| unit.name).unwrap_or_default();
    let parameters = vec![("name", user.display_name.clone()), ("unit", unit)];
    outside.tell(tx, doorstep, accepted.invited_by, &words::INVITATION_ACCEPTED, parameters)?;
    Ok(user)
}

/// The account and the role, as far as the inviter may make the one and give the other at this moment.
pub(crate) fn enter(
    tx: &mut Tx<'_>,
    doorstep: &Doorstep,
    shared: &Services,
    invitation: &Invitation,
    newcomer: &Newcomer,
) -> Outcome<User> {
    let inviter = doorstep.acting(invitation.invited_by);
    let rights = ceiling::as_of_now(tx, &inviter)?;
    let unit = shared.tree.unit(tx, invitation.unit_id)?.ok_or_else(|| UNIT_CLOSED.fault())?;
    if !rights.may(ManageUsers::PERMISSION, &unit.path, doorstep.now) {
        return Err(kernel::actor::missing(ManageUsers::PERMISSION).into());
    }
    if unit.closed {
        return Err(UNIT_CLOSED.fault());
    }
    let by = json!({ "invitation": invitation.id, "invited_by": invitation.invited_by });
    let user = newcomer::make(tx, doorstep, &unit, newcomer, &by)?;
    if let (Some(role), Some(place)) = (invitation.role_id, invitation.grant_unit_id) {
        let gift = Gift {
            user: user.id,
            role,
            unit: place,
            subtree: invitation.subtree,
            from: None,
            until: invitation.grant_until,
            reason: invitation.reason.clone(),
            ticket: None,
        };
        give::give(tx, &inviter, shared, &gift)?;
    }
    Ok(user)
}
