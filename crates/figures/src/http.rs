//! The endpoints: a file each, or a few that are close.

mod asked;
pub mod cases;
pub mod export;
pub mod map;
pub mod recount;
pub mod views;

use actix_web::web::Data;
use web::{Registrar, WebPlugin};

use crate::plugin::FiguresPlugin;

impl WebPlugin for FiguresPlugin {
    fn routes(&self, cfg: &mut Registrar<'_>) {
        cfg.app_data(Data::new(self.services().clone()));
        cfg.service(export::all).service(cases::as_csv).service(cases::show);
        cfg.service(map::heat).service(map::clusters).service(recount::recount);
    }

    fn tags(&self) -> &'static [(&'static str, &'static str)] {
        &[(
            "figures",
            "Figures of the grid service, counted from the history of cases, with the denominator beside every rate.",
        )]
    }
}
