//! The plugin: everything this crate registers.

use std::sync::Arc;
use std::time::Duration;

use kernel::{ErrorCode, Permission, Plugin};
use storage::{Migrations, PeriodicJob, StoredPlugin, Task};

use crate::ports::FileServices;
use crate::service::tidy;

/// Photos and documents.
pub struct FilesPlugin {
    services: FileServices,
}

impl FilesPlugin {
    /// Over these services.
    pub fn new(services: FileServices) -> Self {
        Self { services }
    }

    /// What its deeds stand on.
    pub fn services(&self) -> &FileServices {
        &self.services
    }
}

impl Plugin for FilesPlugin {
    fn name(&self) -> &'static str {
        "files"
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
    storage::migrations!("../../migrations/sqlite/files", "../../migrations/postgres/files")
}

impl StoredPlugin for FilesPlugin {
    fn migrations(&self) -> Migrations {
        migrations()
    }

    fn jobs(&self) -> Vec<PeriodicJob> {
        vec![PeriodicJob {
            name: "files.expire",
            every: Duration::from_secs(60),
            run: Arc::new(tidy::expire),
        }]
    }

    fn tasks(&self) -> Vec<Task> {
        self.services.keep.iter().map(|keep| crate::sweep::task(keep.shelf.clone())).collect()
    }
}
