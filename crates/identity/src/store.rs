//! The only place with SQL: one file a table.

pub mod codes;
pub mod contacts;
pub mod grants;
pub mod invitations;
pub mod keys;
pub mod passwords;
pub mod policies;
pub mod roles;
mod rows;
pub mod schema;
pub mod sessions;
pub mod state;
pub mod users;

/// A `WHERE` from a scope: the paths that its roots cover. Used inside `with_conn!`, where `Db` is the engine.
macro_rules! within {
    ($table:ty, $column:expr, $scope:expr) => {{
        let none = diesel::dsl::sql::<diesel::sql_types::Bool>("1 = 0");
        let mut filter: Box<dyn diesel::BoxableExpression<$table, Db, SqlType = diesel::sql_types::Bool>> =
            Box::new(none);
        for root in &$scope.roots {
            let (low, high) = root.path.range();
            filter = if root.subtree {
                Box::new(filter.or($column.ge(low).and($column.lt(high))))
            } else {
                Box::new(filter.or($column.eq(root.path.as_str().to_owned())))
            };
        }
        filter
    }};
}
pub(crate) use within;

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
