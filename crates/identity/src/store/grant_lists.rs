//! Lists of grants, each with its rights as a `WHERE` before the `LIMIT`.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use kernel::id::{Grant as GrantKind, Role as RoleKind, User as UserKind};
use kernel::sql::{DbInstant, DbUuid};
use kernel::{Cursor, Id, Instant, Outcome, Page, PageSize, Scope, UnitPath};
use storage::{Tx, with_conn};

use super::schema::identity_grants as grants;
use super::{place_of, roots_from, within};
use crate::model::Grant;

/// What to look for among grants.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Whose.
    pub user: Option<Id<UserKind>>,
    /// Of which role.
    pub role: Option<Id<RoleKind>>,
    /// One of [`crate::model::GRANT_STATES`].
    pub state: Option<String>,
    /// Only those that end before.
    pub expires_before: Option<Instant>,
    /// Only those that hold or will and whose giver could no longer give them.
    pub orphaned: bool,
    /// Only those of these givers.
    pub givers: Option<Vec<Id<UserKind>>>,
}

macro_rules! in_state {
    ($q:expr, $state:expr, $now:expr) => {{
        let (q, state, now) = ($q, $state, $now);
        let ended = matches!(state, "revoked" | "declined");
        let waits = matches!(state, "proposed" | "declined");
        let q = if ended {
            q.filter(grants::revoked_at.is_not_null())
        } else {
            q.filter(grants::revoked_at.is_null())
        };
        let q = if state == "expired" { q } else { q.filter(grants::awaits_approval.eq(waits)) };
        match state {
            "expired" => q.filter(grants::valid_until.assume_not_null().le(now)),
            "pending" => q.filter(grants::valid_from.gt(now)),
            "active" => q.filter(grants::valid_from.le(now)),
            _ => q,
        }
    }};
}

macro_rules! not_over {
    ($q:expr, $now:expr) => {
        $q.filter(grants::valid_until.is_null().or(grants::valid_until.assume_not_null().gt($now)))
    };
}

/// A grant of the giver's, `h`, that holds now.
const LIVE: &str = "h.user_id = identity_grants.granted_by and h.revoked_at is null and h.awaits_approval = false \
    and (h.unit_path = identity_grants.unit_path and (h.subtree or not identity_grants.subtree) \
        or h.subtree and substr(identity_grants.unit_path, 1, length(h.unit_path)) = h.unit_path) \
    and h.valid_from <= ";
const LIVE_UNTIL: &str = " and (h.valid_until is null or h.valid_until > ";
const OUTLASTS: &str = ") and (h.valid_until is null or identity_grants.valid_until is not null \
    and identity_grants.valid_until <= h.valid_until) ";

/// Whether the giver of a grant could not give it now: what the ceiling would say, as one expression over the row.
macro_rules! orphaned {
    ($now:expr) => {{
        let now: Instant = $now;
        diesel::dsl::sql::<Bool>(&format!(
            "(not exists (select 1 from identity_users gu where gu.id = identity_grants.granted_by and gu.status = \
             'enabled') or not exists (select 1 from identity_grants h join identity_role_permissions hp on \
             hp.role_id = h.role_id and hp.permission = 'identity.grant.manage' where {LIVE}"
        ))
        .bind::<DbInstant, _>(now)
        .sql(LIVE_UNTIL)
        .bind::<DbInstant, _>(now)
        .sql(&format!(
            ")) or exists (select 1 from identity_roles gr where gr.id = identity_grants.role_id and gr.gives_all) \
             and not exists (select 1 from identity_grants h join identity_roles hr on hr.id = h.role_id \
             where hr.gives_all and {LIVE}"
        ))
        .bind::<DbInstant, _>(now)
        .sql(LIVE_UNTIL)
        .bind::<DbInstant, _>(now)
        .sql(&format!(
            "{OUTLASTS}) or exists (select 1 from identity_role_permissions gp where gp.role_id = \
             identity_grants.role_id and not exists (select 1 from identity_grants h join identity_roles hr \
             on hr.id = h.role_id where (hr.gives_all or exists (select 1 from identity_role_permissions hp \
             where hp.role_id = h.role_id and hp.permission = gp.permission)) and {LIVE}"
        ))
        .bind::<DbInstant, _>(now)
        .sql(LIVE_UNTIL)
        .bind::<DbInstant, _>(now)
        .sql(&format!("{OUTLASTS})))"))
    }};
}

