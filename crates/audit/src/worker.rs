//! The worker that writes exports to files, and removes them when their time is over. Files are read and written outside every
//! transaction.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use kernel::id::AuditExport;
use kernel::{Fault, Id, Outcome};
use sha2::{Digest, Sha256};
use storage::{Db, Task};

use crate::lines;
use crate::model::{Export, Format};
use crate::service::write;
use crate::store::exports;

/// How often an idle worker looks.
const LOOK: Duration = Duration::from_secs(1);
/// Parts done before an export is given back.
const PARTS: usize = 50;

/// The worker as storage runs it.
pub fn task(folder: PathBuf) -> Task {
    Task {
        name: "audit.export",
        every: LOOK,
        run: Arc::new(move |db, owner| {
            let folder = folder.clone();
            Box::pin(async move { once(&db, &owner, &folder).await })
        }),
    }
}

/// The file of an export.
pub fn file_of(folder: &Path, id: Id<AuditExport>, format: Format) -> PathBuf {
    folder.join(format!("{id}.{}", format.word()))
}

/// Removes what is kept no longer, and does parts of an export that waits; answers whether there was one.
pub async fn once(db: &Db, owner: &str, folder: &Path) -> Outcome<bool> {
    let now = db.clock().now();
    if let Some(id) = db.read(move |tx| exports::first_outlived(tx, now)).await? {
        remove(db, folder, id).await?;
        return Ok(true);
    }
    // Looked at by a reader first: an idle town costs no write.
    if !db.read(move |tx| exports::is_waiting(tx, now)).await? {
        return Ok(false);
    }
    let name = owner.to_owned();
    let Some(mut export) = db.write(move |tx| write::claim(tx, &name, now)).await? else { return Ok(false) };
    for _ in 0..PARTS {
        let (ids, now, claimed) = (Arc::clone(db.ids()), db.clock().now(), export.clone());
        match part(db, folder, export).await {
            Ok(Some(next)) => export = next,
            Ok(None) => return Ok(true),
            Err(fault) => {
                tracing::warn!(%fault, export = %claimed.id, "a part of an export could not be written");
                db.write(move |tx| write::trouble(tx, &claimed, now, &ids)).await?;
                return Ok(false);
            }
        }
    }
    let now = db.clock().now();
    db.write(move |tx| write::give_back(tx, &export, now)).await?;
    Ok(true)
}

/// Writes the next part; answers the export as it is then, or nothing where no more is to be done.
pub async fn part(db: &Db, folder: &Path, export: Export) -> Outcome<Option<Export>> {
    let (file, whole) = (part_of(folder, &export), file_of(folder, export.id, export.format));
    let export = in_thread({
        let (file, folder) = (file.clone(), folder.to_owned());
        move || cut(&folder, &file, export)
    })
    .await?;
    if export.at_seq >= export.upto_seq && export.bytes_written > 0 {
        let digest = in_thread(move || {
            let digest = digest(&file)?;
            fs::rename(&file, &whole).map_err(Fault::internal)?;
            Ok(digest)
        })
        .await?;
        let (ids, now) = (Arc::clone(db.ids()), db.clock().now());
        db.write(move |tx| write::finish(tx, &export, &digest, now, &ids)).await?;
        return Ok(None);
    }
    let asked = export.clone();
    let (records, upto) = db.read(move |tx| write::part(tx, &asked)).await?;
    let part = file.clone();
    let export = in_thread(move || {
        let mut bytes = if export.bytes_written == 0 { lines::head(export.format)? } else { Vec::new() };
        bytes.extend(lines::write(export.format, &records)?);
        let mut file = OpenOptions::new().write(true).open(&file).map_err(Fault::internal)?;
        let at = u64::try_from(export.bytes_written).map_err(Fault::internal)?;
        file.seek(SeekFrom::Start(at)).map_err(Fault::internal)?;
        file.write_all(&bytes).map_err(Fault::internal)?;
        file.sync_data().map_err(Fault::internal)?;
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        Ok(Export {
            at_seq: upto,
            rows_written: export.rows_written + count(records.len()),
            bytes_written: export.bytes_written + count(bytes.len()),
            ..export
        })
    })
    .await?;
    let (now, noted) = (db.clock().now(), export.clone());
    let kept = db.write(move |tx| write::progress(tx, &noted, now)).await?;
    // Nothing to write and nothing written: an export of nothing is an empty file, and done.
    if kept && export.at_seq >= export.upto_seq && export.bytes_written == 0 {
        in_thread(move || fs::rename(part, whole).map_err(Fault::internal)).await?;
        let (ids, now, empty) = (Arc::clone(db.ids()), db.clock().now(), hex(&Sha256::digest(b"")));
        db.write(move |tx| write::finish(tx, &export, &empty, now, &ids)).await?;
        return Ok(None);
    }
    Ok(kept.then_some(export))
}

