//! The load of the country's divisions: read and checked whole, written in chunks that nobody sees, shown by one short job.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use kernel::id::DivisionImport;
use kernel::{Context, Fault, Id, Outcome, Refusal, id};
use serde_json::json;
use storage::audit::{self, Entry};
use storage::{Db, Tx};

use crate::divisions::{Divisions, Progress};
use crate::error::IMPORT_CONFLICT;
use crate::model::{Level, Unit};
use crate::store::{imports, tree, units};

mod chunk;

/// Rows in one write job: some 30 ms, so that others' writes go between.
const CHUNK: usize = 1_000;
/// Rows that one job clears away.
const CLEARED: i64 = 5_000;
/// Codes that a report names.
const NAMED: usize = 100;

/// What a load came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Units that are new.
    pub inserted: u64,
    /// Units that were there; renamed ones are among them.
    pub matched: u64,
    /// Units that have another name now; the old one is in their history.
    pub renamed: u64,
    /// Units that stand elsewhere here than in the files; they were left where they stand.
    pub elsewhere: u64,
    /// Units with a code that the files do not have; they were left alone.
    pub missing: u64,
    /// The codes of the first hundred of those.
    pub missing_codes: Vec<String>,
}

/// A unit that was there under another name.
pub(crate) type Renamed = (Id<id::Unit>, String);

/// [`load`] from a folder with the five files.
pub fn import_divisions(
    db: &Db,
    ctx: &Context,
    folder: &Path,
    progress: &dyn Progress,
) -> Outcome<ImportReport> {
    load(db, ctx, Divisions::read(folder, progress)?, progress)
}

/// [`load`] of the five places that the program brings along.
pub fn import_bundled(db: &Db, ctx: &Context, progress: &dyn Progress) -> Outcome<ImportReport> {
    load(db, ctx, Divisions::bundled()?, progress)
}

/// Loads divisions below the country. Safe to run again: what is there is matched by its code, what has another name gets it,
/// nothing is doubled, moved or removed. A run that was broken off goes on where it stopped. For code outside the async
/// runtime; takes no permission, since only a command at the machine's shell comes here.
pub fn load(db: &Db, ctx: &Context, divisions: Divisions, progress: &dyn Progress) -> Outcome<ImportReport> {
    let divisions = Arc::new(divisions);
    let fingerprint: Arc<str> = divisions.fingerprint().into();
    clear_other(db, &fingerprint, progress)?;
    let (import, root) = begin(db, ctx, &fingerprint)?;
    let loaded = load_tiers(db, ctx, &divisions, import, root, progress);
    let (mut report, renames) = match loaded {
        Ok(loaded) => loaded,
        Err(fault) => {
            // A rule said no: the same files will not pass another time. Trouble underneath is another matter: they go on there.
            if matches!(fault, Fault::Refused(ref r) if r.code == &IMPORT_CONFLICT) {
                clear(db, import, progress)?;
            }
            return Err(fault);
        }
    };
    progress.begin("publish", None);
    publish(db, ctx, import, &mut report, renames)?;
    note_missing(db, &divisions, &mut report)?;
    Ok(report)
}

/// Clears away what is left of a load of other files.
fn clear_other(db: &Db, fingerprint: &str, progress: &dyn Progress) -> Outcome<()> {
    match db.read_blocking(imports::running)? {
        Some((import, of)) if of != fingerprint => clear(db, import, progress),
        _ => Ok(()),
    }
}

fn clear(db: &Db, import: Id<DivisionImport>, progress: &dyn Progress) -> Outcome<()> {
    progress.begin("clear", None);
    let mut below: Arc<str> = "~".into();
    loop {
        let from = Arc::clone(&below);
        let reached = db.write_blocking(move |tx| {
            tree::lock(tx)?;
            units::remove_hidden(tx, import, &from, CLEARED)
        })?;
        match reached {
            Some(path) => below = path.into(),
            None => return db.write_blocking(move |tx| imports::forget(tx, import)),
        }
    }
}

/// Takes up the load of these files that was broken off, or begins one; finds the root, or plants it.
fn begin(db: &Db, ctx: &Context, fingerprint: &Arc<str>) -> Outcome<(Id<DivisionImport>, Id<id::Unit>)> {
    let (ctx, fingerprint) = (ctx.clone(), Arc::clone(fingerprint));
    db.write_blocking(move |tx| {
        let root = super::create::ensure_root(tx, &ctx)?;
        if root.level() != Level::Country {
            return Err(conflict(format!("the root of the tree, {}, is no country", root.name)));
        }
        match imports::running(tx)? {
            Some((import, of)) if *of == *fingerprint => Ok((import, root.id)),
            Some(_) => Err(conflict("another load of other files is running".to_owned())),
            None => {
                let import = ctx.id();
                imports::begin(tx, import, &fingerprint, ctx.now)?;
                Ok((import, root.id))
            }
        }
    })
}

