//! The only place with SQL: one file a table.

pub mod calls;
pub mod figures;
pub mod schema;
pub mod steps;
pub mod whistles;

use kernel::{Fault, Outcome, UnitPath};
use storage::{Tx, with_conn};

fn unknown_word(table: &str, word: &str) -> Fault {
    Fault::internal(format!("{table} has a row with the unknown word {word:?}"))
}

mod functions {
    //! What both engines call the same.

    diesel::define_sql_function! {
        fn substr(text: diesel::sql_types::Text, start: diesel::sql_types::Integer) -> diesel::sql_types::Text;
    }
}
use functions::substr;

/// Waits for a move or a dissolution that is under way: for whoever is about to read the tree and write beside it. On PostgreSQL a
/// move locks the tables against writers before it looks, so that neither misses the other.
pub fn join(tx: &mut Tx<'_>) -> Outcome<()> {
    use diesel::RunQueryDsl;
    if tx.is_postgres() {
        let lock = "lock table whistles_whistles in row exclusive mode";
        with_conn!(tx, |c| diesel::sql_query(lock).execute(c))?;
    }
    Ok(())
}

/// Keeps writers out until the transaction ends.
pub fn hold(tx: &mut Tx<'_>) -> Outcome<()> {
    use diesel::RunQueryDsl;
    if tx.is_postgres() {
        let lock = "lock table whistles_whistles, whistles_calls in share row exclusive mode";
        with_conn!(tx, |c| diesel::sql_query(lock).execute(c))?;
    }
    Ok(())
}

/// Rebases the copies of paths after a move.
pub fn rebase(tx: &mut Tx<'_>, from: &UnitPath, to: &UnitPath) -> Outcome<()> {
    whistles::rebase(tx, from, to)?;
    calls::rebase(tx, from, to)
}

/// The length of what is cut off a path when it is rebased.
fn tail_of(from: &UnitPath) -> i32 {
    i32::try_from(from.as_str().len() + 1).unwrap_or(i32::MAX)
}
