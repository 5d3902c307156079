//! Sign-ins that wait for their second half.

use diesel::prelude::*;
use kernel::id::{Challenge as ChallengeKind, User};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::{identity_challenges as challenges, identity_oidc_states as states};
use crate::model::sign_in::Challenge;

/// Adds one, and forgets the user's that have run out.
pub fn insert(tx: &mut Tx<'_>, challenge: &Challenge, now: Instant) -> Outcome<()> {
    with_conn!(tx, |c| diesel::delete(
        challenges::table
            .filter(challenges::user_id.eq(challenge.user_id))
            .filter(challenges::expires_at.le(now))
    )
    .execute(c))?;
    with_conn!(tx, |c| diesel::insert_into(challenges::table)
        .values(super::sign_in_rows::ChallengeRow::from(challenge.clone()))
        .execute(c))?;
    Ok(())
}

/// The one with this handle.
pub fn find(tx: &mut Tx<'_>, handle: &str) -> Outcome<Option<Challenge>> {
    Ok(with_conn!(tx, |c| challenges::table
        .filter(challenges::handle.eq(handle))
        .select(Challenge::as_select())
        .first(c)
        .optional())?)
}

/// The one of this id, locked.
pub fn find_locked(tx: &mut Tx<'_>, id: Id<ChallengeKind>) -> Outcome<Option<Challenge>> {
    Ok(with_conn!(tx, |c| lock!(challenges::table.find(id).select(Challenge::as_select()))
        .first(c)
        .optional())?)
}

/// Stores how often it was tried, and whether it was used.
pub fn update(tx: &mut Tx<'_>, challenge: &Challenge) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(challenges::table.find(challenge.id))
        .set((challenges::attempts.eq(challenge.attempts), challenges::used_at.eq(challenge.used_at)))
        .execute(c))?;
    Ok(())
}

/// Ends all of a user's.
pub fn end_all(tx: &mut Tx<'_>, user: Id<User>) -> Outcome<usize> {
    Ok(with_conn!(tx, |c| diesel::delete(challenges::table.filter(challenges::user_id.eq(user))).execute(c))?)
}

/// Marks a provider's answer as taken; `false` if it was taken before.
pub fn take_state(tx: &mut Tx<'_>, state: &str, expires_at: Instant) -> Outcome<bool> {
    let row = (states::state.eq(state), states::expires_at.eq(expires_at));
    let rows = with_conn!(tx, |c| diesel::insert_into(states::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(rows == 1)
}

/// Forgets what ran out before `before`.
pub fn purge(tx: &mut Tx<'_>, before: Instant) -> Outcome<()> {
    with_conn!(tx, |c| diesel::delete(challenges::table.filter(challenges::expires_at.lt(before)))
        .execute(c))?;
    with_conn!(tx, |c| diesel::delete(states::table.filter(states::expires_at.lt(before))).execute(c))?;
    Ok(())
}
