//! What is taken, and in which form it is kept: numbers are made one form before they are compared, sealed or looked up.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use kernel::error::{FIELD_LENGTH, Fields};
use kernel::gb::{self, CitizenId, CitizenIdFlaw};
use kernel::{ErrorCode, Instant, Outcome};

use super::{Address, Document, DocumentKind, Personal};
use crate::error::{
    BIRTH_CONTRADICTS, BIRTH_DATE, DOCUMENT_NUMBER, DOCUMENT_TWICE, ID_NUMBER_CHARACTERS, ID_NUMBER_CHECK,
    ID_NUMBER_DATE, ID_NUMBER_LENGTH, ID_NUMBER_OLD, ID_NUMBER_PROVINCE, PHONE_SHAPE, PHONE_TWICE,
    PURPOSE_HAS_NUMBER, SEX_CONTRADICTS,
};

/// The most phones, addresses or documents of one person.
pub const MOST: usize = 10;

/// The last day that is not in the future anywhere on earth: a child born today in the east is taken by a server in the west.
pub fn latest_day(now: Instant) -> NaiveDate {
    now.plus_seconds(14 * 3_600).utc().date_naive()
}

/// A phone's normal form: digits, and a `+` where the country is not China. `None` where it is none.
pub fn phone(text: &str) -> Option<String> {
    let text: String = text
        .chars()
        .map(gb::narrow)
        .filter(|c| {
            !c.is_whitespace()
                && !matches!(c, '-' | '(' | ')' | '.' | '\u{2010}'..='\u{2015}' | '\u{200b}' | '\u{feff}')
        })
        .collect();
    let (abroad, digits) = match text.strip_prefix('+').or_else(|| text.strip_prefix("00")) {
        Some(rest) => match rest.strip_prefix("86") {
            Some(national) => (false, national),
            None => (true, rest),
        },
        // A mobile number with the country before it and no sign: 13 digits.
        None if text.len() == 13 && text.starts_with("861") => (false, text.get(2..)?),
        None => (false, text.as_str()),
    };
    let sound = (5..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    sound.then(|| format!("{}{digits}", if abroad { "+" } else { "" }))
}

/// Whether a document's number is a citizen's (GB 11643), and so says when its holder was born and of which sex they are.
const fn says_birth_and_sex(kind: DocumentKind) -> bool {
    matches!(kind, DocumentKind::IdCard | DocumentKind::ResidencePermit)
}

/// What the numbers of these documents say, those of identity cards first.
pub fn said_by(documents: &[Document], now: Instant) -> Vec<CitizenId> {
    let mut cards: Vec<&Document> = documents.iter().filter(|d| says_birth_and_sex(d.kind)).collect();
    cards.sort_by_key(|d| d.kind != DocumentKind::IdCard);
    cards.into_iter().filter_map(|d| CitizenId::parse(&d.number, latest_day(now)).ok()).collect()
}

/// A document's number in its normal form, or why it is none.
pub fn document(kind: DocumentKind, number: &str, now: Instant) -> Result<String, &'static ErrorCode> {
    if says_birth_and_sex(kind) {
        return match CitizenId::parse(number, latest_day(now)) {
            Ok(id) => Ok(id.as_str().to_owned()),
            Err(flaw) => Err(match flaw {
                CitizenIdFlaw::Length => &ID_NUMBER_LENGTH,
                CitizenIdFlaw::Old => &ID_NUMBER_OLD,
                CitizenIdFlaw::Characters => &ID_NUMBER_CHARACTERS,
                CitizenIdFlaw::Province => &ID_NUMBER_PROVINCE,
                CitizenIdFlaw::BirthDate => &ID_NUMBER_DATE,
                CitizenIdFlaw::Check => &ID_NUMBER_CHECK,
            }),
        };
    }
    let number = gb::normalised(number);
    let sound = (4..=30).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_alphanumeric());
    if sound { Ok(number) } else { Err(&DOCUMENT_NUMBER) }
}

/// Checks what is personal and brings it into its normal form. What an identity card's number says of birth and sex is filled in
/// where it was left out, and nothing else is taken beside it.
pub fn personal(raw: &Personal, now: Instant) -> Outcome<Personal> {
    let mut fields = Fields::default();
    fields.text("/name", &raw.name, 1, 100);
    let phones = phones(&raw.phones, &mut fields);
    let documents = documents(&raw.documents, now, &mut fields);
    addresses(&raw.addresses, &mut fields);
    let earliest = NaiveDate::from_ymd_opt(1850, 1, 1).unwrap_or_default();
    if raw.birth_on.is_some_and(|day| day < earliest || day > latest_day(now)) {
        fields.bad("/birth_on", &BIRTH_DATE, None);
    }
    let said = said_by(&documents, now);
    let birth_on = raw.birth_on.or_else(|| said.first().map(CitizenId::birth));
    let sex = raw.sex.or_else(|| said.first().map(CitizenId::sex));
    if said.iter().any(|id| Some(id.birth()) != birth_on) {
        fields.bad("/birth_on", &BIRTH_CONTRADICTS, None);
    }
    if said.iter().any(|id| Some(id.sex()) != sex) {
        fields.bad("/sex", &SEX_CONTRADICTS, None);
    }
    fields.finish()?;
    Ok(Personal {
        name: raw.name.trim().to_owned(),
        phones,
        addresses: raw
            .addresses
            .iter()
            .map(|a| Address { kind: a.kind, text: a.text.trim().to_owned() })
            .collect(),
        birth_on,
        sex,
        documents,
    })
}

