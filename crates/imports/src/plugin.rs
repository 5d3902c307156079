//! The plugin: everything this crate registers.

use std::sync::Arc;
use std::time::Duration;

use kernel::{ErrorCode, Permission, Plugin};
use storage::{Migrations, PeriodicJob, StoredPlugin, Task};

use crate::ports::ImportServices;
use crate::service::tidy;

/// Imports and exports.
pub struct ImportsPlugin {
    services: ImportServices,
}

impl ImportsPlugin {
    /// With the lists that registered themselves.
    pub fn new(services: ImportServices) -> Self {
        Self { services }
    }

    /// What its deeds stand on.
    pub fn services(&self) -> &ImportServices {
        &self.services
    }
}

impl Plugin for ImportsPlugin {
    fn name(&self) -> &'static str {
        "imports"
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

/// This crate's tables.
pub fn migrations() -> Migrations {
    storage::migrations!("../../migrations/sqlite/imports", "../../migrations/postgres/imports")
}

impl StoredPlugin for ImportsPlugin {
    fn migrations(&self) -> Migrations {
        migrations()
    }

    fn jobs(&self) -> Vec<PeriodicJob> {
        vec![PeriodicJob {
            name: "imports.purge",
            every: Duration::from_secs(60),
            run: Arc::new(tidy::purge),
        }]
    }

    fn tasks(&self) -> Vec<Task> {
        vec![crate::worker::task(self.services.clone())]
    }
}
