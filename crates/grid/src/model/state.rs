//! The incident's states and the table of what leads where. Who may, and what must be carried, is in `service::act`.

kernel::words! {
    /// How far an incident is.
    State {
        /// Somebody said so.
        Reported = "reported",
        /// Taken on.
        Accepted = "accepted",
        /// Given to somebody.
        Dispatched = "dispatched",
        /// Being dealt with.
        InProgress = "in_progress",
        /// Dealt with, says who did.
        Resolved = "resolved",
        /// Dealt with, says somebody else.
        Verified = "verified",
        /// Done.
        Closed = "closed",
        /// Not taken on.
        Rejected = "rejected",
        /// To be dealt with again.
        Reopened = "reopened",
        /// Set aside until a date; its clock stands.
        Suspended = "suspended",
        /// The reporter was asked something; its clock stands.
        Waiting = "waiting",
        /// The same as another case, which goes on.
        Merged = "merged",
        /// Struck: it should never have been a case.
        Void = "void",
    }
}

kernel::words! {
    /// What can be done to an incident.
    Action {
        /// Take it on.
        Accept = "accept",
        /// Refuse to take it on, with a reason.
        Reject = "reject",
        /// Give it to a unit or a person.
        Dispatch = "dispatch",
        /// Begin to deal with it.
        Start = "start",
        /// Say how it was dealt with.
        Resolve = "resolve",
        /// Confirm that it was, or send it back with a reason.
        Verify = "verify",
        /// End the case.
        Close = "close",
        /// Take it up again, with a reason.
        Reopen = "reopen",
        /// Give it back to whoever dispatches: it was sent to the wrong place.
        Return = "return",
        /// Put it into the tray of another unit or grid.
        Transfer = "transfer",
        /// Set it aside until a date.
        Suspend = "suspend",
        /// Ask the reporter.
        Ask = "ask",
        /// Answer what was asked.
        Answer = "answer",
        /// Go on with it before the date, or without an answer.
        Resume = "resume",
        /// Say that it is the same as another case.
        Merge = "merge",
    }
}

/// What decides where an action leads, besides the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct How {
    /// The outcome of a verification.
    pub passed: bool,
    /// Where a case that stands goes on.
    pub back: Option<State>,
}

impl How {
    /// Without a verification that failed.
    pub fn well(back: Option<State>) -> Self {
        Self { passed: true, back }
    }
}

impl State {
    /// Where an action leads from here; `None`: not from here.
    pub fn after(self, action: Action, how: How) -> Option<Self> {
        use State as S;
        Some(match (action, self) {
            (Action::Accept, S::Reported | S::Reopened) => S::Accepted,
            (Action::Reject, S::Reported | S::Accepted) => S::Rejected,
            (Action::Dispatch, S::Accepted | S::Reopened) => S::Dispatched,
            (Action::Start, S::Dispatched) => S::InProgress,
            (Action::Resolve, S::InProgress) => S::Resolved,
            (Action::Verify, S::Resolved) if how.passed => S::Verified,
            (Action::Verify, S::Resolved) => S::Reopened,
            (Action::Close, S::Verified) => S::Closed,
            (Action::Reopen, S::Resolved | S::Verified | S::Closed | S::Rejected | S::Merged) => S::Reopened,
            (
                Action::Merge,
                S::Reported
                | S::Accepted
                | S::Reopened
                | S::Dispatched
                | S::InProgress
                | S::Suspended
                | S::Waiting,
            ) => S::Merged,
            (Action::Return, S::Dispatched | S::InProgress) => S::Accepted,
            (Action::Transfer, S::Reported | S::Accepted | S::Reopened | S::Dispatched | S::InProgress) => {
                S::Reported
            }
            (Action::Suspend, S::Dispatched | S::InProgress) => S::Suspended,
            (Action::Ask, S::Reported | S::Accepted | S::Reopened | S::Dispatched | S::InProgress) => {
                S::Waiting
            }
            (Action::Answer, S::Waiting) | (Action::Resume, S::Waiting | S::Suspended) => return how.back,
            _ => return None,
        })
    }

    /// What can be done from here, by whoever may; `back` is where a case that stands goes on.
    pub fn actions(self, back: Option<Self>) -> impl Iterator<Item = Action> {
        Action::ALL.iter().copied().filter(move |a| self.after(*a, How::well(back)).is_some())
    }

    /// Whether nothing more is to be done, unless somebody takes it up again.
    pub fn is_over(self) -> bool {
        Self::OVER.contains(&self)
    }

    /// The states in which nothing more is to be done.
    pub const OVER: [Self; 4] = [Self::Closed, Self::Rejected, Self::Merged, Self::Void];

    /// Whether the clock stands.
    pub fn stands(self) -> bool {
        matches!(self, Self::Suspended | Self::Waiting)
    }

    /// Whether it can be struck, or get more time: it is neither dealt with nor over.
    pub fn is_open(self) -> bool {
        !self.is_over() && !matches!(self, Self::Resolved | Self::Verified)
    }

