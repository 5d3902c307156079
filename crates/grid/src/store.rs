//! The only place that knows grid's tables.

pub mod answers;
pub mod boundaries;
pub mod categories;
pub mod category_rules;
pub mod changes;
pub mod clocks;
pub mod drafts;
pub mod due;
pub mod field_records;
pub mod followers;
pub mod grids;
pub mod held;
pub mod incidents;
pub mod lineage;
pub mod on_duty;
pub mod polygons;
pub mod posts;
pub mod requests;
pub mod schema;
pub mod scopes;
pub mod several;
pub mod steps;
pub mod tokens;
pub mod town;

use kernel::Fault;

/// A word in a row that none of ours writes.
fn unknown_word(table: &str, word: &str) -> Fault {
    Fault::internal(format!("{table} has a row with the unknown word {word:?}"))
}
