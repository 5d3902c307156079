//! Sealing and opening.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use kernel::id::Person;
use kernel::{Fault, Id, Outcome};
use rand::RngCore;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The version of the scheme: the first byte of whatever is sealed, and part of what it is bound to.
const SCHEME: u8 = 1;
const NONCE: usize = 24;
/// The length of every key.
pub(super) const KEY: usize = 32;

/// What a sealed text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// The name.
    Name,
    /// The phones.
    Phones,
    /// The addresses.
    Addresses,
    /// The identity documents.
    Documents,
    /// The day of birth.
    BirthOn,
    /// The sex.
    Sex,
    /// Why a flag was set; the row is the flag.
    FlagReason,
    /// Words that another domain keeps about the person; the row is theirs.
    Elsewhere,
    /// What a record of the audit trail says was, or is now.
    Trail,
}

impl Field {
    /// The word it is bound to.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Phones => "phones",
            Self::Addresses => "addresses",
            Self::Documents => "documents",
            Self::BirthOn => "birth_on",
            Self::Sex => "sex",
            Self::FlagReason => "flag_reason",
            Self::Elsewhere => "elsewhere",
            Self::Trail => "trail",
        }
    }
}

/// Seals `plain` so that it opens under this key and these associated data only.
pub(super) fn seal(key: &[u8; KEY], plain: &[u8], bound_to: &[u8]) -> Outcome<Vec<u8>> {
    let mut nonce = [0_u8; NONCE];
    rand::rng().fill_bytes(&mut nonce);
    let cipher = XChaCha20Poly1305::new(key.into());
    let sealed = cipher
        .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: bound_to })
        .map_err(|_| Fault::internal("a text could not be sealed"))?;
    let mut out = Vec::with_capacity(1 + NONCE + sealed.len());
    out.push(SCHEME);
    out.extend_from_slice(&nonce);
    out.extend_from_slice(&sealed);
    Ok(out)
}

/// Opens what was sealed; `None` where the key, the place or the text is another.
pub(super) fn open(key: &[u8; KEY], sealed: &[u8], bound_to: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (scheme, rest) = sealed.split_first()?;
    let (nonce, text) = rest.split_first_chunk::<NONCE>()?;
    if *scheme != SCHEME {
        return None;
    }
    let cipher = XChaCha20Poly1305::new(key.into());
    cipher.decrypt(&XNonce::from(*nonce), Payload { msg: text, aad: bound_to }).ok().map(Zeroizing::new)
}

/// A person's own key. Never printed, wiped when dropped.
pub struct DataKey(Zeroizing<[u8; KEY]>);

impl DataKey {
    /// A fresh one.
    pub fn draw() -> Self {
        let mut key = Zeroizing::new([0_u8; KEY]);
        rand::rng().fill_bytes(&mut *key);
        Self(key)
    }

    /// From its bytes; `None` unless they are a key's.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        <[u8; KEY]>::try_from(bytes).ok().map(|key| Self(Zeroizing::new(key)))
    }

    pub(super) fn bytes(&self) -> &[u8; KEY] {
        &self.0
    }

    /// Seals a field of a person. `row` is the row it stands in, where it is not the person's own.
    pub fn seal(
        &self,
        person: Id<Person>,
        field: Field,
        row: Option<Uuid>,
        plain: &[u8],
    ) -> Outcome<Vec<u8>> {
        seal(&self.0, plain, &place(person, field, row))
    }

    /// Opens a field of a person. What does not open was altered, or belongs elsewhere: never shown, and told to the log.
    pub fn open(
        &self,
        person: Id<Person>,
        field: Field,
        row: Option<Uuid>,
        sealed: &[u8],
    ) -> Outcome<Zeroizing<Vec<u8>>> {
        open(&self.0, sealed, &place(person, field, row)).ok_or_else(|| {
            Fault::internal(format!(
                "the field {} of person {person} does not open: it was altered",
                field.word()
            ))
        })
    }
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey(…)")
    }
}

fn place(person: Id<Person>, field: Field, row: Option<Uuid>) -> Vec<u8> {
    let mut at = b"commonweal.people.field\0".to_vec();
    at.push(SCHEME);
    at.extend_from_slice(person.uuid().as_bytes());
    at.extend_from_slice(row.unwrap_or_default().as_bytes());
    at.extend_from_slice(field.word().as_bytes());
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FIELDS: [Field; 8] = [
        Field::Name,
        Field::Phones,
        Field::Addresses,
        Field::Documents,
        Field::BirthOn,
        Field::Sex,
        Field::FlagReason,
        Field::Trail,
    ];

    fn person(n: u128) -> Id<Person> {
        Id::from_uuid(Uuid::from_u128(n))
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_in_its_place_and_nowhere_else(text in "\\PC{0,60}", a in 0_usize..8, b in 0_usize..8, n in 1_u128..9, m in 1_u128..9, row in proptest::option::of(1_u128..4)) {
            let key = DataKey::draw();
            let row = row.map(Uuid::from_u128);
            let sealed = key.seal(person(n), FIELDS[a], row, text.as_bytes()).unwrap();
            prop_assert_eq!(&**key.open(person(n), FIELDS[a], row, &sealed).unwrap(), text.as_bytes());
            if a != b { prop_assert!(key.open(person(n), FIELDS[b], row, &sealed).is_err(), "another field"); }
            if n != m { prop_assert!(key.open(person(m), FIELDS[a], row, &sealed).is_err(), "another person"); }
            prop_assert!(key.open(person(n), FIELDS[a], Some(Uuid::from_u128(9)), &sealed).is_err(), "another row");
            prop_assert!(DataKey::draw().open(person(n), FIELDS[a], row, &sealed).is_err(), "another key");
        }

        #[test]
        fn one_altered_bit_is_noticed(text in "\\PC{0,40}", at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let key = DataKey::draw();
            let mut sealed = key.seal(person(1), Field::Name, None, text.as_bytes()).unwrap();
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert!(key.open(person(1), Field::Name, None, &sealed).is_err());
            sealed.truncate(at);
            prop_assert!(key.open(person(1), Field::Name, None, &sealed).is_err());
        }
    }

    #[test]
    fn the_same_text_is_never_sealed_alike_and_keys_are_not_printed() {
        let key = DataKey::draw();
        let seal = || key.seal(person(1), Field::Sex, None, b"f").unwrap();
        assert_ne!(seal(), seal());
        assert_eq!(format!("{key:?}"), "DataKey(…)");
    }
}