    /// Whether the reporter may ask for it to be taken up again.
    pub fn reporter_may_reopen(self) -> bool {
        matches!(self, Self::Resolved | Self::Closed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The table once more, as `domain.md` tells it: the states an action is allowed in, and where it leads.
    fn table() -> Vec<(State, Action, bool, State)> {
        use Action as A;
        use State as S;
        vec![
            (S::Reported, A::Accept, true, S::Accepted),
            (S::Reopened, A::Accept, true, S::Accepted),
            (S::Reported, A::Reject, true, S::Rejected),
            (S::Accepted, A::Reject, true, S::Rejected),
            (S::Accepted, A::Dispatch, true, S::Dispatched),
            (S::Reopened, A::Dispatch, true, S::Dispatched),
            (S::Dispatched, A::Start, true, S::InProgress),
            (S::InProgress, A::Resolve, true, S::Resolved),
            (S::Resolved, A::Verify, true, S::Verified),
            (S::Resolved, A::Verify, false, S::Reopened),
            (S::Verified, A::Close, true, S::Closed),
            (S::Resolved, A::Reopen, true, S::Reopened),
            (S::Verified, A::Reopen, true, S::Reopened),
            (S::Closed, A::Reopen, true, S::Reopened),
            (S::Rejected, A::Reopen, true, S::Reopened),
            (S::Merged, A::Reopen, true, S::Reopened),
            (S::Reported, A::Merge, true, S::Merged),
            (S::Accepted, A::Merge, true, S::Merged),
            (S::Reopened, A::Merge, true, S::Merged),
            (S::Dispatched, A::Merge, true, S::Merged),
            (S::InProgress, A::Merge, true, S::Merged),
            (S::Suspended, A::Merge, true, S::Merged),
            (S::Waiting, A::Merge, true, S::Merged),
            (S::Dispatched, A::Return, true, S::Accepted),
            (S::InProgress, A::Return, true, S::Accepted),
            (S::Reported, A::Transfer, true, S::Reported),
            (S::Accepted, A::Transfer, true, S::Reported),
            (S::Reopened, A::Transfer, true, S::Reported),
            (S::Dispatched, A::Transfer, true, S::Reported),
            (S::InProgress, A::Transfer, true, S::Reported),
            (S::Dispatched, A::Suspend, true, S::Suspended),
            (S::InProgress, A::Suspend, true, S::Suspended),
            (S::Reported, A::Ask, true, S::Waiting),
            (S::Accepted, A::Ask, true, S::Waiting),
            (S::Reopened, A::Ask, true, S::Waiting),
            (S::Dispatched, A::Ask, true, S::Waiting),
            (S::InProgress, A::Ask, true, S::Waiting),
            (S::Waiting, A::Answer, true, BACK),
            (S::Waiting, A::Resume, true, BACK),
            (S::Suspended, A::Resume, true, BACK),
        ]
    }

    /// Where the cases of the table stood still.
    const BACK: State = State::InProgress;

    #[test]
    fn every_pair_of_state_and_action_is_as_in_the_table() {
        for state in State::ALL {
            for action in Action::ALL {
                for passed in [true, false] {
                    let wanted = table()
                        .into_iter()
                        .find(|(s, a, p, _)| {
                            s == state && a == action && (*p == passed || *action != Action::Verify)
                        })
                        .map(|(.., to)| to);
                    let how = How { passed, back: Some(BACK) };
                    assert_eq!(state.after(*action, how), wanted, "{state} {action} {passed}");
                }
            }
        }
    }

    #[test]
    fn words_are_read_as_written() {
        assert!(State::ALL.iter().all(|s| State::parse(s.word()) == Some(*s)));
        assert!(Action::ALL.iter().all(|a| Action::parse(a.word()) == Some(*a)));
        assert_eq!(State::parse("lost"), None);
    }

    proptest! {
        /// Whatever is tried in whatever order: a case is closed only after it was resolved and verified since it was last
        /// taken up, and it never stays where no action leads on.
        #[test]
        fn nothing_is_closed_that_was_not_verified(tries in proptest::collection::vec((0..Action::ALL.len(), any::<bool>()), 0..60)) {
            let (mut state, mut resolved, mut verified, mut back) = (State::Reported, false, false, None);
            for (n, passed) in tries {
                let action = Action::ALL[n];
                let Some(next) = state.after(action, How { passed, back }) else {
                    prop_assert!(!state.actions(back).any(|a| a == action));
                    continue;
                };
                prop_assert!(state.actions(back).any(|a| a == action));
                back = next.stands().then_some(state);
                match next {
                    State::Resolved => resolved = true,
                    State::Verified => { prop_assert!(resolved); verified = true; }
                    State::Closed => prop_assert!(resolved && verified),
                    State::Reopened | State::Reported => { resolved = false; verified = false; }
                    _ => {}
                }
                state = next;
                prop_assert!(state.actions(back).next().is_some());
            }
        }
    }
}
