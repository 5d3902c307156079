//! The endpoints: a file each, or a few that are close.

mod admission_views;
mod admissions;
mod lists;
mod scope;
mod sent;
mod versions;
mod views;
mod words;

use actix_web::web::Data;
use web::{Dictionary, Registrar, WebPlugin};

use crate::plugin::DutiesPlugin;

impl WebPlugin for DutiesPlugin {
    fn routes(&self, cfg: &mut Registrar<'_>) {
        cfg.app_data(Data::new(self.services().clone()));
        cfg.service(scope::show);
        cfg.service(lists::list).service(lists::create).service(lists::show);
        cfg.service(lists::versions).service(lists::held).service(lists::draft);
        cfg.service(versions::show)
            .service(versions::items)
            .service(versions::put_items)
            .service(versions::enforce)
            .service(versions::recall)
            .service(versions::compare);
        cfg.service(admissions::list)
            .service(admissions::ask)
            .service(admissions::show)
            .service(admissions::decide)
            .service(admissions::withdraw);
    }

    fn tags(&self) -> &'static [(&'static str, &'static str)] {
        &[(
            "duties",
            "Duty lists: what the units of a place may be asked to do, and what is admitted beside for a time.",
        )]
    }

    fn dictionaries(&self) -> &'static [Dictionary] {
        words::DICTIONARIES
    }
}
