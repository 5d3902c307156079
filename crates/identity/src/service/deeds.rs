//! What an actor may do with an account: one judgement, for whoever does it and for the row that says whether they could.

use std::collections::{BTreeSet, HashMap};

use auth::Wanted;
use kernel::id::User as UserKind;
use kernel::permission::Permit;
use kernel::{Actor, Context, HeldGrant, Id, Instant, Outcome};
use storage::Tx;

use crate::error::{ALREADY_SO, IS_A_MACHINE, LAST_ADMINISTRATOR, NOT_BY_KEY, NOT_YOURSELF};
use crate::model::User;
use crate::permission::{ManageUsers, ReadUsers};
use crate::service::held::{self, Which};
use crate::service::{Services, by_key, ceiling, last_administrator};
use crate::store::service_accounts;

/// How far a deed reaches into what an account holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Its name and the like.
    Beside,
    /// It is shut out, or let try again.
    Away,
    /// Whoever does it could act as it: a new password, another home.
    Over,
}

/// A deed on an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Another name.
    Update,
    /// It is shut out.
    Disable,
    /// It is let in again.
    Enable,
    /// It may try passwords again.
    Unlock,
    /// Another password.
    SetPassword,
    /// What hangs on it passes to another.
    HandOver,
    /// It leaves.
    Offboard,
    /// Its sessions end.
    SignOut,
}

impl Deed {
    /// All of them, in the order that a row names them.
    pub const ALL: [Self; 8] = [
        Self::Update,
        Self::Disable,
        Self::Enable,
        Self::Unlock,
        Self::SetPassword,
        Self::HandOver,
        Self::Offboard,
        Self::SignOut,
    ];

    /// The word in the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Unlock => "unlock",
            Self::SetPassword => "set_password",
            Self::HandOver => "hand_over",
            Self::Offboard => "offboard",
            Self::SignOut => "sign_out",
        }
    }

    fn reach(self) -> Reach {
        match self {
            Self::Update | Self::HandOver => Reach::Beside,
            Self::Disable | Self::Unlock | Self::Offboard | Self::SignOut => Reach::Away,
            Self::Enable | Self::SetPassword => Reach::Over,
        }
    }
}

/// Whether nobody does this to themselves; said before anything is looked up.
pub(crate) fn refuse_to_oneself(ctx: &Context, id: Id<UserKind>, deed: Deed) -> Outcome<()> {
    let never = matches!(deed, Deed::Disable | Deed::SetPassword | Deed::Offboard);
    if never && id == ctx.actor.user { Err(NOT_YOURSELF.fault()) } else { Ok(()) }
}

/// An actor looked at beside some accounts: what they hold now, and what those hold.
pub(crate) struct Standing {
    actor: Actor,
    now: Instant,
    came_by_key: bool,
    high_risk: Vec<&'static str>,
    held: HashMap<Id<UserKind>, Vec<HeldGrant>>,
    machines: BTreeSet<Id<UserKind>>,
    sole: BTreeSet<Id<UserKind>>,
}

impl Standing {
    /// Beside these accounts, as everything is in this transaction.
    pub(crate) fn of(
        tx: &mut Tx<'_>,
        ctx: &Context,
        shared: &Services,
        people: &[Id<UserKind>],
    ) -> Outcome<Self> {
        Ok(Self {
            actor: ceiling::as_of_now(tx, ctx)?,
            now: ctx.now,
            came_by_key: by_key::came(&ctx.actor),
            high_risk: shared.high_risk().into_iter().collect(),
            held: held::of_all(tx, None, people, Which::NotOver(ctx.now))?,
            machines: service_accounts::of(tx, people)?,
            sole: last_administrator::sole(tx, ctx.now)?,
        })
    }

    /// Whether the actor manages the account and could do this to it.
    pub(crate) fn may(&self, ctx: &Context, user: &User, deed: Deed) -> bool {
        ctx.actor.may(ReadUsers::PERMISSION, &user.unit_path, self.now)
            && ctx.actor.may(ManageUsers::PERMISSION, &user.unit_path, self.now)
            && refuse_to_oneself(ctx, user.id, deed).is_ok()
            && self.refuse(user, deed).is_ok()
    }

    /// Refuses what the actor may not do to an account they manage, or what its state does not allow.
    pub(crate) fn refuse(&self, user: &User, deed: Deed) -> Outcome<()> {
        if deed == Deed::SetPassword && self.came_by_key {
            return Err(NOT_BY_KEY.fault());
        }
        self.refuse_beyond(user.id, deed.reach())?;
        let wrong_state = match deed {
            Deed::Disable => !user.is_enabled(),
            Deed::Enable => user.is_enabled(),
            _ => false,
        };
        if wrong_state {
            return Err(ALREADY_SO.fault());
        }
        let shuts_out = matches!(deed, Deed::Disable | Deed::Offboard) && user.is_enabled();
        if shuts_out && self.sole.contains(&user.id) {
            return Err(LAST_ADMINISTRATOR.fault());
        }
        if deed == Deed::SetPassword && self.machines.contains(&user.id) {
            return Err(IS_A_MACHINE.fault());
        }
        Ok(())
    }

    /// Refuses to reach farther into an account than the actor may: they must manage accounts wherever it holds something, and hold
    /// what is dangerous about it themselves. Or else who may set passwords would have everybody's rights.
    pub(crate) fn refuse_beyond(&self, id: Id<UserKind>, reach: Reach) -> Outcome<()> {
        if reach == Reach::Beside || id == self.actor.user {
            return Ok(());
        }
        // Taking something away needs no more than the holder's dangerous rights: or a harmless grant given elsewhere would be a
        // shield against the administrator of the holder's own unit.
        let counts = |grant: &&HeldGrant| {
            reach == Reach::Over || grant.gives_all || self.high_risk.iter().any(|name| grant.carries(name))
        };
        let held = self.held.get(&id).map_or(&[][..], Vec::as_slice);
        let wanted: Vec<Wanted<'_>> = held
            .iter()
            .filter(counts)
            .flat_map(|grant| ceiling::taking_over(grant, &self.high_risk, ManageUsers::NAME, self.now))
            .collect();
        let breaches = auth::ceiling(&self.actor, self.now, &wanted, ManageUsers::NAME);
        if breaches.is_empty() { Ok(()) } else { Err(ceiling::above(&breaches).into()) }
    }
}
