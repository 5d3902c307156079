//! What identity offers to whoever changes the tree: a unit that moves takes its people under other grants.

use kernel::id::{Grant, Unit, User};
use kernel::{Context, Id, Outcome, UnitPath};
use serde::{Deserialize, Serialize};

/// What a move does to one grant's holder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RightsChange {
    /// The grant.
    pub grant: Id<Grant>,
    /// Its holder.
    pub user: Id<User>,
    /// The holder's name.
    pub user_name: String,
    /// The role.
    pub role_name: String,
    /// Where it was given.
    pub unit: Id<Unit>,
}

/// Two roles of one person that a move would bring into one line, against a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleMeeting {
    /// Who holds both.
    pub user: Id<User>,
    /// Their name.
    pub user_name: String,
    /// The role held above the new place.
    pub role_above: String,
    /// The role held in the moved subtree.
    pub role_below: String,
}

/// What a move does to rights.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MoveEffect {
    /// Grants that will reach the moved subtree and did not.
    pub gains: Vec<RightsChange>,
    /// Grants that reached it and will not.
    pub losses: Vec<RightsChange>,
    /// Permissions that somebody would gain and the mover could not give: the ceiling refuses the move.
    pub breaches: Vec<String>,
    /// Permissions that somebody would lose and the mover could not take from them: they refuse the move as well.
    pub untakeable: Vec<String>,
    /// Roles that would meet in one person against a rule: they refuse the move, too.
    pub conflicts: Vec<RoleMeeting>,
}

/// Rights that follow the tree, within the caller's unit of work `T`.
pub trait RightsWatch<T>: Send + Sync {
    /// What would change if the unit at `from` stood below the unit at `new_parent` (`None`: as a root).
    fn preview_move(
        &self,
        tx: &mut T,
        ctx: &Context,
        from: &UnitPath,
        new_parent: Option<&UnitPath>,
    ) -> Outcome<MoveEffect>;
    /// The tree has changed: rights that were looked up before are looked up again on everybody's next request.
    fn tree_changed(&self, tx: &mut T, ctx: &Context) -> Outcome<()>;
}
