//! The records of how people come in, and come in again: invitations, contacts, codes.

use kernel::id::{
    Contact as ContactKind, Invitation as InvitationKind, OneTimeCode as CodeKind, Role as RoleKind, Unit,
    User as UserKind,
};
use kernel::{Id, Instant, UnitPath};

/// `state` of an invitation that nobody has taken yet.
pub const PENDING: &str = "pending";
/// `state` of one that became an account.
pub const ACCEPTED: &str = "accepted";
/// `state` of one that was taken back.
pub const WITHDRAWN: &str = "withdrawn";

/// An invitation: an account that somebody may make for themselves, and the role that awaits it.
#[derive(Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: Id<InvitationKind>,
    /// The login the account is to have; `None`: the invited choose.
    pub login: Option<String>,
    /// The name shown, until they choose another.
    pub display_name: String,
    /// The unit the account will belong to.
    pub unit_id: Id<Unit>,
    /// Where that unit stands: a copy, kept right when units move.
    pub unit_path: UnitPath,
    /// The role that awaits it.
    pub role_id: Option<Id<RoleKind>>,
    /// Where the role will be given.
    pub grant_unit_id: Option<Id<Unit>>,
    /// Whether it will reach below that unit.
    pub subtree: bool,
    /// Until when it will hold.
    pub grant_until: Option<Instant>,
    /// Why.
    pub reason: String,
    /// `zh` or `en`: what the invited read.
    pub language: String,
    /// `phone` or `mail`.
    pub address_kind: String,
    /// Where it was sent, as it is shown.
    pub address_masked: String,
    /// Where it was sent, sealed; gone when it has ended.
    pub address_sealed: Option<String>,
    /// [`PENDING`], [`ACCEPTED`] or [`WITHDRAWN`].
    pub state: String,
    /// The digest of the newest code, at this version.
    pub code_digest: String,
    /// When the newest code was sent.
    pub sent_at: Instant,
    /// How many codes were sent.
    pub sends: i32,
    /// When the newest code runs out.
    pub expires_at: Instant,
    /// Who invited.
    pub invited_by: Id<UserKind>,
    /// When.
    pub created_at: Instant,
    /// When it was accepted or withdrawn.
    pub ended_at: Option<Instant>,
    /// The account it became, or who withdrew it.
    pub ended_by: Option<Id<UserKind>>,
    /// Grows with every change, and with every new code.
    pub version: i64,
}

impl Invitation {
    /// The word in the API: `pending`, `expired`, `accepted` or `withdrawn`.
    pub fn state_at(&self, now: Instant) -> &str {
        if self.state == PENDING && self.expires_at <= now { "expired" } else { &self.state }
    }
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invitation").field("id", &self.id).field("state", &self.state).finish_non_exhaustive()
    }
}

/// An address at which an account can be reached.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact {
    /// Its id.
    pub id: Id<ContactKind>,
    /// Whose.
    pub user_id: Id<UserKind>,
    /// `phone` or `mail`.
    pub kind: String,
    /// The address under the realm's keyed hash: to find it again.
    pub address_hash: String,
    /// The address as it is shown.
    pub address_masked: String,
    /// The address, sealed: to write to it.
    pub address_sealed: String,
    /// The hash once more where the account registered itself by this address: one address, one account.
    pub claim: Option<String>,
    /// When its owner proved that they read what is sent there.
    pub verified_at: Option<Instant>,
    /// When it was added.
    pub created_at: Instant,
}

impl std::fmt::Debug for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contact")
            .field("id", &self.id)
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Making an account for oneself.
    Registration,
    /// A new password in place of one that was forgotten.
    Reset,
    /// Proving that a contact is one's own.
    Contact,
}

impl Purpose {
    /// The word in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Reset => "reset",
            Self::Contact => "contact",
        }
    }
}

/// A code that is good once, or the request for one.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    /// Its id.
    pub id: Id<CodeKind>,
    /// What it is for: see [`Purpose::name`].
    pub purpose: String,
    /// Whom it concerns, under the realm's keyed hash: asking too often is counted by it.
    pub subject_hash: String,
    /// The account it is for.
    pub user_id: Option<Id<UserKind>>,
    /// The contact it proves.
    pub contact_id: Option<Id<ContactKind>>,
    /// The unit somebody registers in.
    pub unit_id: Option<Id<Unit>>,
    /// The address or the login it was asked for, sealed.
    pub sealed: Option<String>,
    /// `zh` or `en`.
    pub language: String,
    /// What is kept of the code itself; `None`: none was sent.
    pub digest: Option<String>,
    /// How often somebody has tried.
    pub tries: i32,
    /// When it was asked for.
    pub created_at: Instant,
    /// When it runs out.
    pub expires_at: Instant,
    /// When it was used, or died.
    pub used_at: Option<Instant>,
}

impl Code {
    /// Whether it may still be used.
    pub fn is_live(&self, now: Instant) -> bool {
        self.used_at.is_none() && now < self.expires_at
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Code").field("id", &self.id).field("purpose", &self.purpose).finish_non_exhaustive()
    }
}
