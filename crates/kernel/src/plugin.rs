//! What makes a crate a plugin, as far as plain data goes. `storage::StoredPlugin` and `web::WebPlugin` add the rest.

use crate::error::ErrorCode;
use crate::permission::Permission;

/// A named part of the platform that can be switched off.
pub trait Plugin: Send + Sync {
    /// Its name: the first word of its permissions, codes and operationIds.
    fn name(&self) -> &'static str;

    /// The permissions it enforces.
    fn permissions(&self) -> &'static [&'static Permission];

    /// The refusals it knows.
    fn error_codes(&self) -> &'static [&'static ErrorCode];

    /// Whether the platform cannot run without it.
    fn is_foundation(&self) -> bool {
        false
    }
}
