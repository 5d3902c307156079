//! The plugin: everything this crate registers.

use kernel::{ErrorCode, Permission, Plugin};
use storage::{Migrations, StoredPlugin};

use crate::ports::Ports;

/// Territory, with the ports it was given.
pub struct TerritoryPlugin {
    ports: Ports,
}

impl TerritoryPlugin {
    /// With its ports.
    pub fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// The ports it was given.
    pub fn ports(&self) -> &Ports {
        &self.ports
    }
}

impl Plugin for TerritoryPlugin {
    fn name(&self) -> &'static str {
        "territory"
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

impl StoredPlugin for TerritoryPlugin {
    fn migrations(&self) -> Migrations {
        migrations()
    }
}

/// The tables of this crate.
pub fn migrations() -> Migrations {
    storage::migrations!("../../migrations/sqlite/territory", "../../migrations/postgres/territory")
}
