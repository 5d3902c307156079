//! Persons as they are: pure, no storage, no web.

use chrono::NaiveDate;
use kernel::gb::Sex;
use kernel::id::{Person as PersonId, PersonAccount, PersonConsent, PersonFlag, PersonReading, Unit, User};
use kernel::{Fault, Id, Instant, Outcome, UnitPath};
use zeroize::Zeroizing;

use crate::crypto::{DataKey, Field};

pub mod check;
pub mod mask;
mod words;

pub use words::{
    AddressKind, ConsentKind, ConsentMeans, DocumentKind, ErasureReason, FlagKind, Status, Whole,
};

/// Where somebody lives, or is registered.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Address {
    /// What kind of address.
    pub kind: AddressKind,
    /// The address.
    pub text: String,
}

/// A document that says who somebody is.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Document {
    /// What kind of document.
    pub kind: DocumentKind,
    /// Its number.
    pub number: String,
}

/// What is personal about a person, in the clear. Never printed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Personal {
    /// The name.
    pub name: String,
    /// Phone numbers.
    pub phones: Vec<String>,
    /// Addresses.
    pub addresses: Vec<Address>,
    /// Identity documents.
    pub documents: Vec<Document>,
    /// The day of birth.
    pub birth_on: Option<NaiveDate>,
    /// The sex.
    pub sex: Option<Sex>,
}

macro_rules! never_printed {
    ($($ty:ident),+) => {
        $(impl std::fmt::Debug for $ty {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($ty), "(…)"))
            }
        })+
    };
}
never_printed!(Address, Document, Personal);

/// The word for a sex, as sent and shown.
pub const fn sex_word(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "female",
        Sex::Male => "male",
    }
}

/// The same fields, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sealed {
    /// The name.
    pub name: Option<Vec<u8>>,
    /// Phone numbers.
    pub phones: Option<Vec<u8>>,
    /// Addresses.
    pub addresses: Option<Vec<u8>>,
    /// Identity documents.
    pub documents: Option<Vec<u8>>,
    /// The day of birth.
    pub birth_on: Option<Vec<u8>>,
    /// The sex: one letter, so that its length says nothing.
    pub sex: Option<Vec<u8>>,
}

/// What is left to say of an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// When.
    pub at: Instant,
    /// By whom.
    pub by: Id<User>,
    /// Why.
    pub reason: ErasureReason,
}

/// A natural person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Its id.
    pub id: Id<PersonId>,
    /// The unit they belong to.
    pub unit: Id<Unit>,
    /// Where that unit stands: a copy, kept right when units move.
    pub path: UnitPath,
    /// How things stand with them.
    pub status: Status,
    /// What is personal.
    pub sealed: Sealed,
    /// Counts its changes.
    pub version: i64,
    /// Since when they are on record.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// The erasure, if there was one.
    pub erased: Option<Erased>,
}

impl Sealed {
    /// Seals everything.
    pub fn all(id: Id<PersonId>, key: &DataKey, plain: &Personal) -> Outcome<Self> {
        let seal = |field, text: &[u8]| key.seal(id, field, None, text);
        Ok(Self {
            name: Some(seal(Field::Name, plain.name.as_bytes())?),
            phones: list(&plain.phones)?.map(|text| seal(Field::Phones, &text)).transpose()?,
            addresses: list(&plain.addresses)?.map(|text| seal(Field::Addresses, &text)).transpose()?,
            documents: list(&plain.documents)?.map(|text| seal(Field::Documents, &text)).transpose()?,
            birth_on: plain
                .birth_on
                .map(|day| seal(Field::BirthOn, day.format("%Y-%m-%d").to_string().as_bytes()))
                .transpose()?,
            sex: plain
                .sex
                .map(|sex| seal(Field::Sex, if sex == Sex::Female { b"f" } else { b"m" }))
                .transpose()?,
        })
    }
}

fn list<T: serde::Serialize>(items: &[T]) -> Outcome<Option<Zeroizing<Vec<u8>>>> {
    if items.is_empty() {
        return Ok(None);
    }
    serde_json::to_vec(items).map(|text| Some(Zeroizing::new(text))).map_err(Fault::internal)
}

impl Person {
    fn open_text(
        &self,
        key: &DataKey,
        field: Field,
        sealed: Option<&Vec<u8>>,
    ) -> Outcome<Option<Zeroizing<Vec<u8>>>> {
        sealed.map(|sealed| key.open(self.id, field, None, sealed)).transpose()
    }

