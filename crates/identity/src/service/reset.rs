//! A new password in place of one that was forgotten, by a code sent to a contact that was proved before.

use auth::LinkCode;
use contracts::Language;
use kernel::{Id, Outcome};
use secrecy::ExposeSecret;
use serde_json::json;
use storage::{Tx, audit};

use crate::error::CODE_REFUSED;
use crate::model::newcomers::{Code, Contact, Purpose};
use crate::model::{User, fold_login};
use crate::service::codes::{self as asking, Ask, LINK_SECONDS};
use crate::service::doorstep::Doorstep;
use crate::service::outside::Said;
use crate::service::{Services, api_keys, passwords, words};
use crate::store::{challenges, codes, contacts, service_accounts, sessions, state, users};

const SEALED_FOR: &str = "identity.reset";
/// The version at which the code of a reset is drawn: it has but one.
const VERSION: i64 = 1;
/// No login is longer.
const MAX_LOGIN: usize = 64;

/// Asks for a code. The answer and the work are the same whether there is such an account or not.
pub fn ask(
    tx: &mut Tx<'_>,
    doorstep: &Doorstep,
    shared: &Services,
    login: &str,
    language: Language,
) -> Outcome<Code> {
    let outside = shared.outside()?;
    let login: String = fold_login(login).chars().take(MAX_LOGIN + 1).collect();
    let ask = Ask {
        purpose: Purpose::Reset,
        subject_hash: outside.secrets.hash(SEALED_FOR, &login)?,
        sealed: outside.secrets.seal(SEALED_FOR, &login)?,
        unit: None,
        language,
        seconds: LINK_SECONDS,
    };
    asking::ask(tx, doorstep, &ask)
}

/// Sends the code to the contact proved last, if there is such an account and it has one.
pub(crate) fn send(tx: &mut Tx<'_>, doorstep: &Doorstep, shared: &Services, code: Code) -> Outcome<()> {
    let outside = shared.outside()?;
    let sealed = code.sealed.clone().unwrap_or_default();
    let login = outside.secrets.open(SEALED_FOR, &sealed)?;
    let user = users::find_by_login(tx, login.expose_secret())?;
    let contact = match &user {
        Some(user) if may_reset(tx, user)? => reachable(tx, shared, user)?,
        _ => None,
    };
    let (Some(user), Some(contact)) = (user, contact) else {
        return codes::set_sent(tx, &Code { sealed: None, ..code });
    };
    let link = LinkCode::draw(code.id.uuid())?;
    let (language, expires_at) = (asking::language(&code), code.expires_at);
    let sent = Code { user_id: Some(user.id), digest: Some(link.digest(VERSION)), sealed: None, ..code };
    codes::set_sent(tx, &sent)?;
    let token = link.token();
    let parameters = vec![
        ("minutes", (LINK_SECONDS / 60).to_string()),
        ("link", outside.link("password-reset", &token)),
        ("code", token.expose_secret().to_owned()),
    ];
    let address = outside.open(asking::kind(&contact.kind)?, &contact.address_sealed)?;
    let said = Said { template: &words::PASSWORD_RESET, language, parameters };
    outside.write_to(tx, doorstep, &address, said, expires_at)
}

/// Whether the account is one that may have a new password: a machine never, an account that is switched off not now.
fn may_reset(tx: &mut Tx<'_>, user: &User) -> Outcome<bool> {
    Ok(user.is_enabled() && service_accounts::find(tx, user.id)?.is_none())
}

/// The contact that was proved last, of those there is a channel to.
fn reachable(tx: &mut Tx<'_>, shared: &Services, user: &User) -> Outcome<Option<Contact>> {
    let outside = shared.outside()?;
    let all = contacts::of(tx, user.id)?;
    Ok(all
        .into_iter()
        .filter(|contact| contact.verified_at.is_some())
        .filter(|contact| asking::kind(&contact.kind).is_ok_and(|kind| outside.notices.reaches(kind)))
        .max_by_key(|contact| (contact.verified_at, contact.id)))
}

/// The account that a code opens now, if any.
pub fn opened_by(tx: &mut Tx<'_>, doorstep: &Doorstep, code: &LinkCode) -> Outcome<Option<User>> {
    let found = codes::find(tx, Id::from_uuid(code.id()), Purpose::Reset)?;
    let live = found.filter(|found| {
        found.is_live(doorstep.now) && found.digest.as_deref().is_some_and(|digest| code.is(digest, VERSION))
    });
    match live.and_then(|found| found.user_id) {
        Some(user) => match users::find(tx, user)? {
            Some(user) if may_reset(tx, &user)? => Ok(Some(user)),
            _ => Ok(None),
        },
        None => Ok(None),
    }
}

/// Sets the new password, already hashed. Every session and API key of the account ends, and every other code that was sent for this.
pub fn confirm(
    tx: &mut Tx<'_>,
    doorstep: &Doorstep,
    shared: &Services,
    code: Option<&LinkCode>,
    hash: &str,
) -> Outcome<User> {
    state::lock(tx)?;
    let code = code.ok_or_else(|| CODE_REFUSED.fault())?;
    let id = Id::from_uuid(code.id());
    // Locked first: who comes second finds it used.
    codes::find_locked(tx, id)?;
    let user = opened_by(tx, doorstep, code)?.ok_or_else(|| CODE_REFUSED.fault())?;
    let version = user.version;
    let user = User {
        password_hash: Some(hash.to_owned()),
        must_change_password: false,
        failed_count: 0,
        last_failed_at: None,
        ..user
    };
    if !users::update(tx, &user, version)? {
        return Err(CODE_REFUSED.fault());
    }
    passwords::note(tx, doorstep.ids.as_ref(), user.id, hash, doorstep.now)?;
    challenges::end_all(tx, user.id)?;
    let ended = sessions::end_all(tx, user.id, None, doorstep.now)?;
    let (door, by) = (doorstep.door(), Some(user.id));
    let keys = api_keys::end_all(tx, door, &user, by, "the password was reset by a code")?;
    state::bump(tx, Some(user.id), doorstep.now)?;
    let entry = audit::Entry {
        action: "identity.user.password_reset",
        object_kind: "user",
        object: Some(user.id.uuid()),
        unit: Some(user.unit_id),
        before: None,
        after: Some(json!({ "by": "code", "sessions_ended": ended, "keys_ended": keys })),
    };
    doorstep.record(tx, Some(user.id), entry)?;
    let address = reachable(tx, shared, &user)?.map(|contact| contact.address_masked).unwrap_or_default();
    shared.outside()?.tell(tx, doorstep, user.id, &words::PASSWORD_WAS_RESET, vec![("address", address)])?;
    Ok(User { version: version + 1, ..user })
}
