//! Notices as a plugin.

use std::sync::Arc;
use std::time::Duration;

use kernel::{ErrorCode, Permission, Plugin};
use storage::{Errand, Migrations, PeriodicJob, StoredPlugin};

use crate::Sender;
use crate::store::{messages, outgoing};

/// How long an inbox keeps a notice.
const INBOX_DAYS: i64 = 400;
/// How long it is known that something was sent.
const SENT_DAYS: i64 = 30;
const QUARTER: Duration = Duration::from_secs(900);

/// The plugin. The platform cannot run without it.
#[derive(Debug, Clone, Default)]
pub struct NoticesPlugin {
    sender: Option<Sender>,
}

impl NoticesPlugin {
    /// The plugin that sends by this.
    pub fn new(sender: Sender) -> Self {
        Self { sender: Some(sender) }
    }
}

impl Plugin for NoticesPlugin {
    fn name(&self) -> &'static str {
        "notices"
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

/// The tables.
pub fn migrations() -> Migrations {
    storage::migrations!("../../migrations/sqlite/notices", "../../migrations/postgres/notices")
}

impl StoredPlugin for NoticesPlugin {
    fn migrations(&self) -> Migrations {
        migrations()
    }

    fn errands(&self) -> Vec<Errand> {
        self.sender.as_ref().and_then(crate::errand::errand).into_iter().collect()
    }

    fn jobs(&self) -> Vec<PeriodicJob> {
        vec![PeriodicJob {
            name: "notices.forget",
            every: QUARTER,
            run: Arc::new(|tx, now| {
                outgoing::expire(tx, now)?;
                outgoing::purge(tx, now.plus_days(-SENT_DAYS))?;
                messages::purge(tx, now.plus_days(-INBOX_DAYS)).map(drop)
            }),
        }]
    }
}
