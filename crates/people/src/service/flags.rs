//! Flags: who is looked after first, set by whom, until when, and why. The reason is sealed like the rest.

use kernel::error::{FIELD_ORDER, Fields, INVALID, NOT_FOUND, OrRefuse, STALE};
use kernel::id::{Person as PersonId, PersonFlag};
use kernel::permission::Permit;
use kernel::{Context, Fault, Id, Instant, Outcome};
use serde_json::json;
use storage::Tx;

use super::trail::{self, Said};
use super::{keys, see};
use crate::crypto::{DataKey, Field};
use crate::error::{ERASED, FLAG_ENDED, FLAG_SET};
use crate::model::{Flag, FlagKind, Person};
use crate::permission::{ManageFlags, ReadPeople};
use crate::ports::PeopleServices;
use crate::store::flags;

/// A flag to be set.
#[derive(Clone)]
pub struct NewFlag {
    /// What.
    pub kind: FlagKind,
    /// From when; now unless told.
    pub from: Option<Instant>,
    /// Until when (exclusive).
    pub until: Option<Instant>,
    /// Why.
    pub reason: String,
}

/// A flag with its reason opened.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown {
    /// The flag.
    pub flag: Flag,
    /// Why.
    pub reason: String,
}

fn open(key: &DataKey, flag: Flag) -> Outcome<Shown> {
    let text = key.open(flag.person, Field::FlagReason, Some(flag.id.uuid()), &flag.reason)?;
    let reason = String::from_utf8(text.to_vec()).map_err(Fault::internal)?;
    Ok(Shown { flag, reason })
}

/// Sets a flag.
pub fn set(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &PeopleServices,
    person: Id<PersonId>,
    new: &NewFlag,
) -> Outcome<Shown> {
    // The person's row is locked: nobody else sets a flag on them now.
    let person = see::locked(tx, ctx, person, ManageFlags::PERMISSION)?;
    let mut fields = Fields::default();
    fields.text("/reason", &new.reason, 2, 500);
    fields.finish()?;
    let from = new.from.unwrap_or(ctx.now);
    if new.until.is_some_and(|until| until <= from) {
        return Err(INVALID.refusal().at("/until_at", &FIELD_ORDER).into());
    }
    let key = keys::data_key(tx, &s.vault, person.id)?.ok_or_else(|| ERASED.fault())?;
    let id: Id<PersonFlag> = ctx.id();
    let reason = new.reason.trim();
    let flag = Flag {
        id,
        person: person.id,
        kind: new.kind,
        from,
        until: new.until,
        reason: key.seal(person.id, Field::FlagReason, Some(id.uuid()), reason.as_bytes())?,
        set_by: ctx.actor.user,
        set_at: ctx.now,
        ended_at: None,
        ended_by: None,
        version: 1,
    };
    if flags::clashes(tx, &flag)? {
        return Err(FLAG_SET.fault());
    }
    flags::insert(tx, &flag)?;
    let after = json!({ "kind": flag.kind, "from": flag.from, "until": flag.until, "reason": reason });
    note(tx, ctx, &person, &key, &flag, "people.flag.set", after)?;
    Ok(Shown { flag, reason: reason.to_owned() })
}

/// Ends a flag now.
pub fn end(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &PeopleServices,
    person: Id<PersonId>,
    id: Id<PersonFlag>,
    expected: i64,
) -> Outcome<Shown> {
    let person = see::locked(tx, ctx, person, ManageFlags::PERMISSION)?;
    let mut flag = flags::find(tx, person.id, id)?.or_refuse(&NOT_FOUND)?;
    if flag.version != expected {
        return Err(STALE.fault());
    }
    if flag.ended_at.is_some() || flag.until.is_some_and(|until| until <= ctx.now) {
        return Err(FLAG_ENDED.fault());
    }
    flag.ended_at = Some(ctx.now);
    flag.ended_by = Some(ctx.actor.user);
    flag.version += 1;
    if !flags::update(tx, &flag)? {
        return Err(STALE.fault());
    }
    let key = keys::data_key(tx, &s.vault, person.id)?.ok_or_else(|| ERASED.fault())?;
    let after = json!({ "kind": flag.kind, "ended_at": flag.ended_at });
    note(tx, ctx, &person, &key, &flag, "people.flag.end", after)?;
    open(&key, flag)
}

fn note(
    tx: &mut Tx<'_>,
    ctx: &Context,
    person: &Person,
    key: &DataKey,
    flag: &Flag,
    action: &'static str,
    after: serde_json::Value,
) -> Outcome<()> {
    let said = Said {
        action,
        object: Some(("person_flag", flag.id.uuid())),
        fields: &["flags"],
        after: Some(after),
        before: None,
    };
    trail::record(tx, ctx, person, Some(key), said)
}

/// A flag of a person, for whoever may see them.
pub fn find(tx: &mut Tx<'_>, s: &PeopleServices, person: Id<PersonId>, id: Id<PersonFlag>) -> Outcome<Shown> {
    let flag = flags::find(tx, person, id)?.or_refuse(&NOT_FOUND)?;
    let key = keys::data_key(tx, &s.vault, person)?.or_refuse(&NOT_FOUND)?;
    open(&key, flag)
}

/// A person's flags in the order they were set, ended ones too.
pub fn list(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &PeopleServices,
    person: Id<PersonId>,
    after: Option<Id<PersonFlag>>,
    limit: i64,
) -> Outcome<Vec<Shown>> {
    let person = see::visible(tx, ctx, person, ReadPeople::PERMISSION)?;
    let Some(key) = keys::data_key(tx, &s.vault, person.id)? else { return Ok(Vec::new()) };
    flags::list(tx, person.id, after, limit)?.into_iter().map(|flag| open(&key, flag)).collect()
}
