//! Duties as a plugin.

use kernel::{ErrorCode, Permission, Plugin};
use storage::{Migrations, StoredPlugin};

use crate::ports::DutyServices;

/// Duty lists.
pub struct DutiesPlugin {
    services: DutyServices,
}

impl DutiesPlugin {
    /// With what it needs of others.
    pub fn new(services: DutyServices) -> Self {
        Self { services }
    }

    /// What its deeds stand on.
    pub fn services(&self) -> &DutyServices {
        &self.services
    }
}

impl Plugin for DutiesPlugin {
    fn name(&self) -> &'static str {
        "duties"
    }

    fn permissions(&self) -> &'static [&'static Permission] {
        crate::permission::PERMISSIONS
    }

    fn error_codes(&self) -> &'static [&'static ErrorCode] {
        crate::error::CODES
    }
}

/// Duties' tables.
pub fn migrations() -> Migrations {
    storage::migrations!("../../migrations/sqlite/duties", "../../migrations/postgres/duties")
}

impl StoredPlugin for DutiesPlugin {
    fn migrations(&self) -> Migrations {
        migrations()
    }
}
