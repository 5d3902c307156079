//! The worker: any gateway runs one, and an import is worked on by one of them at a time.

use std::sync::Arc;
use std::time::Duration;

use kernel::Outcome;
use storage::{Db, Task};

use crate::ports::ImportServices;
use crate::service::work;
use crate::store::imports;

/// How often an idle worker looks.
const LOOK: Duration = Duration::from_millis(500);
/// Parts done before the import is given back: another import, and the end of the process, wait no longer than that.
const PARTS: usize = 40;

/// The worker as storage runs it.
pub fn task(services: ImportServices) -> Task {
    Task {
        name: "imports.work",
        every: LOOK,
        run: Arc::new(move |db, owner| {
            let services = services.clone();
            Box::pin(async move { once(&db, &owner, &services).await })
        }),
    }
}

/// Takes up an import and does its next parts; answers whether there was any.
pub async fn once(db: &Db, owner: &str, services: &ImportServices) -> Outcome<bool> {
    let now = db.clock().now();
    // Looked at by a reader first: an idle town costs no write.
    if !db.read(move |tx| imports::is_waiting(tx, now)).await? {
        return Ok(false);
    }
    let name = owner.to_owned();
    let Some(claim) = db.write(move |tx| work::claim(tx, &name, now)).await? else { return Ok(false) };
    for _ in 0..PARTS {
        if !part(db, services, claim).await? {
            return Ok(true);
        }
    }
    let now = db.clock().now();
    db.write(move |tx| work::give_back(tx, claim, now)).await?;
    Ok(true)
}

/// Does one part; answers whether more is to be done.
pub async fn part(db: &Db, services: &ImportServices, claim: work::Claim) -> Outcome<bool> {
    let (services, ids, now) = (services.clone(), Arc::clone(db.ids()), db.clock().now());
    match db.write(move |tx| work::step(tx, &services, claim, now, &ids)).await {
        Ok(more) => Ok(more),
        Err(fault) => {
            tracing::warn!(%fault, import = %claim.import, "a part of an import could not be done");
            let (ids, now) = (Arc::clone(db.ids()), db.clock().now());
            db.write(move |tx| work::trouble(tx, claim, now, &ids)).await?;
            Ok(false)
        }
    }
}
