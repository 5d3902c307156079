//! Two roles that must not meet in one person, or only if a second person approves.

use kernel::id::{Role, RoleConflict as ConflictKind, User};
use kernel::{Id, Instant, UnitPath};

/// Where two roles must not meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Given at the same unit.
    SameUnit,
    /// Given at the same unit, or at one above the other's.
    Line,
    /// Wherever they were given.
    Anywhere,
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::SameUnit, Self::Line, Self::Anywhere];

    /// The word in the API and in storage.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SameUnit => "same_unit",
            Self::Line => "line",
            Self::Anywhere => "anywhere",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.name() == word)
    }

    /// Whether grants at these two places meet.
    pub fn meets(self, a: &UnitPath, b: &UnitPath) -> bool {
        match self {
            Self::SameUnit => a == b,
            Self::Line => a.contains(b) || b.contains(a),
            Self::Anywhere => true,
        }
    }
}

/// What happens when they would meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is refused.
    Forbid,
    /// It is proposed, and holds when a second person has approved it.
    NeedsSecond,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Forbid, Self::NeedsSecond];

    /// The word in the API and in storage.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Forbid => "forbid",
            Self::NeedsSecond => "needs_second",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == word)
    }
}

/// Two roles that must not meet. The pair has no order; the smaller id comes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleConflict {
    /// Its id.
    pub id: Id<ConflictKind>,
    /// One role.
    pub role_a_id: Id<Role>,
    /// The other.
    pub role_b_id: Id<Role>,
    /// Where: [`Place`] by its word.
    pub place: String,
    /// How strictly: [`Mode`] by its word.
    pub mode: String,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub created_by: Id<User>,
    /// When.
    pub created_at: Instant,
}

impl RoleConflict {
    /// Where they must not meet; a word that is none counts as the strictest.
    pub fn place(&self) -> Place {
        Place::parse(&self.place).unwrap_or(Place::Anywhere)
    }

    /// How strictly; a word that is none counts as the strictest.
    pub fn mode(&self) -> Mode {
        Mode::parse(&self.mode).unwrap_or(Mode::Forbid)
    }

    /// The role that must not meet this one.
    pub fn other(&self, role: Id<Role>) -> Id<Role> {
        if self.role_a_id == role { self.role_b_id } else { self.role_a_id }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_up_and_down_and_not_across() {
        let town = UnitPath::numbered(None, 1).unwrap();
        let street = UnitPath::numbered(Some(&town), 1).unwrap();
        let other = UnitPath::numbered(Some(&town), 2).unwrap();
        assert!(Place::Line.meets(&town, &street) && Place::Line.meets(&street, &town));
        assert!(Place::Line.meets(&street, &street) && !Place::Line.meets(&street, &other));
        assert!(Place::SameUnit.meets(&street, &street) && !Place::SameUnit.meets(&town, &street));
        assert!(Place::Anywhere.meets(&street, &other));
        assert!(Place::ALL.iter().all(|p| Place::parse(p.name()) == Some(*p)));
        assert!(Mode::ALL.iter().all(|m| Mode::parse(m.name()) == Some(*m)));
        assert_eq!((Place::parse("x"), Mode::parse("")), (None, None));
    }
}
