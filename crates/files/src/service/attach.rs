//! Files hang on things, and are taken from them.

use contracts::{FileRef, Thing};
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::File as FileKind;
use kernel::{Context, Fault, Id, Outcome};
use storage::Tx;

use super::trail;
use crate::error::{ATTACHED, TOO_MANY_HERE};
use crate::model::{File, Hanging, LOOSE_DAYS, MAX_HERE, State};
use crate::ports::Guards;
use crate::store::files;

/// Hangs a file of the actor's own on a thing that they may add files to. Anybody else's is not there.
pub fn attach(
    tx: &mut Tx<'_>,
    ctx: &Context,
    guards: &Guards,
    id: Id<FileKind>,
    thing: Thing,
    label: &'static str,
) -> Outcome<FileRef> {
    if !guards.may_add(tx, ctx, thing, label)? {
        return Err(kernel::error::FORBIDDEN.fault());
    }
    let file = files::find_locked(tx, id)?
        .filter(|file| file.owner_id == ctx.actor.user && file.state != State::Receiving)
        .filter(|file| file.kept_until.is_none_or(|until| until > ctx.now))
        .or_refuse(&NOT_FOUND)?;
    if file.state == State::Attached {
        return Err(ATTACHED.fault());
    }
    if files::count_of_thing(tx, thing.kind, thing.id)? >= MAX_HERE {
        return Err(TOO_MANY_HERE.refusal().because(format!("at most {MAX_HERE}")).into());
    }
    let hanging = Hanging {
        kind: thing.kind.to_owned(),
        id: thing.id,
        label: label.to_owned(),
        by: ctx.actor.user,
        at: ctx.now,
    };
    let version = file.version + 1;
    let file = File { state: State::Attached, hanging: Some(hanging), kept_until: None, version, ..file };
    files::save(tx, &file)?;
    trail(tx, ctx, "files.file.attached", &file)?;
    told(file)
}

/// Takes a file from the thing it hangs on, for whoever may add files there.
pub fn detach(
    tx: &mut Tx<'_>,
    ctx: &Context,
    guards: &Guards,
    id: Id<FileKind>,
    thing: Thing,
) -> Outcome<()> {
    let file = files::find_locked(tx, id)?.or_refuse(&NOT_FOUND)?;
    let here = file.hanging.as_ref().filter(|h| h.kind == thing.kind && h.id == thing.id);
    let label = here.map(|h| h.label.clone()).or_refuse(&NOT_FOUND)?;
    if !guards.may_add(tx, ctx, thing, &label)? {
        return Err(kernel::error::FORBIDDEN.fault());
    }
    trail(tx, ctx, "files.file.detached", &file)?;
    let version = file.version + 1;
    let kept_until = Some(ctx.now.plus_days(LOOSE_DAYS));
    files::save(tx, &File { state: State::Uploaded, hanging: None, kept_until, version, ..file })
}

/// The files of a thing.
pub fn list(tx: &mut Tx<'_>, thing: Thing) -> Outcome<Vec<FileRef>> {
    files::of_thing(tx, thing.kind, thing.id, MAX_HERE)?.into_iter().map(told).collect()
}

fn told(file: File) -> Outcome<FileRef> {
    match (file.bytes, file.hanging) {
        (Some(bytes), Some(hanging)) => Ok(FileRef {
            id: file.id,
            name: file.name,
            media_type: bytes.media.name().to_owned(),
            size: bytes.size,
            sha256: bytes.sha256,
            pixels: bytes.pixels,
            label: hanging.label,
            owner: file.owner_id,
            attached_at: hanging.at,
        }),
        _ => Err(Fault::internal("an attached file without bytes")),
    }
}
