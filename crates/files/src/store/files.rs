//! Files.

use diesel::prelude::*;
use kernel::id::{File as FileKind, FileObject, User};
use kernel::{Fault, Id, Instant, Outcome};
use storage::{Tx, with_conn};
use uuid::Uuid;

use super::schema::files_files as files;
use crate::model::{Bytes, File, Hanging, Media, State};

/// A row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = files, treat_none_as_default_value = false, treat_none_as_null = true)]
struct Row {
    id: Id<FileKind>,
    owner_id: Id<User>,
    state: String,
    name: String,
    object_id: Option<Id<FileObject>>,
    sha256: Option<String>,
    size: i64,
    media_type: Option<String>,
    width: Option<i32>,
    height: Option<i32>,
    reserved: i64,
    day: String,
    thing_kind: Option<String>,
    thing_id: Option<Id<FileKind>>,
    label: Option<String>,
    attached_by: Option<Id<User>>,
    attached_at: Option<Instant>,
    created_at: Instant,
    kept_until: Option<Instant>,
    version: i64,
}

fn unknown(word: &str) -> Fault {
    Fault::internal(format!("files_files has a row with the unknown word {word:?}"))
}

impl TryFrom<Row> for File {
    type Error = Fault;

    fn try_from(r: Row) -> Outcome<Self> {
        let bytes = match (r.object_id, r.sha256, r.media_type) {
            (Some(object_id), Some(sha256), Some(media)) => Some(Bytes {
                object_id,
                sha256,
                size: r.size,
                media: Media::of(&media).ok_or_else(|| unknown(&media))?,
                pixels: r.width.zip(r.height),
            }),
            _ => None,
        };
        let hanging = match (r.thing_kind, r.thing_id, r.attached_by, r.attached_at) {
            (Some(kind), Some(thing), Some(by), Some(at)) => {
                Some(Hanging { kind, id: thing.uuid(), label: r.label.unwrap_or_default(), by, at })
            }
            _ => None,
        };
        Ok(Self {
            id: r.id,
            owner_id: r.owner_id,
            state: State::parse(&r.state).ok_or_else(|| unknown(&r.state))?,
            name: r.name,
            bytes,
            reserved: r.reserved,
            day: r.day,
            hanging,
            created_at: r.created_at,
            kept_until: r.kept_until,
            version: r.version,
        })
    }
}

impl From<&File> for Row {
    fn from(f: &File) -> Self {
        let bytes = f.bytes.as_ref();
        let hanging = f.hanging.as_ref();
        Self {
            id: f.id,
            owner_id: f.owner_id,
            state: f.state.word().to_owned(),
            name: f.name.clone(),
            object_id: bytes.map(|b| b.object_id),
            sha256: bytes.map(|b| b.sha256.clone()),
            size: bytes.map_or(0, |b| b.size),
            media_type: bytes.map(|b| b.media.name().to_owned()),
            width: bytes.and_then(|b| b.pixels).map(|(width, _)| width),
            height: bytes.and_then(|b| b.pixels).map(|(_, height)| height),
            reserved: f.reserved,
            day: f.day.clone(),
            thing_kind: hanging.map(|h| h.kind.clone()),
            thing_id: hanging.map(|h| Id::from_uuid(h.id)),
            label: hanging.map(|h| h.label.clone()),
            attached_by: hanging.map(|h| h.by),
            attached_at: hanging.map(|h| h.at),
            created_at: f.created_at,
            kept_until: f.kept_until,
            version: f.version,
        }
    }
}

/// Adds a file.
pub fn insert(tx: &mut Tx<'_>, file: &File) -> Outcome<()> {
    with_conn!(tx, |c| diesel::insert_into(files::table).values(Row::from(file)).execute(c))?;
    Ok(())
}

/// The file of this id.
pub fn find(tx: &mut Tx<'_>, id: Id<FileKind>) -> Outcome<Option<File>> {
    let row: Option<Row> =
        with_conn!(tx, |c| files::table.find(id).select(Row::as_select()).first(c).optional())?;
    row.map(File::try_from).transpose()
}

/// The file of this id, locked.
pub fn find_locked(tx: &mut Tx<'_>, id: Id<FileKind>) -> Outcome<Option<File>> {
    let row: Option<Row> =
        with_conn!(tx, |c| lock!(files::table.find(id).select(Row::as_select())).first(c).optional())?;
    row.map(File::try_from).transpose()
}

/// Stores a file that the caller has locked.
pub fn save(tx: &mut Tx<'_>, file: &File) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(files::table.find(file.id)).set(Row::from(file)).execute(c))?;
    Ok(())
}

/// Removes a file that the caller has locked.
pub fn remove(tx: &mut Tx<'_>, id: Id<FileKind>) -> Outcome<()> {
    with_conn!(tx, |c| diesel::delete(files::table.find(id)).execute(c))?;
    Ok(())
}

/// How many uploads of an account are under way.
pub fn count_receiving(tx: &mut Tx<'_>, owner: Id<User>, now: Instant) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| files::table
        .filter(files::owner_id.eq(owner))
        .filter(files::state.eq(State::Receiving.word()))
        .filter(files::kept_until.assume_not_null().gt(now))
        .count()
        .get_result(c))?)
}

/// The files of a thing, in the order they were attached.
pub fn of_thing(tx: &mut Tx<'_>, kind: &str, thing: Uuid, limit: i64) -> Outcome<Vec<File>> {
    let thing: Id<FileKind> = Id::from_uuid(thing);
    let rows: Vec<Row> = with_conn!(tx, |c| files::table
        .filter(files::thing_kind.eq(kind))
        .filter(files::thing_id.eq(thing))
        .order((files::attached_at.asc(), files::id.asc()))
        .limit(limit)
        .select(Row::as_select())
        .load(c))?;
    rows.into_iter().map(File::try_from).collect()
}

/// How many files a thing has.
pub fn count_of_thing(tx: &mut Tx<'_>, kind: &str, thing: Uuid) -> Outcome<i64> {
    let thing: Id<FileKind> = Id::from_uuid(thing);
    Ok(with_conn!(tx, |c| files::table
        .filter(files::thing_kind.eq(kind))
        .filter(files::thing_id.eq(thing))
        .count()
        .get_result(c))?)
}

/// Some files that are kept no longer, the oldest first; locked, and those that somebody works on left out.
pub fn outlived(tx: &mut Tx<'_>, now: Instant, limit: i64) -> Outcome<Vec<File>> {
    let rows: Vec<Row> = with_conn!(tx, |c| lock_skip!(
        files::table
            .filter(files::kept_until.assume_not_null().lt(now))
            .order(files::kept_until.asc())
            .limit(limit)
            .select(Row::as_select())
    )
    .load(c))?;
    rows.into_iter().map(File::try_from).collect()
}
