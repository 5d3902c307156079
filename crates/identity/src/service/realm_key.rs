//! The realm's key is one, on every gateway and after every start: with another, codes would be refused without a reason and addresses
//! could not be read. The database knows it by a hash and holds nothing of it.

use kernel::{Fault, Outcome};
use serde_json::json;
use storage::{Tx, audit};

use crate::service::doorstep::Doorstep;
use crate::service::outside::Outside;
use crate::store::{contacts, invitations, keys};

fn mark(outside: &Outside) -> Outcome<String> {
    outside.secrets.hash("identity.realm_key", "commonweal")
}

/// Refuses to start with another key than the one the addresses were sealed under.
pub fn refuse_another(tx: &mut Tx<'_>, outside: &Outside, now: kernel::Instant) -> Outcome<()> {
    let mark = mark(outside)?;
    match keys::realm_mark(tx)? {
        Some(known) if auth::codes::same(&known, &mark) => Ok(()),
        Some(_) => Err(Fault::internal(
            "the realm's key (secret.key, COMMONWEAL_SECRET_KEY) is not the one that addresses were sealed under; bring it \
             back, or run `commonweal admin adopt-key`, which forgets them",
        )),
        None => keys::set_realm_mark(tx, &mark, now),
    }
}

/// Takes the key as it is now in place of one that is lost, and forgets what nobody can read any more: everybody's contacts, and where
/// invitations were sent. Answers how many contacts there were.
pub fn adopt(tx: &mut Tx<'_>, doorstep: &Doorstep, outside: &Outside) -> Outcome<usize> {
    let forgotten = contacts::delete_all(tx)?;
    let invitations = invitations::forget_all_addresses(tx)?;
    keys::set_realm_mark(tx, &mark(outside)?, doorstep.now)?;
    let entry = audit::Entry {
        action: "identity.realm_key.adopted",
        object_kind: "realm_key",
        object: None,
        unit: None,
        before: None,
        after: Some(json!({ "by": "shell", "contacts": forgotten, "invitations": invitations })),
    };
    doorstep.record(tx, None, entry)?;
    Ok(forgotten)
}
