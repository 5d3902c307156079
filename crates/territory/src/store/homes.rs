//! What homes share: the locks that races are decided by, and the copies of paths.

use diesel::prelude::*;
use diesel::sql_types::Text;
use kernel::id::Person;
use kernel::{Fault, Id, Outcome, UnitPath};
use storage::{Tx, with_conn};

use super::schema::{
    territory_dwellings as dwellings, territory_households as households, territory_persons as persons,
    territory_rentals as rentals, territory_residences as residences,
};
use super::tree::substr;

/// Locks a person's residences until the transaction ends: two that exclude each other cannot both be written.
pub(crate) fn lock_person(tx: &mut Tx<'_>, person: Id<Person>) -> Outcome<()> {
    with_conn!(tx, |c| diesel::insert_into(persons::table)
        .values(persons::person_id.eq(person))
        .on_conflict_do_nothing()
        .execute(c))?;
    let _: Id<Person> =
        with_conn!(tx, |c| lock!(persons::table.find(person).select(persons::person_id)).first(c))?;
    Ok(())
}

/// Hangs the homes of the subtree at `from` up at `to`. Whoever writes a home holds the row it takes its path from (the
/// unit's, the dwelling's or the household's), and these are touched in this order: none keeps an old path.
pub(crate) fn rebase(tx: &mut Tx<'_>, from: &UnitPath, to: &UnitPath) -> Outcome<()> {
    let (low, high) = from.range();
    let rest = i32::try_from(from.as_str().len() + 1).map_err(Fault::internal)?;
    let new = to.as_str();
    macro_rules! rebase {
        ($($table:ident)+) => {
            $(with_conn!(tx, |c| diesel::update(
                $table::table.filter($table::unit_path.ge(&low)).filter($table::unit_path.lt(&high))
            )
            .set($table::unit_path.eq(new.into_sql::<Text>().concat(substr($table::unit_path, rest))))
            .execute(c))?;)+
        };
    }
    rebase!(dwellings households residences rentals);
    Ok(())
}
