//! Grid as a plugin.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kernel::{Clock, ErrorCode, IdGen, Permission, Plugin, SystemClock, SystemIds};
use storage::{Migrations, PeriodicJob, Reaction, StoredPlugin};

use crate::ports::GridServices;
use crate::service::changes::PLACE_AT_ONCE;
use crate::service::{clock, draw, escalate, regrid, tell_people};
use crate::store::changes;

/// Grids and incidents.
pub struct GridPlugin {
    services: GridServices,
    #[cfg(feature = "http")]
    anonymous: Arc<crate::http::anonymous::AnonymousLimits>,
}

impl GridPlugin {
    /// With what it needs of others.
    pub fn new(services: GridServices) -> Self {
        Self {
            services,
            #[cfg(feature = "http")]
            anonymous: Arc::default(),
        }
    }

    /// How often whoever is not known may report: one count for all workers of the gateway.
    #[cfg(feature = "http")]
    pub(crate) fn anonymous_limits(&self) -> Arc<crate::http::anonymous::AnonymousLimits> {
        Arc::clone(&self.anonymous)
    }

    /// What its deeds stand on; its `Follow` hears of moves.
    pub fn services(&self) -> &GridServices {
        &self.services
    }
}

impl Plugin for GridPlugin {
    fn name(&self) -> &'static str {
        "grid"
    }

    fn permissions(&self) -> &'static [&'static Permission] {
        crate::permission::PERMISSIONS
    }

    fn error_codes(&self) -> &'static [&'static ErrorCode] {
        crate::error::CODES
    }
}

/// Grid's tables.
pub fn migrations() -> Migrations {
    storage::migrations!("../../migrations/sqlite/grid", "../../migrations/postgres/grid")
}

impl StoredPlugin for GridPlugin {
    fn migrations(&self) -> Migrations {
        migrations()
    }

    fn reactions(&self) -> Vec<Reaction> {
        let services = self.services.clone();
        vec![Reaction {
            consumer: tell_people::CONSUMER,
            topics: &[tell_people::TO_TELL],
            run: Arc::new(move |tx, event| {
                let clock: Arc<dyn Clock> = Arc::new(SystemClock);
                let ids = SystemIds::new(Arc::clone(&clock));
                tell_people::react(tx, &services, clock.now(), &ids, event)
            }),
        }]
    }

    fn jobs(&self) -> Vec<PeriodicJob> {
        let (told, resumed, counted) = (self.services.clone(), self.services.clone(), self.services.clone());
        let ids = || -> Arc<dyn IdGen> { Arc::new(SystemIds::new(Arc::new(SystemClock))) };
        let (followed, for_drawn, for_followed) = (self.services.clone(), ids(), ids());
        let (for_told, for_resumed, for_counted) = (ids(), ids(), ids());
        let every = Duration::from_secs(60);
        let after = Mutex::new(None);
        vec![
            // Whoever follows gives steps their places; where nobody does, the first one is not to find a year of them.
            PeriodicJob {
                name: "grid.place_steps",
                every,
                run: Arc::new(|tx, _| {
                    if changes::has_unplaced(tx)? {
                        changes::place(tx, PLACE_AT_ONCE).map(drop)
                    } else {
                        Ok(())
                    }
                }),
            },
            PeriodicJob {
                name: "grid.escalate",
                every,
                run: Arc::new(move |tx, now| {
                    let ctx = escalate::by_itself(now, "job grid.escalate", &for_told);
                    escalate::escalate(tx, &ctx, &told).map(drop)
                }),
            },
            PeriodicJob {
                name: "grid.resume",
                every,
                run: Arc::new(move |tx, now| {
                    let ctx = escalate::by_itself(now, "job grid.resume", &for_resumed);
                    escalate::resume(tx, &ctx, &resumed).map(drop)
                }),
            },
            PeriodicJob {
                name: "grid.draw_due",
                every,
                run: Arc::new(move |tx, now| {
                    let ctx = escalate::by_itself(now, "job grid.draw_due", &for_drawn);
                    draw::draw_due(tx, &ctx).map(drop)
                }),
            },
            PeriodicJob {
                name: "grid.regrid",
                every: Duration::from_secs(5),
                run: Arc::new(move |tx, now| {
                    let ctx = escalate::by_itself(now, "job grid.regrid", &for_followed);
                    regrid::go_on(tx, &ctx, &followed).map(drop)
                }),
            },
            PeriodicJob {
                name: "grid.recount_clocks",
                every: Duration::from_secs(900),
                run: Arc::new(move |tx, now| {
                    let ctx = escalate::by_itself(now, "job grid.recount_clocks", &for_counted);
                    // On from where the last turn ended: those that stay unknown keep none of the others waiting.
                    let mut after = after.lock().unwrap_or_else(PoisonError::into_inner);
                    *after = clock::recount(tx, &ctx, &counted, *after)?;
                    Ok(())
                }),
            },
        ]
    }
}
