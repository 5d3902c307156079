//! Closed lists of words: as requests take them, and with their labels.

use kernel::gb::Sex;
use serde::Deserialize;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use web::Dictionary;

use crate::model::{
    AddressKind, ConsentKind, ConsentMeans, DocumentKind, ErasureReason, FlagKind, Status, Whole,
};

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

request_words! {
    AddressKind as "PersonAddressKindWord", "What an address is to somebody.";
    DocumentKind as "PersonDocumentKindWord", "A kind of document.";
    FlagKind as "PersonFlagKindWord", "A reason to look after somebody first.";
    ConsentKind as "PersonConsentKindWord", "What somebody agrees to.";
    ConsentMeans as "PersonConsentMeansWord", "How a consent was given.";
    Whole as "PersonWholeFieldWord", "What is read whole.";
    Status as "PersonAnyStatusWord", "How things stand with a person.";
}

/// How things stand with somebody, as it can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PersonStatusWord {
    /// Here.
    Active,
    /// Gone elsewhere.
    Away,
    /// Dead.
    Deceased,
}

impl From<PersonStatusWord> for Status {
    fn from(word: PersonStatusWord) -> Self {
        match word {
            PersonStatusWord::Active => Self::Active,
            PersonStatusWord::Away => Self::Away,
            PersonStatusWord::Deceased => Self::Deceased,
        }
    }
}

/// A sex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PersonSexWord {
    /// Female.
    Female,
    /// Male.
    Male,
}

impl From<PersonSexWord> for Sex {
    fn from(word: PersonSexWord) -> Self {
        match word {
            PersonSexWord::Female => Self::Female,
            PersonSexWord::Male => Self::Male,
        }
    }
}

/// Why somebody is erased, as it can be said: not that a backup was restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PersonErasureReasonWord {
    /// They asked for it.
    RequestedByPerson,
    /// They took their consent back.
    ConsentWithdrawn,
    /// The time of keeping is over.
    RetentionOver,
    /// They are on record elsewhere.
    Duplicate,
    /// Entered by mistake.
    Mistake,
    /// A court or an authority ordered it.
    LegalOrder,
}

impl From<PersonErasureReasonWord> for ErasureReason {
    fn from(word: PersonErasureReasonWord) -> Self {
        match word {
            PersonErasureReasonWord::RequestedByPerson => Self::RequestedByPerson,
            PersonErasureReasonWord::ConsentWithdrawn => Self::ConsentWithdrawn,
            PersonErasureReasonWord::RetentionOver => Self::RetentionOver,
            PersonErasureReasonWord::Duplicate => Self::Duplicate,
            PersonErasureReasonWord::Mistake => Self::Mistake,
            PersonErasureReasonWord::LegalOrder => Self::LegalOrder,
        }
    }
}

/// By what somebody is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PersonLookupKindWord {
    /// A phone.
    Phone,
    /// A resident identity card.
    IdCard,
    /// A passport.
    Passport,
    /// A residence permit.
    ResidencePermit,
    /// A foreign permanent resident card.
    ForeignResident,
    /// A birth certificate.
    BirthCertificate,
    /// Another document.
    Other,
}

impl PersonLookupKindWord {
    /// The kind of document; none for a phone.
    pub fn document(self) -> Option<DocumentKind> {
        Some(match self {
            Self::Phone => return None,
            Self::IdCard => DocumentKind::IdCard,
            Self::Passport => DocumentKind::Passport,
            Self::ResidencePermit => DocumentKind::ResidencePermit,
            Self::ForeignResident => DocumentKind::ForeignResident,
            Self::BirthCertificate => DocumentKind::BirthCertificate,
            Self::Other => DocumentKind::Other,
        })
    }
}

/// A field that can be emptied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PersonClear {
    /// The day of birth.
    BirthOn,
    /// The sex.
    Sex,
}

pub(super) static DICTIONARIES: &[Dictionary] = &[
    Dictionary { name: "people_status", entries: Status::LABELS },
    Dictionary { name: "people_document_kinds", entries: DocumentKind::LABELS },
    Dictionary { name: "people_address_kinds", entries: AddressKind::LABELS },
    Dictionary { name: "people_flag_kinds", entries: FlagKind::LABELS },
    Dictionary { name: "people_consent_kinds", entries: ConsentKind::LABELS },
    Dictionary { name: "people_consent_means", entries: ConsentMeans::LABELS },
    Dictionary { name: "people_erasure_reasons", entries: ErasureReason::LABELS },
    Dictionary { name: "people_whole_fields", entries: Whole::LABELS },
    Dictionary { name: "people_sexes", entries: &[("female", "Female", "女"), ("male", "Male", "男")] },
];
