//! Flags: ended, never deleted while the person is there.

use diesel::prelude::*;
use kernel::id::{Person, PersonFlag, User};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::people_flags as flags;
use super::unknown_word;
use crate::model::{Flag, FlagKind};

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = flags, treat_none_as_default_value = false)]
struct Row {
    id: Id<PersonFlag>,
    person_id: Id<Person>,
    kind: String,
    from_at: Instant,
    until_at: Option<Instant>,
    reason: Vec<u8>,
    set_by: Id<User>,
    set_at: Instant,
    ended_at: Option<Instant>,
    ended_by: Option<Id<User>>,
    version: i64,
}

impl Row {
    fn flag(self) -> Outcome<Flag> {
        Ok(Flag {
            id: self.id,
            person: self.person_id,
            kind: FlagKind::parse(&self.kind).ok_or_else(|| unknown_word("people_flags", &self.kind))?,
            from: self.from_at,
            until: self.until_at,
            reason: self.reason,
            set_by: self.set_by,
            set_at: self.set_at,
            ended_at: self.ended_at,
            ended_by: self.ended_by,
            version: self.version,
        })
    }
}

/// Adds a flag.
pub fn insert(tx: &mut Tx<'_>, flag: &Flag) -> Outcome<()> {
    let row = Row {
        id: flag.id,
        person_id: flag.person,
        kind: flag.kind.word().to_owned(),
        from_at: flag.from,
        until_at: flag.until,
        reason: flag.reason.clone(),
        set_by: flag.set_by,
        set_at: flag.set_at,
        ended_at: flag.ended_at,
        ended_by: flag.ended_by,
        version: flag.version,
    };
    with_conn!(tx, |c| diesel::insert_into(flags::table).values(&row).execute(c))?;
    Ok(())
}

/// The flag of a person.
pub fn find(tx: &mut Tx<'_>, person: Id<Person>, id: Id<PersonFlag>) -> Outcome<Option<Flag>> {
    let row: Option<Row> = with_conn!(tx, |c| flags::table
        .find(id)
        .filter(flags::person_id.eq(person))
        .select(Row::as_select())
        .first(c)
        .optional())?;
    row.map(Row::flag).transpose()
}

/// Writes the end of a flag, if it still has the version before; answers whether it had.
pub fn update(tx: &mut Tx<'_>, flag: &Flag) -> Outcome<bool> {
    let changed = with_conn!(tx, |c| diesel::update(
        flags::table.find(flag.id).filter(flags::version.eq(flag.version - 1))
    )
    .set((
        flags::ended_at.eq(flag.ended_at),
        flags::ended_by.eq(flag.ended_by),
        flags::version.eq(flag.version)
    ))
    .execute(c))?;
    Ok(changed == 1)
}

/// The flags of a person in the order they were set, ended ones too.
pub fn list(
    tx: &mut Tx<'_>,
    person: Id<Person>,
    after: Option<Id<PersonFlag>>,
    limit: i64,
) -> Outcome<Vec<Flag>> {
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = flags::table.filter(flags::person_id.eq(person)).into_boxed::<Db>();
        if let Some(after) = after {
            q = q.filter(flags::id.gt(after));
        }
        q.order(flags::id.asc()).limit(limit).select(Row::as_select()).load(c)
    })?;
    rows.into_iter().map(Row::flag).collect()
}

/// The flags of some persons that hold at `now`, by person.
pub fn live(tx: &mut Tx<'_>, people: &[Id<Person>], now: Instant) -> Outcome<Vec<(Id<Person>, FlagKind)>> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(Id<Person>, String)> = with_conn!(tx, |c| flags::table
        .filter(flags::person_id.eq_any(people))
        .filter(flags::ended_at.is_null())
        .filter(flags::from_at.le(now))
        .filter(flags::until_at.is_null().or(flags::until_at.assume_not_null().gt(now)))
        .order((flags::person_id.asc(), flags::id.asc()))
        .select((flags::person_id, flags::kind))
        .load(c))?;
    rows.into_iter()
        .map(|(person, kind)| {
            Ok((person, FlagKind::parse(&kind).ok_or_else(|| unknown_word("people_flags", &kind))?))
        })
        .collect()
}

/// Whether the same flag holds at some time of the new one.
pub fn clashes(tx: &mut Tx<'_>, new: &Flag) -> Outcome<bool> {
    let found: i64 = with_conn!(tx, |c| {
        let mut q = flags::table
            .filter(flags::person_id.eq(new.person))
            .filter(flags::kind.eq(new.kind.word()))
            .filter(flags::ended_at.is_null())
            .filter(flags::until_at.is_null().or(flags::until_at.assume_not_null().gt(new.from)))
            .into_boxed::<Db>();
        if let Some(until) = new.until {
            q = q.filter(flags::from_at.lt(until));
        }
        q.count().get_result(c)
    })?;
    Ok(found > 0)
}

/// Takes a person's flags away: only where the person is erased.
pub fn delete_all(tx: &mut Tx<'_>, person: Id<Person>) -> Outcome<()> {
    with_conn!(tx, |c| diesel::delete(flags::table.filter(flags::person_id.eq(person))).execute(c))?;
    Ok(())
}
