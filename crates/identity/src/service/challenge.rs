//! A sign-in in two halves: what is given out after the first, and what the second gets for it.

use auth::one_time::{self, Minted, TICKET_PREFIX};
use auth::{Failures, Sealer, Throttle, ThrottleVerdict};
use kernel::Outcome;
use secrecy::{ExposeSecret, SecretString};
use storage::Tx;

use crate::model::User;
use crate::model::sign_in::{Challenge, SECOND_FACTOR, TICKET, method, outcome};
use crate::service::second_factor;
use crate::service::session::{self, Door, Opened};
use crate::service::sign_ins::{self, Note};
use crate::store::{challenges, users};
use crate::visit::Visit;

/// How long a challenge waits.
pub const LIFE_SECONDS: i64 = 300;
/// How long a ticket waits: a page is loaded, no more.
pub const TICKET_SECONDS: i64 = 60;
/// Wrong codes that a challenge takes.
pub const ATTEMPTS: i32 = 5;

/// Gives out a challenge for a code.
pub fn ask(tx: &mut Tx<'_>, door: Door<'_>, user: &User, method: &str) -> Outcome<SecretString> {
    make(tx, door, user, method, SECOND_FACTOR, LIFE_SECONDS)
}

/// Gives out a ticket for a sign-in that only has to be collected.
pub fn ticket(tx: &mut Tx<'_>, door: Door<'_>, user: &User, method: &str) -> Outcome<SecretString> {
    make(tx, door, user, method, TICKET, TICKET_SECONDS)
}

fn make(
    tx: &mut Tx<'_>,
    door: Door<'_>,
    user: &User,
    method: &str,
    kind: &str,
    life: i64,
) -> Outcome<SecretString> {
    let Minted { token, handle, hash } = one_time::mint(TICKET_PREFIX)?;
    let challenge = Challenge {
        id: door.ids.id(),
        handle,
        hash,
        kind: kind.to_owned(),
        user_id: user.id,
        user_version: user.version,
        method: method.to_owned(),
        attempts: 0,
        created_at: door.now,
        expires_at: door.now.plus_seconds(life),
        used_at: None,
    };
    challenges::insert(tx, &challenge, door.now)?;
    Ok(token)
}

/// The challenge of a token with its account, both locked, if it still is good for something.
fn live(tx: &mut Tx<'_>, door: Door<'_>, token: &str, kind: &str) -> Outcome<Option<(Challenge, User)>> {
    let Some(handle) = one_time::handle(TICKET_PREFIX, token) else { return Ok(None) };
    let found = challenges::find(tx, handle)?;
    let right = one_time::matches(token, found.as_ref().map(|found| found.hash.as_str()));
    let Some(found) = found.filter(|found| right && found.kind == kind) else { return Ok(None) };
    // The account first, as everywhere, then the challenge: of two at once the second sees it used.
    let Some(user) = users::find_locked(tx, found.user_id)?.filter(User::is_enabled) else { return Ok(None) };
    let Some(challenge) = challenges::find_locked(tx, found.id)? else { return Ok(None) };
    let good = challenge.used_at.is_none()
        && door.now < challenge.expires_at
        && challenge.attempts < ATTEMPTS
        && challenge.user_version == user.version;
    Ok(good.then_some((challenge, user)))
}

/// Opens a session for a challenge and its code; `None`: refused. A wrong code counts towards the lock-out like a wrong
/// password, and that is committed, so it is no fault.
pub fn answer(
    tx: &mut Tx<'_>,
    door: Door<'_>,
    visit: &Visit,
    sealer: &Sealer,
    throttle: &Throttle,
    token: &SecretString,
    code: &str,
) -> Outcome<Option<Opened>> {
    let Some((challenge, user)) = live(tx, door, token.expose_secret(), SECOND_FACTOR)? else {
        return Ok(None);
    };
    let failures = Failures { count: user.failed_count, last: user.last_failed_at };
    let log = |tx: &mut Tx<'_>, outcome: &str| {
        let note = Note {
            user: Some(user.id),
            login_digest: None,
            outcome,
            method: &challenge.method,
            session: None,
        };
        sign_ins::note(tx, door.ids, door.now, visit, note)
    };
    if matches!(throttle.judge(failures, door.now), ThrottleVerdict::Locked { .. }) {
        log(tx, outcome::LOCKED)?;
        return Ok(None);
    }
    let Some(accepted) = second_factor::accept(tx, sealer, user.id, code, door.now)? else {
        users::set_failures(tx, user.id, throttle.failed(failures, door.now))?;
        challenges::update(tx, &Challenge { attempts: challenge.attempts + 1, ..challenge.clone() })?;
        log(tx, outcome::WRONG_CODE)?;
        return Ok(None);
    };
    let method = accepted.after(&challenge.method);
    challenges::update(tx, &Challenge { used_at: Some(door.now), ..challenge })?;
    session::open(tx, door, visit, &user, method).map(Some)
}

/// Opens a session for a ticket; `None`: refused.
pub fn redeem(
    tx: &mut Tx<'_>,
    door: Door<'_>,
    visit: &Visit,
    token: &SecretString,
) -> Outcome<Option<Entry>> {
    let Some((challenge, user)) = live(tx, door, token.expose_secret(), TICKET)? else { return Ok(None) };
    challenges::update(tx, &Challenge { used_at: Some(door.now), ..challenge.clone() })?;
    if challenge.method == method::OIDC_TRUSTED {
        let opened = session::open(tx, door, visit, &user, &challenge.method)?;
        return Ok(Some(Entry::Opened(Box::new(opened))));
    }
    enter(tx, door, visit, &user, &challenge.method).map(Some)
}

/// What the first half of a sign-in leads to.
#[derive(Debug, Clone)]
pub enum Entry {
    /// In.
    Opened(Box<Opened>),
    /// A code is asked for; this is the challenge's token.
    Asked(SecretString),
}

/// What a right first half leads to: a session, or the question for a code.
pub fn enter(tx: &mut Tx<'_>, door: Door<'_>, visit: &Visit, user: &User, method: &str) -> Outcome<Entry> {
    if !second_factor::is_enrolled(tx, user.id)? {
        let opened = session::open(tx, door, visit, user, method)?;
        return Ok(Entry::Opened(Box::new(opened)));
    }
    let token = ask(tx, door, user, method)?;
    let note = Note {
        user: Some(user.id),
        login_digest: None,
        outcome: outcome::SECOND_FACTOR_ASKED,
        method,
        session: None,
    };
    sign_ins::note(tx, door.ids, door.now, visit, note)?;
    Ok(Entry::Asked(token))
}
