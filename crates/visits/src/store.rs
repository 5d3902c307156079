//! The only place with SQL: one file a table, and one for what is counted.

pub mod counts;
pub mod editions;
pub mod forms;
pub mod place;
pub mod plans;
pub mod rules;
pub mod schema;
pub mod visits;

use kernel::Fault;
use serde::Serialize;
use serde::de::DeserializeOwned;
use storage::Json;

/// A stored word that none of the model's is.
fn unknown_word(table: &str, word: &str) -> Fault {
    Fault::internal(format!("{table} holds the unknown word {word:?}"))
}

fn to_json(value: &impl Serialize) -> Result<Json, Fault> {
    serde_json::to_value(value).map(Json).map_err(Fault::internal)
}

/// What stands in a column, if it is what we write there.
fn from_json<T: DeserializeOwned>(table: &str, json: Json) -> Result<T, Fault> {
    serde_json::from_value(json.0)
        .map_err(|error| Fault::internal(format!("{table} has an unreadable row: {error}")))
}

/// Adds to a boxed query that has no condition yet the places of a scope, each as an alternative.
macro_rules! or_in_scope {
    ($q:expr, $table:ident, $scope:expr) => {{
        let mut q = $q;
        for root in &$scope.roots {
            let (low, high) = root.path.range();
            q = if root.subtree {
                q.or_filter($table::unit_path.ge(low).and($table::unit_path.lt(high)))
            } else {
                q.or_filter($table::unit_path.eq(low))
            };
        }
        q
    }};
}
/// The same for records of one person only.
macro_rules! or_theirs_in_scope {
    ($q:expr, $table:ident, $user:expr, $scope:expr) => {{
        let mut q = $q;
        for root in &$scope.roots {
            let (low, high) = root.path.range();
            q = if root.subtree {
                q.or_filter(
                    $table::worker_id
                        .eq($user)
                        .and($table::unit_path.ge(low))
                        .and($table::unit_path.lt(high)),
                )
            } else {
                q.or_filter($table::worker_id.eq($user).and($table::unit_path.eq(low)))
            };
        }
        q
    }};
}
use {or_in_scope, or_theirs_in_scope};

mod functions {
    //! What both engines call the same.

    diesel::define_sql_function! {
        fn substr(text: diesel::sql_types::Text, start: diesel::sql_types::Integer) -> diesel::sql_types::Text;
    }
}
use functions::substr;
