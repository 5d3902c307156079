//! Persons, sealed as they are.

use diesel::prelude::*;
use diesel::sql_types::Text;
use kernel::id::{Person as PersonId, Unit, User};
use kernel::{Id, Instant, Outcome, Scope, UnitPath};
use storage::{Tx, insert_all, with_conn};

use super::schema::{people_flags as flags, people_persons as persons};
use super::{substr, unknown_word};
use crate::model::{Erased, ErasureReason, FlagKind, Person, Sealed, Status};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = persons, treat_none_as_default_value = false)]
struct Row {
    id: Id<PersonId>,
    unit_id: Id<Unit>,
    unit_path: UnitPath,
    status: String,
    name: Option<Vec<u8>>,
    phones: Option<Vec<u8>>,
    addresses: Option<Vec<u8>>,
    documents: Option<Vec<u8>>,
    birth_on: Option<Vec<u8>>,
    sex: Option<Vec<u8>>,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    erased_at: Option<Instant>,
    erased_by: Option<Id<User>>,
    erase_reason: Option<String>,
}

impl Row {
    fn person(self) -> Outcome<Person> {
        let erased = match (self.erased_at, self.erased_by, self.erase_reason) {
            (Some(at), Some(by), Some(reason)) => {
                let word = || unknown_word("people_persons", &reason);
                Some(Erased { at, by, reason: ErasureReason::parse(&reason).ok_or_else(word)? })
            }
            _ => None,
        };
        Ok(Person {
            id: self.id,
            unit: self.unit_id,
            path: self.unit_path,
            status: Status::parse(&self.status)
                .ok_or_else(|| unknown_word("people_persons", &self.status))?,
            sealed: Sealed {
                name: self.name,
                phones: self.phones,
                addresses: self.addresses,
                documents: self.documents,
                birth_on: self.birth_on,
                sex: self.sex,
            },
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
            erased,
        })
    }

    fn of(person: &Person) -> Self {
        let Sealed { name, phones, addresses, documents, birth_on, sex } = person.sealed.clone();
        Self {
            id: person.id,
            unit_id: person.unit,
            unit_path: person.path.clone(),
            status: person.status.word().to_owned(),
            name,
            phones,
            addresses,
            documents,
            birth_on,
            sex,
            version: person.version,
            created_at: person.created_at,
            updated_at: person.updated_at,
            erased_at: person.erased.map(|e| e.at),
            erased_by: person.erased.map(|e| e.by),
            erase_reason: person.erased.map(|e| e.reason.word().to_owned()),
        }
    }
}

/// Waits for a move that is under way: for whoever is about to read the tree and enter a person below it. On PostgreSQL a move
/// locks the table against writers before it looks, so that neither misses the other.
pub fn join(tx: &mut Tx<'_>) -> Outcome<()> {
    if tx.is_postgres() {
        with_conn!(tx, |c| diesel::sql_query("lock table people_persons in row exclusive mode").execute(c))?;
    }
    Ok(())
}

/// Keeps writers out until the move's transaction ends.
pub fn hold(tx: &mut Tx<'_>) -> Outcome<()> {
    if tx.is_postgres() {
        let lock = "lock table people_persons in share row exclusive mode";
        with_conn!(tx, |c| diesel::sql_query(lock).execute(c))?;
    }
    Ok(())
}

/// Rebases the copies of paths after a move.
pub fn rebase(tx: &mut Tx<'_>, from: &UnitPath, to: &UnitPath) -> Outcome<usize> {
    let (low, high) = from.range();
    let tail = super::after(from);
    Ok(with_conn!(tx, |c| diesel::update(
        persons::table.filter(persons::unit_path.ge(low)).filter(persons::unit_path.lt(high))
    )
    .set(persons::unit_path.eq(to.as_str().into_sql::<Text>().concat(substr(persons::unit_path, tail))))
    .execute(c))?)
}

/// How many who were not erased belong to a unit itself.
pub fn count_at(tx: &mut Tx<'_>, unit: Id<Unit>) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| persons::table
        .filter(persons::unit_id.eq(unit))
        .filter(persons::status.ne(Status::Erased.word()))
        .count()
        .get_result(c))?)
}

/// Adds persons.
pub fn insert(tx: &mut Tx<'_>, people: &[Person]) -> Outcome<()> {
    let rows: Vec<Row> = people.iter().map(Row::of).collect();
    Ok(insert_all!(tx, persons::table, rows)?)
}

/// The person.
pub fn find(tx: &mut Tx<'_>, id: Id<PersonId>) -> Outcome<Option<Person>> {
    let row: Option<Row> =
        with_conn!(tx, |c| persons::table.find(id).select(Row::as_select()).first(c).optional())?;
    row.map(Row::person).transpose()
}

/// The person, its row locked until the transaction ends.
pub fn find_locked(tx: &mut Tx<'_>, id: Id<PersonId>) -> Outcome<Option<Person>> {
    let row: Option<Row> =
        with_conn!(tx, |c| lock!(persons::table.find(id).select(Row::as_select())).first(c).optional())?;
    row.map(Row::person).transpose()
}

/// Several persons, by id.
pub fn find_all(tx: &mut Tx<'_>, ids: &[Id<PersonId>]) -> Outcome<Vec<Person>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = with_conn!(tx, |c| persons::table
        .filter(persons::id.eq_any(ids))
        .order(persons::id.asc())
        .select(Row::as_select())
        .load(c))?;
    rows.into_iter().map(Row::person).collect()
}

