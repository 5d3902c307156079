//! The plugin.

use kernel::{ErrorCode, Permission, Plugin};

use crate::Tree;

/// The audit trail over HTTP. It keeps no tables of its own.
pub struct AuditPlugin {
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "only the endpoints look at the tree"))]
    pub(crate) tree: Tree,
}

impl AuditPlugin {
    /// With the tree that says what lies in whose part of the realm.
    pub fn new(tree: Tree) -> Self {
        Self { tree }
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
