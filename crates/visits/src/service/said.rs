//! What a worker says of a visit, checked: when, how, who was met, the answers and the note.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use kernel::error::{FIELD_LENGTH, FIELD_UNKNOWN_REFERENCE, Fields, INVALID};
use kernel::id::{Household, Person};
use kernel::{Id, Instant, Outcome, UnitPath};
use storage::Tx;

use crate::error::{ANSWERS_WITHOUT_FORM, FORM_ELSEWHERE, FORM_RETIRED, IN_FUTURE, MET_TWICE, TOO_OLD};
use crate::model::{Answer, FormRef, OLDEST_DAYS, Way, check_answers};
use crate::ports::VisitServices;
use crate::store::forms;

/// The most people that are met on one visit.
pub const MOST_MET: usize = 20;
/// The longest note.
const LONGEST_NOTE: usize = 4_000;

/// What a worker says of a visit.
#[derive(Debug, Clone)]
pub struct Said {
    /// When it took place.
    pub at: Instant,
    /// How.
    pub way: Way,
    /// Who of the household was met.
    pub met: Vec<Id<Person>>,
    /// The questions that were asked.
    pub form: Option<FormRef>,
    /// The answers.
    pub answers: Vec<Answer>,
    /// A note.
    pub note: Option<String>,
}

impl Said {
    /// The note without blanks around it.
    pub fn trimmed_note(&self) -> Option<String> {
        self.note.as_deref().map(str::trim).filter(|note| !note.is_empty()).map(str::to_owned)
    }
}

/// Notes what is wrong by itself: not after `now`, and not more than 60 days before `known_at`, when it was first recorded.
pub fn check(fields: &mut Fields, said: &Said, now: Instant, known_at: Instant) {
    if said.at > now {
        fields.bad("/visited_at", &IN_FUTURE, None);
    } else if said.at < known_at.plus_days(-OLDEST_DAYS) {
        fields.bad("/visited_at", &TOO_OLD, None);
    }
    if let Some(note) = &said.note {
        fields.text("/note", note, 0, LONGEST_NOTE);
    }
    if said.met.len() > MOST_MET {
        fields.bad("/met_ids", &FIELD_LENGTH, Some(format!("at most {MOST_MET} people")));
    }
    let mut seen = BTreeSet::new();
    for (n, person) in said.met.iter().enumerate() {
        if !seen.insert(*person) {
            fields.bad(format!("/met_ids/{n}"), &MET_TWICE, None);
        }
    }
    if said.form.is_none() && !said.answers.is_empty() {
        fields.bad("/answers", &ANSWERS_WITHOUT_FORM, None);
    }
}

/// Who lives in the household on a day; refused if somebody was met who does not.
pub fn members(
    tx: &mut Tx<'_>,
    s: &VisitServices,
    household: Id<Household>,
    on: NaiveDate,
    met: &[Id<Person>],
) -> Outcome<Vec<Id<Person>>> {
    let members: Vec<Id<Person>> =
        s.homes.members(tx, &[household], on)?.into_iter().map(|(_, person)| person).collect();
    let mut fields = Fields::default();
    for (n, _) in met.iter().enumerate().filter(|(_, person)| !members.contains(person)) {
        fields.bad(format!("/met_ids/{n}"), &FIELD_UNKNOWN_REFERENCE, None);
    }
    fields.finish()?;
    Ok(members)
}

/// Checks the answers against the version of the form they name. The form is one of the unit at `path` or of one above; an older version
/// is taken as well: a phone that was offline had no newer one. `settled` is the form that an earlier edition named.
pub fn check_form(tx: &mut Tx<'_>, said: &Said, path: &UnitPath, settled: Option<FormRef>) -> Outcome<()> {
    let Some(wanted) = said.form else { return Ok(()) };
    let unknown = || INVALID.refusal().at("/form/id", &FIELD_UNKNOWN_REFERENCE);
    let form = forms::find(tx, wanted.form)?.ok_or_else(unknown)?;
    if !form.path.contains(path) {
        return Err(INVALID.refusal().at("/form/id", &FORM_ELSEWHERE).into());
    }
    let was_used = settled.is_some_and(|settled| settled.form == form.id);
    if !was_used && form.retired_at.is_some_and(|at| at <= said.at) {
        return Err(FORM_RETIRED.fault());
    }
    let unknown = || INVALID.refusal().at("/form/number", &FIELD_UNKNOWN_REFERENCE);
    let version = forms::version(tx, form.id, wanted.number)?.ok_or_else(unknown)?;
    let mut fields = Fields::default();
    check_answers(&mut fields, &version.questions, &said.answers);
    fields.finish()
}
