//! The endpoints.

mod as_of;
mod create;
mod day;
mod dissolve;
mod dwellings;
mod find;
mod history;
mod home_shown;
mod home_views;
mod household_moves;
mod households;
mod list;
mod mine;
mod population;
mod relocate;
mod rentals;
mod residence_deeds;
mod residences;
mod update;
mod view;
mod words;

use actix_web::web::Data;
use web::{Dictionary, Registrar, WebPlugin};

use crate::TerritoryPlugin;

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
            .service(dissolve::dissolve_unit)
            .service(population::population);
        cfg.service(mine::read_home).service(mine::read_household);
        cfg.service(dwellings::list)
            .service(dwellings::create)
            .service(dwellings::show)
            .service(dwellings::change)
            .service(dwellings::close);
        cfg.service(households::list)
            .service(households::create)
            .service(households::show)
            .service(households::change)
            .service(households::close)
            .service(households::history)
            .service(household_moves::split)
            .service(household_moves::merge)
            .service(household_moves::relocate);
        cfg.service(residences::list)
            .service(residences::create)
            .service(residences::show)
            .service(residences::change)
            .service(residence_deeds::end)
            .service(residence_deeds::relocate)
            .service(residence_deeds::change_type)
            .service(residence_deeds::correct)
            .service(residence_deeds::void);
        cfg.service(rentals::list)
            .service(rentals::create)
            .service(rentals::show)
            .service(rentals::end)
            .service(rentals::void);
    }

    fn tags(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("units", "The governance tree: units, where they stand and where they stood."),
            ("dwellings", "Dwellings: places people live or trade in, each in a unit."),
            ("households", "Households (户): people who live as one, with what happened to them."),
            ("residences", "Residences: who lives where, from when to when."),
            ("rentals", "Rentals: dwellings let to tenants for a time."),
        ]
    }

    fn dictionaries(&self) -> &'static [Dictionary] {
        words::DICTIONARIES
    }
}
