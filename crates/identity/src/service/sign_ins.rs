//! The log of sign-ins: what became of each try, on what device and from where. A flood of failures is told in one line.

use kernel::id::{Session as SessionKind, User as UserKind};
use kernel::permission::Permit;
use kernel::{Context, Id, IdGen, Instant, Outcome};
use storage::Tx;

use crate::model::sign_in::{SignIn, outcome};
use crate::permission::ReadSignIns;
use crate::store::sign_ins::{self, Whose};
use crate::visit::Visit;

/// Failures from one place in one minute that are kept one by one.
pub const PER_PLACE: i64 = 20;
/// Failures in one minute that are kept one by one, wherever they come from.
pub const PER_MINUTE: i64 = 600;
/// Unless told otherwise, entries are kept so long.
pub const KEEP_DAYS: i64 = 180;

/// What became of a try.
#[derive(Debug, Clone, Copy)]
pub struct Note<'a> {
    /// Whose account, if it is known.
    pub user: Option<Id<UserKind>>,
    /// A keyed digest of the login, if it is nobody's.
    pub login_digest: Option<&'a str>,
    /// What became of it.
    pub outcome: &'a str,
    /// How it was tried.
    pub method: &'a str,
    /// The session that was opened or ended.
    pub session: Option<Id<SessionKind>>,
}

/// Writes it down; answers whether it has a line of its own. A failure that comes with too many others is added to a line
/// that counts them.
pub fn note(tx: &mut Tx<'_>, ids: &dyn IdGen, now: Instant, visit: &Visit, note: Note<'_>) -> Outcome<bool> {
    let minute = now.utc().timestamp().div_euclid(60);
    let entry = SignIn {
        id: ids.id(),
        at: now,
        minute,
        user_id: note.user,
        login_digest: note.login_digest.map(str::to_owned),
        outcome: note.outcome.to_owned(),
        method: note.method.to_owned(),
        device: visit.device.clone(),
        place: visit.place.clone(),
        session_id: note.session,
        tries: 1,
    };
    if note.session.is_some() {
        // Whoever has a session is no stranger.
        sign_ins::insert(tx, &entry)?;
        return Ok(true);
    }
    let everywhere = sign_ins::in_minute(tx, minute, None)? >= PER_MINUTE;
    if !everywhere && sign_ins::in_minute(tx, minute, Some(&visit.place))? < PER_PLACE {
        sign_ins::insert(tx, &entry)?;
        return Ok(true);
    }
    let place = if everywhere { "" } else { visit.place.as_str() };
    if !sign_ins::add_try(tx, minute, place, outcome::MANY_FAILURES, now)? {
        let many = SignIn {
            user_id: None,
            login_digest: None,
            outcome: outcome::MANY_FAILURES.to_owned(),
            device: String::new(),
            place: place.to_owned(),
            ..entry
        };
        sign_ins::insert(tx, &many)?;
    }
    Ok(false)
}

/// Whose entries the actor may read: those of accounts where they audit; strangers' too, if that is a whole tree.
pub fn readable(ctx: &Context) -> Whose {
    let scope = ctx.actor.scope(ReadSignIns::PERMISSION, false, ctx.now);
    let strangers = scope.roots.iter().any(|root| root.subtree && root.path.depth() == 1);
    Whose::In { scope, strangers }
}
