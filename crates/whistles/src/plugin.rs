//! Whistles as a plugin.

use std::sync::Arc;
use std::time::Duration;

use contracts::events::WHISTLE_BLOWN;
use kernel::{Clock, ErrorCode, Id, IdGen, Permission, Plugin, SystemClock, SystemIds};
use storage::{Migrations, PeriodicJob, Reaction, StoredPlugin};

use crate::ports::WhistleServices;
use crate::service::{late, tell};

/// Calling several departments to one case.
pub struct WhistlesPlugin {
    services: WhistleServices,
}

impl WhistlesPlugin {
    /// With what it needs of others.
    pub fn new(services: WhistleServices) -> Self {
        Self { services }
    }

    /// What its deeds stand on; [`crate::Follow`] hears of moves.
    pub fn services(&self) -> &WhistleServices {
        &self.services
    }
}

impl Plugin for WhistlesPlugin {
    fn name(&self) -> &'static str {
        "whistles"
    }

    fn permissions(&self) -> &'static [&'static Permission] {
        crate::permission::PERMISSIONS
    }

    fn error_codes(&self) -> &'static [&'static ErrorCode] {
        crate::error::CODES
    }
}

/// Whistles' tables.
pub fn migrations() -> Migrations {
    storage::migrations!("../../migrations/sqlite/whistles", "../../migrations/postgres/whistles")
}

impl StoredPlugin for WhistlesPlugin {
    fn migrations(&self) -> Migrations {
        migrations()
    }

    fn reactions(&self) -> Vec<Reaction> {
        let services = self.services.clone();
        vec![Reaction {
            consumer: "whistles.tell_called",
            topics: &[WHISTLE_BLOWN],
            run: Arc::new(move |tx, event| {
                let clock: Arc<dyn Clock> = Arc::new(SystemClock);
                let ids = SystemIds::new(Arc::clone(&clock));
                tell::called(tx, &services, clock.now(), &ids, Id::from_uuid(event.object_id.uuid()))
            }),
        }]
    }

    fn jobs(&self) -> Vec<PeriodicJob> {
        let services = self.services.clone();
        let ids: Arc<dyn IdGen> = Arc::new(SystemIds::new(Arc::new(SystemClock)));
        vec![PeriodicJob {
            name: "whistles.tell_late",
            every: Duration::from_secs(60),
            run: Arc::new(move |tx, now| late::tell(tx, &services, now, &ids).map(drop)),
        }]
    }
}
