//! How far a case is, in the words of the updates extension.

use grid::model::{State, Step};

kernel::words! {
    /// What the extension calls a state. FixMyStreet reads them in small letters.
    Word {
        /// Known, and nobody is at it.
        Open = "OPEN",
        /// Taken on.
        Investigating = "INVESTIGATING",
        /// Given to somebody, or set aside until a date.
        ActionScheduled = "ACTION_SCHEDULED",
        /// Being dealt with.
        InProgress = "IN_PROGRESS",
        /// Dealt with.
        Fixed = "FIXED",
        /// Will not be dealt with.
        NoFurtherAction = "NO_FURTHER_ACTION",
        /// The same as another.
        Duplicate = "DUPLICATE",
        /// Over without a result.
        Closed = "CLOSED",
        /// As before: only something is said.
        Unchanged = "UNCHANGED",
    }
}

/// The word with which a sender asks for a case to be taken up again.
pub const REOPEN: &str = "REOPEN";

/// What a step is told as; nothing where it does not show outside: the report itself, what leaves the case in its state, and a
/// verification that went well.
pub fn told(step: &Step) -> Option<Word> {
    let from = step.from?;
    if from == step.to || step.to == State::Verified {
        return None;
    }
    Some(match step.to {
        State::Reported | State::Reopened => Word::Open,
        State::Accepted => Word::Investigating,
        State::Dispatched | State::Suspended => Word::ActionScheduled,
        State::InProgress => Word::InProgress,
        // A closed case was resolved and verified before: "closed" would take that back.
        State::Resolved | State::Verified | State::Closed => Word::Fixed,
        State::Rejected => Word::NoFurtherAction,
        State::Merged => Word::Duplicate,
        State::Void => Word::Closed,
        State::Waiting => Word::Unchanged,
    })
}

/// The steps whose words are meant for who reported the case: the result, why it was rejected, what they are asked. All other
/// words are between those who deal with it.
pub const PUBLIC: [&str; 3] = ["resolve", "reject", "ask"];

/// What may be told of a step.
pub fn public_text(step: &Step) -> Option<String> {
    step.note.clone().filter(|_| PUBLIC.contains(&step.action.as_str()))
}

/// Whether the standard calls it `open`: until nothing more is to be done.
pub fn is_open(state: State) -> bool {
    !state.is_over()
}

/// Reads the word of an update that came in; `None` where it cannot be one. Words that are not known change nothing, so a client
/// that has more of them than we do is not refused.
pub fn incoming(word: &str) -> Option<String> {
    let word = word.trim().to_ascii_uppercase().replace(' ', "_");
    let sound = (1..=40).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    sound.then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_come_in_are_read_in_any_letters_and_nothing_else_is() {
        for (sent, read) in [
            ("REOPEN", Some("REOPEN")),
            ("in progress", Some("IN_PROGRESS")),
            (" Not_Councils_Responsibility ", Some("NOT_COUNCILS_RESPONSIBILITY")),
            ("", None),
            ("<b>", None),
            ("open;drop", None),
            ("已解决", None),
        ] {
            assert_eq!(incoming(sent).as_deref(), read, "{sent}");
        }
        assert_eq!(incoming(&"A".repeat(41)), None);
    }

    #[test]
    fn open_ends_with_the_case() {
        let closed: Vec<&str> = State::ALL.iter().filter(|s| !is_open(**s)).map(|s| s.word()).collect();
        assert_eq!(closed, ["closed", "rejected", "merged", "void"]);
    }
}
