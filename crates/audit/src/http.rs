//! The endpoints.

pub mod events;
pub mod exports;
pub mod verify;
pub mod views;

use std::path::PathBuf;

use actix_web::web::Data;
use web::{Dictionary, Registrar, WebPlugin};

use crate::{AuditPlugin, Tree, Users};

/// What the handlers share.
pub(crate) struct Services {
    pub tree: Tree,
    pub users: Users,
    pub folder: Option<PathBuf>,
}

impl WebPlugin for AuditPlugin {
    fn routes(&self, cfg: &mut Registrar<'_>) {
        cfg.app_data(Data::new(Services {
            tree: self.tree.clone(),
            users: self.users.clone(),
            folder: self.folder.clone(),
        }));
        cfg.service(events::list).service(events::read).service(verify::verify).service(verify::head);
        cfg.service(exports::list).service(exports::create).service(exports::read).service(exports::content);
    }

    fn tags(&self) -> &'static [(&'static str, &'static str)] {
        &[("audit", "The audit trail: who did what, where and when, in a hash chain that anybody can check.")]
    }
    fn dictionaries(&self) -> &'static [Dictionary] {
        &[Dictionary {
            name: "audit_export_state",
            entries: &[
                ("waiting", "Being written", "导出中"),
                ("done", "Ready", "已完成"),
                ("failed", "Failed", "失败"),
                ("purged", "Removed", "已清除"),
            ],
        }]
    }
}
