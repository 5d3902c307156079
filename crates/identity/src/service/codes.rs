//! Codes that are good once: asked for by anybody, sent by a reaction after the commit, so that asking costs the same whoever is
//! asked about.

use contracts::{AddressKind, Language};
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{OneTimeCode as CodeKind, Unit};
use kernel::{Id, Instant, Outcome};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use storage::outbox::{self, Event};
use storage::{Tx, audit};

use crate::error::{CODE_REFUSED, TOO_MANY_CODES};
use crate::model::newcomers::{Code, Purpose};
use crate::service::Services;
use crate::service::doorstep::Doorstep;
use crate::service::outside::Outside;
use crate::service::{registration, reset};
use crate::store::codes;

/// The topic under which a code that was asked for waits to be sent.
pub const ASKED: &str = "identity.code.asked";
/// How long eight digits hold.
pub const DIGITS_SECONDS: i64 = 600;
/// How long the code of a link holds.
pub const LINK_SECONDS: i64 = 1_800;
/// How often a code may be tried.
pub const TRIES: i32 = 5;
/// How many codes may be asked for about one address, or one login, within an hour.
pub const PER_HOUR: i64 = 5;
const HOUR: i64 = 3_600;

/// What somebody asks a code for.
pub(crate) struct Ask {
    pub purpose: Purpose,
    pub subject_hash: String,
    pub sealed: String,
    pub unit: Option<Id<Unit>>,
    pub language: Language,
    pub seconds: i64,
}

/// Refuses if codes were asked for about this subject too often lately, whether or not there is such a subject.
pub(crate) fn refuse_flood(tx: &mut Tx<'_>, now: Instant, subject_hash: &str) -> Outcome<()> {
    if codes::asked_since(tx, subject_hash, now.plus_seconds(-HOUR))? < PER_HOUR {
        return Ok(());
    }
    Err(TOO_MANY_CODES.refusal().with("retry_after", json!(HOUR)).into())
}

/// Notes that a code was asked for. Nothing here depends on whom it was asked about.
pub(crate) fn ask(tx: &mut Tx<'_>, doorstep: &Doorstep, ask: &Ask) -> Outcome<Code> {
    refuse_flood(tx, doorstep.now, &ask.subject_hash)?;
    let code = Code {
        id: doorstep.id(),
        purpose: ask.purpose.name().to_owned(),
        subject_hash: ask.subject_hash.clone(),
        user_id: None,
        contact_id: None,
        unit_id: ask.unit,
        sealed: Some(ask.sealed.clone()),
        language: ask.language.name().to_owned(),
        digest: None,
        tries: 0,
        created_at: doorstep.now,
        expires_at: doorstep.now.plus_seconds(ask.seconds),
        used_at: None,
    };
    codes::insert(tx, &code)?;
    let payload = json!({ "code": code.id });
    let event = Event { topic: ASKED, object: code.id.uuid(), object_seq: 1, payload };
    outbox::emit_at(tx, doorstep.now, doorstep.id(), &event)?;
    let entry = audit::Entry {
        action: ASKED,
        object_kind: "code",
        object: Some(code.id.uuid()),
        unit: ask.unit,
        before: None,
        after: Some(json!({ "purpose": code.purpose })),
    };
    doorstep.record(tx, None, entry)?;
    Ok(code)
}

/// Sends the code that was asked for, if there is anybody to send it to.
pub fn send_asked(tx: &mut Tx<'_>, doorstep: &Doorstep, shared: &Services, id: Id<CodeKind>) -> Outcome<()> {
    let waiting = codes::find_locked(tx, id)?
        .filter(|code| code.is_live(doorstep.now) && code.digest.is_none() && code.sealed.is_some());
    let Some(code) = waiting else { return Ok(()) };
    if code.purpose == Purpose::Registration.name() {
        registration::send(tx, doorstep, shared, code)
    } else {
        reset::send(tx, doorstep, shared, code)
    }
}

/// What is kept of eight digits: a hash under the realm's key, since they could be guessed from any other.
pub(crate) fn digest(outside: &Outside, id: Id<CodeKind>, digits: &str) -> Outcome<String> {
    outside.secrets.hash("identity.code", &format!("{id}:{digits}"))
}

/// Counts a try before it is judged, in a transaction of its own: what fails later is not undone with it.
pub fn take_try(tx: &mut Tx<'_>, id: Id<CodeKind>) -> Outcome<()> {
    if codes::find_locked(tx, id)?.is_some() {
        codes::add_try(tx, id)?;
    }
    Ok(())
}

/// The live code of this id, locked, if these are its digits and it was not tried too often; the same refusal for every reason.
pub(crate) fn judged(
    tx: &mut Tx<'_>,
    doorstep: &Doorstep,
    outside: &Outside,
    id: Id<CodeKind>,
    purpose: Purpose,
    typed: &SecretString,
) -> Outcome<Code> {
    let code = codes::find_locked(tx, id)?
        .filter(|code| code.purpose == purpose.name() && code.is_live(doorstep.now) && code.tries <= TRIES)
        .or_refuse(&CODE_REFUSED)?;
    let digits = auth::codes::read_digits(typed.expose_secret()).or_refuse(&CODE_REFUSED)?;
    let kept = code.digest.as_deref().or_refuse(&CODE_REFUSED)?;
    if auth::codes::same(kept, &digest(outside, id, &digits)?) { Ok(code) } else { Err(CODE_REFUSED.fault()) }
}

/// The language a code was asked for in.
pub(crate) fn language(code: &Code) -> Language {
    Language::of(&code.language).unwrap_or(Language::Zh)
}

/// The kind that a table's word means.
pub(crate) fn kind(word: &str) -> Outcome<AddressKind> {
    AddressKind::of(word).or_refuse(&NOT_FOUND)
}
