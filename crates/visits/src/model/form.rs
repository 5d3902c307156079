//! Forms: what is asked on a call. A version's questions never change.

use std::collections::BTreeSet;

use kernel::error::{FIELD_CHARACTERS, FIELD_LENGTH, FIELD_ORDER, FIELD_REQUIRED, Fields};
use kernel::id::{self, Unit, User, VisitFormVersion};
use kernel::{Id, Instant, UnitPath};
use serde::{Deserialize, Serialize};

use crate::error::{QUESTION_SHAPE, QUESTION_TWICE};

/// The most questions of a form.
pub const MOST_QUESTIONS: usize = 100;
/// The most options of a question.
pub const MOST_OPTIONS: usize = 50;
/// The greatest number that is asked for or answered: what every client can hold.
const MOST: i64 = 9_007_199_254_740_991;

/// A form of a unit: it holds for all below, until a lower unit has one with the same code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Its id.
    pub id: Id<id::VisitForm>,
    /// The unit whose it is.
    pub unit: Id<Unit>,
    /// Where that unit stands.
    pub path: UnitPath,
    /// What it is for: `routine`, `fire_safety`. The nearest form with a code wins.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// The number of its newest version.
    pub number: i64,
    /// Since when it is out of use.
    pub retired_at: Option<Instant>,
    /// Grows with each change.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// One version of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormVersion {
    /// Its id.
    pub id: Id<VisitFormVersion>,
    /// Of which form.
    pub form: Id<id::VisitForm>,
    /// From 1.
    pub number: i64,
    /// What it asks, in order.
    pub questions: Vec<Question>,
    /// When it was made.
    pub created_at: Instant,
    /// By whom.
    pub created_by: Id<User>,
}

kernel::words! {
    /// What kind of answer a question asks for.
    QuestionKind {
        /// Words.
        Text = "text", "Text", "文本";
        /// A whole number.
        Number = "number", "Number", "数字";
        /// Yes or no.
        YesNo = "yes_no", "Yes or no", "是否";
        /// One of its options.
        OneOf = "one_of", "One of several", "单选";
        /// Some of its options, or none.
        SomeOf = "some_of", "Some of several", "多选";
    }
}

impl Serialize for QuestionKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for QuestionKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        let words = || Self::ALL.iter().map(|w| w.word()).collect::<Vec<_>>().join(", ");
        Self::parse(&word).ok_or_else(|| serde::de::Error::custom(format!("one of {} is expected", words())))
    }
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// What it goes by: a word of small letters, digits and `_`.
    pub key: String,
    /// What is asked.
    pub label: String,
    /// What kind of answer.
    pub kind: QuestionKind,
    /// Whether it must be answered.
    pub required: bool,
    /// The least number.
    pub min: Option<i64>,
    /// The greatest number.
    pub max: Option<i64>,
    /// What there is to choose from.
    pub options: Vec<Choice>,
}

/// One thing to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What it goes by.
    pub key: String,
    /// What it is called.
    pub label: String,
}

/// Whether a key is a word of small letters, digits and `_`, beginning with a letter.
pub(crate) fn is_key(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn label(fields: &mut Fields, at: String, text: &str) {
    let length = text.trim().chars().count();
    if length == 0 {
        fields.bad(at, &FIELD_REQUIRED, None);
    } else if length > 200 {
        fields.bad(at, &FIELD_LENGTH, Some("1 to 200 characters".to_owned()));
    } else if text.chars().any(kernel::text::is_unseen) {
        fields.bad(at, &FIELD_CHARACTERS, None);
    }
}

fn key(fields: &mut Fields, seen: &mut BTreeSet<String>, at: String, text: &str) {
    if !is_key(text) {
        fields.bad(
            at,
            &FIELD_CHARACTERS,
            Some("small letters, digits and _, a letter first, at most 40".to_owned()),
        );
    } else if !seen.insert(text.to_owned()) {
        fields.bad(at, &QUESTION_TWICE, None);
    }
}

/// Notes all that is wrong with the questions of a form.
pub fn check_questions(fields: &mut Fields, questions: &[Question]) {
    if questions.is_empty() || questions.len() > MOST_QUESTIONS {
        fields.bad("/questions", &FIELD_LENGTH, Some(format!("1 to {MOST_QUESTIONS} questions")));
        return;
    }
    let mut keys = BTreeSet::new();
    for (n, question) in questions.iter().enumerate() {
        let at = |field: &str| format!("/questions/{n}/{field}");
        key(fields, &mut keys, at("key"), &question.key);
        label(fields, at("label"), &question.label);
        let bounds = question.min.is_some() || question.max.is_some();
        if bounds && question.kind != QuestionKind::Number {
            fields.bad(at(if question.min.is_some() { "min" } else { "max" }), &QUESTION_SHAPE, None);
        }
        let far = |bound: Option<i64>| bound.is_some_and(|b| !(-MOST..=MOST).contains(&b));
        if far(question.min)
            || far(question.max)
            || question.min.zip(question.max).is_some_and(|(a, b)| a > b)
        {
            fields.bad(at("max"), &FIELD_ORDER, Some("min is at most max".to_owned()));
        }
        let chosen = matches!(question.kind, QuestionKind::OneOf | QuestionKind::SomeOf);
        let count = question.options.len();
        if (chosen && !(2..=MOST_OPTIONS).contains(&count)) || (!chosen && count > 0) {
            fields.bad(at("options"), &QUESTION_SHAPE, None);
        }
        let mut options = BTreeSet::new();
        for (o, option) in question.options.iter().take(MOST_OPTIONS).enumerate() {
            key(fields, &mut options, at(&format!("options/{o}/key")), &option.key);
            label(fields, at(&format!("options/{o}/label")), &option.label);
        }
    }
}
