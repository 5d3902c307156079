//! The endpoints.

pub mod events;
pub mod verify;

use actix_web::web::Data;
use web::{Registrar, WebPlugin};

use crate::{AuditPlugin, Tree};

/// What the handlers share.
pub(crate) struct Services {
    pub tree: Tree,
}

impl WebPlugin for AuditPlugin {
    fn routes(&self, cfg: &mut Registrar<'_>) {
        cfg.app_data(Data::new(Services { tree: self.tree.clone() }));
        cfg.service(events::list).service(verify::verify).service(verify::head);
    }

    fn tags(&self) -> &'static [(&'static str, &'static str)] {
        &[("audit", "The audit trail: who did what, where and when, in a hash chain that anybody can check.")]
    }
}
