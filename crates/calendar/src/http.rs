//! The endpoints: a file each, or a few that are close.

mod calendars;
mod compute;
mod resolve;
mod sent;
mod views;
mod words;
mod years;

use actix_web::web::Data;
use web::{Dictionary, Registrar, WebPlugin};

use crate::plugin::CalendarPlugin;

impl WebPlugin for CalendarPlugin {
    fn routes(&self, cfg: &mut Registrar<'_>) {
        cfg.app_data(Data::new(self.services().clone()));
        // What has a name of its own before `{id}`: the first that fits is taken.
        cfg.service(resolve::resolve).service(resolve::published).service(compute::compute);
        cfg.service(calendars::list)
            .service(calendars::create)
            .service(calendars::show)
            .service(calendars::change)
            .service(calendars::end)
            .service(calendars::versions);
        cfg.service(years::show).service(years::put);
    }

    fn tags(&self) -> &'static [(&'static str, &'static str)] {
        &[("calendars", "Working time: opening hours and holidays of units, and deadlines counted by them.")]
    }

    fn dictionaries(&self) -> &'static [Dictionary] {
        words::DICTIONARIES
    }
}
