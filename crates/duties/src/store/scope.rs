//! What is asked whenever a case is dispatched: two queries, each answered by an index.

use diesel::prelude::*;
use kernel::id::{Category, DutyAdmission, DutyList, DutyListVersion, Unit};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::{
    duties_admissions as admissions, duties_items as items, duties_lists as lists,
    duties_versions as versions,
};

/// A version whose time has come, of a list that may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct Begun {
    /// The list.
    pub list: Id<DutyList>,
    /// The unit whose it is.
    pub unit: Id<Unit>,
    /// The version.
    pub version: Id<DutyListVersion>,
    /// Whether it ends the list.
    pub is_end: bool,
}

/// Of the lists that these units have for a level: the versions whose time has come, the latest first.
pub fn begun(tx: &mut Tx<'_>, units: &[Id<Unit>], level: &str, at: Instant) -> Outcome<Vec<Begun>> {
    Ok(with_conn!(tx, |c| lists::table
        .inner_join(versions::table.on(versions::list_id.eq(lists::id)))
        .filter(lists::unit_id.eq_any(units))
        .filter(lists::level.eq(level))
        .filter(versions::from_at.le(at))
        .order(versions::from_at.desc())
        .select((lists::id, lists::unit_id, versions::id, versions::is_end))
        .load(c))?)
}

/// Why a category may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// This category is on the version.
    Item(Id<Category>),
    /// This category was admitted.
    Admission(Id<Category>, Id<DutyAdmission>),
}

/// Which of these categories are on the version, and which are admitted in these units at a moment: one query for both.
pub fn grounds(
    tx: &mut Tx<'_>,
    version: Id<DutyListVersion>,
    units: &[Id<Unit>],
    categories: &[Id<Category>],
    at: Instant,
) -> Outcome<Vec<Ground>> {
    let rows: Vec<(Id<Category>, uuid::Uuid)> = with_conn!(tx, |c| {
        let listed = items::table
            .filter(items::version_id.eq(version))
            .filter(items::category_id.eq_any(categories))
            .select((items::category_id, items::version_id));
        let admitted = admissions::table
            .filter(admissions::unit_id.eq_any(units))
            .filter(admissions::category_id.eq_any(categories))
            .filter(admissions::holds_from.le(at))
            .filter(admissions::holds_until.gt(at))
            .select((admissions::category_id, admissions::id));
        let all: Vec<(Id<Category>, Id<DutyAdmission>)> = listed.union_all(admitted).load(c)?;
        Ok::<_, diesel::result::Error>(all.into_iter().map(|(category, id)| (category, id.uuid())).collect())
    })?;
    let ground = |(category, id): (Id<Category>, uuid::Uuid)| {
        if id == version.uuid() {
            Ground::Item(category)
        } else {
            Ground::Admission(category, Id::from_uuid(id))
        }
    };
    Ok(rows.into_iter().map(ground).collect())
}
