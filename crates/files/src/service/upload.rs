//! An upload, in the order that loses nothing: a row that nobody sees, the bytes, and then the row for its owner to see.

use kernel::id::{File as FileKind, FileObject};
use kernel::{Context, Id, Instant, Outcome};
use storage::Tx;

use super::{take_away, trail};
use crate::error::{QUOTA, TOO_MANY_AT_ONCE, UPLOAD_OVER};
use crate::model::{Bytes, File, LOOSE_DAYS, Limits, MAX_AT_ONCE, Media, State, UPLOAD_SECONDS};
use crate::ports::key;
use crate::store::{files, objects, realm, usage};

/// A file that is about to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coming {
    /// Its id to be.
    pub id: Id<FileKind>,
    /// How many bytes are announced, or may come.
    pub bytes: i64,
    /// The realm's day.
    pub day: String,
}

/// Begins, if the account may upload so much today. What may come is held of its allowance, so that many uploads at once cannot pass
/// it.
pub fn begin(tx: &mut Tx<'_>, ctx: &Context, limits: &Limits, coming: &Coming) -> Outcome<()> {
    let owner = ctx.actor.user;
    let (count, bytes) = usage::locked(tx, owner, &coming.day)?;
    if files::count_receiving(tx, owner, ctx.now)? >= MAX_AT_ONCE {
        return Err(TOO_MANY_AT_ONCE.refusal().because(format!("at most {MAX_AT_ONCE}")).into());
    }
    if count >= limits.files_a_day {
        return Err(QUOTA.refusal().because(format!("{} files a day", limits.files_a_day)).into());
    }
    if bytes.saturating_add(coming.bytes) > limits.bytes_a_day {
        return Err(QUOTA.refusal().because(format!("{} bytes a day", limits.bytes_a_day)).into());
    }
    usage::add(tx, owner, &coming.day, 1, coming.bytes)?;
    let file = File {
        id: coming.id,
        owner_id: owner,
        state: State::Receiving,
        name: String::new(),
        bytes: None,
        reserved: coming.bytes,
        day: coming.day.clone(),
        hanging: None,
        created_at: ctx.now,
        kept_until: Some(ctx.now.plus_seconds(UPLOAD_SECONDS)),
        version: 1,
    };
    files::insert(tx, &file)
}

/// What is known of the bytes that are to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// SHA-256, hex.
    pub sha256: String,
    /// How many.
    pub size: i64,
    /// What they are.
    pub media: Media,
    /// Width and height of a photo.
    pub pixels: Option<(i32, i32)>,
}

/// Where bytes belong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The object's key.
    pub key: String,
    /// Whether the same bytes came before.
    pub is_there: bool,
}

fn receiving(tx: &mut Tx<'_>, ctx: &Context, id: Id<FileKind>) -> Outcome<File> {
    let found = files::find_locked(tx, id)?;
    found
        .filter(|file| file.state == State::Receiving && file.owner_id == ctx.actor.user)
        .ok_or_else(|| UPLOAD_OVER.fault())
}

/// Finds or makes the object for the bytes. The row says that a file is to be made of it: nobody takes it away.
pub fn reserve(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<FileKind>,
    fresh: Id<FileObject>,
    known: &Known,
) -> Outcome<Place> {
    let file = receiving(tx, ctx, id)?;
    let (object_id, is_there) = objects::claim(tx, &known.sha256, fresh)?;
    let bytes = Bytes {
        object_id,
        sha256: known.sha256.clone(),
        size: known.size,
        media: known.media,
        pixels: known.pixels,
    };
    files::save(tx, &File { bytes: Some(bytes), ..file })?;
    let realm = realm::name(tx)?;
    Ok(Place { key: key(&realm, &known.sha256, object_id.uuid()), is_there })
}

/// Ends: the bytes are there, and the file is its owner's. `came` is how many bytes came for it, which count for the day.
pub fn finish(tx: &mut Tx<'_>, ctx: &Context, id: Id<FileKind>, name: &str, came: i64) -> Outcome<File> {
    let file = receiving(tx, ctx, id)?;
    let bytes = file.bytes.as_ref().ok_or_else(|| UPLOAD_OVER.fault())?;
    objects::arrived(tx, bytes.object_id)?;
    usage::add(tx, file.owner_id, &file.day, 0, came - file.reserved)?;
    let file = File {
        state: State::Uploaded,
        name: name.to_owned(),
        reserved: 0,
        kept_until: Some(ctx.now.plus_days(LOOSE_DAYS)),
        ..file
    };
    files::save(tx, &file)?;
    trail(tx, ctx, "files.file.uploaded", &file)?;
    Ok(file)
}

/// Gives an upload up that did not end. It counts as one of the day's files, or trying would cost nothing; its bytes do not.
pub fn abandon(tx: &mut Tx<'_>, id: Id<FileKind>, now: Instant) -> Outcome<()> {
    match files::find_locked(tx, id)?.filter(|file| file.state == State::Receiving) {
        Some(file) => take_away(tx, &file, now),
        None => Ok(()),
    }
}
