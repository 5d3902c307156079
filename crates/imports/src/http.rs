//! The endpoints: a file each, or a few that are close.

pub mod content;
pub mod exports;
pub mod failed;
pub mod imports;
pub mod kinds;
pub mod rows;
pub mod views;

use std::sync::Arc;

use actix_web::web::Data;
use tokio::sync::Semaphore;
use web::{Dictionary, Registrar, WebPlugin};

use crate::plugin::ImportsPlugin;
use crate::ports::ImportServices;

/// Files read at once: each may take some ten times its size while it is read.
const READ_AT_ONCE: usize = 2;

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub services: ImportServices,
    pub readers: Arc<Semaphore>,
}

impl WebPlugin for ImportsPlugin {
    fn routes(&self, cfg: &mut Registrar<'_>) {
        let readers = Arc::new(Semaphore::new(READ_AT_ONCE));
        cfg.app_data(Data::new(Shared { services: self.services().clone(), readers }));
        cfg.service(kinds::list);
        cfg.service(imports::list).service(imports::create).service(imports::read).service(imports::apply);
        cfg.service(imports::withdraw);
        cfg.service(content::put).service(rows::list).service(failed::download);
        cfg.service(exports::download).service(exports::download_workbook);
    }

    fn tags(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                "imports",
                "Lists brought in from CSV and Excel: a dry run, a result for each row, and then all of it or none.",
            ),
            (
                "exports",
                "Lists taken away as CSV or Excel: what the asker may see, in the columns an import takes.",
            ),
        ]
    }

    fn dictionaries(&self) -> &'static [Dictionary] {
        &[
            Dictionary {
                name: "imports_import_state",
                entries: &[
                    ("awaiting_file", "Awaiting the file", "待上传"),
                    ("receiving", "Receiving the file", "上传中"),
                    ("checking", "Being checked", "检查中"),
                    ("checked", "Checked", "已检查"),
                    ("applying", "Being applied", "导入中"),
                    ("applied", "Applied", "已导入"),
                    ("failed", "Failed", "失败"),
                ],
            },
            Dictionary {
                name: "imports_row_outcome",
                entries: &[
                    ("pending", "Not tried yet", "未处理"),
                    ("passed", "Passed the check", "通过检查"),
                    ("done", "Applied", "已导入"),
                    ("failed", "Failed", "失败"),
                ],
            },
        ]
    }
}
