//! The passwords an account has had: which may not come again, and when one is too old.

use kernel::id::User as UserKind;
use kernel::{Id, IdGen, Instant, Outcome};
use storage::Tx;

use crate::model::User;
use crate::model::newcomers::Purpose;
use crate::model::policies::MAX_HISTORY;
use crate::service::policies;
use crate::store::{codes, passwords, state};

/// Notes a password that was set now, and ends every code by which another could be set; keeps as many as any policy may ask for.
pub fn note(tx: &mut Tx<'_>, ids: &dyn IdGen, user: Id<UserKind>, hash: &str, now: Instant) -> Outcome<()> {
    codes::end_all(tx, user, Purpose::Reset, now)?;
    passwords::insert(tx, ids.id(), user, hash, now)?;
    let kept = passwords::last(tx, user, i64::from(MAX_HISTORY))?;
    if let Some((oldest, ..)) = kept.last() {
        passwords::forget_before(tx, user, *oldest)?;
    }
    Ok(())
}

/// When the password of an account was set, as far as that was noted.
pub fn set_at(tx: &mut Tx<'_>, user: Id<UserKind>) -> Outcome<Option<Instant>> {
    Ok(passwords::last(tx, user, 1)?.first().map(|(_, _, set_at)| *set_at))
}

/// The hashes that may not come again.
pub fn not_again(tx: &mut Tx<'_>, user: Id<UserKind>, history: i32) -> Outcome<Vec<String>> {
    if history <= 0 {
        return Ok(Vec::new());
    }
    let last = passwords::last(tx, user, i64::from(history.min(MAX_HISTORY)))?;
    Ok(last.into_iter().map(|(_, hash, _)| hash).collect())
}

/// The account as it signs in: if its password is older than the realm allows, it must choose a new one before anything else.
pub fn of_age(tx: &mut Tx<'_>, user: User, now: Instant) -> Outcome<User> {
    let days = i64::from(policies::load(tx)?.passwords.max_age_days);
    if days == 0 || user.must_change_password {
        return Ok(user);
    }
    // What was set before this was kept is as old as the account.
    let set_at = set_at(tx, user.id)?.unwrap_or(user.created_at);
    if now < set_at.plus_days(days) {
        return Ok(user);
    }
    passwords::set_must_change(tx, user.id)?;
    state::bump(tx, Some(user.id), now)?;
    Ok(User { must_change_password: true, ..user })
}
