//! The ceiling: nobody gives what they do not hold. One function for every write that can end in a right (a grant, a longer
//! grant, a role's new permission, an invitation, an import row); it compares permissions at places and never names of roles.

use kernel::{Actor, HeldGrant, Instant, UnitPath};

/// The right to give anything: not a permission of any role, but what a role that may give all passes on. Whoever grants such
/// a role wants this too, or they would make somebody mightier than themselves.
pub const GIVES_ALL: &str = "*";

/// One right that a write would give to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The permission's name, or [`GIVES_ALL`].
    pub permission: &'a str,
    /// The unit it would hold at.
    pub unit_path: &'a UnitPath,
    /// Whether it would hold below it too.
    pub subtree: bool,
    /// From when. The giver's grant holds now already, so this breaks no ceiling: a beginning in the past gives nobody anything.
    pub from: Instant,
    /// Until when (exclusive); `None`: until revoked.
    pub until: Option<Instant>,
}

impl<'a> Wanted<'a> {
    /// All that granting a role at a place for a time would give.
    pub fn of_role(
        permissions: impl IntoIterator<Item = &'a str>,
        gives_all: bool,
        unit_path: &'a UnitPath,
        subtree: bool,
        from: Instant,
        until: Option<Instant>,
    ) -> Vec<Self> {
        permissions
            .into_iter()
            .chain(gives_all.then_some(GIVES_ALL))
            .map(|permission| Self { permission, unit_path, subtree, from, until })
            .collect()
    }
}

/// What the giver lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lack {
    /// They do not hold it over the whole place themselves, and may not give all.
    Permission,
    /// They hold it, and not for as long as they would give it.
    Duration,
    /// They may not grant anything there.
    Granting,
}

/// A right that the giver may not give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// The permission, or [`GIVES_ALL`].
    pub permission: String,
    /// The place it was wanted at.
    pub unit_path: UnitPath,
    /// Whether what lies below was wanted too.
    pub subtree: bool,
    /// What is missing for it.
    pub lack: Lack,
}

/// What `actor` may not give of what is `wanted`; nothing, if all of it may be given.
///
/// For each right there must be **one** live grant of the actor that carries it (or may give all), reaches the whole place and
/// lasts as long; and the actor must hold `granting` (`identity.grant.manage`) over the whole place too. Permissions that
/// everybody holds are nobody's to give: leave them out of `wanted`.
pub fn ceiling(actor: &Actor, now: Instant, wanted: &[Wanted<'_>], granting: &str) -> Vec<Breach> {
    let live: Vec<&HeldGrant> = actor.grants.iter().filter(|grant| grant.is_live(now)).collect();
    let mut breaches = Vec::new();
    for want in wanted {
        let mut lacks = |lack| {
            breaches.push(Breach {
                permission: want.permission.to_owned(),
                unit_path: want.unit_path.clone(),
                subtree: want.subtree,
                lack,
            });
        };
        let mut givers =
            live.iter().filter(|grant| may_give(grant, want.permission) && spans(grant, want)).peekable();
        if givers.peek().is_none() {
            lacks(Lack::Permission);
        } else if !givers.any(|grant| outlasts(grant, want)) {
            lacks(Lack::Duration);
        }
        if !live.iter().any(|grant| grant.carries(granting) && spans(grant, want)) {
            lacks(Lack::Granting);
        }
    }
    breaches
}

fn may_give(grant: &HeldGrant, permission: &str) -> bool {
    grant.gives_all || (permission != GIVES_ALL && grant.carries(permission))
}

/// Whether the grant reaches all of the place that is wanted.
fn spans(grant: &HeldGrant, want: &Wanted<'_>) -> bool {
    grant.reaches(want.unit_path) && (grant.subtree || !want.subtree)
}

fn outlasts(grant: &HeldGrant, want: &Wanted<'_>) -> bool {
    match (grant.until, want.until) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(held), Some(wanted)) => wanted <= held,
    }
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod world;
