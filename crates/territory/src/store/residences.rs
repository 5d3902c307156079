//! `territory_residences`: ended or marked as wrong, never deleted.

use chrono::NaiveDate;
use diesel::prelude::*;
use kernel::id::{self, Person, Unit};
use kernel::{Id, Instant, Outcome, PageSize, Scope, UnitPath};
use storage::{Tx, on_unique, with_conn};

use super::schema::territory_residences as residences;
use super::{by_place, in_scope, lasting, unknown_word};
use crate::error::LIVES_ELSEWHERE;
use crate::model::{Period, Relation, Residence, ResidentType, Voided};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = residences, treat_none_as_default_value = false)]
struct Row {
    id: Id<id::Residence>,
    person_id: Id<Person>,
    dwelling_id: Option<Id<id::Dwelling>>,
    household_id: Option<Id<id::Household>>,
    unit_id: Id<Unit>,
    unit_path: UnitPath,
    resident_type: String,
    relation: Option<String>,
    is_main: bool,
    from_on: NaiveDate,
    to_on: Option<NaiveDate>,
    corrects_id: Option<Id<id::Residence>>,
    voided_at: Option<Instant>,
    void_reason: Option<String>,
    version: i64,
    created_at: Instant,
}

impl Row {
    fn residence(self) -> Outcome<Residence> {
        let unknown = |word: &str| unknown_word("territory_residences", word);
        let relation = match self.relation {
            None => None,
            Some(word) => Some(Relation::parse(&word).ok_or_else(|| unknown(&word))?),
        };
        Ok(Residence {
            id: self.id,
            person: self.person_id,
            dwelling: self.dwelling_id,
            household: self.household_id,
            unit: self.unit_id,
            path: self.unit_path,
            resident_type: ResidentType::parse(&self.resident_type)
                .ok_or_else(|| unknown(&self.resident_type))?,
            relation,
            is_main: self.is_main,
            stay: Period { from: self.from_on, to: self.to_on },
            corrects: self.corrects_id,
            voided: self.voided_at.map(|at| Voided { at, reason: self.void_reason.unwrap_or_default() }),
            version: self.version,
            created_at: self.created_at,
        })
    }

    fn of(r: &Residence) -> Self {
        Self {
            id: r.id,
            person_id: r.person,
            dwelling_id: r.dwelling,
            household_id: r.household,
            unit_id: r.unit,
            unit_path: r.path.clone(),
            resident_type: r.resident_type.word().to_owned(),
            relation: r.relation.map(|x| x.word().to_owned()),
            is_main: r.is_main,
            from_on: r.stay.from,
            to_on: r.stay.to,
            corrects_id: r.corrects,
            voided_at: r.voided.as_ref().map(|v| v.at),
            void_reason: r.voided.as_ref().map(|v| v.reason.clone()),
            version: r.version,
            created_at: r.created_at,
        }
    }
}

fn models(rows: Vec<Row>) -> Outcome<Vec<Residence>> {
    rows.into_iter().map(Row::residence).collect()
}

/// Adds a residence.
pub(crate) fn insert(tx: &mut Tx<'_>, residence: &Residence) -> Outcome<()> {
    let row = Row::of(residence);
    let done = with_conn!(tx, |c| diesel::insert_into(residences::table).values(&row).execute(c));
    done.map(drop).map_err(|f| on_unique(f.into(), "territory_residences", "person_id", &LIVES_ELSEWHERE))
}

/// The residence.
pub(crate) fn find(tx: &mut Tx<'_>, id: Id<id::Residence>) -> Outcome<Option<Residence>> {
    let row: Option<Row> =
        with_conn!(tx, |c| residences::table.find(id).select(Row::as_select()).first(c).optional())?;
    row.map(Row::residence).transpose()
}

