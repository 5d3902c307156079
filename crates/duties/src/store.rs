//! The only place with SQL: one file a table.

pub mod admissions;
pub mod items;
pub mod lists;
pub mod schema;
pub mod scope;
pub mod versions;

use kernel::Fault;

fn unknown_word(table: &str, word: &str) -> Fault {
    Fault::internal(format!("{table} has a row with the unknown word {word:?}"))
}
