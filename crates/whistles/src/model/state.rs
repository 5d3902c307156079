//! The states of a call and the table of what leads where. Who may, and what must be carried, is in `service`.

kernel::words! {
    /// How far a call is. Whether it is late follows from its moments and is no state.
    State {
        /// Called, not heard of.
        Called = "called", "Called", "已召集";
        /// The department reported in: who comes, and when.
        Reported = "reported", "Reported in", "已报到";
        /// The department told its result.
        Answered = "answered", "Result told", "已反馈";
        /// The community graded it.
        Graded = "graded", "Graded", "已评价";
        /// The department declined, and the community has not said whether it agrees.
        Declined = "declined", "Declined", "不能到场";
        /// The community agreed that it need not come.
        Excused = "excused", "Excused", "已同意不到场";
        /// Taken back by the community.
        Withdrawn = "withdrawn", "Withdrawn", "已撤回";
    }
}

kernel::words! {
    /// What can be done to a call.
    Action {
        /// Say who comes, and when: the department.
        ReportIn = "report_in",
        /// Say why nobody comes: the department.
        Decline = "decline",
        /// Agree that nobody need come: the community.
        AcceptDecline = "accept_decline",
        /// Insist: the community.
        RefuseDecline = "refuse_decline",
        /// Tell what came of it: the department.
        Result = "result",
        /// Grade it: the community. One that never came, or never told a result, too, once its time is over.
        Grade = "grade",
        /// Take the call back: the community.
        Withdraw = "withdraw",
    }
}

/// What decides where an action leads, besides the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct How {
    /// Whether the deadline that runs has passed.
    pub late: bool,
}

impl State {
    /// Where an action leads from here; `None`: not from here.
    pub fn after(self, action: Action, how: How) -> Option<Self> {
        use State as S;
        Some(match (action, self) {
            // A department may think better of it.
            (Action::ReportIn, S::Called | S::Declined) => S::Reported,
            (Action::Decline, S::Called) => S::Declined,
            (Action::AcceptDecline, S::Declined) => S::Excused,
            (Action::RefuseDecline, S::Declined) => S::Called,
            (Action::Result, S::Reported) => S::Answered,
            (Action::Grade, S::Answered) => S::Graded,
            (Action::Grade, S::Called | S::Reported) if how.late => S::Graded,
            // What was done is graded, not taken back.
            (Action::Withdraw, S::Called | S::Reported) => S::Withdrawn,
            // It answered, and the community no longer insists: that is no failure of the department's.
            (Action::Withdraw, S::Declined) => S::Excused,
            _ => return None,
        })
    }

    /// What can be done from here, by whoever may.
    pub fn actions(self, how: How) -> impl Iterator<Item = Action> {
        Action::ALL.iter().copied().filter(move |a| self.after(*a, how).is_some())
    }

    /// Whether nothing more is to be done.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Graded | Self::Excused | Self::Withdrawn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The table once more, as the specification tells it: state, action, whether only when late, where it leads.
    fn table() -> Vec<(State, Action, bool, State)> {
        use Action as A;
        use State as S;
        vec![
            (S::Called, A::ReportIn, false, S::Reported),
            (S::Declined, A::ReportIn, false, S::Reported),
            (S::Called, A::Decline, false, S::Declined),
            (S::Declined, A::AcceptDecline, false, S::Excused),
            (S::Declined, A::RefuseDecline, false, S::Called),
            (S::Reported, A::Result, false, S::Answered),
            (S::Answered, A::Grade, false, S::Graded),
            (S::Called, A::Grade, true, S::Graded),
            (S::Reported, A::Grade, true, S::Graded),
            (S::Called, A::Withdraw, false, S::Withdrawn),
            (S::Reported, A::Withdraw, false, S::Withdrawn),
            (S::Declined, A::Withdraw, false, S::Excused),
        ]
    }

    #[test]
    fn every_pair_of_state_and_action_is_as_in_the_table() {
        for state in State::ALL {
            for action in Action::ALL {
                for late in [false, true] {
                    let row = table()
                        .into_iter()
                        .find(|(s, a, only, _)| s == state && a == action && (late || !only));
                    assert_eq!(
                        state.after(*action, How { late }),
                        row.map(|(.., to)| to),
                        "{state} {action} {late}"
                    );
                }
            }
        }
    }

    #[test]
    fn words_are_read_as_written() {
        assert!(State::ALL.iter().all(|s| State::parse(s.word()) == Some(*s)));
        assert!(Action::ALL.iter().all(|a| Action::parse(a.word()) == Some(*a)));
        assert_eq!((State::parse("late"), State::LABELS.len()), (None, State::ALL.len()));
    }

    proptest! {
        /// Whatever is tried in whatever order: nothing leads out of the end, and everywhere else something leads on.
        #[test]
        fn nothing_leads_out_of_the_end_and_all_else_leads_on(tries in proptest::collection::vec((0..Action::ALL.len(), any::<bool>()), 0..40)) {
            let mut state = State::Called;
            for (n, late) in tries {
                let how = How { late };
                prop_assert_eq!(state.actions(how).next().is_none(), state.is_over());
                state = state.after(Action::ALL[n], how).unwrap_or(state);
            }
        }
    }
}
