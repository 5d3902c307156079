//! The only place with SQL: one file a table.

pub mod api_keys;
pub mod approvals;
pub mod challenges;
pub mod codes;
pub mod conflicts;
pub mod contacts;
pub mod external;
pub mod grant_lists;
pub mod grants;
pub mod handovers;
pub mod held;
pub mod holders;
pub mod invitations;
pub mod keys;
pub mod lists;
pub mod passwords;
pub mod policies;
pub mod roles;
mod rows;
pub mod schema;
pub mod seal;
pub mod service_accounts;
pub mod sessions;
mod sign_in_rows;
pub mod sign_ins;
pub mod state;
pub mod tickets;
pub mod totp;
pub mod users;

/// A `WHERE` from a scope: the paths that its roots cover. Used inside `with_conn!`, where `Db` is the engine. A scope of one root is
/// one range and nothing else, so that an index is searched by it and not walked.
macro_rules! within {
    ($table:ty, $column:expr, $scope:expr) => {{
        type Filter<T, B> = Box<dyn diesel::BoxableExpression<T, B, SqlType = diesel::sql_types::Bool>>;
        let mut filter: Option<Filter<$table, Db>> = None;
        for root in &$scope.roots {
            let (low, high) = root.path.range();
            let one: Filter<$table, Db> = if root.subtree {
                Box::new($column.ge(low).and($column.lt(high)))
            } else {
                Box::new($column.eq(root.path.as_str().to_owned()))
            };
            filter = Some(match filter {
                None => one,
                Some(others) => Box::new(others.or(one)),
            });
        }
        filter.unwrap_or_else(|| Box::new(diesel::dsl::sql::<diesel::sql_types::Bool>("1 = 0")))
    }};
}
pub(crate) use within;

/// A place in a list in the order of the tree: the last row's path and id.
pub(crate) fn place_of<K>(cursor: &kernel::Cursor) -> kernel::Outcome<(kernel::UnitPath, kernel::Id<K>)> {
    let path = cursor.key.as_deref().and_then(kernel::UnitPath::parse);
    let path = kernel::error::OrRefuse::or_refuse(path, &kernel::error::BAD_CURSOR)?;
    Ok((path, kernel::Id::from_uuid(cursor.after)))
}

/// The roots of a scope in the order of the tree, those left out that end before a place.
pub(crate) fn roots_from<'s>(
    scope: &'s kernel::Scope,
    last: Option<&kernel::UnitPath>,
) -> Vec<&'s kernel::Root> {
    let mut roots: Vec<&kernel::Root> = scope.roots.iter().collect();
    roots.sort_by(|a, b| a.path.cmp(&b.path));
    roots.retain(|root| last.is_none_or(|last| last.as_str() < root.path.range().1.as_str()));
    roots
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
