//! The tables and their queries: the only place in this crate with SQL.

pub(crate) mod dwellings;
pub(crate) mod homes;
pub(crate) mod homes_offered;
pub(crate) mod households;
pub(crate) mod imports;
pub(crate) mod lists;
pub(crate) mod population;
pub(crate) mod rentals;
pub(crate) mod residences;
pub(crate) mod schema;
pub(crate) mod tree;
pub(crate) mod units;
pub(crate) mod versions;

/// A stored word that none of the model's is.
fn unknown_word(table: &str, word: &str) -> kernel::Fault {
    kernel::Fault::internal(format!("{table} holds the unknown word {word:?}"))
}

/// Narrows a boxed query that has no condition yet to a scope: one range of `(unit_path, id)` for each root.
macro_rules! in_scope {
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
/// Orders a query by place and id, from after the given one on.
macro_rules! by_place {
    ($q:expr, $table:ident, $after:expr) => {{
        let mut q = $q;
        if let Some((path, id)) = $after {
            // The first bound is the range of the index, the second cuts off its beginning.
            q = q
                .filter($table::unit_path.ge(path.as_str()))
                .filter($table::unit_path.gt(path.as_str()).or($table::id.gt(*id)));
        }
        q.order(($table::unit_path.asc(), $table::id.asc()))
    }};
}
/// Narrows a query to what lasts (`true`) or is over (`false`) on a day, by the column of its end.
macro_rules! lasting {
    ($q:expr, $column:expr, $lasts:expr, $on:expr) => {
        match $lasts {
            None => $q,
            Some(true) => $q.filter($column.is_null().or($column.gt($on))),
            Some(false) => $q.filter($column.le($on)),
        }
    };
}
use {by_place, in_scope, lasting};