fn count(pointer: &'static str, count: usize, fields: &mut Fields) {
    if count > MOST {
        fields.bad(pointer, &FIELD_LENGTH, Some(format!("at most {MOST}")));
    }
}

fn phones(raw: &[String], fields: &mut Fields) -> Vec<String> {
    count("/phones", raw.len(), fields);
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for (at, text) in raw.iter().enumerate() {
        match phone(text) {
            None => fields.bad(format!("/phones/{at}"), &PHONE_SHAPE, None),
            Some(number) if !seen.insert(number.clone()) => {
                fields.bad(format!("/phones/{at}"), &PHONE_TWICE, None);
            }
            Some(number) => all.push(number),
        }
    }
    all
}

fn documents(raw: &[Document], now: Instant, fields: &mut Fields) -> Vec<Document> {
    count("/documents", raw.len(), fields);
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for (at, one) in raw.iter().enumerate() {
        match document(one.kind, &one.number, now) {
            Err(code) => fields.bad(format!("/documents/{at}/number"), code, None),
            Ok(number) if !seen.insert((one.kind, number.clone())) => {
                fields.bad(format!("/documents/{at}/number"), &DOCUMENT_TWICE, None);
            }
            Ok(number) => all.push(Document { kind: one.kind, number }),
        }
    }
    all
}

fn addresses(raw: &[Address], fields: &mut Fields) {
    count("/addresses", raw.len(), fields);
    for (at, one) in raw.iter().enumerate() {
        let length = one.text.trim().chars().count();
        if length == 0 || length > 300 {
            fields.bad(
                format!("/addresses/{at}/text"),
                &FIELD_LENGTH,
                Some("1 to 300 characters".to_owned()),
            );
        }
        if one.text.chars().any(char::is_control) {
            fields.bad(format!("/addresses/{at}/text"), &kernel::error::FIELD_CHARACTERS, None);
        }
    }
}

