//! In place of [`crate::traces`] in a binary without the feature `otel`: naming a collector is refused with the configuration.

use std::sync::Arc;

use web::traces::{Served, Traces};

/// Cannot be made here.
pub enum Collector {}

impl Collector {
    /// Refuses.
    pub fn start(_: &str, _: &str) -> Result<Arc<Self>, String> {
        Err(crate::config::NO_OTEL.to_owned())
    }

    /// There is nothing to end.
    pub fn stop(&self) {
        match *self {}
    }
}

impl Traces for Collector {
    fn served(&self, _: &Served<'_>) {
        match *self {}
    }
}
