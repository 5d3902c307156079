//! Accounts.

use auth::Failures;
use diesel::prelude::*;
use diesel::sql_types::Text;
use kernel::id::{Unit, User as UserKind};
use kernel::{Cursor, Id, Outcome, Page, PageSize, Scope, UnitPath};
use storage::{Tx, with_conn};

use super::schema::identity_users as users;
use super::{place_of, roots_from, substr};
use crate::error::LOGIN_TAKEN;
use crate::model::{ENABLED, User, fold_account, fold_login};

/// Adds an account.
pub fn insert(tx: &mut Tx<'_>, user: &User) -> Outcome<()> {
    with_conn!(tx, |c| diesel::insert_into(users::table)
        .values((
            super::rows::UserRow::from(user.clone()),
            users::folded.eq(fold_account(&user.login, &user.display_name)),
        ))
        .execute(c))
    .map_err(|e| storage::on_unique(e.into(), "identity_users", "login", &LOGIN_TAKEN))?;
    Ok(())
}

/// The account of this id.
pub fn find(tx: &mut Tx<'_>, id: Id<UserKind>) -> Outcome<Option<User>> {
    Ok(with_conn!(tx, |c| users::table.find(id).select(User::as_select()).first(c).optional())?)
}

/// The account of this id, locked.
pub fn find_locked(tx: &mut Tx<'_>, id: Id<UserKind>) -> Outcome<Option<User>> {
    Ok(with_conn!(tx, |c| lock!(users::table.find(id).select(User::as_select())).first(c).optional())?)
}

/// The account with this login, already folded.
pub fn find_by_login(tx: &mut Tx<'_>, login: &str) -> Outcome<Option<User>> {
    Ok(with_conn!(tx, |c| users::table
        .filter(users::login.eq(login))
        .select(User::as_select())
        .first(c)
        .optional())?)
}

/// Several accounts; unknown ids are left out.
pub fn find_all(tx: &mut Tx<'_>, ids: &[Id<UserKind>]) -> Outcome<Vec<User>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(with_conn!(tx, |c| users::table.filter(users::id.eq_any(ids)).select(User::as_select()).load(c))?)
}

/// What to look for among accounts.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// `enabled` or `disabled`.
    pub status: Option<String>,
    /// A part of the login or the name.
    pub text: Option<String>,
}

/// The accounts whose home unit lies in the scope, in the order of the tree and in a unit in the order they were made: so the places
/// of a scope are stretches of one index, one after the other, and a page costs the same whoever asks.
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &Filter,
    after: Option<&Cursor>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<User>> {
    let last = after.map(place_of::<UserKind>).transpose()?;
    let mut rows: Vec<User> = Vec::new();
    for root in roots_from(scope, last.as_ref().map(|(path, _)| path)) {
        let wanted = size.probe() - i64::try_from(rows.len()).unwrap_or(i64::MAX);
        if wanted <= 0 {
            break;
        }
        let (low, high) = root.path.range();
        rows.extend(with_conn!(tx, |c| {
            let mut q = users::table.select(User::as_select()).into_boxed::<Db>();
            q = if root.subtree {
                q.filter(users::unit_path.ge(low)).filter(users::unit_path.lt(high))
            } else {
                q.filter(users::unit_path.eq(low))
            };
            if let Some((path, id)) = &last {
                let path = path.as_str().to_owned();
                q = q
                    .filter(users::unit_path.ge(path.clone()))
                    .filter(users::unit_path.gt(path).or(users::id.gt(*id)));
            }
            if let Some(status) = &filter.status {
                q = q.filter(users::status.eq(status.clone()));
            }
            if let Some(text) = &filter.text {
                let escaped = fold_login(text).replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
                q = q.filter(users::folded.like(format!("%{escaped}%")).escape('\\'));
            }
            q.order((users::unit_path.asc(), users::id.asc())).limit(wanted).load::<User>(c)
        })?);
    }
    Ok(Page::cut(rows, size, |u| Cursor {
        after: u.id.uuid(),
        filter: fingerprint,
        key: Some(u.unit_path.as_str().to_owned()),
    }))
}

/// Stores what may change of an account, if it still is of `version`; answers whether it was.
pub fn update(tx: &mut Tx<'_>, user: &User, version: i64) -> Outcome<bool> {
    let rows =
        with_conn!(tx, |c| diesel::update(users::table.find(user.id).filter(users::version.eq(version)))
            .set((
                users::display_name.eq(&user.display_name),
                users::folded.eq(fold_account(&user.login, &user.display_name)),
                users::unit_id.eq(user.unit_id),
                users::unit_path.eq(&user.unit_path),
                users::status.eq(&user.status),
                users::password_hash.eq(&user.password_hash),
                users::must_change_password.eq(user.must_change_password),
                users::failed_count.eq(user.failed_count),
                users::last_failed_at.eq(user.last_failed_at),
                users::version.eq(version + 1),
            ))
            .execute(c))?;
    Ok(rows == 1)
}

/// Stores the counter of wrong passwords; no version grows by it.
pub fn set_failures(tx: &mut Tx<'_>, id: Id<UserKind>, failures: Failures) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(users::table.find(id))
        .set((users::failed_count.eq(failures.count), users::last_failed_at.eq(failures.last)))
        .execute(c))?;
    Ok(())
}

/// Stores the same password's hash at another cost.
pub fn set_hash(tx: &mut Tx<'_>, id: Id<UserKind>, hash: &str) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(users::table.find(id)).set(users::password_hash.eq(hash)).execute(c))?;
    Ok(())
}

/// Rebases the copies of paths after a move.
pub fn rebase(tx: &mut Tx<'_>, from: &UnitPath, to: &UnitPath) -> Outcome<usize> {
    let (low, high) = from.range();
    let tail = super::after(from);
    Ok(with_conn!(tx, |c| diesel::update(
        users::table.filter(users::unit_path.ge(low)).filter(users::unit_path.lt(high))
    )
    .set(users::unit_path.eq(to.as_str().into_sql::<Text>().concat(substr(users::unit_path, tail))))
    .execute(c))?)
}

/// How many enabled accounts belong to exactly this unit.
pub fn count_at(tx: &mut Tx<'_>, unit: Id<Unit>) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| users::table
        .filter(users::unit_id.eq(unit))
        .filter(users::status.eq(ENABLED))
        .count()
        .get_result(c))?)
}
