//! Calendar as a plugin.

use kernel::{ErrorCode, Permission, Plugin};
use storage::{Migrations, StoredPlugin};

use crate::ports::CalendarServices;

/// Working time.
pub struct CalendarPlugin {
    services: CalendarServices,
}

impl CalendarPlugin {
    /// With what it needs of others.
    pub fn new(services: CalendarServices) -> Self {
        Self { services }
    }

    /// What its deeds stand on.
    pub fn services(&self) -> &CalendarServices {
        &self.services
    }
}

impl Plugin for CalendarPlugin {
    fn name(&self) -> &'static str {
        "calendar"
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

/// Calendar's tables.
pub fn migrations() -> Migrations {
    storage::migrations!("../../migrations/sqlite/calendar", "../../migrations/postgres/calendar")
}

impl StoredPlugin for CalendarPlugin {
    fn migrations(&self) -> Migrations {
        migrations()
    }
}
