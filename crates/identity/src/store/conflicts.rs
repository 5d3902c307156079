//! Conflicts between roles, and who holds both.

use diesel::prelude::*;
use diesel::sql_types::Text;
use kernel::id::{Grant as GrantKind, Role as RoleKind, RoleConflict as ConflictKind, User as UserKind};
use kernel::sql::{DbInstant, DbUuid};
use kernel::{Cursor, Fault, Id, Instant, Outcome, Page, PageSize, Scope, UnitPath};
use storage::{Tx, with_conn};
use uuid::Uuid;

use super::rows::RoleConflictRow;
use super::schema::{
    identity_grants as grants, identity_role_conflicts as conflicts, identity_roles as roles,
};
use super::within;
use crate::error::CONFLICT_EXISTS;
use crate::model::Grant;
use crate::model::conflict::RoleConflict;

/// Adds a rule.
pub fn insert(tx: &mut Tx<'_>, conflict: &RoleConflict) -> Outcome<()> {
    with_conn!(tx, |c| diesel::insert_into(conflicts::table)
        .values(RoleConflictRow::from(conflict.clone()))
        .execute(c))
    .map_err(|e| {
        storage::on_unique(e.into(), "identity_role_conflicts", "role_a_id", &CONFLICT_EXISTS)
            .meaning("identity_role_conflicts_role_a_id_role_b_id_key", &CONFLICT_EXISTS)
    })?;
    Ok(())
}

/// The rule of this id.
pub fn find(tx: &mut Tx<'_>, id: Id<ConflictKind>) -> Outcome<Option<RoleConflict>> {
    Ok(with_conn!(tx, |c| conflicts::table.find(id).select(RoleConflict::as_select()).first(c).optional())?)
}

/// Removes a rule.
pub fn delete(tx: &mut Tx<'_>, id: Id<ConflictKind>) -> Outcome<bool> {
    Ok(with_conn!(tx, |c| diesel::delete(conflicts::table.find(id)).execute(c))? == 1)
}

/// The rules a role is part of.
pub fn of_role(tx: &mut Tx<'_>, role: Id<RoleKind>) -> Outcome<Vec<RoleConflict>> {
    Ok(with_conn!(tx, |c| conflicts::table
        .filter(conflicts::role_a_id.eq(role).or(conflicts::role_b_id.eq(role)))
        .order(conflicts::id.asc())
        .select(RoleConflict::as_select())
        .load(c))?)
}

/// All rules; few by their nature.
pub fn all(tx: &mut Tx<'_>) -> Outcome<Vec<RoleConflict>> {
    Ok(with_conn!(tx, |c| conflicts::table
        .order(conflicts::id.asc())
        .select(RoleConflict::as_select())
        .load(c))?)
}

/// The rules of which the reader may see both roles: the built-in ones, those of units in the scope and of units above it.
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    after: Option<Id<ConflictKind>>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<RoleConflict>> {
    let above: Vec<String> =
        scope.roots.iter().flat_map(|r| r.path.lineage()).map(|path| path.as_str().to_owned()).collect();
    let rows: Vec<RoleConflict> = with_conn!(tx, |c| {
        let seen = || {
            let place = roles::unit_path.assume_not_null();
            roles::table.select(roles::id).into_boxed::<Db>().filter(
                roles::builtin.eq(true).or(place.eq_any(above.clone())).or(within!(
                    roles::table,
                    place,
                    scope
                )),
            )
        };
        let mut q = conflicts::table
            .select(RoleConflict::as_select())
            .filter(conflicts::role_a_id.eq_any(seen()))
            .filter(conflicts::role_b_id.eq_any(seen()))
            .into_boxed::<Db>();
        if let Some(after) = after {
            q = q.filter(conflicts::id.gt(after));
        }
        q.order(conflicts::id.asc()).limit(size.probe()).load(c)
    })?;
    Ok(Page::cut(rows, size, |r| Cursor { after: r.id.uuid(), filter: fingerprint, key: None }))
}

/// What somebody holds of some roles now or will: never what still waits for approval.
pub fn held_of(
    tx: &mut Tx<'_>,
    user: Id<UserKind>,
    of: &[Id<RoleKind>],
    now: Instant,
) -> Outcome<Vec<Grant>> {
    Ok(with_conn!(tx, |c| grants::table
        .filter(grants::user_id.eq(user))
        .filter(grants::role_id.eq_any(of))
        .filter(grants::revoked_at.is_null())
        .filter(grants::awaits_approval.eq(false))
        .filter(grants::valid_until.is_null().or(grants::valid_until.assume_not_null().gt(now)))
        .order(grants::id.asc())
        .select(Grant::as_select())
        .load(c))?)
}

/// Two grants of one person that must not meet and do.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Violation {
    /// The grant of the rule's first role.
    #[diesel(sql_type = DbUuid)]
    pub grant_a: Id<GrantKind>,
    /// The grant of its second.
    #[diesel(sql_type = DbUuid)]
    pub grant_b: Id<GrantKind>,
    /// The rule.
    #[diesel(sql_type = DbUuid)]
    pub conflict: Id<ConflictKind>,
}

