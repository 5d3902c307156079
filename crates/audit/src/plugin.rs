//! The plugin.

use std::path::PathBuf;

use kernel::{ErrorCode, Permission, Plugin};
use storage::{Migrations, StoredPlugin, Task};

use crate::{Tree, Users};

/// The audit trail over HTTP, and its exports.
pub struct AuditPlugin {
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "only the endpoints look at the tree"))]
    pub(crate) tree: Tree,
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "only the endpoints name people"))]
    pub(crate) users: Users,
    pub(crate) folder: Option<PathBuf>,
}

impl AuditPlugin {
    /// With the tree that says what lies in whose part of the realm, the accounts to name, and the data folder, below which
    /// exports are written; without one nothing is.
    pub fn new(tree: Tree, users: Users, data_dir: Option<PathBuf>) -> Self {
        Self { tree, users, folder: data_dir.map(|data| data.join("audit-exports")) }
    }
}

impl Plugin for AuditPlugin {
    fn name(&self) -> &'static str {
        "audit"
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
    storage::migrations!("../../migrations/sqlite/audit", "../../migrations/postgres/audit")
}

impl StoredPlugin for AuditPlugin {
    fn migrations(&self) -> Migrations {
        migrations()
    }

    fn tasks(&self) -> Vec<Task> {
        self.folder.iter().map(|folder| crate::worker::task(folder.clone())).collect()
    }
}
