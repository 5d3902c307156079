//! Consents: facts with their dates.

use kernel::error::{INVALID, NOT_FOUND, OrRefuse, STALE};
use kernel::id::{Person as PersonId, PersonConsent};
use kernel::permission::Permit;
use kernel::{Context, Id, Instant, Outcome};
use serde_json::json;
use storage::Tx;

use super::trail::{self, Said};
use super::{keys, see};
use crate::error::{CONSENT_WITHDRAWN, NOT_YET};
use crate::model::{Consent, ConsentKind, ConsentMeans, Person};
use crate::permission::{ManageConsents, ReadPeople};
use crate::ports::PeopleServices;
use crate::store::consents;

/// A consent to be recorded.
#[derive(Debug, Clone, Copy)]
pub struct NewConsent {
    /// To what.
    pub kind: ConsentKind,
    /// How it was given.
    pub means: ConsentMeans,
    /// When; now unless told.
    pub given_at: Option<Instant>,
}

/// Records a consent.
pub fn record(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &PeopleServices,
    person: Id<PersonId>,
    new: NewConsent,
) -> Outcome<Consent> {
    let person = see::locked(tx, ctx, person, ManageConsents::PERMISSION)?;
    let given_at = new.given_at.unwrap_or(ctx.now);
    if given_at > ctx.now {
        return Err(INVALID.refusal().at("/given_at", &NOT_YET).into());
    }
    let consent = Consent {
        id: ctx.id(),
        person: person.id,
        kind: new.kind,
        means: new.means,
        given_at,
        recorded_by: ctx.actor.user,
        withdrawn_at: None,
        withdrawn_by: None,
        version: 1,
    };
    consents::insert(tx, &consent)?;
    note(tx, ctx, s, &person, &consent, "people.consent.record")?;
    Ok(consent)
}

/// Records that a consent was taken back now.
pub fn withdraw(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &PeopleServices,
    person: Id<PersonId>,
    id: Id<PersonConsent>,
    expected: i64,
) -> Outcome<Consent> {
    let person = see::locked(tx, ctx, person, ManageConsents::PERMISSION)?;
    let mut consent = consents::find(tx, person.id, id)?.or_refuse(&NOT_FOUND)?;
    if consent.version != expected {
        return Err(STALE.fault());
    }
    if consent.withdrawn_at.is_some() {
        return Err(CONSENT_WITHDRAWN.fault());
    }
    consent.withdrawn_at = Some(ctx.now);
    consent.withdrawn_by = Some(ctx.actor.user);
    consent.version += 1;
    if !consents::update(tx, &consent)? {
        return Err(STALE.fault());
    }
    note(tx, ctx, s, &person, &consent, "people.consent.withdraw")?;
    Ok(consent)
}

fn note(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &PeopleServices,
    person: &Person,
    consent: &Consent,
    action: &'static str,
) -> Outcome<()> {
    let key = keys::data_key(tx, &s.vault, person.id)?;
    let after = json!({
        "kind": consent.kind, "means": consent.means, "given_at": consent.given_at, "withdrawn_at": consent.withdrawn_at,
    });
    let said = Said {
        action,
        object: Some(("person_consent", consent.id.uuid())),
        fields: &["consents"],
        after: Some(after),
        before: None,
    };
    trail::record(tx, ctx, person, key.as_ref(), said)
}

/// A person's consents in the order they were recorded, those taken back too.
pub fn list(
    tx: &mut Tx<'_>,
    ctx: &Context,
    person: Id<PersonId>,
    after: Option<Id<PersonConsent>>,
    limit: i64,
) -> Outcome<Vec<Consent>> {
    let person = see::visible(tx, ctx, person, ReadPeople::PERMISSION)?;
    consents::list(tx, person.id, after, limit)
}
