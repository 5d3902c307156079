//! Closed lists of words: as requests take them, and with their labels.

use serde::{Deserialize, Deserializer};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use web::Dictionary;

use crate::model::{DropReason, Due, PlanState, Presence, QuestionKind, Way};

/// The schema of a model's words, as requests take them.
macro_rules! request_words {
    ($($model:ident as $name:literal, $doc:literal;)+) => {
        $(
            impl PartialSchema for $model {
                fn schema() -> RefOr<Schema> {
                    ObjectBuilder::new()
                        .schema_type(SchemaType::Type(Type::String))
                        .description(Some($doc))
                        .enum_values(Some($model::ALL.iter().map(|w| w.word())))
                        .into()
                }
            }
            impl ToSchema for $model {
                fn name() -> std::borrow::Cow<'static, str> {
                    $name.into()
                }
            }
        )+
    };
}

/// The reading of a model's words.
macro_rules! read_words {
    ($($model:ident),+) => {
        $(
            impl<'de> Deserialize<'de> for $model {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let word = String::deserialize(deserializer)?;
                    let words = || Self::ALL.iter().map(|w| w.word()).collect::<Vec<_>>().join(", ");
                    Self::parse(&word)
                        .ok_or_else(|| serde::de::Error::custom(format!("one of {} is expected", words())))
                }
            }
        )+
    };
}

request_words! {
    Way as "VisitWayWord", "How somebody called.";
    Presence as "VisitPresenceWord", "Whether the phone was near the dwelling.";
    QuestionKind as "VisitQuestionKindWord", "What kind of answer a question asks for.";
    PlanState as "VisitPlanStateWord", "How far a plan is.";
    DropReason as "VisitDropReasonWord", "Why a plan was given up.";
}
read_words!(Way, Presence, PlanState, DropReason);

pub(super) static DICTIONARIES: &[Dictionary] = &[
    Dictionary { name: "visits_ways", entries: Way::LABELS },
    Dictionary { name: "visits_presences", entries: Presence::LABELS },
    Dictionary { name: "visits_question_kinds", entries: QuestionKind::LABELS },
    Dictionary { name: "visits_plan_states", entries: PlanState::LABELS },
    Dictionary { name: "visits_drop_reasons", entries: DropReason::LABELS },
    Dictionary { name: "visits_dues", entries: Due::LABELS },
];
