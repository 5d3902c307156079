//! The face as a plugin.

use std::sync::Arc;

use grid::service::tell_people::TO_TELL;
use kernel::{Clock, ErrorCode, Permission, Plugin, SystemClock};
use storage::{Migrations, Reaction, StoredPlugin};

use crate::ports::Open311Services;
use crate::service::tell;

/// Open311.
pub struct Open311Plugin {
    services: Open311Services,
    clock: Arc<dyn Clock>,
}

impl Open311Plugin {
    /// With what it needs.
    pub fn new(services: Open311Services) -> Self {
        Self::at(services, Arc::new(SystemClock))
    }

    /// [`Self::new`] with a clock for what is told behind a commit.
    pub fn at(services: Open311Services, clock: Arc<dyn Clock>) -> Self {
        Self { services, clock }
    }

    /// What its deeds stand on.
    pub fn services(&self) -> &Open311Services {
        &self.services
    }
}

impl Plugin for Open311Plugin {
    fn name(&self) -> &'static str {
        "open311"
    }

    fn permissions(&self) -> &'static [&'static Permission] {
        crate::permission::PERMISSIONS
    }

    fn error_codes(&self) -> &'static [&'static ErrorCode] {
        crate::error::CODES
    }
}

/// The face's tables.
pub fn migrations() -> Migrations {
    storage::migrations!("../../migrations/sqlite/open311", "../../migrations/postgres/open311")
}

impl StoredPlugin for Open311Plugin {
    fn migrations(&self) -> Migrations {
        migrations()
    }

    fn reactions(&self) -> Vec<Reaction> {
        let clock = Arc::clone(&self.clock);
        vec![Reaction {
            consumer: "open311.tell",
            topics: &[TO_TELL],
            run: Arc::new(move |tx, event| tell::tell(tx, clock.now(), event)),
        }]
    }
}
