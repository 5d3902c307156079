//! Closed lists of words: as requests take them, and with their labels.

use serde::Deserialize;
use utoipa::ToSchema;
use web::Dictionary;

use crate::model::{DwellingKind, Level, RegisterKind, Relation, ResidentType};
use crate::service::residence::State;

macro_rules! request_words {
    ($(#[$doc:meta])* $name:ident of $model:ident { $($(#[$vdoc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub(super) enum $name { $($(#[$vdoc])* $variant),+ }
        impl From<$name> for $model {
            fn from(word: $name) -> Self {
                match word { $($name::$variant => Self::$variant),+ }
            }
        }
    };
}

request_words! {
    /// What kind of place a dwelling is.
    DwellingKindWord of DwellingKind {
        /// House.
        House,
        /// Flat.
        Flat,
        /// Dormitory.
        Dormitory,
        /// Shop.
        Shop,
        /// Other.
        Other,
    }
}

request_words! {
    /// How a household stands in the register.
    HouseholdRegisterWord of RegisterKind {
        /// Family household.
        Family,
        /// Collective household.
        Collective,
        /// Not in the register.
        Unregistered,
    }
}

request_words! {
    /// How a resident stands in the register of the place.
    ResidentTypeWord of ResidentType {
        /// Registered.
        Registered,
        /// Not registered.
        NonRegistered,
        /// Floating.
        Floating,
    }
}

request_words! {
    /// What somebody is to the head of their household.
    HouseholdRelationWord of Relation {
        /// Spouse.
        Spouse,
        /// Child.
        Child,
        /// Parent.
        Parent,
        /// Sibling.
        Sibling,
        /// Grandchild.
        Grandchild,
        /// Grandparent.
        Grandparent,
        /// Other relative.
        OtherRelative,
        /// No relative.
        NonRelative,
    }
}

request_words! {
    /// How a residence or a rental stands on the day.
    TenureStateWord of State {
        /// It has begun and is not over.
        Current,
        /// It is over.
        Ended,
        /// It was marked as wrong.
        Voided,
        /// Whatever it is.
        All,
    }
}

/// Whether a dwelling or a household is in use on the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum HomeStateWord {
    /// In use.
    Open,
    /// History.
    Closed,
    /// Whatever it is.
    All,
}

impl HomeStateWord {
    /// As a filter: open ones unless told.
    pub(super) fn filter(word: Option<Self>) -> Option<bool> {
        match word {
            None | Some(Self::Open) => Some(true),
            Some(Self::Closed) => Some(false),
            Some(Self::All) => None,
        }
    }
}

pub(super) static DICTIONARIES: &[Dictionary] = &[
    Dictionary { name: "territory_unit_kinds", entries: &Level::WORDS },
    Dictionary {
        name: "territory_dwelling_kinds",
        entries: &[
            ("house", "House", "自建房、平房"),
            ("flat", "Flat", "住宅套房"),
            ("dormitory", "Dormitory", "集体宿舍"),
            ("shop", "Shop", "商铺"),
            ("other", "Other", "其他"),
        ],
    },
    Dictionary {
        name: "territory_register_kinds",
        entries: &[
            ("family", "Family household", "家庭户"),
            ("collective", "Collective household", "集体户"),
            ("unregistered", "Not in the register", "未立户"),
        ],
    },
    Dictionary {
        name: "territory_resident_types",
        entries: &[
            ("registered", "Registered", "户籍"),
            ("non_registered", "Not registered", "非户籍"),
            ("floating", "Floating", "流动"),
        ],
    },
    Dictionary {
        name: "territory_household_relations",
        entries: &[
            ("spouse", "Spouse", "配偶"),
            ("child", "Child", "子女"),
            ("parent", "Parent", "父母"),
            ("sibling", "Sibling", "兄弟姐妹"),
            ("grandchild", "Grandchild", "孙子女"),
            ("grandparent", "Grandparent", "祖父母"),
            ("other_relative", "Other relative", "其他亲属"),
            ("non_relative", "No relative", "非亲属"),
        ],
    },
    Dictionary {
        name: "territory_household_changes",
        entries: &[
            ("opened", "Recorded", "立户"),
            ("changed", "Changed", "变更"),
            ("moved", "Moved", "迁移"),
            ("split", "Split", "分户"),
            ("split_from", "Came of a split", "分立"),
            ("merged", "Took another in", "并入他户"),
            ("merged_into", "Merged into another", "并入"),
            ("closed", "Closed", "销户"),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ChangeKind;

    #[test]
    fn every_word_has_its_labels() {
        let has = |name: &str, words: Vec<&str>| {
            let all = DICTIONARIES.iter().find(|d| d.name == name).unwrap().entries;
            assert_eq!(all.iter().map(|(w, ..)| *w).collect::<Vec<_>>(), words);
        };
        has("territory_dwelling_kinds", DwellingKind::ALL.iter().map(|k| k.word()).collect());
        has("territory_register_kinds", RegisterKind::ALL.iter().map(|k| k.word()).collect());
        has("territory_resident_types", ResidentType::ALL.iter().map(|k| k.word()).collect());
        has("territory_household_relations", Relation::ALL.iter().map(|k| k.word()).collect());
        has("territory_household_changes", ChangeKind::ALL.iter().map(|k| k.word()).collect());
    }
}
