//! The endpoints.

mod as_of;
mod create;
mod dissolve;
mod find;
mod history;
mod list;
mod relocate;
mod update;
mod view;

use actix_web::web::Data;
use web::{Dictionary, Registrar, WebPlugin};

use crate::TerritoryPlugin;
use crate::model::Level;

impl WebPlugin for TerritoryPlugin {
    fn routes(&self, cfg: &mut Registrar<'_>) {
        cfg.app_data(Data::new(self.ports().clone()));
        cfg.service(list::list)
            .service(create::create_unit)
            .service(find::find)
            .service(update::update_unit)
            .service(list::children)
            .service(history::unit_history)
            .service(as_of::as_of)
            .service(relocate::preview_move)
            .service(relocate::move_unit)
            .service(dissolve::dissolve_unit);
    }

    fn tags(&self) -> &'static [(&'static str, &'static str)] {
        &[("units", "The governance tree: units, where they stand and where they stood.")]
    }

    fn dictionaries(&self) -> &'static [Dictionary] {
        &[Dictionary { name: "territory_unit_kinds", entries: &Level::WORDS }]
    }
}
