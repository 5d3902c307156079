//! The endpoints: a file each, or a few that are close.

mod act;
mod calls;
mod figures;
mod sent;
mod views;
mod whistles;
mod words;

use actix_web::web::Data;
use web::{Dictionary, Registrar, WebPlugin};

use crate::plugin::WhistlesPlugin;

impl WebPlugin for WhistlesPlugin {
    fn routes(&self, cfg: &mut Registrar<'_>) {
        cfg.app_data(Data::new(self.services().clone()));
        // What has a name of its own before `{id}`: the first that fits is taken.
        cfg.service(figures::figures);
        cfg.service(whistles::list)
            .service(whistles::blow)
            .service(whistles::show)
            .service(whistles::withdraw);
        cfg.service(calls::list).service(calls::show);
        cfg.service(act::report_in)
            .service(act::decline)
            .service(act::decide)
            .service(act::result)
            .service(act::grade)
            .service(act::withdraw);
    }

    fn tags(&self) -> &'static [(&'static str, &'static str)] {
        &[(
            "whistles",
            "Whistles: several departments called to one case, each reporting in, telling a result and graded.",
        )]
    }

    fn dictionaries(&self) -> &'static [Dictionary] {
        words::DICTIONARIES
    }
}
