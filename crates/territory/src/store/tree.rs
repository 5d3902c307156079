//! The tree as a whole: its lock, its ranges, and the one statement that moves a subtree.

use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use kernel::{Fault, Id, Outcome, UnitPath, id};
use storage::{Tx, with_conn};

use super::schema::{territory_tree_lock as tree_lock, territory_units as units};
use super::units::visible;

diesel::define_sql_function! {
    /// The rest of a text from a place, counted from 1.
    fn substr(text: Text, from: Integer) -> Text;
}
diesel::define_sql_function! {
    /// Characters of a text.
    fn length(text: Text) -> Integer;
}
#[diesel::declare_sql_function]
extern "SQL" {
    /// The greatest length.
    #[aggregate]
    #[sql_name = "max"]
    fn greatest_length(value: Integer) -> Nullable<Integer>;
}

/// Lets nobody else change the shape of the tree until the transaction ends.
pub(crate) fn lock(tx: &mut Tx<'_>) -> Outcome<()> {
    let held: Option<String> =
        with_conn!(tx, |c| lock!(tree_lock::table.find("tree").select(tree_lock::id)).first(c).optional())?;
    held.map(drop).ok_or_else(|| Fault::internal("territory_tree_lock has lost its row"))
}

/// A free place below `parent`. The tree is locked, so it stays free.
pub(crate) fn free_path(tx: &mut Tx<'_>, parent: Option<&UnitPath>) -> Outcome<UnitPath> {
    for _ in 0..16 {
        let drawn = UnitPath::draw(parent).ok_or_else(|| crate::error::TOO_DEEP.fault())?;
        let taken = units::table.filter(units::path.eq(drawn.clone()));
        if !with_conn!(tx, |c| diesel::select(diesel::dsl::exists(taken)).get_result::<bool>(c))? {
            return Ok(drawn);
        }
    }
    Err(Fault::internal("no free place was drawn below a unit in sixteen tries"))
}

/// How many units the subtree has, its root counted, and how deep the deepest lies.
pub(crate) fn extent(tx: &mut Tx<'_>, path: &UnitPath) -> Outcome<(i64, usize)> {
    let (low, high) = path.range();
    let seen: i64 = with_conn!(tx, |c| units::table
        .filter(units::path.ge(&low))
        .filter(units::path.lt(&high))
        .filter(visible())
        .count()
        .get_result(c))?;
    let longest: Option<i32> = with_conn!(tx, |c| units::table
        .filter(units::path.ge(&low))
        .filter(units::path.lt(&high))
        .select(greatest_length(length(units::path)))
        .get_result(c))?;
    let longest = longest.and_then(|l| usize::try_from(l).ok()).unwrap_or(0);
    Ok((seen, longest / kernel::path::LABEL))
}

/// The kinds that occur in the subtree.
pub(crate) fn kinds(tx: &mut Tx<'_>, path: &UnitPath) -> Outcome<Vec<String>> {
    let (low, high) = path.range();
    Ok(with_conn!(tx, |c| units::table
        .filter(units::path.ge(&low))
        .filter(units::path.lt(&high))
        .select(units::kind)
        .distinct()
        .load(c))?)
}

/// Hangs the subtree at `from` up at `to`: one statement, whatever its size. Answers how many rows it touched.
pub(crate) fn rebase(tx: &mut Tx<'_>, from: &UnitPath, to: &UnitPath) -> Outcome<usize> {
    let (low, high) = from.range();
    let rest = i32::try_from(from.as_str().len() + 1).map_err(Fault::internal)?;
    let new = to.as_str();
    Ok(with_conn!(tx, |c| diesel::update(
        units::table.filter(units::path.ge(&low)).filter(units::path.lt(&high))
    )
    .set(units::path.eq(new.into_sql::<Text>().concat(substr(units::path, rest))))
    .execute(c))?)
}

/// The units at these places, parents first, by id only.
pub(crate) fn ids(tx: &mut Tx<'_>, paths: &[UnitPath]) -> Outcome<Vec<Id<id::Unit>>> {
    let texts: Vec<&str> = paths.iter().map(UnitPath::as_str).collect();
    Ok(with_conn!(tx, |c| units::table
        .filter(units::path.eq_any(texts))
        .order(units::path.asc())
        .select(units::id)
        .load(c))?)
}
