//! A new import, which waits for its file.

use kernel::error::Fields;
use kernel::{Context, Outcome};
use serde_json::json;
use storage::Tx;

use super::trail;
use crate::error::{KIND_UNKNOWN, TOO_MANY_OPEN};
use crate::model::{AWAITED_DAYS, Import, MAX_OPEN, State};
use crate::ports::ImportServices;
use crate::store::imports;

/// What it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewImport {
    /// Which list.
    pub kind: String,
    /// Whether it stops after the check.
    pub dry_run: bool,
    /// Whether it is all or nothing.
    pub atomic: bool,
    /// What the file is called.
    pub filename: String,
    /// By which days and hours dates without a zone are read.
    pub time_zone: String,
}

/// Makes it, for somebody who may import such a list somewhere.
pub fn make(tx: &mut Tx<'_>, ctx: &Context, services: &ImportServices, new: &NewImport) -> Outcome<Import> {
    let mut fields = Fields::default();
    fields.text("/filename", &new.filename, 1, 200);
    if services.target(&new.kind).is_err() {
        let known: Vec<&str> = services.targets.iter().map(|target| target.kind()).collect();
        fields.bad("/kind", &KIND_UNKNOWN, Some(known.join(", ")));
    }
    fields.finish()?;
    let permission = services.target(&new.kind)?.permission();
    if !ctx.actor.holds(permission, ctx.now) {
        return Err(kernel::actor::missing(permission).into());
    }
    services.actors.refuse_later(ctx, &new.kind)?;
    if imports::count_open(tx, ctx.actor.user)? >= MAX_OPEN {
        return Err(TOO_MANY_OPEN.refusal().because(format!("at most {MAX_OPEN}")).into());
    }
    let import = Import {
        id: ctx.id(),
        owner_id: ctx.actor.user,
        kind: new.kind.clone(),
        filename: new.filename.trim().to_owned(),
        dry_run: new.dry_run,
        atomic: new.atomic,
        time_zone: new.time_zone.clone(),
        state: State::AwaitingFile,
        format: None,
        sha256: None,
        header: Vec::new(),
        upload: 0,
        at_line: 0,
        rows_total: 0,
        rows_passed: 0,
        rows_done: 0,
        rows_failed: 0,
        rights: None,
        problem_code: None,
        problem_detail: None,
        request_id: ctx.request_id.to_string(),
        fence: 0,
        attempts: 0,
        purged: false,
        created_at: ctx.now,
        finished_at: None,
        kept_until: ctx.now.plus_days(AWAITED_DAYS),
        version: 1,
    };
    imports::insert(tx, &import)?;
    let after = json!({ "kind": import.kind, "dry_run": import.dry_run, "atomic": import.atomic });
    trail(tx, ctx, "imports.import.created", &import, after)?;
    Ok(import)
}
