//! People as a plugin.

use kernel::{ErrorCode, Permission, Plugin};
use storage::{Migrations, StoredPlugin};

use crate::ports::PeopleServices;

/// Natural persons.
pub struct PeoplePlugin {
    services: PeopleServices,
}

impl PeoplePlugin {
    /// With what it needs of others.
    pub fn new(services: PeopleServices) -> Self {
        Self { services }
    }

    /// What its deeds stand on; its `Follow` hears of moves.
    pub fn services(&self) -> &PeopleServices {
        &self.services
    }
}

impl Plugin for PeoplePlugin {
    fn name(&self) -> &'static str {
        "people"
    }

    fn permissions(&self) -> &'static [&'static Permission] {
        crate::permission::PERMISSIONS
    }

    fn error_codes(&self) -> &'static [&'static ErrorCode] {
        crate::error::CODES
    }
}

/// People's tables.
pub fn migrations() -> Migrations {
    storage::migrations!("../../migrations/sqlite/people", "../../migrations/postgres/people")
}

impl StoredPlugin for PeoplePlugin {
    fn migrations(&self) -> Migrations {
        migrations()
    }
}
