//! Closed lists of words: as requests take them, and with their labels.

use serde::Deserialize;
use utoipa::ToSchema;
use web::Dictionary;

use crate::model::{AdmissionState, Standing};

/// How far an admission is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum DutyAdmissionStateWord {
    /// Asked for.
    Asked,
    /// Admitted for its time.
    Admitted,
    /// Not admitted.
    Refused,
    /// Taken back, or ended early.
    Withdrawn,
}

impl From<DutyAdmissionStateWord> for AdmissionState {
    fn from(word: DutyAdmissionStateWord) -> Self {
        match word {
            DutyAdmissionStateWord::Asked => Self::Asked,
            DutyAdmissionStateWord::Admitted => Self::Admitted,
            DutyAdmissionStateWord::Refused => Self::Refused,
            DutyAdmissionStateWord::Withdrawn => Self::Withdrawn,
        }
    }
}

pub(super) static DICTIONARIES: &[Dictionary] = &[
    Dictionary { name: "duties_admission_states", entries: AdmissionState::LABELS },
    Dictionary { name: "duties_version_standings", entries: Standing::LABELS },
    Dictionary {
        name: "duties_scopes",
        entries: &[
            ("no_list", "No list holds", "无清单"),
            ("listed", "On the list", "清单内"),
            ("admitted", "Admitted for a time", "临时准入"),
            ("out_of_scope", "Out of scope", "清单外"),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_can_be_asked_for() {
        for state in AdmissionState::ALL {
            let word: DutyAdmissionStateWord =
                serde_json::from_value(serde_json::json!(state.word())).unwrap();
            assert_eq!(AdmissionState::from(word), *state);
        }
    }
}
