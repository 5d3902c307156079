//! Registering oneself, where the realm allows it: as a resident of a unit, and as nothing else.

use contracts::{AddressKind, Language, UnitRef};
use kernel::error::{FIELD_UNKNOWN_REFERENCE, INVALID, OrRefuse};
use kernel::id::{OneTimeCode as CodeKind, Unit};
use kernel::sql::Json;
use kernel::{BuiltinRole, Fault, Id, Outcome};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use storage::{Tx, audit};

use crate::error::{ADDRESS_TAKEN, CODE_REFUSED, REGISTRATION_CLOSED};
use crate::model::address::Address;
use crate::model::newcomers::{Code, Purpose};
use crate::model::{Grant, User};
use crate::service::builtin::role_id;
use crate::service::codes::{self as asking, Ask, DIGITS_SECONDS};
use crate::service::doorstep::Doorstep;
use crate::service::newcomer::{self, Newcomer};
use crate::service::outside::{Outside, Said};
use crate::service::{Services, words};
use crate::store::{codes, contacts, grants, state};

/// Why a resident holds their role.
const REASON: &str = "registered themselves";

/// Asks for a code, to register in a unit. The answer and the work are the same whether the address is known or not.
pub fn ask(
    tx: &mut Tx<'_>,
    doorstep: &Doorstep,
    shared: &Services,
    address: &Address,
    unit: Id<Unit>,
    language: Language,
) -> Outcome<Code> {
    let outside = shared.outside()?;
    open_unit(tx, shared, outside, unit)?;
    outside.refuse_unreachable(address.kind())?;
    let ask = Ask {
        purpose: Purpose::Registration,
        subject_hash: outside.address_hash(address)?,
        // The kind goes with it: it is needed again before anything is known.
        sealed: outside.secrets.seal("identity.registration", &address.to_hash())?,
        unit: Some(unit),
        language,
        seconds: DIGITS_SECONDS,
    };
    asking::ask(tx, doorstep, &ask)
}

/// The unit, if people may register themselves in it.
fn open_unit(tx: &mut Tx<'_>, shared: &Services, outside: &Outside, id: Id<Unit>) -> Outcome<UnitRef> {
    if outside.open_units.is_empty() {
        return Err(REGISTRATION_CLOSED.fault());
    }
    let open = shared.tree.units(tx, &outside.open_units)?;
    let unit = shared.tree.unit(tx, id)?;
    unit.filter(|unit| !unit.closed && open.iter().any(|open| open.path.contains(&unit.path)))
        .ok_or_else(|| INVALID.refusal().at("/unit_id", &FIELD_UNKNOWN_REFERENCE).into())
}

fn address_of(outside: &Outside, code: &Code) -> Outcome<Address> {
    let sealed = code.sealed.as_deref().or_refuse(&CODE_REFUSED)?;
    let opened = outside.secrets.open("identity.registration", sealed)?;
    let parts = opened.expose_secret().split_once(':');
    let (kind, text) = parts.ok_or_else(|| Fault::internal("an address without a kind"))?;
    let kind = AddressKind::of(kind).ok_or_else(|| Fault::internal("an address of no kind"))?;
    Ok(Address::kept(kind, SecretString::from(text)))
}

/// Sends the code; to an address that is somebody's, word that there is an account.
pub(crate) fn send(tx: &mut Tx<'_>, doorstep: &Doorstep, shared: &Services, code: Code) -> Outcome<()> {
    let outside = shared.outside()?;
    let address = address_of(outside, &code)?;
    let language = asking::language(&code);
    let expires_at = code.expires_at;
    if contacts::is_known(tx, &code.subject_hash)? {
        codes::set_sent(tx, &Code { sealed: None, ..code })?;
        let said = Said { template: &words::ADDRESS_KNOWN, language, parameters: Vec::new() };
        return outside.write_to(tx, doorstep, &address, said, expires_at);
    }
    let digits = auth::codes::draw_digits()?;
    let unit = match code.unit_id {
        Some(unit) => shared.tree.unit(tx, unit)?.map(|unit| unit.name).unwrap_or_default(),
        None => String::new(),
    };
    let digest = asking::digest(outside, code.id, digits.expose_secret())?;
    codes::set_sent(tx, &Code { digest: Some(digest), ..code })?;
    let parameters = vec![
        ("code", digits.expose_secret().to_owned()),
        ("unit", unit),
        ("minutes", (DIGITS_SECONDS / 60).to_string()),
    ];
    let said = Said { template: &words::REGISTRATION_CODE, language, parameters };
    outside.write_to(tx, doorstep, &address, said, expires_at)
}

/// Makes the account, with the role of a resident of the unit and no other. One address makes one account.
pub fn confirm(
    tx: &mut Tx<'_>,
    doorstep: &Doorstep,
    shared: &Services,
    id: Id<CodeKind>,
    typed: &SecretString,
    newcomer: &Newcomer,
) -> Outcome<User> {
    newcomer::check(&newcomer.login, &newcomer.display_name)?;
    let outside = shared.outside()?;
    state::lock(tx)?;
    let code = asking::judged(tx, doorstep, outside, id, Purpose::Registration, typed)?;
    let address = address_of(outside, &code)?;
    let unit = code.unit_id.or_refuse(&CODE_REFUSED)?;
    let unit = open_unit(tx, shared, outside, unit)?;
    if contacts::is_known(tx, &code.subject_hash)? {
        return Err(CODE_REFUSED.fault());
    }
    let user = newcomer::make(tx, doorstep, &unit, newcomer, &json!({ "registration": id }))?;
    match newcomer::keep_address(tx, doorstep, outside, user.id, &address, true) {
        Err(fault) if fault.code() == Some(&ADDRESS_TAKEN) => return Err(CODE_REFUSED.fault()),
        kept => kept?,
    }
    settle(tx, doorstep, &user, &unit)?;
    codes::set_used(tx, id, doorstep.now)?;
    Ok(user)
}

/// Gives the role of a resident by the realm's policy: nobody's grant, in the unit alone.
fn settle(tx: &mut Tx<'_>, doorstep: &Doorstep, user: &User, unit: &UnitRef) -> Outcome<()> {
    let grant = Grant {
        id: doorstep.id(),
        user_id: user.id,
        role_id: role_id(BuiltinRole::Resident),
        unit_id: unit.id,
        unit_path: unit.path.clone(),
        subtree: false,
        valid_from: doorstep.now,
        valid_until: None,
        reason: REASON.to_owned(),
        ticket: None,
        granted_by: None,
        granted_under: Json(json!([])),
        created_at: doorstep.now,
        revoked_at: None,
        revoked_by: None,
        revoke_reason: None,
        version: 1,
        awaits_approval: false,
        notice_due_at: None,
    };
    grants::insert(tx, &grant)?;
    state::bump(tx, Some(user.id), doorstep.now)?;
    let entry = audit::Entry {
        action: "identity.grant.given",
        object_kind: "grant",
        object: Some(grant.id.uuid()),
        unit: Some(unit.id),
        before: None,
        after: Some(json!({ "user": user.id, "role": BuiltinRole::Resident.name(), "unit": unit.id,
            "by": "self_registration", "reason": REASON })),
    };
    doorstep.record(tx, None, entry)
}
