//! Who hears of a case besides its reporter: one row for each of them.

use diesel::prelude::*;
use kernel::id::{Incident, User};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::incidents::Row as IncidentRow;
use super::schema::{grid_followers as followers, grid_incidents as incidents};
use super::unknown_word;
use crate::model::{FollowKind, Incident as Case};

/// Adds somebody, who may be there already; answers whether they were not.
pub fn add(
    tx: &mut Tx<'_>,
    incident: Id<Incident>,
    user: Id<User>,
    kind: FollowKind,
    at: Instant,
) -> Outcome<bool> {
    let row = (
        followers::incident_id.eq(incident),
        followers::user_id.eq(user),
        followers::kind.eq(kind.word()),
        followers::at.eq(at),
    );
    let added = with_conn!(tx, |c| diesel::insert_into(followers::table)
        .values(row)
        .on_conflict((followers::incident_id, followers::user_id))
        .do_nothing()
        .execute(c))?;
    Ok(added == 1)
}

/// Takes somebody out; answers whether they were there.
pub fn remove(tx: &mut Tx<'_>, incident: Id<Incident>, user: Id<User>) -> Outcome<bool> {
    Ok(with_conn!(tx, |c| diesel::delete(followers::table.find((incident, user))).execute(c))? == 1)
}

/// Those of one case follow another, too. Whoever does already stays as they are.
pub fn pass_on(tx: &mut Tx<'_>, from: Id<Incident>, to: Id<Incident>) -> Outcome<()> {
    with_conn!(tx, |c| {
        let theirs = followers::table.filter(followers::incident_id.eq(from)).select((
            to.into_sql::<storage::DbUuid>(),
            followers::user_id,
            followers::kind,
            followers::at,
        ));
        diesel::insert_into(followers::table)
            .values(theirs)
            .into_columns((followers::incident_id, followers::user_id, followers::kind, followers::at))
            .on_conflict((followers::incident_id, followers::user_id))
            .do_nothing()
            .execute(c)
    })?;
    Ok(())
}

/// How many follow a case.
pub fn count(tx: &mut Tx<'_>, incident: Id<Incident>) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| followers::table
        .filter(followers::incident_id.eq(incident))
        .count()
        .get_result(c))?)
}

/// Up to `limit` of those who follow a case, after one of them.
pub fn list(
    tx: &mut Tx<'_>,
    incident: Id<Incident>,
    after: Option<Id<User>>,
    limit: i64,
) -> Outcome<Vec<Id<User>>> {
    Ok(with_conn!(tx, |c| {
        let mut q = followers::table
            .filter(followers::incident_id.eq(incident))
            .select(followers::user_id)
            .into_boxed::<Db>();
        if let Some(after) = after {
            q = q.filter(followers::user_id.gt(after));
        }
        q.order(followers::user_id.asc()).limit(limit).load(c)
    })?)
}

/// A case somebody follows, why, and since when.
pub type Following = (Case, FollowKind, Instant);

/// What somebody follows, the newest case first.
pub fn of_user(
    tx: &mut Tx<'_>,
    user: Id<User>,
    after: Option<Id<Incident>>,
    limit: i64,
) -> Outcome<Vec<Following>> {
    let rows: Vec<(IncidentRow, String, Instant)> = with_conn!(tx, |c| {
        let mut q = followers::table
            .inner_join(incidents::table)
            .filter(followers::user_id.eq(user))
            .select((IncidentRow::as_select(), followers::kind, followers::at))
            .into_boxed::<Db>();
        if let Some(after) = after {
            q = q.filter(followers::incident_id.lt(after));
        }
        q.order(followers::incident_id.desc()).limit(limit).load(c)
    })?;
    let row = |(row, kind, at): (IncidentRow, String, Instant)| {
        let kind = FollowKind::parse(&kind).ok_or_else(|| unknown_word("grid_followers", &kind))?;
        Ok((row.incident()?, kind, at))
    };
    rows.into_iter().map(row).collect()
}