/// Whether a grant's holder is at home in a scope.
macro_rules! at_home_in {
    ($scope:expr) => {{
        let mut filter: Box<dyn BoxableExpression<grants::table, Db, SqlType = Bool>> =
            Box::new(diesel::dsl::sql::<Bool>("1 = 0"));
        let home =
            "exists (select 1 from identity_users hu where hu.id = identity_grants.user_id and hu.unit_path ";
        for root in &$scope.roots {
            let (low, high) = root.path.range();
            filter = if root.subtree {
                Box::new(
                    filter.or(diesel::dsl::sql::<Bool>(&format!("{home} >= "))
                        .bind::<Text, _>(low)
                        .sql(" and hu.unit_path < ")
                        .bind::<Text, _>(high)
                        .sql(")")),
                )
            } else {
                Box::new(
                    filter.or(diesel::dsl::sql::<Bool>(&format!("{home} = ")).bind::<Text, _>(low).sql(")")),
                )
            };
        }
        filter
    }};
}

/// The grants in the scope, in the order of the tree and in a unit the oldest first: so the places of a scope are stretches of one
/// index, one after the other, and a page costs the same whoever asks.
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &Filter,
    now: Instant,
    after: Option<&Cursor>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Grant>> {
    let last = after.map(place_of::<GrantKind>).transpose()?;
    let mut rows: Vec<Grant> = Vec::new();
    for root in roots_from(scope, last.as_ref().map(|(path, _)| path)) {
        let wanted = size.probe() - i64::try_from(rows.len()).unwrap_or(i64::MAX);
        if wanted <= 0 {
            break;
        }
        let (low, high) = root.path.range();
        rows.extend(with_conn!(tx, |c| {
            let mut q = grants::table.select(Grant::as_select()).into_boxed::<Db>();
            q = if root.subtree {
                q.filter(grants::unit_path.ge(low)).filter(grants::unit_path.lt(high))
            } else {
                q.filter(grants::unit_path.eq(low))
            };
            if let Some((path, id)) = &last {
                let path = path.as_str().to_owned();
                q = q
                    .filter(grants::unit_path.ge(path.clone()))
                    .filter(grants::unit_path.gt(path).or(grants::id.gt(*id)));
            }
            if let Some(user) = filter.user {
                q = q.filter(grants::user_id.eq(user));
            }
            if let Some(role) = filter.role {
                q = q.filter(grants::role_id.eq(role));
            }
            if let Some(state) = filter.state.as_deref() {
                q = in_state!(q, state, now);
                if matches!(state, "active" | "pending" | "proposed") {
                    q = not_over!(q, now);
                }
            }
            if let Some(before) = filter.expires_before {
                q = q.filter(grants::valid_until.lt(before));
            }
            if let Some(givers) = &filter.givers {
                q = q.filter(grants::granted_by.eq_any(givers));
            }
            if filter.orphaned {
                q = not_over!(q, now)
                    .filter(grants::revoked_at.is_null())
                    .filter(grants::awaits_approval.eq(false))
                    .filter(grants::granted_by.is_not_null())
                    .filter(orphaned!(now));
            }
            q.order((grants::unit_path.asc(), grants::id.asc())).limit(wanted).load::<Grant>(c)
        })?);
    }
    Ok(Page::cut(rows, size, |g| Cursor {
        after: g.id.uuid(),
        filter: fingerprint,
        key: Some(g.unit_path.as_str().to_owned()),
    }))
}

/// An account.
#[derive(QueryableByName)]
struct Giver {
    #[diesel(sql_type = DbUuid)]
    id: Id<UserKind>,
}

/// Everybody who gave anything: from one to the next along the index, since they are few and what they gave is much.
pub fn givers(tx: &mut Tx<'_>) -> Outcome<Vec<Id<UserKind>>> {
    let sql = "with recursive giver(id) as ( \
        select (select granted_by from identity_grants where granted_by is not null order by granted_by limit 1) \
        union all select (select g.granted_by from identity_grants g where g.granted_by > giver.id \
        order by g.granted_by limit 1) from giver where giver.id is not null) \
        select id from giver where id is not null";
    let all: Vec<Giver> = with_conn!(tx, |c| diesel::sql_query(sql).load(c))?;
    Ok(all.into_iter().map(|giver| giver.id).collect())
}