    fn open_list<T: serde::de::DeserializeOwned>(
        &self,
        key: &DataKey,
        field: Field,
        sealed: Option<&Vec<u8>>,
    ) -> Outcome<Vec<T>> {
        match self.open_text(key, field, sealed)? {
            None => Ok(Vec::new()),
            Some(text) => serde_json::from_slice(&text).map_err(|_| {
                Fault::internal(format!("the field {} of {} is not a list", field.word(), self.id))
            }),
        }
    }

    /// The name.
    pub fn open_name(&self, key: &DataKey) -> Outcome<String> {
        let text = self.open_text(key, Field::Name, self.sealed.name.as_ref())?.unwrap_or_default();
        String::from_utf8(text.to_vec()).map_err(|_| Fault::internal("a name is not UTF-8"))
    }

    /// Everything.
    pub fn open(&self, key: &DataKey) -> Outcome<Personal> {
        let birth = self.open_text(key, Field::BirthOn, self.sealed.birth_on.as_ref())?;
        let birth_on = birth
            .map(|text| {
                let text = String::from_utf8_lossy(&text);
                NaiveDate::parse_from_str(&text, "%Y-%m-%d")
                    .map_err(|_| Fault::internal("a birth date is no date"))
            })
            .transpose()?;
        let sex = self.open_text(key, Field::Sex, self.sealed.sex.as_ref())?;
        Ok(Personal {
            name: self.open_name(key)?,
            phones: self.open_list(key, Field::Phones, self.sealed.phones.as_ref())?,
            addresses: self.open_list(key, Field::Addresses, self.sealed.addresses.as_ref())?,
            documents: self.open_list(key, Field::Documents, self.sealed.documents.as_ref())?,
            birth_on,
            sex: sex.map(|letter| if **letter == *b"f" { Sex::Female } else { Sex::Male }),
        })
    }
}

/// A reason to look after somebody first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// Its id.
    pub id: Id<PersonFlag>,
    /// Whose.
    pub person: Id<PersonId>,
    /// What.
    pub kind: FlagKind,
    /// From when.
    pub from: Instant,
    /// Until when (exclusive).
    pub until: Option<Instant>,
    /// Why, sealed under the person's key.
    pub reason: Vec<u8>,
    /// Who set it.
    pub set_by: Id<User>,
    /// When.
    pub set_at: Instant,
    /// When it was ended before its time.
    pub ended_at: Option<Instant>,
    /// By whom.
    pub ended_by: Option<Id<User>>,
    /// Counts its changes.
    pub version: i64,
}

impl Flag {
    /// Whether it holds at `now`.
    pub fn is_live(&self, now: Instant) -> bool {
        self.ended_at.is_none() && self.from <= now && self.until.is_none_or(|until| now < until)
    }
}

/// What somebody agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Its id.
    pub id: Id<PersonConsent>,
    /// Whose.
    pub person: Id<PersonId>,
    /// To what.
    pub kind: ConsentKind,
    /// How it was given.
    pub means: ConsentMeans,
    /// When it was given.
    pub given_at: Instant,
    /// Who recorded it.
    pub recorded_by: Id<User>,
    /// When it was taken back.
    pub withdrawn_at: Option<Instant>,
    /// Who recorded that.
    pub withdrawn_by: Option<Id<User>>,
    /// Counts its changes.
    pub version: i64,
}

/// A person's tie to an account. It gives no right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountTie {
    /// Its id.
    pub id: Id<PersonAccount>,
    /// The person.
    pub person: Id<PersonId>,
    /// The account.
    pub user: Id<User>,
    /// Since when.
    pub tied_at: Instant,
    /// Who confirmed it.
    pub tied_by: Id<User>,
    /// Until when.
    pub untied_at: Option<Instant>,
    /// Who ended it.
    pub untied_by: Option<Id<User>>,
    /// Counts its changes.
    pub version: i64,
}

/// One whole reading, or one look-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Its id.
    pub id: Id<PersonReading>,
    /// Who read.
    pub reader: Id<User>,
    /// Whom; nobody where a look-up found nobody.
    pub person: Option<Id<PersonId>>,
    /// The person's unit; the reader's own where nobody was found.
    pub unit: Id<Unit>,
    /// Where it stands.
    pub path: UnitPath,
    /// `unmask` or `lookup`.
    pub kind: String,
    /// What was read, or what was looked up by.
    pub fields: Vec<String>,
    /// For what.
    pub purpose: String,
    /// Under which request.
    pub request_id: String,
    /// When.
    pub at: Instant,
}
