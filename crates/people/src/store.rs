//! The only place that knows people's tables.

pub mod accounts;
pub mod consents;
pub mod flags;
pub mod hashes;
pub mod keys;
pub mod people;
pub mod readings;
pub mod schema;

use kernel::Fault;

/// A word in a row that none of ours writes.
fn unknown_word(table: &str, word: &str) -> Fault {
    Fault::internal(format!("{table} has a row with the unknown word {word:?}"))
}

/// The number of the first character after a path: where `substr` starts to keep what lies below it.
fn after(path: &kernel::UnitPath) -> i32 {
    i32::try_from(path.as_str().len() + 1).unwrap_or(i32::MAX)
}

mod functions {
    //! What both engines call the same.

    diesel::define_sql_function! {
        fn substr(text: diesel::sql_types::Text, start: diesel::sql_types::Integer) -> diesel::sql_types::Text;
    }
}
use functions::substr;
