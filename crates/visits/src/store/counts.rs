//! What is counted of visits: those made in person and not struck.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::dsl::{count, max};
use diesel::prelude::*;
use kernel::id::{Household, User};
use kernel::{Id, Outcome};
use storage::{Tx, with_conn};

use super::schema::visits_visits as visits;
use crate::model::{Month, Tally, Way};

/// Ids in one statement.
const AT_ONCE: usize = 1_000;

/// What these workers did in a month; who did nothing is left out.
pub fn tallies(tx: &mut Tx<'_>, workers: &[Id<User>], month: Month) -> Outcome<BTreeMap<Id<User>, Tally>> {
    let mut found = BTreeMap::new();
    for some in workers.chunks(AT_ONCE) {
        let rows: Vec<(Id<User>, i64, i64)> = with_conn!(tx, |c| visits::table
            .filter(visits::worker_id.eq_any(some))
            .filter(visits::visited_on.ge(month.first()))
            .filter(visits::visited_on.lt(month.next()))
            .filter(visits::way.eq(Way::InPerson.word()))
            .filter(visits::struck_at.is_null())
            .group_by(visits::worker_id)
            .select((
                visits::worker_id,
                count(visits::visited_on).aggregate_distinct(),
                count(visits::household_id).aggregate_distinct()
            ))
            .load(c))?;
        found.extend(rows.into_iter().map(|(user, days, households)| (user, Tally { days, households })));
    }
    Ok(found)
}

/// When somebody called last on each of these households, whoever it was; those nobody called on are left out.
pub fn last_visits(tx: &mut Tx<'_>, homes: &[Id<Household>]) -> Outcome<BTreeMap<Id<Household>, NaiveDate>> {
    let mut found = BTreeMap::new();
    for some in homes.chunks(AT_ONCE) {
        let rows: Vec<(Id<Household>, Option<NaiveDate>)> = with_conn!(tx, |c| visits::table
            .filter(visits::household_id.eq_any(some))
            .filter(visits::way.eq(Way::InPerson.word()))
            .filter(visits::struck_at.is_null())
            .group_by(visits::household_id)
            .select((visits::household_id, max(visits::visited_on)))
            .load(c))?;
        found.extend(rows.into_iter().filter_map(|(home, on)| Some((home, on?))));
    }
    Ok(found)
}
