//! What is admitted beside the lists.

use diesel::prelude::*;
use kernel::id::{Category, DutyAdmission, Unit, User};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, on_unique, with_conn};

use super::schema::duties_admissions as admissions;
use super::unknown_word;
use crate::error::ALREADY_ASKED;
use crate::model::{Admission, AdmissionState};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = admissions, treat_none_as_default_value = false)]
struct Row {
    id: Id<DutyAdmission>,
    unit_id: Id<Unit>,
    category_id: Id<Category>,
    reason: String,
    from_at: Instant,
    until_at: Instant,
    state: String,
    holds_from: Option<Instant>,
    holds_until: Option<Instant>,
    asked_by: Id<User>,
    asked_at: Instant,
    decided_by: Option<Id<User>>,
    decided_at: Option<Instant>,
    decision_note: Option<String>,
    withdrawn_by: Option<Id<User>>,
    withdrawn_at: Option<Instant>,
    withdrawal_note: Option<String>,
    version: i64,
}

impl From<&Admission> for Row {
    fn from(a: &Admission) -> Self {
        Self {
            id: a.id,
            unit_id: a.unit,
            category_id: a.category,
            reason: a.reason.clone(),
            from_at: a.from,
            until_at: a.until,
            state: a.state.word().to_owned(),
            holds_from: a.holds_from,
            holds_until: a.holds_until,
            asked_by: a.asked_by,
            asked_at: a.asked_at,
            decided_by: a.decided_by,
            decided_at: a.decided_at,
            decision_note: a.decision_note.clone(),
            withdrawn_by: a.withdrawn_by,
            withdrawn_at: a.withdrawn_at,
            withdrawal_note: a.withdrawal_note.clone(),
            version: a.version,
        }
    }
}

impl Row {
    fn admission(self) -> Outcome<Admission> {
        Ok(Admission {
            id: self.id,
            unit: self.unit_id,
            category: self.category_id,
            reason: self.reason,
            from: self.from_at,
            until: self.until_at,
            state: AdmissionState::parse(&self.state)
                .ok_or_else(|| unknown_word("duties_admissions", &self.state))?,
            holds_from: self.holds_from,
            holds_until: self.holds_until,
            asked_by: self.asked_by,
            asked_at: self.asked_at,
            decided_by: self.decided_by,
            decided_at: self.decided_at,
            decision_note: self.decision_note,
            withdrawn_by: self.withdrawn_by,
            withdrawn_at: self.withdrawn_at,
            withdrawal_note: self.withdrawal_note,
            version: self.version,
        })
    }
}

/// Adds a request; refused where the same waits to be decided.
pub fn insert(tx: &mut Tx<'_>, admission: &Admission) -> Outcome<()> {
    let row = Row::from(admission);
    with_conn!(tx, |c| diesel::insert_into(admissions::table).values(&row).execute(c))
        .map_err(|error| on_unique(error.into(), "duties_admissions", "unit_id", &ALREADY_ASKED))?;
    Ok(())
}

/// The admission.
pub fn find(tx: &mut Tx<'_>, id: Id<DutyAdmission>) -> Outcome<Option<Admission>> {
    let row: Option<Row> =
        with_conn!(tx, |c| admissions::table.find(id).select(Row::as_select()).first(c).optional())?;
    row.map(Row::admission).transpose()
}

/// The admission, its row locked until the transaction ends.
pub fn find_locked(tx: &mut Tx<'_>, id: Id<DutyAdmission>) -> Outcome<Option<Admission>> {
    let row: Option<Row> =
        with_conn!(tx, |c| lock!(admissions::table.find(id).select(Row::as_select())).first(c).optional())?;
    row.map(Row::admission).transpose()
}

/// Writes what can change, if it still has the version before; answers whether it had.
pub fn update(tx: &mut Tx<'_>, a: &Admission) -> Outcome<bool> {
    let changed = with_conn!(tx, |c| diesel::update(
        admissions::table.find(a.id).filter(admissions::version.eq(a.version - 1))
    )
    .set((
        admissions::state.eq(a.state.word()),
        admissions::holds_from.eq(a.holds_from),
        admissions::holds_until.eq(a.holds_until),
        admissions::decided_by.eq(a.decided_by),
        admissions::decided_at.eq(a.decided_at),
        admissions::decision_note.eq(&a.decision_note),
        admissions::withdrawn_by.eq(a.withdrawn_by),
        admissions::withdrawn_at.eq(a.withdrawn_at),
        admissions::withdrawal_note.eq(&a.withdrawal_note),
        admissions::version.eq(a.version),
    ))
    .execute(c))?;
    Ok(changed == 1)
}

/// How much that somebody asked for is not decided.
pub fn count_asked(tx: &mut Tx<'_>, user: Id<User>) -> Outcome<i64> {
    // A word in the statement and no parameter: only so is the index of what is asked for used.
    let asked = diesel::dsl::sql::<diesel::sql_types::Bool>("state = 'asked'");
    Ok(with_conn!(tx, |c| admissions::table
        .filter(admissions::asked_by.eq(user))
        .filter(asked)
        .count()
        .get_result(c))?)
}

/// What a list of admissions is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// In these units.
    pub units: Option<Vec<Id<Unit>>>,
    /// Of exactly this category.
    pub category: Option<Id<Category>>,
    /// In this state.
    pub state: Option<AdmissionState>,
    /// Holding at this moment.
    pub holds_at: Option<Instant>,
    /// Asked for before this one.
    pub before: Option<Id<DutyAdmission>>,
}

/// Admissions, the newest first.
pub fn list(tx: &mut Tx<'_>, filter: &Filter, limit: i64) -> Outcome<Vec<Admission>> {
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = admissions::table.select(Row::as_select()).into_boxed::<Db>();
        if let Some(units) = &filter.units {
            q = q.filter(admissions::unit_id.eq_any(units));
        }
        if let Some(category) = filter.category {
            q = q.filter(admissions::category_id.eq(category));
        }
        if let Some(state) = filter.state {
            q = q.filter(admissions::state.eq(state.word()));
        }
        if let Some(at) = filter.holds_at {
            q = q.filter(admissions::holds_from.le(at)).filter(admissions::holds_until.gt(at));
        }
        if let Some(before) = filter.before {
            q = q.filter(admissions::id.lt(before));
        }
        q.order(admissions::id.desc()).limit(limit).load(c)
    })?;
    rows.into_iter().map(Row::admission).collect()
}
