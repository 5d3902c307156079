//! Identity as a plugin: its permissions, codes, tables and jobs.

use std::sync::Arc;
use std::time::Duration;

use kernel::{ErrorCode, Permission, Plugin};
use storage::{Migrations, PeriodicJob, StoredPlugin};

use crate::gate::Gate;
use crate::service::{handovers, keys};
use crate::store::{sessions, state};

/// How long what is over is kept, where nothing else asks for it.
const KEEP_DAYS: i64 = 30;
const HOUR: Duration = Duration::from_secs(3_600);
/// How late something scheduled can be.
const DUE: Duration = Duration::from_secs(15);

/// The plugin. The platform cannot run without it.
#[derive(Debug, Clone)]
pub struct Identity {
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "only the routes need it"))]
    pub(crate) gate: Option<Arc<Gate>>,
    life_seconds: i64,
}

impl Identity {
    /// The plugin behind a gate.
    pub fn new(gate: Arc<Gate>) -> Self {
        let life_seconds = gate.settings.tokens.life_seconds;
        Self { gate: Some(gate), life_seconds }
    }

    /// The plugin without a database: for the document and for migrations.
    pub fn described() -> Self {
        Self { gate: None, life_seconds: 0 }
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

    fn jobs(&self) -> Vec<PeriodicJob> {
        let life = self.life_seconds;
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
                    state::purge(tx, before).map(drop)
                }),
            },
        ];
        jobs.extend(due);
        jobs
    }
}
