//! Grid as a plugin.

use kernel::{ErrorCode, Permission, Plugin};
use storage::{Migrations, StoredPlugin};

use crate::ports::GridServices;

/// Grids and incidents.
pub struct GridPlugin {
    services: GridServices,
}

impl GridPlugin {
    /// With what it needs of others.
    pub fn new(services: GridServices) -> Self {
        Self { services }
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
}
