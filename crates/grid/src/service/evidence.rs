//! Photos and documents of a case: before and after. They are seen by whoever sees the case.

use contracts::{FileGuard, FileRef, Thing};
use kernel::error::{FIELD_LENGTH, Fields, UNAVAILABLE};
use kernel::id::{File, Incident as IncidentId};
use kernel::{Context, Fault, Id, Outcome};
use storage::Tx;
use uuid::Uuid;

use super::see;
use crate::model::EvidenceLabel;
use crate::ports::GridServices;

/// What files call a case.
pub const INCIDENT: &str = "grid.incident";
/// Files of one report or one result.
pub const AT_ONCE: usize = 10;

/// The case as files hang on it.
pub fn thing(id: Id<IncidentId>) -> Thing {
    Thing { kind: INCIDENT, id: id.uuid() }
}

/// Hangs files of the actor's own on a case.
pub fn attach_all(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<IncidentId>,
    files: &[Id<File>],
    label: EvidenceLabel,
) -> Outcome<()> {
    if files.is_empty() {
        return Ok(());
    }
    if files.len() > AT_ONCE {
        let mut fields = Fields::default();
        fields.bad("/file_ids", &FIELD_LENGTH, Some(format!("at most {AT_ONCE}")));
        return fields.finish();
    }
    let shelf = s.files.as_ref().ok_or_else(|| UNAVAILABLE.fault())?;
    files.iter().try_for_each(|file| shelf.attach(tx, ctx, *file, thing(id), label.word()).map(drop))
}

/// Hangs one more on a case that the actor sees.
pub fn attach(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<IncidentId>,
    file: Id<File>,
    label: EvidenceLabel,
) -> Outcome<FileRef> {
    see::seen(tx, ctx, s, id)?;
    let shelf = s.files.as_ref().ok_or_else(|| UNAVAILABLE.fault())?;
    shelf.attach(tx, ctx, file, thing(id), label.word())
}

/// Takes one from a case that the actor sees.
pub fn detach(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<IncidentId>,
    file: Id<File>,
) -> Outcome<()> {
    see::seen(tx, ctx, s, id)?;
    let shelf = s.files.as_ref().ok_or_else(|| UNAVAILABLE.fault())?;
    shelf.detach(tx, ctx, file, thing(id))
}

/// The files of a case that the actor sees, in the order they came.
pub fn list(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, id: Id<IncidentId>) -> Outcome<Vec<FileRef>> {
    see::seen(tx, ctx, s, id)?;
    match &s.files {
        Some(shelf) => shelf.list(tx, thing(id)),
        None => Ok(Vec::new()),
    }
}

/// Who sees the files of a case, and who adds some.
#[derive(Clone)]
pub struct Guard(pub GridServices);

impl<'c> FileGuard<Tx<'c>> for Guard {
    fn kind(&self) -> &'static str {
        INCIDENT
    }

    fn may_see(&self, tx: &mut Tx<'c>, ctx: &Context, thing: Uuid, _label: &str) -> Outcome<bool> {
        match see::seen(tx, ctx, &self.0, Id::from_uuid(thing)) {
            Ok(_) => Ok(true),
            Err(Fault::Refused(_)) => Ok(false),
            Err(trouble) => Err(trouble),
        }
    }

    /// Of what was found: the reporter and staff, while the case is open. Of what was made of it: who handles it or resolved it, and whoever
    /// looks whether it was done.
    fn may_add(&self, tx: &mut Tx<'c>, ctx: &Context, thing: Uuid, label: &str) -> Outcome<bool> {
        let ((incident, _), units) = match see::seen(tx, ctx, &self.0, Id::from_uuid(thing)) {
            Ok(seen) => seen,
            Err(Fault::Refused(_)) => return Ok(false),
            Err(trouble) => return Err(trouble),
        };
        if incident.state.is_over() {
            return Ok(false);
        }
        let at = units.places(&incident)?;
        let staff = see::is_staff(ctx, &incident, at);
        let theirs = if label == EvidenceLabel::After.word() {
            see::handles(ctx, &incident, at) || incident.resolved_by == Some(ctx.actor.user)
        } else {
            incident.reporter == ctx.actor.user
        };
        Ok(staff || theirs)
    }
}
