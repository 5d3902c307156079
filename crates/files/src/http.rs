//! The endpoints: a file each, or a few that are close.

pub mod content;
pub mod files;
pub mod range;
pub mod upload;
pub mod views;

use actix_web::web::Data;
use web::{Dictionary, Registrar, WebPlugin};

use crate::plugin::FilesPlugin;

impl WebPlugin for FilesPlugin {
    fn routes(&self, cfg: &mut Registrar<'_>) {
        cfg.app_data(Data::new(self.services().clone()));
        cfg.service(upload::create).service(files::read).service(files::remove);
        cfg.service(content::content).service(content::thumbnail);
    }

    fn tags(&self) -> &'static [(&'static str, &'static str)] {
        &[("files", "Photos and documents: uploaded first, then attached to what they belong to.")]
    }

    fn dictionaries(&self) -> &'static [Dictionary] {
        &[Dictionary {
            name: "files_file_state",
            entries: &[("uploaded", "Uploaded", "已上传"), ("attached", "Attached", "已关联")],
        }]
    }
}