async fn in_thread<T: Send + 'static>(work: impl FnOnce() -> Outcome<T> + Send + 'static) -> Outcome<T> {
    tokio::task::spawn_blocking(work).await.map_err(Fault::internal)?
}

/// The file while it is written: its name says who writes it, so that a worker that slept through its lease finds another's
/// work out of its reach.
fn part_of(folder: &Path, export: &Export) -> PathBuf {
    folder.join(format!("{}.{}.part", export.id, export.fence))
}

/// The files that workers before left of an export.
fn left_of(folder: &Path, id: Id<AuditExport>) -> Outcome<Vec<(i64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(Fault::internal)? {
        let path = entry.map_err(Fault::internal)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let fence = name.strip_prefix(&format!("{id}.")).and_then(|rest| rest.strip_suffix(".part"));
        if let Some(fence) = fence.and_then(|fence| fence.parse().ok()) {
            found.push((fence, path));
        }
    }
    found.sort();
    Ok(found)
}

/// Makes the file if it is not there, for its owner's eyes only, or takes over the newest that is left, and cuts off what was
/// never written down. Where it is shorter than what was written down, it is not that file: it begins anew.
fn cut(folder: &Path, path: &Path, export: Export) -> Outcome<Export> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(Fault::internal)?;
    if !path.exists() {
        let left = left_of(folder, export.id)?;
        if let Some((_, before)) = left.into_iter().rfind(|(fence, _)| *fence < export.fence) {
            fs::rename(before, path).map_err(Fault::internal)?;
        }
    }
    let file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(Fault::internal)?;
    let there = file.metadata().map_err(Fault::internal)?.len();
    let sure = u64::try_from(export.bytes_written).unwrap_or(0);
    let export =
        if there < sure { Export { at_seq: 0, rows_written: 0, bytes_written: 0, ..export } } else { export };
    file.set_len(u64::try_from(export.bytes_written).unwrap_or(0)).map_err(Fault::internal)?;
    Ok(export)
}

fn digest(path: &Path) -> Outcome<String> {
    let mut file = File::open(path).map_err(Fault::internal)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0_u8; 64 * 1024];
    loop {
        let read = file.read(&mut buffer).map_err(Fault::internal)?;
        if read == 0 {
            return Ok(hex(&hasher.finalize()));
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Up to 64 KiB of a file from a place on; nothing at its end.
pub async fn read_at(path: PathBuf, at: u64) -> Outcome<Vec<u8>> {
    in_thread(move || {
        let mut file = File::open(&path).map_err(Fault::internal)?;
        file.seek(SeekFrom::Start(at)).map_err(Fault::internal)?;
        let mut bytes = Vec::with_capacity(64 * 1024);
        file.take(64 * 1024).read_to_end(&mut bytes).map_err(Fault::internal)?;
        Ok(bytes)
    })
    .await
}

async fn remove(db: &Db, folder: &Path, id: Id<AuditExport>) -> Outcome<()> {
    let Some(export) = db.read(move |tx| exports::find(tx, id)).await? else { return Ok(()) };
    let (folder, path) = (folder.to_owned(), file_of(folder, id, export.format));
    in_thread(move || {
        let left = if folder.is_dir() { left_of(&folder, id)? } else { Vec::new() };
        for path in left.into_iter().map(|(_, path)| path).chain([path]) {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Fault::internal(error));
                }
                _ => {}
            }
        }
        Ok(())
    })
    .await?;
    let (ids, now) = (Arc::clone(db.ids()), db.clock().now());
    db.write(move |tx| write::purged(tx, id, now, &ids)).await
}