fn load_tiers(
    db: &Db,
    ctx: &Context,
    divisions: &Arc<Divisions>,
    import: Id<DivisionImport>,
    root: Id<id::Unit>,
    progress: &dyn Progress,
) -> Outcome<(ImportReport, Vec<Renamed>)> {
    progress.begin("load", u64::try_from(divisions.len()).ok());
    let mut report = ImportReport::default();
    let mut renames = Vec::new();
    let mut parents = Arc::new(vec![root]);
    for (index, (tier, rows)) in divisions.tiers().enumerate() {
        let mut ids: Vec<Id<id::Unit>> = Vec::with_capacity(rows.len());
        for start in (0..rows.len()).step_by(CHUNK) {
            let rows = start..rows.len().min(start + CHUNK);
            let count = rows.len();
            let job = chunk::Chunk {
                divisions: Arc::clone(divisions),
                index,
                tier,
                rows,
                parents: Arc::clone(&parents),
                import,
                ctx: ctx.clone(),
            };
            let done = db.write_blocking(move |tx| job.write(tx))?;
            ids.extend(done.ids);
            report.inserted += done.inserted;
            report.matched += done.matched;
            report.elsewhere += done.elsewhere;
            renames.extend(done.renames);
            progress.advance(u64::try_from(count).unwrap_or(0));
        }
        parents = Arc::new(ids);
    }
    Ok((report, renames))
}

/// The one job after which everybody sees the new units and the new names.
fn publish(
    db: &Db,
    ctx: &Context,
    import: Id<DivisionImport>,
    report: &mut ImportReport,
    renames: Vec<Renamed>,
) -> Outcome<()> {
    let (ctx, so_far) = (ctx.clone(), report.clone());
    report.renamed = db.write_blocking(move |tx| {
        tree::lock(tx)?;
        if !imports::finish(tx, import, ctx.now)? {
            return Err(conflict(
                "another run has finished this load meanwhile: run it again to see".to_owned(),
            ));
        }
        let mut renamed = 0;
        for (id, name) in &renames {
            renamed += u64::from(rename(tx, &ctx, *id, name)?);
        }
        audit::record(
            tx,
            &ctx,
            Entry {
                action: "territory.divisions.import",
                object_kind: "division_import",
                object: Some(import.uuid()),
                unit: None,
                before: None,
                after: Some(json!({
                    "inserted": so_far.inserted, "matched": so_far.matched, "renamed": renamed,
                })),
            },
        )?;
        Ok(renamed)
    })?;
    Ok(())
}

fn rename(tx: &mut Tx<'_>, ctx: &Context, id: Id<id::Unit>, name: &str) -> Outcome<bool> {
    let Some(mut unit) = units::find(tx, id)?.filter(|u| u.closed_at.is_none() && u.name != name) else {
        return Ok(false);
    };
    let expected = unit.version;
    super::turn_page(tx, ctx, &mut unit)?;
    name.clone_into(&mut unit.name);
    units::update(tx, &unit, expected)
}

/// Which units with a code the files do not know.
fn note_missing(db: &Db, divisions: &Divisions, report: &mut ImportReport) -> Outcome<()> {
    let mut after: Arc<str> = "".into();
    loop {
        let from = Arc::clone(&after);
        let codes = db.read_blocking(move |tx| units::codes_after(tx, &from, CLEARED))?;
        let Some(last) = codes.last() else { return Ok(()) };
        after = last.as_str().into();
        for code in codes.iter().filter(|c| !divisions.has(c)) {
            report.missing += 1;
            if report.missing_codes.len() < NAMED {
                report.missing_codes.push(code.clone());
            }
        }
    }
}

/// The refusal of divisions that do not go with what is there.
pub(crate) fn conflict(words: String) -> Fault {
    Refusal::because(IMPORT_CONFLICT.refusal(), words).into()
}

/// Units by id.
pub(crate) fn keyed(rows: Vec<Unit>) -> HashMap<Id<id::Unit>, Unit> {
    rows.into_iter().map(|u| (u.id, u)).collect()
}
