//! The records: accounts, roles, grants, sessions.

pub mod address;
pub mod conflict;
pub mod newcomers;
pub mod policies;

use kernel::id::{Grant as GrantKind, Role as RoleKind, Session as SessionKind, Unit, User as UserKind};
use kernel::sql::Json;
use kernel::{Id, Instant, UnitPath};
use unicode_normalization::UnicodeNormalization;

pub mod sign_in;

pub mod handover;

/// `status` of an account that can sign in.
pub const ENABLED: &str = "enabled";
/// `status` of an account that cannot.
pub const DISABLED: &str = "disabled";

/// An account.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: Id<UserKind>,
    /// What it signs in with, folded to lower case.
    pub login: String,
    /// The name shown.
    pub display_name: String,
    /// The unit it belongs to.
    pub unit_id: Id<Unit>,
    /// Where that unit stands: a copy, kept right when units move.
    pub unit_path: UnitPath,
    /// [`ENABLED`] or [`DISABLED`].
    pub status: String,
    /// The password's hash; `None`: it cannot sign in by password.
    pub password_hash: Option<String>,
    /// Whether it may do nothing before it has chosen a new password.
    pub must_change_password: bool,
    /// Wrong passwords in a row.
    pub failed_count: i32,
    /// When the last of them was.
    pub last_failed_at: Option<Instant>,
    /// When it was made.
    pub created_at: Instant,
    /// Grows with every change.
    pub version: i64,
}

impl User {
    /// Whether it can act.
    pub fn is_enabled(&self) -> bool {
        self.status == ENABLED
    }
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("id", &self.id).field("status", &self.status).finish_non_exhaustive()
    }
}

/// A role, without its permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its id.
    pub id: Id<RoleKind>,
    /// Its name: snake_case.
    pub name: String,
    /// What people read, in English.
    pub label_en: String,
    /// What people read, in Chinese.
    pub label_zh: String,
    /// Whether it came with the platform.
    pub builtin: bool,
    /// The unit a custom role lives in.
    pub unit_id: Option<Id<Unit>>,
    /// Where that unit stands.
    pub unit_path: Option<UnitPath>,
    /// Whether its holder may give what they do not hold.
    pub gives_all: bool,
    /// Whether it can no longer be given.
    pub retired: bool,
    /// When it was made.
    pub created_at: Instant,
    /// Grows with every change, of its permissions too.
    pub version: i64,
}

/// The words for the state of a grant.
pub const GRANT_STATES: [&str; 6] = ["active", "pending", "proposed", "expired", "revoked", "declined"];

/// A role given to somebody, within a unit, for a time. Never deleted.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    /// Its id.
    pub id: Id<GrantKind>,
    /// Who holds it.
    pub user_id: Id<UserKind>,
    /// What it gives.
    pub role_id: Id<RoleKind>,
    /// Where.
    pub unit_id: Id<Unit>,
    /// Where that unit stands: a copy, kept right when units move.
    pub unit_path: UnitPath,
    /// Whether it reaches below the unit.
    pub subtree: bool,
    /// From when.
    pub valid_from: Instant,
    /// Until when (exclusive).
    pub valid_until: Option<Instant>,
    /// Why.
    pub reason: String,
    /// The number of the request elsewhere.
    pub ticket: Option<String>,
    /// Who gave it; `None`: the shell.
    pub granted_by: Option<Id<UserKind>>,
    /// The giver's own grants it was given under: an array of ids.
    pub granted_under: Json,
    /// When it was given.
    pub created_at: Instant,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
    /// By whom.
    pub revoked_by: Option<Id<UserKind>>,
    /// Why.
    pub revoke_reason: Option<String>,
    /// Grows with every change.
    pub version: i64,
    /// Whether it gives nothing before a second person has approved it.
    pub awaits_approval: bool,
    /// When its end is next to be told of: a week before, and when it is there; `None`: no more.
    pub notice_due_at: Option<Instant>,
}

/// How long before its end a grant is warned of.
const WARNED_DAYS: i64 = 7;

impl Grant {
    /// When the end of a grant is first told of: a week before, or, of one as short as that, when it is there.
    pub fn first_notice(from: Instant, until: Option<Instant>) -> Option<Instant> {
        let until = until?;
        let early = until.plus_days(-WARNED_DAYS);
        Some(if early > from { early } else { until })
    }

    /// Whether it reaches the unit at `path`.
    pub fn reaches(&self, path: &UnitPath) -> bool {
        if self.subtree { self.unit_path.contains(path) } else { self.unit_path == *path }
    }

    /// Whether it gives nothing any more and never will.
    pub fn is_over(&self, now: Instant) -> bool {
        self.revoked_at.is_some() || self.valid_until.is_some_and(|until| until <= now)
    }

    /// The word in the API: one of [`GRANT_STATES`].
    pub fn state(&self, now: Instant) -> &'static str {
        if self.revoked_at.is_some() {
            if self.awaits_approval { "declined" } else { "revoked" }
        } else if self.is_over(now) {
            "expired"
        } else if self.awaits_approval {
            "proposed"
        } else if now < self.valid_from {
            "pending"
        } else {
            "active"
        }
    }
}

/// A session: one sign-in and its family of refresh tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: Id<SessionKind>,
    /// Whose.
    pub user_id: Id<UserKind>,
    /// What its refresh tokens are made from, base64url.
    pub secret: String,
    /// The newest refresh token's number.
    pub generation: i64,
    /// When the newest refresh token was made.
    pub rotated_at: Instant,
    /// See `auth::Family`.
    pub replayable: bool,
    /// See `auth::Family`.
    pub given_again: bool,
    /// See `auth::Family`.
    pub confirmed: bool,
    /// When it ends by itself.
    pub expires_at: Instant,
    /// When it was ended.
    pub revoked_at: Option<Instant>,
    /// When it began.
    pub created_at: Instant,
    /// When a token was last refreshed.
    pub last_used_at: Instant,
    /// What it was opened on: a browser and a system, in a few words.
    pub device: String,
    /// Where from: the address, cut short.
    pub place: String,
    /// How: see [`sign_in::method`].
    pub method: String,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id)
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

/// What an account is found by: its login and its name in one form, whatever the case and the width they are typed in.
pub fn fold_account(login: &str, display_name: &str) -> String {
    format!("{} {}", fold_login(login), fold_login(display_name))
}

/// A login as it is kept and compared: in Unicode's compatibility form (ｗａｎｇ is wang, ① is 1), in lower case, trimmed. Folded
/// again it stays as it is.
pub fn fold_login(login: &str) -> String {
    let lower = login.nfkc().collect::<String>().to_lowercase();
    // Making a letter small may take it out of the form again.
    lower.nfkc().collect::<String>().trim().to_owned()
}
