//! Invitations. Never deleted.

use diesel::prelude::*;
use diesel::sql_types::Text;
use kernel::id::Invitation as InvitationKind;
use kernel::{Cursor, Id, Instant, Outcome, Page, PageSize, Scope, UnitPath};
use storage::{Tx, with_conn};

use super::schema::identity_invitations as invitations;
use super::{substr, within};
use crate::model::newcomers::{Invitation, PENDING};

/// Adds an invitation.
pub fn insert(tx: &mut Tx<'_>, invitation: &Invitation) -> Outcome<()> {
    with_conn!(tx, |c| diesel::insert_into(invitations::table)
        .values(super::rows::InvitationRow::from(invitation.clone()))
        .execute(c))?;
    Ok(())
}

/// The invitation of this id.
pub fn find(tx: &mut Tx<'_>, id: Id<InvitationKind>) -> Outcome<Option<Invitation>> {
    Ok(with_conn!(tx, |c| invitations::table.find(id).select(Invitation::as_select()).first(c).optional())?)
}

/// The invitation of this id, locked.
pub fn find_locked(tx: &mut Tx<'_>, id: Id<InvitationKind>) -> Outcome<Option<Invitation>> {
    Ok(with_conn!(tx, |c| lock!(invitations::table.find(id).select(Invitation::as_select()))
        .first(c)
        .optional())?)
}

/// What to look for among invitations.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// `pending`, `expired`, `accepted` or `withdrawn`.
    pub state: Option<String>,
}

/// The invitations into units in the scope, newest first.
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &Filter,
    now: Instant,
    after: Option<Id<InvitationKind>>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Invitation>> {
    let rows: Vec<Invitation> = with_conn!(tx, |c| {
        let mut q = invitations::table.select(Invitation::as_select()).into_boxed::<Db>();
        q = q.filter(within!(invitations::table, invitations::unit_path, scope));
        if let Some(state) = filter.state.as_deref() {
            let kept = if state == "expired" { PENDING } else { state };
            q = q.filter(invitations::state.eq(kept.to_owned()));
            q = match state {
                "expired" => q.filter(invitations::expires_at.le(now)),
                PENDING => q.filter(invitations::expires_at.gt(now)),
                _ => q,
            };
        }
        if let Some(after) = after {
            q = q.filter(invitations::id.lt(after));
        }
        q.order(invitations::id.desc()).limit(size.probe()).load(c)
    })?;
    Ok(Page::cut(rows, size, |i| Cursor { after: i.id.uuid(), filter: fingerprint, key: None }))
}

/// Stores what may change of an invitation, if it still is of `version`; answers whether it was.
pub fn update(tx: &mut Tx<'_>, invitation: &Invitation, version: i64) -> Outcome<bool> {
    let row = invitations::table.find(invitation.id).filter(invitations::version.eq(version));
    let rows = with_conn!(tx, |c| diesel::update(row)
        .set((
            invitations::address_sealed.eq(&invitation.address_sealed),
            invitations::state.eq(&invitation.state),
            invitations::code_digest.eq(&invitation.code_digest),
            invitations::sent_at.eq(invitation.sent_at),
            invitations::sends.eq(invitation.sends),
            invitations::expires_at.eq(invitation.expires_at),
            invitations::ended_at.eq(invitation.ended_at),
            invitations::ended_by.eq(invitation.ended_by),
            invitations::version.eq(version + 1),
        ))
        .execute(c))?;
    Ok(rows == 1)
}

/// Forgets the addresses of invitations that ran out before `before`: nobody will write there any more.
pub fn forget_addresses(tx: &mut Tx<'_>, before: Instant) -> Outcome<usize> {
    Ok(with_conn!(tx, |c| diesel::update(
        invitations::table
            .filter(invitations::expires_at.lt(before))
            .filter(invitations::address_sealed.is_not_null())
    )
    .set(invitations::address_sealed.eq(None::<String>))
    .execute(c))?)
}

/// Rebases the copies of paths after a move.
pub fn rebase(tx: &mut Tx<'_>, from: &UnitPath, to: &UnitPath) -> Outcome<usize> {
    let (low, high) = from.range();
    let tail = super::after(from);
    Ok(with_conn!(tx, |c| diesel::update(
        invitations::table.filter(invitations::unit_path.ge(low)).filter(invitations::unit_path.lt(high))
    )
    .set(
        invitations::unit_path
            .eq(to.as_str().into_sql::<Text>().concat(substr(invitations::unit_path, tail)))
    )
    .execute(c))?)
}

/// Forgets the addresses of all invitations: what waits can be accepted, and cannot be sent again.
pub fn forget_all_addresses(tx: &mut Tx<'_>) -> Outcome<usize> {
    Ok(with_conn!(tx, |c| diesel::update(
        invitations::table.filter(invitations::address_sealed.is_not_null())
    )
    .set(invitations::address_sealed.eq(None::<String>))
    .execute(c))?)
}
