//! Answers, checked against the questions they answer.

use std::collections::{BTreeMap, BTreeSet};

use kernel::error::{
    FIELD_CHARACTERS, FIELD_CHOICE, FIELD_LENGTH, FIELD_RANGE, FIELD_REQUIRED, FIELD_UNKNOWN_REFERENCE,
    Fields,
};
use serde::{Deserialize, Serialize};

use super::form::{Question, QuestionKind};
use crate::error::{ANSWER_KIND, ANSWER_TWICE};

/// The longest answer in words.
const LONGEST: usize = 2_000;
/// The greatest number.
const MOST: i64 = 9_007_199_254_740_991;

/// An answer: one of its three fields is given, by the kind of the question.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Which question.
    pub key: String,
    /// Words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// What was chosen; of a yes-or-no question `yes` or `no`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

impl Answer {
    /// Whether nothing was answered.
    fn is_blank(&self) -> bool {
        let said = self.text.as_ref().is_some_and(|text| !text.trim().is_empty());
        !said && self.number.is_none() && self.choices.is_empty()
    }
}

/// Notes every wrong answer, by its place.
pub fn check_answers(fields: &mut Fields, questions: &[Question], answers: &[Answer]) {
    let known: BTreeMap<&str, &Question> = questions.iter().map(|q| (q.key.as_str(), q)).collect();
    let mut answered = BTreeSet::new();
    for (n, answer) in answers.iter().enumerate() {
        let Some(question) = known.get(answer.key.as_str()) else {
            fields.bad(format!("/answers/{n}/key"), &FIELD_UNKNOWN_REFERENCE, None);
            continue;
        };
        if !answered.insert(answer.key.as_str()) {
            fields.bad(format!("/answers/{n}/key"), &ANSWER_TWICE, None);
        } else if answer.is_blank() {
            if question.required {
                fields.bad(format!("/answers/{n}"), &FIELD_REQUIRED, None);
            }
        } else {
            check_one(fields, question, answer, n);
        }
    }
    for question in questions.iter().filter(|q| q.required && !answered.contains(q.key.as_str())) {
        fields.bad("/answers", &FIELD_REQUIRED, Some(question.key.clone()));
    }
}

fn check_one(fields: &mut Fields, question: &Question, answer: &Answer, n: usize) {
    let Answer { key: _, text, number, choices } = answer;
    let only = match question.kind {
        QuestionKind::Text => number.is_none() && choices.is_empty(),
        QuestionKind::Number => text.is_none() && choices.is_empty(),
        QuestionKind::YesNo | QuestionKind::OneOf | QuestionKind::SomeOf => {
            text.is_none() && number.is_none()
        }
    };
    if !only {
        fields.bad(format!("/answers/{n}"), &ANSWER_KIND, Some(question.kind.word().to_owned()));
        return;
    }
    if let Some(text) = text {
        if text.chars().count() > LONGEST {
            fields.bad(
                format!("/answers/{n}/text"),
                &FIELD_LENGTH,
                Some(format!("at most {LONGEST} characters")),
            );
        } else if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            fields.bad(format!("/answers/{n}/text"), &FIELD_CHARACTERS, None);
        }
    }
    if let Some(number) = number {
        let (min, max) = (question.min.unwrap_or(-MOST), question.max.unwrap_or(MOST));
        if !(min..=max).contains(number) {
            fields.bad(format!("/answers/{n}/number"), &FIELD_RANGE, Some(format!("{min} to {max}")));
        }
    }
    let offered: Vec<&str> = match question.kind {
        QuestionKind::YesNo => vec!["yes", "no"],
        _ => question.options.iter().map(|option| option.key.as_str()).collect(),
    };
    let mut chosen = BTreeSet::new();
    for (o, choice) in choices.iter().enumerate().take(offered.len() + 1) {
        if !offered.contains(&choice.as_str()) || !chosen.insert(choice) {
            fields.bad(format!("/answers/{n}/choices/{o}"), &FIELD_CHOICE, Some(offered.join(", ")));
        }
    }
    if question.kind != QuestionKind::SomeOf && choices.len() > 1 {
        fields.bad(format!("/answers/{n}/choices"), &FIELD_LENGTH, Some("one".to_owned()));
    }
}
