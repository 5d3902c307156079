//! Which account belongs to which person, with its dates.

use diesel::prelude::*;
use kernel::id::{Person, PersonAccount, User};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, on_unique, with_conn};

use super::schema::people_accounts as accounts;
use crate::error::ACCOUNT_TIED;
use crate::model::AccountTie;

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = accounts, treat_none_as_default_value = false)]
struct Row {
    id: Id<PersonAccount>,
    person_id: Id<Person>,
    user_id: Id<User>,
    tied_at: Instant,
    tied_by: Id<User>,
    untied_at: Option<Instant>,
    untied_by: Option<Id<User>>,
    version: i64,
}

impl From<Row> for AccountTie {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            person: row.person_id,
            user: row.user_id,
            tied_at: row.tied_at,
            tied_by: row.tied_by,
            untied_at: row.untied_at,
            untied_by: row.untied_by,
            version: row.version,
        }
    }
}

/// Ties an account; refuses one that is tied.
pub fn insert(tx: &mut Tx<'_>, tie: &AccountTie) -> Outcome<()> {
    let row = Row {
        id: tie.id,
        person_id: tie.person,
        user_id: tie.user,
        tied_at: tie.tied_at,
        tied_by: tie.tied_by,
        untied_at: tie.untied_at,
        untied_by: tie.untied_by,
        version: tie.version,
    };
    with_conn!(tx, |c| diesel::insert_into(accounts::table).values(&row).execute(c))
        .map_err(|e| on_unique(e.into(), "people_accounts", "user_id", &ACCOUNT_TIED))?;
    Ok(())
}

/// The tie of a person.
pub fn find(tx: &mut Tx<'_>, person: Id<Person>, id: Id<PersonAccount>) -> Outcome<Option<AccountTie>> {
    let row: Option<Row> = with_conn!(tx, |c| accounts::table
        .find(id)
        .filter(accounts::person_id.eq(person))
        .select(Row::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(AccountTie::from))
}

/// The tie of an account that holds now.
pub fn live_of_user(tx: &mut Tx<'_>, user: Id<User>) -> Outcome<Option<AccountTie>> {
    let row: Option<Row> = with_conn!(tx, |c| accounts::table
        .filter(accounts::user_id.eq(user))
        .filter(accounts::untied_at.is_null())
        .select(Row::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(AccountTie::from))
}

/// Writes the end of a tie, if it still has the version before; answers whether it had.
pub fn update(tx: &mut Tx<'_>, tie: &AccountTie) -> Outcome<bool> {
    let changed = with_conn!(tx, |c| diesel::update(
        accounts::table.find(tie.id).filter(accounts::version.eq(tie.version - 1))
    )
    .set((
        accounts::untied_at.eq(tie.untied_at),
        accounts::untied_by.eq(tie.untied_by),
        accounts::version.eq(tie.version)
    ))
    .execute(c))?;
    Ok(changed == 1)
}

/// The ties of a person in the order they were made, ended ones too.
pub fn list(
    tx: &mut Tx<'_>,
    person: Id<Person>,
    after: Option<Id<PersonAccount>>,
    limit: i64,
) -> Outcome<Vec<AccountTie>> {
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = accounts::table.filter(accounts::person_id.eq(person)).into_boxed::<Db>();
        if let Some(after) = after {
            q = q.filter(accounts::id.gt(after));
        }
        q.order(accounts::id.asc()).limit(limit).select(Row::as_select()).load(c)
    })?;
    Ok(rows.into_iter().map(AccountTie::from).collect())
}

/// Takes a person's ties away: an account's name says who it was, so a tombstone keeps none.
pub fn delete_all(tx: &mut Tx<'_>, person: Id<Person>) -> Outcome<()> {
    with_conn!(tx, |c| diesel::delete(accounts::table.filter(accounts::person_id.eq(person))).execute(c))?;
    Ok(())
}
