//! Identity as a plugin: its permissions, codes, tables and jobs.

use std::sync::Arc;
use std::time::Duration;

use kernel::{ErrorCode, Permission, Plugin};
use storage::{Migrations, PeriodicJob, Reaction, StoredPlugin};

use crate::gate::Gate;
use crate::service::doorstep::Doorstep;
use crate::service::{codes as asking, expiry, handovers, keys, sign_ins as sign_in_log};
use crate::store::{challenges, codes, invitations, sessions, sign_ins, state};

/// How long what is over is kept, where nothing else asks for it.
const KEEP_DAYS: i64 = 30;
const HOUR: Duration = Duration::from_secs(3_600);
const MINUTE: Duration = Duration::from_secs(60);
/// How late something scheduled can be.
const DUE: Duration = Duration::from_secs(15);

/// The plugin. The platform cannot run without it.
#[derive(Debug, Clone)]
pub struct Identity {
    pub(crate) gate: Option<Arc<Gate>>,
    life_seconds: i64,
    sign_ins_days: i64,
}

impl Identity {
    /// The plugin behind a gate.
    pub fn new(gate: Arc<Gate>) -> Self {
        let life_seconds = gate.settings.tokens.life_seconds;
        let sign_ins_days = gate.settings.sign_ins_days;
        Self { gate: Some(gate), life_seconds, sign_ins_days }
    }

    /// The plugin without a database: for the document and for migrations.
    pub fn described() -> Self {
        Self { gate: None, life_seconds: 0, sign_ins_days: sign_in_log::KEEP_DAYS }
    }
}

impl Plugin for Identity {
    fn name(&self) -> &'static str {
        "identity"
    }

    fn permissions(&self) -> &'static [&'static Permission] {
        crate::permission::PERMISSIONS
    }

    fn error_codes(&self) -> &'static [&'static ErrorCode] {
        crate::error::CODES
    }

    fn is_foundation(&self) -> bool {
        true
    }
}

impl StoredPlugin for Identity {
    fn migrations(&self) -> Migrations {
        storage::migrations!("../../migrations/sqlite/identity", "../../migrations/postgres/identity")
    }

    fn reactions(&self) -> Vec<Reaction> {
        let Some(gate) = self.gate.clone() else { return Vec::new() };
        vec![Reaction {
            consumer: "identity.send_codes",
            topics: &[asking::ASKED],
            run: Arc::new(move |tx, event| {
                let named = event.payload.0.get("code").cloned().unwrap_or_default();
                let id = serde_json::from_value(named).map_err(kernel::Fault::internal)?;
                let (clock, ids) = (gate.db.clock(), Arc::clone(gate.db.ids()));
                let doorstep = Doorstep { now: clock.now(), request_id: "outbox".into(), ids };
                asking::send_asked(tx, &doorstep, &gate.services, id)
            }),
        }]
    }

    fn jobs(&self) -> Vec<PeriodicJob> {
        let (life, days) = (self.life_seconds, self.sign_ins_days);
        let ids = self.gate.as_ref().map(|gate| Arc::clone(gate.db.ids()));
        let endings = ids.map(|ids| PeriodicJob {
            name: "identity.tell_endings",
            every: MINUTE,
            run: Arc::new(move |tx, now| expiry::tell(tx, now, &ids).map(drop)),
        });
        let due = self.gate.as_ref().map(|gate| {
            let (shared, ids) = (gate.services.clone(), Arc::clone(gate.db.ids()));
            PeriodicJob {
                name: "identity.handovers",
                every: DUE,
                run: Arc::new(move |tx, now| handovers::run_due(tx, now, &shared, &ids).map(drop)),
            }
        });
        let mut jobs = vec![
            PeriodicJob {
                name: "identity.rotate_keys",
                every: HOUR,
                run: Arc::new(move |tx, now| keys::rotate_if_old(tx, now, life).map(drop)),
            },
            PeriodicJob {
                name: "identity.purge",
                every: HOUR,
                run: Arc::new(|tx, now| {
                    let before = now.plus_days(-KEEP_DAYS);
                    sessions::purge(tx, before)?;
                    codes::purge(tx, now.plus_days(-1))?;
                    invitations::forget_addresses(tx, before)?;
                    state::purge(tx, before).map(drop)
                }),
            },
            PeriodicJob {
                name: "identity.purge_sign_ins",
                every: HOUR,
                run: Arc::new(move |tx, now| {
                    challenges::purge(tx, now.plus_days(-1))?;
                    sign_ins::purge(tx, now.plus_days(-days)).map(drop)
                }),
            },
        ];
        jobs.extend(endings);
        jobs.extend(due);
        jobs
    }
}