/// Writes how it ended, that it was wrong, or what the person is to the head, if it still has the version before; answers
/// whether it had. Person, place, type and beginning never change: another record says what is different.
pub(crate) fn update(tx: &mut Tx<'_>, r: &Residence) -> Outcome<bool> {
    let row = Row::of(r);
    let changed = with_conn!(tx, |c| diesel::update(
        residences::table.find(r.id).filter(residences::version.eq(r.version - 1))
    )
    .set((
        residences::relation.eq(&row.relation),
        residences::to_on.eq(row.to_on),
        residences::voided_at.eq(row.voided_at),
        residences::void_reason.eq(&row.void_reason),
        residences::version.eq(row.version),
    ))
    .execute(c))?;
    Ok(changed == 1)
}

/// What holds of a person, all places and times.
pub(crate) fn of_person(tx: &mut Tx<'_>, person: Id<Person>) -> Outcome<Vec<Residence>> {
    let rows: Vec<Row> = with_conn!(tx, |c| residences::table
        .filter(residences::person_id.eq(person))
        .filter(residences::voided_at.is_null())
        .select(Row::as_select())
        .load(c))?;
    models(rows)
}

/// Who belongs to a household on the day or later, up to `limit`, in the order of ids.
pub(crate) fn members(
    tx: &mut Tx<'_>,
    household: Id<id::Household>,
    from: NaiveDate,
    limit: i64,
) -> Outcome<Vec<Residence>> {
    let rows: Vec<Row> = with_conn!(tx, |c| residences::table
        .filter(residences::household_id.eq(household))
        .filter(residences::voided_at.is_null())
        .filter(residences::to_on.is_null().or(residences::to_on.gt(from)))
        .order(residences::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .load(c))?;
    models(rows)
}

/// Whether anybody is on record in the dwelling after the day.
pub(crate) fn any_in(tx: &mut Tx<'_>, dwelling: Id<id::Dwelling>, after: NaiveDate) -> Outcome<bool> {
    let there = residences::table
        .filter(residences::dwelling_id.eq(dwelling))
        .filter(residences::voided_at.is_null())
        .filter(residences::to_on.is_null().or(residences::to_on.gt(after)));
    Ok(with_conn!(tx, |c| diesel::select(diesel::dsl::exists(there)).get_result(c))?)
}

/// What a list of residences is narrowed to.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Of this person.
    pub person: Option<Id<Person>>,
    /// In this dwelling.
    pub dwelling: Option<Id<id::Dwelling>>,
    /// In this household.
    pub household: Option<Id<id::Household>>,
    /// Of this type.
    pub resident_type: Option<ResidentType>,
    /// Which of them.
    pub state: State,
    /// On this day.
    pub on: NaiveDate,
    /// After this one.
    pub after: Option<(UnitPath, Id<id::Residence>)>,
}

/// How a record stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It has begun and is not over.
    Current,
    /// It is over.
    Ended,
    /// It was marked as wrong.
    Voided,
    /// Whatever it is.
    All,
}

/// Residences in the scope, in the order of the tree.
pub(crate) fn list(tx: &mut Tx<'_>, scope: &Scope, f: &Filter, size: PageSize) -> Outcome<Vec<Residence>> {
    if scope.roots.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = in_scope!(residences::table.into_boxed::<Db>(), residences, scope);
        if let Some(person) = f.person {
            q = q.filter(residences::person_id.eq(person));
        }
        if let Some(dwelling) = f.dwelling {
            q = q.filter(residences::dwelling_id.eq(dwelling));
        }
        if let Some(household) = f.household {
            q = q.filter(residences::household_id.eq(household));
        }
        if let Some(kind) = f.resident_type {
            q = q.filter(residences::resident_type.eq(kind.word()));
        }
        let holds = residences::voided_at.is_null();
        q = match f.state {
            State::All => q,
            State::Voided => q.filter(residences::voided_at.is_not_null()),
            State::Current => lasting!(q.filter(holds), residences::to_on, Some(true), f.on)
                .filter(residences::from_on.le(f.on)),
            State::Ended => lasting!(q.filter(holds), residences::to_on, Some(false), f.on),
        };
        by_place!(q, residences, &f.after).limit(size.probe()).select(Row::as_select()).load(c)
    })?;
    models(rows)
}
