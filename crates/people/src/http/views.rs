//! What readers get: masked, flat, with names beside ids, and with what they may do next.

use chrono::NaiveDate;
use kernel::permission::Permit;
use kernel::{Context, Instant, Permission};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::model::{Consent, sex_word};
use crate::permission::{
    ErasePeople, ManageAccounts, ManageConsents, ManageFlags, ManagePeople, ReadReadings, UnmaskPeople,
};
use crate::service::see::Shown;
use crate::service::unmask::Unmasked;
use crate::service::{accounts, flags, readings};

/// An address of a person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonAddressView {
    /// What it is to them.
    #[schema(extensions(("x-extensible-enum" = json!(["home", "registered", "work", "other"]))))]
    pub kind: String,
    /// The address: down to the community where it is masked.
    pub text: String,
}

/// A document of a person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonDocumentView {
    /// What kind of document.
    #[schema(extensions(("x-extensible-enum" = json!(["id_card", "passport", "residence_permit", "foreign_resident", "birth_certificate", "other"]))))]
    pub kind: String,
    /// Its number, masked where the rest is.
    pub number: String,
}

/// A person, masked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonView {
    /// The person.
    pub id: Uuid,
    /// The unit they belong to.
    pub unit_id: Uuid,
    /// The unit's name.
    pub unit_name: String,
    /// How things stand with them. Of an erased person nothing else is left.
    #[schema(extensions(("x-extensible-enum" = json!(["active", "away", "deceased", "erased"]))))]
    pub status: String,
    /// The name, masked: `张**`.
    pub name: String,
    /// Phones, masked: `138****5678`.
    pub phones: Vec<String>,
    /// Addresses, down to the community.
    pub addresses: Vec<PersonAddressView>,
    /// Documents, masked: `110105********002X`.
    pub documents: Vec<PersonDocumentView>,
    /// The sex, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, extensions(("x-extensible-enum" = json!(["female", "male"]))))]
    pub sex: Option<String>,
    /// The flags that hold now.
    pub flags: Vec<String>,
    /// Since when they are on record.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When the record was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
    /// When they were erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub erased_at: Option<Instant>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub erased_by_id: Option<Uuid>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub erasure_reason: Option<String>,
    /// Counts the record's changes.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What the reader may do: `change`, `unmask`, `erase`, `flag`, `record_consent`, `tie_account`, `list_unmaskings`.
    pub can: Vec<String>,
}

const DEEDS: [(&str, &Permission); 6] = [
    ("change", ManagePeople::PERMISSION),
    ("unmask", UnmaskPeople::PERMISSION),
    ("erase", ErasePeople::PERMISSION),
    ("flag", ManageFlags::PERMISSION),
    ("record_consent", ManageConsents::PERMISSION),
    ("tie_account", ManageAccounts::PERMISSION),
];

impl PersonView {
    /// As the reader sees it.
    pub fn of(ctx: &Context, shown: Shown) -> Self {
        let person = shown.person;
        let may = |permission| ctx.actor.may(permission, &person.path, ctx.now);
        let deeds = DEEDS.iter().filter(|(_, p)| person.erased.is_none() && may(p)).map(|(word, _)| *word);
        let log = may(ReadReadings::PERMISSION).then_some("list_unmaskings");
        Self {
            can: deeds.chain(log).map(str::to_owned).collect(),
            id: person.id.uuid(),
            unit_id: person.unit.uuid(),
            unit_name: shown.unit_name,
            status: person.status.word().to_owned(),
            name: shown.name,
            phones: shown.phones,
            addresses: shown
                .addresses
                .into_iter()
                .map(|(kind, text)| PersonAddressView { kind: kind.word().to_owned(), text })
                .collect(),
            documents: shown
                .documents
                .into_iter()
                .map(|(kind, number)| PersonDocumentView { kind: kind.word().to_owned(), number })
                .collect(),
            sex: shown.sex.map(|sex| sex_word(sex).to_owned()),
            flags: shown.flags.iter().map(|f| f.word().to_owned()).collect(),
            created_at: person.created_at,
            updated_at: person.updated_at,
            erased_at: person.erased.map(|e| e.at),
            erased_by_id: person.erased.map(|e| e.by.uuid()),
            erasure_reason: person.erased.map(|e| e.reason.word().to_owned()),
            version: person.version,
        }
    }
}

web::page_schema!(PersonPage, PersonView);

/// Who was found, masked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonLookupView {
    /// The persons in the reader's places with this number; at most 50.
    pub found: Vec<PersonView>,
}

/// What was asked for of a person, whole. What was not asked for is not there.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonUnmaskedView {
    /// The person.
    pub id: Uuid,
    /// Under which id the reading stands in the log.
    pub reading_id: Uuid,
    /// Which fields were read.
    pub fields: Vec<String>,
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// Phones.
    pub phones: Vec<String>,
    /// Addresses.
    pub addresses: Vec<PersonAddressView>,
    /// Documents.
    pub documents: Vec<PersonDocumentView>,
    /// The day of birth.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub birth_on: Option<NaiveDate>,
    /// The sex.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, extensions(("x-extensible-enum" = json!(["female", "male"]))))]
    pub sex: Option<String>,
}