/// What a reader may know of who holds what: people at home in a scope, and whatever was given in one.
#[derive(Debug, Clone, Default)]
pub struct Sight {
    /// Whose home lies there.
    pub people: Scope,
    /// What was given there.
    pub places: Scope,
}

/// The grants that reach a unit, newest first: those given at it and, with `inherited`, those that come from above. Of what comes
/// from above only what the reader may know.
#[expect(clippy::too_many_arguments, reason = "a list and its filters")]
pub fn reaching(
    tx: &mut Tx<'_>,
    at: &UnitPath,
    inherited: bool,
    sight: &Sight,
    state: Option<&str>,
    now: Instant,
    after: Option<Id<GrantKind>>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Grant>> {
    let mut rows: Vec<Grant> = Vec::new();
    let above = if inherited { at.lineage() } else { vec![at.clone()] };
    // One place after the other, each a stretch of an index in the order of the list.
    for place in above {
        rows.extend(with_conn!(tx, |c| {
            let mut q = grants::table
                .select(Grant::as_select())
                .into_boxed::<Db>()
                .filter(grants::unit_path.eq(place.as_str().to_owned()));
            if place != *at {
                q = q.filter(grants::subtree.eq(true));
            }
            if !sight.places.covers(&place, None) {
                q = q.filter(at_home_in!(sight.people));
            }
            q = match state {
                Some(state) => {
                    let q = in_state!(q, state, now);
                    if matches!(state, "active" | "pending" | "proposed") { not_over!(q, now) } else { q }
                }
                None => not_over!(q, now).filter(grants::revoked_at.is_null()),
            };
            if let Some(after) = after {
                q = q.filter(grants::id.lt(after));
            }
            q.order(grants::id.desc()).limit(size.probe()).load::<Grant>(c)
        })?);
    }
    rows.sort_by_key(|grant| std::cmp::Reverse(grant.id));
    Ok(Page::cut(rows, size, |g| Cursor { after: g.id.uuid(), filter: fingerprint, key: None }))
}

/// The enabled people who hold one of some roles at a unit now, in the order of their ids after `after`; of them whom the reader
/// may know.
pub fn people_with(
    tx: &mut Tx<'_>,
    at: &UnitPath,
    of: &[Id<RoleKind>],
    sight: &Sight,
    now: Instant,
    after: Option<Id<UserKind>>,
    limit: i64,
) -> Outcome<Vec<Id<UserKind>>> {
    // The people of a place are sorted, and not walked in their order through all who hold the role anywhere: as an expression the
    // column is no order that an index has.
    let person = || diesel::dsl::sql::<DbUuid>("coalesce(identity_grants.user_id, identity_grants.user_id)");
    let mut people = std::collections::BTreeSet::new();
    for place in at.lineage() {
        let found: Vec<Id<UserKind>> = with_conn!(tx, |c| {
            let mut q = grants::table
                .select(person())
                .distinct()
                .into_boxed::<Db>()
                .filter(grants::unit_path.eq(place.as_str().to_owned()))
                .filter(grants::role_id.eq_any(of))
                .filter(grants::revoked_at.is_null())
                .filter(grants::awaits_approval.eq(false))
                .filter(grants::valid_from.le(now))
                .filter(diesel::dsl::sql::<Bool>(
                    "exists (select 1 from identity_users eu where eu.id = identity_grants.user_id and \
                     eu.status = 'enabled')",
                ));
            q = not_over!(q, now);
            if place != *at {
                q = q.filter(grants::subtree.eq(true));
            }
            if !sight.places.covers(&place, None) {
                q = q.filter(at_home_in!(sight.people));
            }
            if let Some(after) = after {
                q = q.filter(person().gt(after));
            }
            q.order(person()).limit(limit).load(c)
        })?;
        people.extend(found);
    }
    let many = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(people.into_iter().take(many).collect())
}

/// Holders looked at by their place before their order: more of them are walked in the order of the list.
const NARROW: i64 = 5_000;

/// The people who hold a role within a scope, now or one day, in the order of their ids.
pub fn holders(
    tx: &mut Tx<'_>,
    role: Id<RoleKind>,
    scope: &Scope,
    now: Instant,
    after: Option<Id<UserKind>>,
    limit: i64,
) -> Outcome<Vec<Id<UserKind>>> {
    // A few are found by their place and sorted. Many are walked in the order of the list and those elsewhere left out: to sort them
    // all for one page would cost more than the page.
    let some: Vec<bool> = with_conn!(tx, |c| grants::table
        .select(diesel::dsl::sql::<Bool>("1 = 1"))
        .into_boxed::<Db>()
        .filter(grants::role_id.eq(role))
        .filter(within!(grants::table, grants::unit_path, scope))
        .limit(NARROW)
        .load(c))?;
    let narrow = i64::try_from(some.len()).unwrap_or(i64::MAX) < NARROW;
    Ok(with_conn!(tx, |c| {
        let mut q = grants::table
            .select(grants::user_id)
            .distinct()
            .into_boxed::<Db>()
            .filter(grants::role_id.eq(role))
            .filter(grants::revoked_at.is_null())
            .filter(grants::awaits_approval.eq(false));
        q = if narrow {
            q.filter(within!(grants::table, grants::unit_path, scope))
        } else {
            q.filter(within!(grants::table, grants::unit_path.concat(""), scope))
        };
        q = not_over!(q, now);
        if let Some(after) = after {
            q = q.filter(grants::user_id.gt(after));
        }
        q.order(grants::user_id.asc()).limit(limit).load(c)
    })?)
}

/// The grants of a role that some people hold within a scope, now or one day.
pub fn of_holders(
    tx: &mut Tx<'_>,
    role: Id<RoleKind>,
    people: &[Id<UserKind>],
    scope: &Scope,
    now: Instant,
) -> Outcome<Vec<Grant>> {
    Ok(with_conn!(tx, |c| {
        let q = grants::table
            .select(Grant::as_select())
            .into_boxed::<Db>()
            .filter(grants::user_id.eq_any(people))
            .filter(grants::role_id.eq(role))
            .filter(grants::revoked_at.is_null())
            .filter(grants::awaits_approval.eq(false))
            .filter(within!(grants::table, grants::unit_path, scope));
        not_over!(q, now).order(grants::id.asc()).load(c)
    })?)
}

/// How many people hold a role, now or one day.
pub fn count_holders(tx: &mut Tx<'_>, role: Id<RoleKind>, now: Instant) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| {
        let q = grants::table
            .select(diesel::dsl::sql::<BigInt>("count(distinct identity_grants.user_id)"))
            .into_boxed::<Db>()
            .filter(grants::role_id.eq(role))
            .filter(grants::revoked_at.is_null())
            .filter(grants::awaits_approval.eq(false));
        not_over!(q, now).first(c)
    })?)
}

