//! What goes on behind the requests: the sealer, the delivery workers, the periodic jobs. Any number of processes may run
//! them on one database; leases see to it that each thing is done by one at a time.

use std::sync::Arc;
use std::time::Duration;

use kernel::{Fault, Outcome};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::lease::Lease;
use crate::outbox::{Claim, Consumers};
use crate::plugin::{PeriodicJob, Task};
use crate::{Db, audit, lease, outbox};

const SEALER: &str = "storage.audit_sealer";
const LEASE_SECONDS: i64 = 10;
const SEAL_AT_ONCE: i64 = 256;
const CLAIM_AT_ONCE: i64 = 16;
/// The longest an errand may take before it counts as failed.
pub const ERRAND_TIME: Duration = Duration::from_secs(20);
/// Longer than an errand takes with all that is around it.
const ERRAND_LEASE_SECONDS: i64 = 60;
const ERRANDS_AT_ONCE: i64 = 8;
/// How long a worker rests when it was not woken: the time after which another process's work is noticed.
const REST: Duration = Duration::from_millis(500);

/// The background work of one process on one database.
pub struct Workers {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Workers {
    /// Starts them. `owner` names this process, uniquely among all on the database.
    pub fn start(db: &Db, owner: &str, consumers: Arc<Consumers>, jobs: Vec<PeriodicJob>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = vec![
            tokio::spawn(seal_forever(db.clone(), owner.to_owned(), stopped.clone())),
            tokio::spawn(deliver_forever(
                db.clone(),
                owner.to_owned(),
                Arc::clone(&consumers),
                Work::Reactions,
                stopped.clone(),
            )),
        ];
        if !consumers.errand_names().is_empty() {
            tasks.push(tokio::spawn(deliver_forever(
                db.clone(),
                owner.to_owned(),
                consumers,
                Work::Errands,
                stopped.clone(),
            )));
        }
        for job in jobs {
            tasks.push(tokio::spawn(repeat(db.clone(), owner.to_owned(), job, stopped.clone())));
        }
        Self { stop, tasks }
    }

    /// Starts longer work besides.
    #[must_use]
    pub fn with_tasks(mut self, db: &Db, owner: &str, tasks: Vec<Task>) -> Self {
        for task in tasks {
            self.tasks.push(tokio::spawn(pursue(db.clone(), owner.to_owned(), task, self.stop.subscribe())));
        }
        self
    }

    /// Ends them: each finishes what it is at, the sealer seals what is left, leases are given back.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a worker ended by a panic");
            }
        }
    }
}

async fn take_lease(db: &Db, name: &'static str, owner: &str) -> Option<Lease> {
    let owner = owner.to_owned();
    let now = db.clock().now();
    let taken = db.write(move |tx| lease::take(tx, name, &owner, now, now.plus_seconds(LEASE_SECONDS))).await;
    taken.unwrap_or_else(|fault| {
        tracing::warn!(%fault, name, "a lease could not be asked for");
        None
    })
}

async fn give_back(db: &Db, lease: Lease) {
    let now = db.clock().now();
    if let Err(fault) = db.write(move |tx| lease::release(tx, &lease, now)).await {
        tracing::warn!(%fault, "a lease could not be given back; it expires by itself");
    }
}