impl From<Unmasked> for PersonUnmaskedView {
    fn from(read: Unmasked) -> Self {
        let plain = read.plain;
        Self {
            id: read.person.id.uuid(),
            reading_id: read.reading.uuid(),
            fields: read.fields.iter().map(|f| f.word().to_owned()).collect(),
            name: (!plain.name.is_empty()).then(|| plain.name.clone()),
            phones: plain.phones,
            addresses: plain
                .addresses
                .into_iter()
                .map(|a| PersonAddressView { kind: a.kind.word().to_owned(), text: a.text })
                .collect(),
            documents: plain
                .documents
                .into_iter()
                .map(|d| PersonDocumentView { kind: d.kind.word().to_owned(), number: d.number })
                .collect(),
            birth_on: plain.birth_on,
            sex: plain.sex.map(|sex| sex_word(sex).to_owned()),
        }
    }
}

/// One whole reading, or one look-up. Nothing of what was read.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonReadingView {
    /// The reading.
    pub id: Uuid,
    /// Who read.
    pub reader_id: Uuid,
    /// The reader's name.
    pub reader_name: String,
    /// Whom; absent where a look-up found nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub person_id: Option<Uuid>,
    /// The person's unit then.
    pub unit_id: Uuid,
    /// The unit's name.
    pub unit_name: String,
    /// `unmask` or `lookup`.
    #[schema(extensions(("x-extensible-enum" = json!(["unmask", "lookup"]))))]
    pub kind: String,
    /// What was read, or what was looked up by.
    pub fields: Vec<String>,
    /// For what.
    pub purpose: String,
    /// Under which request.
    pub request_id: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
}

impl From<readings::Named> for PersonReadingView {
    fn from((reading, reader_name, unit_name): readings::Named) -> Self {
        Self {
            id: reading.id.uuid(),
            reader_id: reading.reader.uuid(),
            reader_name,
            person_id: reading.person.map(kernel::Id::uuid),
            unit_id: reading.unit.uuid(),
            unit_name,
            kind: reading.kind,
            fields: reading.fields,
            purpose: reading.purpose,
            request_id: reading.request_id,
            at: reading.at,
        }
    }
}

web::page_schema!(PersonReadingPage, PersonReadingView);

/// A reason to look after somebody first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonFlagView {
    /// The flag.
    pub id: Uuid,
    /// Whose.
    pub person_id: Uuid,
    /// What; the words are in the dictionary `people_flag_kinds`.
    pub kind: String,
    /// Why.
    pub reason: String,
    /// From when.
    #[schema(value_type = String, format = DateTime)]
    pub from_at: Instant,
    /// Until when, exclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub until_at: Option<Instant>,
    /// Who set it.
    pub set_by_id: Uuid,
    /// When it was set.
    #[schema(value_type = String, format = DateTime)]
    pub set_at: Instant,
    /// When it was ended before its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Instant>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ended_by_id: Option<Uuid>,
    /// Whether it holds now.
    pub is_live: bool,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
}

impl PersonFlagView {
    /// As it stands now.
    pub fn of(ctx: &Context, shown: flags::Shown) -> Self {
        let flag = shown.flag;
        Self {
            is_live: flag.is_live(ctx.now),
            id: flag.id.uuid(),
            person_id: flag.person.uuid(),
            kind: flag.kind.word().to_owned(),
            reason: shown.reason,
            from_at: flag.from,
            until_at: flag.until,
            set_by_id: flag.set_by.uuid(),
            set_at: flag.set_at,
            ended_at: flag.ended_at,
            ended_by_id: flag.ended_by.map(kernel::Id::uuid),
            version: flag.version,
        }
    }
}

web::page_schema!(PersonFlagPage, PersonFlagView);

/// What somebody agreed to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonConsentView {
    /// The consent.
    pub id: Uuid,
    /// Whose.
    pub person_id: Uuid,
    /// To what; the words are in the dictionary `people_consent_kinds`.
    pub kind: String,
    /// How it was given; the words are in the dictionary `people_consent_means`.
    pub means: String,
    /// When it was given.
    #[schema(value_type = String, format = DateTime)]
    pub given_at: Instant,
    /// Who recorded it.
    pub recorded_by_id: Uuid,
    /// When it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub withdrawn_at: Option<Instant>,
    /// Who recorded that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub withdrawn_by_id: Option<Uuid>,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
}

impl From<Consent> for PersonConsentView {
    fn from(consent: Consent) -> Self {
        Self {
            id: consent.id.uuid(),
            person_id: consent.person.uuid(),
            kind: consent.kind.word().to_owned(),
            means: consent.means.word().to_owned(),
            given_at: consent.given_at,
            recorded_by_id: consent.recorded_by.uuid(),
            withdrawn_at: consent.withdrawn_at,
            withdrawn_by_id: consent.withdrawn_by.map(kernel::Id::uuid),
            version: consent.version,
        }
    }
}

web::page_schema!(PersonConsentPage, PersonConsentView);

/// An account of a person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonAccountView {
    /// The tie.
    pub id: Uuid,
    /// The person.
    pub person_id: Uuid,
    /// The account.
    pub user_id: Uuid,
    /// The account's name.
    pub user_name: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub tied_at: Instant,
    /// Who confirmed it.
    pub tied_by_id: Uuid,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub untied_at: Option<Instant>,
    /// Who ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub untied_by_id: Option<Uuid>,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
}

impl From<accounts::Named> for PersonAccountView {
    fn from((tie, user_name): accounts::Named) -> Self {
        Self {
            id: tie.id.uuid(),
            person_id: tie.person.uuid(),
            user_id: tie.user.uuid(),
            user_name,
            tied_at: tie.tied_at,
            tied_by_id: tie.tied_by.uuid(),
            untied_at: tie.untied_at,
            untied_by_id: tie.untied_by.map(kernel::Id::uuid),
            version: tie.version,
        }
    }
}

web::page_schema!(PersonAccountPage, PersonAccountView);
