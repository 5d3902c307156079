//! What is on no list and may be asked for all the same, for a time.

use kernel::id::{Category, DutyAdmission, Unit, User};
use kernel::{Id, Instant};

/// The longest admission: what is asked for longer belongs on the list.
pub const MAX_DAYS: i64 = 366;

/// What one person may have asked for and nobody decided: a bound against floods, and no count that must be right when many ask at
/// once.
pub const MOST_ASKED: i64 = 50;

kernel::words! {
    /// How far an admission is. Whether it holds is a matter of its times.
    AdmissionState {
        /// Asked for.
        Asked = "asked", "Asked for", "待审批";
        /// Admitted for its time.
        Admitted = "admitted", "Admitted", "已准入";
        /// Not admitted.
        Refused = "refused", "Refused", "未准入";
        /// Taken back by who asked, or ended early.
        Withdrawn = "withdrawn", "Withdrawn", "已终止";
    }
}

kernel::words! {
    /// What can be done to an admission.
    AdmissionDeed {
        /// Admit it.
        Admit = "admit",
        /// Do not.
        Refuse = "refuse",
        /// Take it back, or end it early.
        Withdraw = "withdraw",
    }
}

impl AdmissionState {
    /// Where a deed leads from here; `None`: not from here.
    pub fn after(self, deed: AdmissionDeed) -> Option<Self> {
        Some(match (deed, self) {
            (AdmissionDeed::Admit, Self::Asked) => Self::Admitted,
            (AdmissionDeed::Refuse, Self::Asked) => Self::Refused,
            (AdmissionDeed::Withdraw, Self::Asked | Self::Admitted) => Self::Withdrawn,
            _ => return None,
        })
    }
}

/// Leave to ask a unit, and those below it, for a category and what is below that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// Its id.
    pub id: Id<DutyAdmission>,
    /// Where.
    pub unit: Id<Unit>,
    /// What.
    pub category: Id<Category>,
    /// Why.
    pub reason: String,
    /// From when it was asked for.
    pub from: Instant,
    /// Until when (exclusive).
    pub until: Instant,
    /// How far it is.
    pub state: AdmissionState,
    /// From when it holds in fact: not before it was decided.
    pub holds_from: Option<Instant>,
    /// Until when it holds in fact (exclusive).
    pub holds_until: Option<Instant>,
    /// Who asked.
    pub asked_by: Id<User>,
    /// When.
    pub asked_at: Instant,
    /// Who decided.
    pub decided_by: Option<Id<User>>,
    /// When.
    pub decided_at: Option<Instant>,
    /// What they said.
    pub decision_note: Option<String>,
    /// Who withdrew it.
    pub withdrawn_by: Option<Id<User>>,
    /// When.
    pub withdrawn_at: Option<Instant>,
    /// Why.
    pub withdrawal_note: Option<String>,
    /// Counts its changes.
    pub version: i64,
}

impl Admission {
    /// Whether it holds at a moment.
    pub fn holds(&self, at: Instant) -> bool {
        self.holds_from.is_some_and(|from| from <= at) && self.holds_until.is_some_and(|until| at < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_state_and_deed_is_as_in_the_table() {
        use AdmissionDeed as D;
        use AdmissionState as S;
        let table = [
            (S::Asked, D::Admit, S::Admitted),
            (S::Asked, D::Refuse, S::Refused),
            (S::Asked, D::Withdraw, S::Withdrawn),
            (S::Admitted, D::Withdraw, S::Withdrawn),
        ];
        for state in S::ALL {
            assert_eq!(S::parse(state.word()), Some(*state));
            for deed in D::ALL {
                assert_eq!(D::parse(deed.word()), Some(*deed));
                let wanted = table.iter().find(|(s, d, _)| s == state && d == deed).map(|(.., to)| *to);
                assert_eq!(state.after(*deed), wanted, "{state} {deed}");
            }
        }
    }
}