/// `cross join`: SQLite takes the tables in this order, the rules first, which are few. Both hold or will, their times overlap and their places meet; what a second person approved is no violation.
const VIOLATING: &str = "select a.id as grant_a, b.id as grant_b, c.id as conflict \
    from identity_role_conflicts c \
    cross join identity_grants a cross join identity_grants b \
    where a.role_id = c.role_a_id and b.user_id = a.user_id and b.role_id = c.role_b_id and a.revoked_at is null and b.revoked_at is null \
    and a.awaits_approval = false and b.awaits_approval = false \
    and (a.valid_until is null or a.valid_until > $1) and (b.valid_until is null or b.valid_until > $1) \
    and (a.valid_until is null or b.valid_from < a.valid_until) \
    and (b.valid_until is null or a.valid_from < b.valid_until) \
    and (c.place = 'anywhere' or a.unit_path = b.unit_path or (c.place = 'line' \
        and (substr(a.unit_path, 1, length(b.unit_path)) = b.unit_path \
            or substr(b.unit_path, 1, length(a.unit_path)) = a.unit_path))) \
    and (c.mode = 'forbid' or not exists (select 1 from identity_grant_approvals p \
        where p.grant_id = a.id or p.grant_id = b.id)) ";

/// The violations of which both grants lie in the scope, in the order of the grants.
pub fn violations(
    tx: &mut Tx<'_>,
    scope: &Scope,
    now: Instant,
    after: Option<&Cursor>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Violation>> {
    // Numbered parameters, each first used in the order of its number: both engines read them alike.
    let mut texts: Vec<String> = Vec::new();
    let mut sql = VIOLATING.to_owned();
    for side in ["a", "b"] {
        sql.push_str("and (1 = 0");
        for root in &scope.roots {
            let (low, high) = root.path.range();
            let next = texts.len() + 2;
            if root.subtree {
                sql.push_str(&format!(
                    " or ({side}.unit_path >= ${next} and {side}.unit_path < ${})",
                    next + 1
                ));
                texts.extend([low, high]);
            } else {
                sql.push_str(&format!(" or {side}.unit_path = ${next}"));
                texts.push(low);
            }
        }
        sql.push_str(") ");
    }
    let from = match after {
        None => None,
        Some(cursor) => {
            let second = cursor.key.as_deref().and_then(|key| Uuid::parse_str(key).ok());
            let second = second.ok_or_else(|| Fault::from(kernel::error::BAD_CURSOR.refusal()))?;
            let next = texts.len() + 2;
            sql.push_str(&format!("and (a.id > ${next} or (a.id = ${next} and b.id > ${})) ", next + 1));
            Some([Id::<GrantKind>::from_uuid(cursor.after), Id::from_uuid(second)])
        }
    };
    sql.push_str(&format!("order by a.id, b.id limit {}", size.probe()));
    let rows: Vec<Violation> = with_conn!(tx, |c| {
        let mut q = diesel::sql_query(sql.as_str()).into_boxed::<Db>().bind::<DbInstant, _>(now);
        for text in &texts {
            q = q.bind::<Text, _>(text);
        }
        for id in from.iter().flatten() {
            q = q.bind::<DbUuid, _>(*id);
        }
        q.load(c)
    })?;
    Ok(Page::cut(rows, size, |r| Cursor {
        after: r.grant_a.uuid(),
        filter: fingerprint,
        key: Some(r.grant_b.to_string()),
    }))
}

/// A pair of grants that a move would bring into one line.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Meeting {
    /// The grant above.
    #[diesel(sql_type = DbUuid)]
    pub above: Id<GrantKind>,
    /// The grant in the moved subtree.
    #[diesel(sql_type = DbUuid)]
    pub below: Id<GrantKind>,
    /// The rule.
    #[diesel(sql_type = DbUuid)]
    pub conflict: Id<ConflictKind>,
}

/// Grants in the subtree at `moved` that would meet one of the same person at `entered`, by a rule for one line.
pub fn meetings(
    tx: &mut Tx<'_>,
    moved: &UnitPath,
    entered: &[UnitPath],
    now: Instant,
    limit: i64,
) -> Outcome<Vec<Meeting>> {
    let mut found = Vec::new();
    let (low, high) = moved.range();
    let sql = format!(
        "select a.id as above, b.id as below, c.id as conflict from identity_grants a \
         cross join identity_role_conflicts c cross join identity_grants b \
         where c.place = 'line' and a.role_id in (c.role_a_id, c.role_b_id) and b.user_id = a.user_id \
         and b.role_id = case when a.role_id = c.role_a_id then c.role_b_id else c.role_a_id end \
         and a.unit_path = $1 and b.unit_path >= $2 and b.unit_path < $3 \
         and a.revoked_at is null and b.revoked_at is null \
         and a.awaits_approval = false and b.awaits_approval = false \
         and (a.valid_until is null or a.valid_until > $4) and (b.valid_until is null or b.valid_until > $4) \
         and (a.valid_until is null or b.valid_from < a.valid_until) \
         and (b.valid_until is null or a.valid_from < b.valid_until) order by a.id, b.id limit {limit}"
    );
    for place in entered {
        let rows: Vec<Meeting> = with_conn!(tx, |c| diesel::sql_query(sql.as_str())
            .bind::<Text, _>(place.as_str())
            .bind::<Text, _>(&low)
            .bind::<Text, _>(&high)
            .bind::<DbInstant, _>(now)
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}