async fn seal_forever(db: Db, owner: String, stop: watch::Receiver<bool>) {
    let mut held: Option<Lease> = None;
    let mut taken_at = db.clock().now();
    loop {
        let stopping = *stop.borrow();
        let stale = db.clock().now() >= taken_at.plus_seconds(LEASE_SECONDS / 3);
        if held.is_none() || stale {
            taken_at = db.clock().now();
            held = take_lease(&db, SEALER, &owner).await;
        }
        let sealed = match &held {
            Some(lease) => seal_once(&db, lease).await,
            None => 0,
        };
        if sealed >= SEAL_AT_ONCE {
            continue;
        }
        if stopping {
            if let Some(lease) = held.take() {
                give_back(&db, lease).await;
            }
            return;
        }
        tokio::select! {
            () = db.audit_written(REST) => {}
            () = stopped(stop.clone()) => {}
        }
        if !*stop.borrow() {
            // Let a few more records gather: one group of links costs little more than one link.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a stop too.
    drop(stop.wait_for(|s| *s).await);
}

async fn seal_once(db: &Db, lease: &Lease) -> i64 {
    let lease = lease.clone();
    // Looked at by a reader first: an idle town costs no write.
    match db.read(audit::has_unsealed).await {
        Ok(false) => return 0,
        Ok(true) => {}
        Err(fault) => {
            tracing::warn!(%fault, "the sealer could not look");
            return 0;
        }
    }
    let places = db.places();
    let sealed = db.write(move |tx| audit::seal_in_places(tx, &lease, SEAL_AT_ONCE, places.as_ref())).await;
    match sealed {
        Ok(sealed) => i64::try_from(sealed).unwrap_or(0),
        Err(fault) => {
            tracing::warn!(%fault, "the sealer could not seal");
            0
        }
    }
}

/// The two kinds of delivery. Each has a worker of its own: who waits for the world does not keep others waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Reactions,
    Errands,
}

async fn deliver_forever(
    db: Db,
    owner: String,
    consumers: Arc<Consumers>,
    work: Work,
    stop: watch::Receiver<bool>,
) {
    loop {
        let delivered = deliver_some(&db, &owner, &consumers, work).await;
        if *stop.borrow() {
            return;
        }
        if delivered == 0 {
            tokio::select! {
                () = db.event_written(REST) => {}
                () = stopped(stop.clone()) => {}
            }
        }
    }
}

/// Claims what is due and delivers it; answers how many were claimed.
async fn deliver_some(db: &Db, owner: &str, consumers: &Arc<Consumers>, work: Work) -> usize {
    let (names, lease, at_once) = match work {
        Work::Reactions => (consumers.names(), LEASE_SECONDS, CLAIM_AT_ONCE),
        Work::Errands => (consumers.errand_names(), ERRAND_LEASE_SECONDS, ERRANDS_AT_ONCE),
    };
    if names.is_empty() {
        return 0;
    }
    let now = db.clock().now();
    let asked = names.clone();
    match db.read(move |tx| outbox::has_due(tx, &asked, now)).await {
        Ok(true) => {}
        Ok(false) => return 0,
        Err(fault) => {
            tracing::warn!(%fault, "the outbox could not be looked at");
            return 0;
        }
    }
    let owner = owner.to_owned();
    let until = now.plus_seconds(lease);
    let claims = match db.write(move |tx| outbox::claim(tx, &names, &owner, now, until, at_once)).await {
        Ok(claims) => claims,
        Err(fault) => {
            tracing::warn!(%fault, "nothing could be claimed from the outbox");
            return 0;
        }
    };
    let count = claims.len();
    match work {
        Work::Reactions => {
            for claim in claims {
                deliver(db, claim, consumers).await;
            }
        }
        Work::Errands => {
            let mut under_way = tokio::task::JoinSet::new();
            for claim in claims {
                let (db, consumers) = (db.clone(), Arc::clone(consumers));
                under_way.spawn(async move { run_errand(&db, claim, &consumers).await });
            }
            while let Some(ended) = under_way.join_next().await {
                if let Err(error) = ended {
                    tracing::error!(%error, "an errand ended by a panic; its lease will expire");
                }
            }
        }
    }
    count
}

/// Runs an errand outside any transaction, then marks it as delivered together with what it wants to keep of it.
async fn run_errand(db: &Db, claim: Claim, consumers: &Arc<Consumers>) {
    let done = match consumers.errand(&claim.consumer) {
        None => Err(Fault::internal(format!("nobody here is called {}", claim.consumer))),
        Some(errand) => tokio::time::timeout(ERRAND_TIME, (errand.run)(db.clone(), claim.event.clone()))
            .await
            .unwrap_or_else(|_| Err(Fault::internal("the errand took too long"))),
    };
    let kept = match done {
        Ok(after) => {
            let mine = claim.clone();
            db.write(move |tx| {
                after(tx)?;
                if outbox::complete(tx, &mine)? {
                    Ok(())
                } else {
                    Err(Fault::internal("the errand was taken over"))
                }
            })
            .await
        }
        Err(fault) => Err(fault),
    };
    if let Err(fault) = kept {
        put_off(db, claim, &fault).await;
    }
}

async fn deliver(db: &Db, claim: Claim, consumers: &Arc<Consumers>) {
    let (consumers, mine) = (Arc::clone(consumers), claim.clone());
    let done = db
        .write(move |tx| {
            let reaction = consumers
                .reaction(&mine.consumer)
                .ok_or_else(|| Fault::internal(format!("nobody here is called {}", mine.consumer)))?;
            (reaction.run)(tx, &mine.event)?;
            if outbox::complete(tx, &mine)? {
                Ok(())
            } else {
                Err(Fault::internal("the delivery was taken over"))
            }
        })
        .await;
    if let Err(fault) = done {
        put_off(db, claim, &fault).await;
    }
}

async fn put_off(db: &Db, claim: Claim, fault: &Fault) {
    tracing::warn!(%fault, consumer = claim.consumer, event = %claim.event.id, "a delivery failed");
    let now = db.clock().now();
    let why = fault.to_string();
    let put_off: Outcome<()> = db.write(move |tx| outbox::postpone(tx, &claim, now, &why)).await;
    if let Err(fault) = put_off {
        tracing::warn!(%fault, "a failed delivery could not be put off; its lease will expire");
    }
}

async fn repeat(db: Db, owner: String, job: PeriodicJob, stop: watch::Receiver<bool>) {
    loop {
        if let Some(lease) = take_lease(&db, job.name, &owner).await {
            let (run, now) = (Arc::clone(&job.run), db.clock().now());
            let done =
                db.write(move |tx| if lease::still_held(tx, &lease)? { run(tx, now) } else { Ok(()) }).await;
            if let Err(fault) = done {
                tracing::warn!(%fault, job = job.name, "a periodic job failed");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(job.every) => {}
            () = stopped(stop.clone()) => return,
        }
    }
}

async fn pursue(db: Db, owner: String, task: Task, stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let worked = (task.run)(db.clone(), owner.clone()).await.unwrap_or_else(|fault| {
            tracing::warn!(%fault, task = task.name, "a task failed");
            false
        });
        if !worked {
            tokio::select! {
                () = tokio::time::sleep(task.every) => {}
                () = stopped(stop.clone()) => return,
            }
        }
    }
}
