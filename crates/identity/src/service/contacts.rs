//! One's own contacts: where a new password may be sent.

use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::Contact as ContactKind;
use kernel::{Context, Id, Outcome};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use storage::{Tx, audit};

use crate::error::{CODE_REFUSED, CONTACT_THERE, TOO_MANY_CONTACTS};
use crate::model::address::Address;
use crate::model::newcomers::{Code, Contact, Purpose};
use crate::service::codes::{self as asking, DIGITS_SECONDS};
use crate::service::doorstep::Doorstep;
use crate::service::outside::Said;
use crate::service::{Services, second_factor, words};
use crate::store::{codes, contacts, state};

/// Contacts of one account.
const MAX: usize = 5;

/// The actor's contacts.
pub fn own(tx: &mut Tx<'_>, ctx: &Context) -> Outcome<Vec<Contact>> {
    contacts::of(tx, ctx.actor.user)
}

/// Adds a contact and sends a code there; one that waits for its code gets another.
pub fn add(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    address: &Address,
    language: contracts::Language,
) -> Outcome<Contact> {
    let outside = shared.outside()?;
    outside.refuse_unreachable(address.kind())?;
    state::lock(tx)?;
    // A contact is a way to a new password.
    second_factor::own(tx, ctx)?;
    let hash = outside.address_hash(address)?;
    let all = contacts::of(tx, ctx.actor.user)?;
    let there = all.iter().find(|contact| contact.address_hash == hash).cloned();
    if there.as_ref().is_some_and(|contact| contact.verified_at.is_some()) {
        return Err(CONTACT_THERE.fault());
    }
    // By address and by account: nobody has a stranger's telephone rung, and nobody rings a hundred.
    let mine = outside.secrets.hash("identity.contact", &ctx.actor.user.to_string())?;
    asking::refuse_flood(tx, ctx.now, &hash)?;
    asking::refuse_flood(tx, ctx.now, &mine)?;
    let contact = match there {
        Some(contact) => contact,
        None if all.len() >= MAX => return Err(TOO_MANY_CONTACTS.fault()),
        None => {
            let contact = Contact {
                id: ctx.id(),
                user_id: ctx.actor.user,
                kind: address.kind().name().to_owned(),
                address_masked: address.masked(),
                address_sealed: outside.seal(address)?,
                address_hash: hash.clone(),
                claim: None,
                verified_at: None,
                created_at: ctx.now,
            };
            contacts::insert(tx, &contact)?;
            contact
        }
    };
    let digits = auth::codes::draw_digits()?;
    let id = ctx.id();
    let expires_at = ctx.now.plus_seconds(DIGITS_SECONDS);
    let code = Code {
        id,
        purpose: Purpose::Contact.name().to_owned(),
        subject_hash: hash,
        user_id: Some(ctx.actor.user),
        contact_id: Some(contact.id),
        unit_id: None,
        sealed: None,
        language: language.name().to_owned(),
        digest: Some(asking::digest(outside, id, digits.expose_secret())?),
        tries: 0,
        created_at: ctx.now,
        expires_at,
        used_at: None,
    };
    // A second row counts what the account asks for, whatever the address. It opens nothing.
    let counted = Code { id: ctx.id(), subject_hash: mine, contact_id: None, digest: None, ..code.clone() };
    codes::insert(tx, &counted)?;
    codes::insert(tx, &code)?;
    let parameters =
        vec![("code", digits.expose_secret().to_owned()), ("minutes", (DIGITS_SECONDS / 60).to_string())];
    let said = Said { template: &words::CONTACT_CODE, language, parameters };
    outside.write_to(tx, &Doorstep::of(ctx), address, said, expires_at)?;
    trail(tx, ctx, "identity.contact.added", &contact)?;
    Ok(contact)
}

/// The newest code of one of the actor's contacts.
pub fn code_of(tx: &mut Tx<'_>, ctx: &Context, id: Id<ContactKind>) -> Outcome<Option<Code>> {
    contacts::find(tx, id, ctx.actor.user)?.or_refuse(&NOT_FOUND)?;
    codes::newest_of_contact(tx, id)
}

/// Proves a contact by the newest code that was sent there.
pub fn verify(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    id: Id<ContactKind>,
    typed: &SecretString,
) -> Outcome<Contact> {
    let outside = shared.outside()?;
    state::lock(tx)?;
    second_factor::own(tx, ctx)?;
    let contact = contacts::find_locked(tx, id, ctx.actor.user)?.or_refuse(&NOT_FOUND)?;
    let code = codes::newest_of_contact(tx, id)?.or_refuse(&CODE_REFUSED)?;
    let doorstep = Doorstep::of(ctx);
    let code = asking::judged(tx, &doorstep, outside, code.id, Purpose::Contact, typed)?;
    codes::set_used(tx, code.id, ctx.now)?;
    contacts::set_verified(tx, id, ctx.now)?;
    trail(tx, ctx, "identity.contact.verified", &contact)?;
    let parameters = vec![("address", contact.address_masked.clone())];
    outside.tell(tx, &doorstep, ctx.actor.user, &words::CONTACT_VERIFIED, parameters)?;
    Ok(Contact { verified_at: Some(ctx.now), ..contact })
}

/// Removes a contact; codes that were sent there open nothing any more.
pub fn remove(tx: &mut Tx<'_>, ctx: &Context, shared: &Services, id: Id<ContactKind>) -> Outcome<()> {
    state::lock(tx)?;
    second_factor::own(tx, ctx)?;
    let contact = contacts::find_locked(tx, id, ctx.actor.user)?.or_refuse(&NOT_FOUND)?;
    codes::end_all(tx, ctx.actor.user, Purpose::Reset, ctx.now)?;
    contacts::delete(tx, id)?;
    trail(tx, ctx, "identity.contact.removed", &contact)?;
    let parameters = vec![("address", contact.address_masked)];
    shared.outside()?.tell(tx, &Doorstep::of(ctx), ctx.actor.user, &words::CONTACT_REMOVED, parameters)
}

fn trail(tx: &mut Tx<'_>, ctx: &Context, action: &str, contact: &Contact) -> Outcome<()> {
    let entry = audit::Entry {
        action,
        object_kind: "contact",
        object: Some(contact.id.uuid()),
        unit: None,
        before: None,
        after: Some(json!({ "kind": contact.kind })),
    };
    audit::record(tx, ctx, entry)
}
