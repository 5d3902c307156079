//! Which account belongs to which person: confirmed by somebody else, dated, and never a right.

use kernel::error::{FIELD_UNKNOWN_REFERENCE, INVALID, NOT_FOUND, OrRefuse, STALE};
use kernel::id::{Person as PersonId, PersonAccount, User};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome};
use serde_json::json;
use storage::Tx;

use super::trail::{self, Said};
use super::{keys, see};
use crate::error::{ACCOUNT_OWN, ACCOUNT_UNTIED};
use crate::model::{AccountTie, Person};
use crate::permission::ManageAccounts;
use crate::ports::PeopleServices;
use crate::store::accounts;

/// A tie and the account's name.
pub type Named = (AccountTie, String);

/// Ties an account to a person.
pub fn tie(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &PeopleServices,
    person: Id<PersonId>,
    user: Id<User>,
) -> Outcome<Named> {
    let person = see::locked(tx, ctx, person, ManageAccounts::PERMISSION)?;
    if user == ctx.actor.user {
        return Err(ACCOUNT_OWN.fault());
    }
    let name = s.users.users(tx, &[user])?.into_iter().find(|u| u.enabled).map(|u| u.display_name);
    let name = name.ok_or_else(|| INVALID.refusal().at("/user_id", &FIELD_UNKNOWN_REFERENCE))?;
    let tie = AccountTie {
        id: ctx.id(),
        person: person.id,
        user,
        tied_at: ctx.now,
        tied_by: ctx.actor.user,
        untied_at: None,
        untied_by: None,
        version: 1,
    };
    accounts::insert(tx, &tie)?;
    note(tx, ctx, s, &person, &tie, "people.account.tie")?;
    Ok((tie, name))
}

/// Ends a tie now.
pub fn untie(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &PeopleServices,
    person: Id<PersonId>,
    id: Id<PersonAccount>,
    expected: i64,
) -> Outcome<Named> {
    let person = see::locked(tx, ctx, person, ManageAccounts::PERMISSION)?;
    let mut tie = accounts::find(tx, person.id, id)?.or_refuse(&NOT_FOUND)?;
    if tie.version != expected {
        return Err(STALE.fault());
    }
    if tie.untied_at.is_some() {
        return Err(ACCOUNT_UNTIED.fault());
    }
    tie.untied_at = Some(ctx.now);
    tie.untied_by = Some(ctx.actor.user);
    tie.version += 1;
    if !accounts::update(tx, &tie)? {
        return Err(STALE.fault());
    }
    note(tx, ctx, s, &person, &tie, "people.account.untie")?;
    named(tx, s, vec![tie])?.pop().or_refuse(&NOT_FOUND)
}

fn note(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &PeopleServices,
    person: &Person,
    tie: &AccountTie,
    action: &'static str,
) -> Outcome<()> {
    let key = keys::data_key(tx, &s.vault, person.id)?;
    let said = Said {
        action,
        object: Some(("person_account", tie.id.uuid())),
        fields: &["accounts"],
        // Sealed: the account's name would say who an erased person was.
        after: Some(json!({ "user": tie.user, "tied_at": tie.tied_at, "untied_at": tie.untied_at })),
        before: None,
    };
    trail::record(tx, ctx, person, key.as_ref(), said)
}

/// Puts names beside ties.
pub fn named(tx: &mut Tx<'_>, s: &PeopleServices, ties: Vec<AccountTie>) -> Outcome<Vec<Named>> {
    let users: std::collections::BTreeSet<Id<User>> = ties.iter().map(|t| t.user).collect();
    let users: Vec<Id<User>> = users.into_iter().collect();
    let found = if users.is_empty() { Vec::new() } else { s.users.users(tx, &users)? };
    let name = |id| found.iter().find(|u| u.id == id).map(|u| u.display_name.clone()).unwrap_or_default();
    Ok(ties.into_iter().map(|tie| (tie.clone(), name(tie.user))).collect())
}

/// A person's ties in the order they were made, ended ones too.
pub fn list(
    tx: &mut Tx<'_>,
    ctx: &Context,
    person: Id<PersonId>,
    after: Option<Id<PersonAccount>>,
    limit: i64,
) -> Outcome<Vec<AccountTie>> {
    let person = see::visible(tx, ctx, person, ManageAccounts::PERMISSION)?;
    accounts::list(tx, person.id, after, limit)
}
