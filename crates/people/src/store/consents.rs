//! Consents: dated facts, taken back and never deleted.

use diesel::prelude::*;
use kernel::id::{Person, PersonConsent, User};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, on_unique, with_conn};

use super::schema::people_consents as consents;
use super::unknown_word;
use crate::error::CONSENT_GIVEN;
use crate::model::{Consent, ConsentKind, ConsentMeans};

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = consents, treat_none_as_default_value = false)]
struct Row {
    id: Id<PersonConsent>,
    person_id: Id<Person>,
    kind: String,
    means: String,
    given_at: Instant,
    recorded_by: Id<User>,
    withdrawn_at: Option<Instant>,
    withdrawn_by: Option<Id<User>>,
    version: i64,
}

impl Row {
    fn consent(self) -> Outcome<Consent> {
        Ok(Consent {
            id: self.id,
            person: self.person_id,
            kind: ConsentKind::parse(&self.kind)
                .ok_or_else(|| unknown_word("people_consents", &self.kind))?,
            means: ConsentMeans::parse(&self.means)
                .ok_or_else(|| unknown_word("people_consents", &self.means))?,
            given_at: self.given_at,
            recorded_by: self.recorded_by,
            withdrawn_at: self.withdrawn_at,
            withdrawn_by: self.withdrawn_by,
            version: self.version,
        })
    }
}

/// Adds a consent; refuses where the same stands.
pub fn insert(tx: &mut Tx<'_>, consent: &Consent) -> Outcome<()> {
    let row = Row {
        id: consent.id,
        person_id: consent.person,
        kind: consent.kind.word().to_owned(),
        means: consent.means.word().to_owned(),
        given_at: consent.given_at,
        recorded_by: consent.recorded_by,
        withdrawn_at: consent.withdrawn_at,
        withdrawn_by: consent.withdrawn_by,
        version: consent.version,
    };
    with_conn!(tx, |c| diesel::insert_into(consents::table).values(&row).execute(c))
        .map_err(|e| on_unique(e.into(), "people_consents", "kind", &CONSENT_GIVEN))?;
    Ok(())
}

/// The consent of a person.
pub fn find(tx: &mut Tx<'_>, person: Id<Person>, id: Id<PersonConsent>) -> Outcome<Option<Consent>> {
    let row: Option<Row> = with_conn!(tx, |c| consents::table
        .find(id)
        .filter(consents::person_id.eq(person))
        .select(Row::as_select())
        .first(c)
        .optional())?;
    row.map(Row::consent).transpose()
}

/// Writes that a consent was taken back, if it still has the version before; answers whether it had.
pub fn update(tx: &mut Tx<'_>, consent: &Consent) -> Outcome<bool> {
    let changed = with_conn!(tx, |c| diesel::update(
        consents::table.find(consent.id).filter(consents::version.eq(consent.version - 1))
    )
    .set((
        consents::withdrawn_at.eq(consent.withdrawn_at),
        consents::withdrawn_by.eq(consent.withdrawn_by),
        consents::version.eq(consent.version)
    ))
    .execute(c))?;
    Ok(changed == 1)
}

/// The consents of a person in the order they were recorded, those taken back too.
pub fn list(
    tx: &mut Tx<'_>,
    person: Id<Person>,
    after: Option<Id<PersonConsent>>,
    limit: i64,
) -> Outcome<Vec<Consent>> {
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = consents::table.filter(consents::person_id.eq(person)).into_boxed::<Db>();
        if let Some(after) = after {
            q = q.filter(consents::id.gt(after));
        }
        q.order(consents::id.asc()).limit(limit).select(Row::as_select()).load(c)
    })?;
    rows.into_iter().map(Row::consent).collect()
}