/// Checks what a reading is for: words, and nothing that is itself personal.
pub fn purpose(text: &str) -> Outcome<String> {
    let mut fields = Fields::default();
    fields.text("/purpose", text, 4, 200);
    let (mut run, mut longest) = (0, 0);
    for c in text.chars().map(gb::narrow).filter(|c| !c.is_whitespace() && *c != '-') {
        run = if c.is_numeric() { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    if longest >= 7 {
        fields.bad("/purpose", &PURPOSE_HAS_NUMBER, None);
    }
    fields.finish()?;
    Ok(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> Instant {
        Instant::from_micros(1_795_500_000_000_000).unwrap()
    }

    #[test]
    fn phones_are_made_one_form() {
        for text in [
            "13812345678",
            "+86 138-1234-5678",
            "0086 13812345678",
            "8613812345678",
            "１３８ １２３４ ５６７８",
            " 138.1234.5678 ",
            "(+86)13812345678",
        ] {
            assert_eq!(phone(text).as_deref(), Some("13812345678"), "{text}");
        }
        assert_eq!(phone("0769-8888 6666").as_deref(), Some("076988886666"));
        assert_eq!(phone("+852 9123 4567").as_deref(), Some("+85291234567"));
        assert_eq!(phone("12345").as_deref(), Some("12345"));
        for text in ["", "110", "138123456ab", "+", "1381234567813812345", "一三八"] {
            assert_eq!(phone(text), None, "{text}");
        }
    }

    #[test]
    fn an_identity_card_fills_in_birth_and_sex() {
        let raw = Personal {
            name: " 张三 ".into(),
            documents: vec![Document { kind: DocumentKind::IdCard, number: "110105 19491231 002x".into() }],
            ..Personal::default()
        };
        let kept = personal(&raw, now()).unwrap();
        assert_eq!((kept.name.as_str(), kept.documents[0].number.as_str()), ("张三", "11010519491231002X"));
        assert_eq!(kept.birth_on, NaiveDate::from_ymd_opt(1949, 12, 31));
        assert_eq!(kept.sex, Some(gb::Sex::Female));
        let passport = Document { kind: DocumentKind::Passport, number: "E12345678".into() };
        let said =
            Personal { birth_on: NaiveDate::from_ymd_opt(1950, 1, 1), documents: vec![passport], ..raw };
        assert_eq!(personal(&said, now()).unwrap().birth_on, NaiveDate::from_ymd_opt(1950, 1, 1));
    }

    /// A number of somebody born on a day, of a sex.
    fn number(birth: NaiveDate, sex: gb::Sex) -> String {
        let body = format!("441900{}12{}", birth.format("%Y%m%d"), if sex == gb::Sex::Male { 3 } else { 4 });
        "0123456789X"
            .chars()
            .map(|last| format!("{body}{last}"))
            .find(|number| CitizenId::parse(number, latest_day(now())).is_ok())
            .unwrap()
    }

    fn codes(raw: &Personal) -> Vec<&'static str> {
        match personal(raw, now()) {
            Ok(_) => Vec::new(),
            Err(kernel::Fault::Refused(refusal)) => refusal.fields.iter().map(|f| f.code.code).collect(),
            Err(other) => panic!("{other}"),
        }
    }

    fn day(after_1930: u64) -> NaiveDate {
        let start = NaiveDate::from_ymd_opt(1930, 1, 1).unwrap();
        start.checked_add_days(chrono::Days::new(after_1930)).unwrap()
    }

    proptest! {
        #[test]
        fn birth_and_sex_are_what_the_number_says_or_refused(
            birth in 0_u64..33_000, other in 0_u64..33_000, male: bool, said_male: bool, permit: bool, near: bool,
        ) {
            let sex = |male| if male { gb::Sex::Male } else { gb::Sex::Female };
            let other = if near { birth } else { other };
            let kind = if permit { DocumentKind::ResidencePermit } else { DocumentKind::IdCard };
            let raw = Personal {
                name: "张三".into(),
                documents: vec![Document { kind, number: number(day(birth), sex(male)) }],
                birth_on: Some(day(other)),
                sex: Some(sex(said_male)),
                ..Personal::default()
            };
            let mut wanted = Vec::new();
            if birth != other { wanted.push("people.birth_contradicts_id"); }
            if male != said_male { wanted.push("people.sex_contradicts_id"); }
            prop_assert_eq!(codes(&raw), wanted);
            // Left out, the number says it.
            let told = personal(&Personal { birth_on: None, sex: None, ..raw }, now()).unwrap();
            prop_assert_eq!((told.birth_on, told.sex), (Some(day(birth)), Some(sex(male))));
        }
    }

    #[test]
    fn two_numbers_that_say_different_things_are_refused_and_a_province_must_be_one() {
        let two = |a: &str, b: &str| Personal {
            name: "张三".into(),
            documents: vec![
                Document { kind: DocumentKind::ResidencePermit, number: a.into() },
                Document { kind: DocumentKind::IdCard, number: b.into() },
            ],
            ..Personal::default()
        };
        let (one, other) = (number(day(1), gb::Sex::Male), number(day(2), gb::Sex::Female));
        assert_eq!(codes(&two(&one, &other)), ["people.birth_contradicts_id", "people.sex_contradicts_id"]);
        assert_eq!(codes(&two("000105194912310020", &one)), ["people.id_number_province"]);
    }

    #[test]
    fn every_bad_field_is_named() {
        let raw = Personal {
            name: " ".into(),
            phones: vec!["13812345678".into(), "+8613812345678".into(), "x".into()],
            documents: vec![
                Document { kind: DocumentKind::IdCard, number: "110105194912310021".into() },
                Document { kind: DocumentKind::Passport, number: "E1!".into() },
            ],
            addresses: vec![Address { kind: super::super::AddressKind::Home, text: "a\u{7}".into() }],
            birth_on: NaiveDate::from_ymd_opt(2100, 1, 1),
            sex: None,
        };
        let kernel::Fault::Refused(refusal) = personal(&raw, now()).unwrap_err() else { panic!("a refusal") };
        let named: Vec<_> = refusal.fields.iter().map(|f| (&*f.pointer, f.code.code)).collect();
        assert_eq!(
            named,
            [
                ("/name", "kernel.field_required"),
                ("/phones/1", "people.phone_twice"),
                ("/phones/2", "people.phone_shape"),
                ("/documents/0/number", "people.id_number_check"),
                ("/documents/1/number", "people.document_number"),
                ("/addresses/0/text", "kernel.field_characters"),
                ("/birth_on", "people.birth_date"),
            ]
        );
        assert!(!format!("{refusal:?}").contains("110105194912310021"), "what was sent is not said again");
    }

    #[test]
    fn a_purpose_is_words() {
        assert_eq!(purpose(" 走访前核对电话 ").unwrap(), "走访前核对电话");
        assert!(purpose("事件 20261124 号").is_err());
        for text in ["", "查", "致电 138 1234 5678", "１３８１２３４５６７８的机主"] {
            assert!(purpose(text).is_err(), "{text}");
        }
    }
}
