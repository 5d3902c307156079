//! An account that somebody makes for themselves: by invitation, or where the realm lets people register.

use contracts::UnitRef;
use kernel::error::Fields;
use kernel::id::User as UserKind;
use kernel::{Id, Outcome};
use serde_json::{Value, json};
use storage::{Tx, audit};

use crate::model::newcomers::Contact;
use crate::model::{ENABLED, User};
use crate::service::doorstep::Doorstep;
use crate::service::outside::Outside;
use crate::service::{accounts, passwords};
use crate::store::{contacts, users};

/// What somebody says of the account they make. The password was checked and hashed before.
#[derive(Clone)]
pub struct Newcomer {
    /// What it signs in with.
    pub login: String,
    /// The name shown.
    pub display_name: String,
    /// The hash of the password they chose.
    pub password_hash: String,
}

impl std::fmt::Debug for Newcomer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Newcomer").field("login", &self.login).finish_non_exhaustive()
    }
}

/// Refuses a login or a name that cannot be one.
pub fn check(login: &str, display_name: &str) -> Outcome<()> {
    let mut fields = Fields::default();
    accounts::check_login(login, &mut fields);
    fields.text("/display_name", display_name, 1, 100);
    fields.finish()
}

/// Makes the account, on whose trail it is itself the actor; `by` says which way it came.
pub(crate) fn make(
    tx: &mut Tx<'_>,
    doorstep: &Doorstep,
    unit: &UnitRef,
    newcomer: &Newcomer,
    by: &Value,
) -> Outcome<User> {
    let mut fields = Fields::default();
    let login = accounts::check_login(&newcomer.login, &mut fields);
    fields.text("/display_name", &newcomer.display_name, 1, 100);
    fields.finish()?;
    let user = User {
        id: doorstep.id(),
        login,
        display_name: newcomer.display_name.trim().to_owned(),
        unit_id: unit.id,
        unit_path: unit.path.clone(),
        status: ENABLED.to_owned(),
        password_hash: Some(newcomer.password_hash.clone()),
        must_change_password: false,
        failed_count: 0,
        last_failed_at: None,
        created_at: doorstep.now,
        version: 1,
    };
    users::insert(tx, &user)?;
    passwords::note(tx, doorstep.ids.as_ref(), user.id, &newcomer.password_hash, doorstep.now)?;
    let entry = audit::Entry {
        action: "identity.user.created",
        object_kind: "user",
        object: Some(user.id.uuid()),
        unit: Some(unit.id),
        before: None,
        after: Some(json!({ "unit": unit.id, "by": by })),
    };
    doorstep.record(tx, Some(user.id), entry)?;
    Ok(user)
}

/// Keeps the address by which the account came in as a contact that is proved: its owner read what was sent there.
pub(crate) fn keep_address(
    tx: &mut Tx<'_>,
    doorstep: &Doorstep,
    outside: &Outside,
    user: Id<UserKind>,
    address: &crate::model::address::Address,
    claimed: bool,
) -> Outcome<()> {
    let hash = outside.address_hash(address)?;
    let contact = Contact {
        id: doorstep.id(),
        user_id: user,
        kind: address.kind().name().to_owned(),
        address_masked: address.masked(),
        address_sealed: outside.seal(address)?,
        claim: claimed.then(|| hash.clone()),
        address_hash: hash,
        verified_at: Some(doorstep.now),
        created_at: doorstep.now,
    };
    contacts::insert(tx, &contact)
}