/// Of the people who hold a role, how many have a permission by that role alone, at one place at least: whom its coming or going
/// changes.
pub fn count_by_role_alone(
    tx: &mut Tx<'_>,
    role: Id<RoleKind>,
    permission: &str,
    now: Instant,
) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| {
        let elsewhere = diesel::dsl::sql::<Bool>(
            "not exists (select 1 from identity_grants h where h.user_id = identity_grants.user_id \
             and h.role_id <> identity_grants.role_id and h.revoked_at is null and h.awaits_approval = false \
             and h.valid_from <= identity_grants.valid_from \
             and (h.valid_until is null or identity_grants.valid_until is not null \
                 and identity_grants.valid_until <= h.valid_until) \
             and (h.unit_path = identity_grants.unit_path and (h.subtree or not identity_grants.subtree) \
                 or h.subtree and substr(identity_grants.unit_path, 1, length(h.unit_path)) = h.unit_path) \
             and h.role_id in (select role_id from identity_role_permissions where permission = ",
        )
        .bind::<Text, _>(permission)
        .sql("))");
        let q = grants::table
            .select(diesel::dsl::sql::<BigInt>("count(distinct identity_grants.user_id)"))
            .into_boxed::<Db>()
            .filter(grants::role_id.eq(role))
            .filter(grants::revoked_at.is_null())
            .filter(grants::awaits_approval.eq(false))
            .filter(elsewhere);
        not_over!(q, now).first(c)
    })?)
}
