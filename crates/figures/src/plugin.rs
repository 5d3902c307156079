//! Figures as a plugin.

use std::time::Duration;

use kernel::{ErrorCode, Permission, Plugin};
use storage::{Db, Migrations, StoredPlugin, Task};

use crate::ports::FigureServices;
use crate::service::count_on;

/// The figures.
pub struct FiguresPlugin {
    services: FigureServices,
}

impl FiguresPlugin {
    /// With what it needs of others.
    pub fn new(services: FigureServices) -> Self {
        Self { services }
    }

    /// What its deeds stand on.
    pub fn services(&self) -> &FigureServices {
        &self.services
    }
}

impl Plugin for FiguresPlugin {
    fn name(&self) -> &'static str {
        "figures"
    }

    fn permissions(&self) -> &'static [&'static Permission] {
        crate::permission::PERMISSIONS
    }

    fn error_codes(&self) -> &'static [&'static ErrorCode] {
        crate::error::CODES
    }
}

/// The tables.
pub fn migrations() -> Migrations {
    storage::migrations!("../../migrations/sqlite/figures", "../../migrations/postgres/figures")
}

impl StoredPlugin for FiguresPlugin {
    fn migrations(&self) -> Migrations {
        migrations()
    }

    fn tasks(&self) -> Vec<Task> {
        let services = self.services.clone();
        vec![Task {
            name: "figures.count",
            every: Duration::from_secs(1),
            run: std::sync::Arc::new(move |db: Db, _| {
                let (looker, counter) = (services.clone(), services.clone());
                Box::pin(async move {
                    // A look costs no write where nothing happened.
                    if !db.read(move |tx| count_on::has_more(tx, &looker)).await? {
                        return Ok(false);
                    }
                    db.write(move |tx| count_on::count_on(tx, &counter, count_on::AT_ONCE)).await
                })
            }),
        }]
    }
}