/// Writes what can be changed, if the person still has the version before; answers whether it had.
pub fn update(tx: &mut Tx<'_>, person: &Person) -> Outcome<bool> {
    let row = Row::of(person);
    let changed = with_conn!(tx, |c| diesel::update(
        persons::table.find(person.id).filter(persons::version.eq(person.version - 1))
    )
    .set((
        persons::unit_id.eq(row.unit_id),
        persons::unit_path.eq(&row.unit_path),
        persons::status.eq(&row.status),
        persons::name.eq(&row.name),
        persons::phones.eq(&row.phones),
        persons::addresses.eq(&row.addresses),
        persons::documents.eq(&row.documents),
        persons::birth_on.eq(&row.birth_on),
        persons::sex.eq(&row.sex),
        persons::version.eq(row.version),
        persons::updated_at.eq(row.updated_at),
        persons::erased_at.eq(row.erased_at),
        persons::erased_by.eq(row.erased_by),
        persons::erase_reason.eq(&row.erase_reason),
    ))
    .execute(c))?;
    Ok(changed == 1)
}

/// What a list is narrowed to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// With this status; erased persons are shown only where they are asked for.
    pub status: Option<Status>,
    /// With this flag, which holds at the moment.
    pub flag: Option<(FlagKind, Instant)>,
}

/// A stretch of the index by path.
enum Stretch {
    /// One place, after this person.
    At(UnitPath, Option<Id<PersonId>>),
    /// From here (`true`: after here) up to there.
    Range(String, bool, String),
}

/// The persons in a scope, place by place in the tree's order and by id within a place. Rights come first: each root of the scope
/// is one stretch of the index by path, and roots never overlap.
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &Filter,
    after: Option<&(UnitPath, Id<PersonId>)>,
    limit: i64,
) -> Outcome<Vec<Person>> {
    let mut roots: Vec<_> = scope.roots.iter().collect();
    roots.sort_by(|a, b| a.path.cmp(&b.path));
    let mut found = Vec::new();
    for root in roots {
        let (low, high) = root.path.range();
        let stretches = match after {
            Some((path, id)) if !root.subtree && root.path == *path => {
                vec![Stretch::At(path.clone(), Some(*id))]
            }
            Some((path, id)) if root.subtree && root.path.contains(path) => vec![
                Stretch::At(path.clone(), Some(*id)),
                Stretch::Range(path.as_str().to_owned(), true, high),
            ],
            // All of it comes before the place where the page starts.
            Some((path, _)) if root.path < *path => Vec::new(),
            _ if root.subtree => vec![Stretch::Range(low, false, high)],
            _ => vec![Stretch::At(root.path.clone(), None)],
        };
        for stretch in stretches {
            let left = limit - i64::try_from(found.len()).unwrap_or(limit);
            if left <= 0 {
                return Ok(found);
            }
            found.extend(stretch_of(tx, &stretch, filter, left)?);
        }
    }
    Ok(found)
}

fn stretch_of(tx: &mut Tx<'_>, stretch: &Stretch, filter: &Filter, limit: i64) -> Outcome<Vec<Person>> {
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = persons::table.select(Row::as_select()).into_boxed::<Db>();
        q = match stretch {
            Stretch::At(path, None) => q.filter(persons::unit_path.eq(path)),
            Stretch::At(path, Some(id)) => q.filter(persons::unit_path.eq(path)).filter(persons::id.gt(*id)),
            Stretch::Range(low, false, high) => {
                q.filter(persons::unit_path.ge(low)).filter(persons::unit_path.lt(high))
            }
            Stretch::Range(low, true, high) => {
                q.filter(persons::unit_path.gt(low)).filter(persons::unit_path.lt(high))
            }
        };
        q = match filter.status {
            Some(status) => q.filter(persons::status.eq(status.word())),
            None => q.filter(persons::status.ne(Status::Erased.word())),
        };
        if let Some((kind, now)) = filter.flag {
            let live = flags::table
                .filter(flags::person_id.eq(persons::id))
                .filter(flags::kind.eq(kind.word()))
                .filter(flags::ended_at.is_null())
                .filter(flags::from_at.le(now))
                .filter(flags::until_at.is_null().or(flags::until_at.assume_not_null().gt(now)));
            q = q.filter(diesel::dsl::exists(live));
        }
        q.order((persons::unit_path.asc(), persons::id.asc())).limit(limit).load(c)
    })?;
    rows.into_iter().map(Row::person).collect()
}

/// Those who were erased after a moment, the oldest first: when and who.
pub fn erased_since(
    tx: &mut Tx<'_>,
    after: Option<(Instant, Id<PersonId>)>,
    limit: i64,
) -> Outcome<Vec<(Instant, Id<PersonId>)>> {
    Ok(with_conn!(tx, |c| {
        let mut q = persons::table
            .filter(persons::erased_at.is_not_null())
            .select((persons::erased_at.assume_not_null(), persons::id))
            .into_boxed::<Db>();
        if let Some((at, id)) = after {
            q = q.filter(
                persons::erased_at
                    .assume_not_null()
                    .gt(at)
                    .or(persons::erased_at.assume_not_null().eq(at).and(persons::id.gt(id))),
            );
        }
        q.order((persons::erased_at.asc(), persons::id.asc())).limit(limit).load(c)
    })?)
}
