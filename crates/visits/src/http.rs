//! The endpoints: a file each, or a few that are close.

mod batch;
mod compliance;
mod forms;
mod mine;
mod next;
mod plans;
mod rules;
mod sent;
mod views;
mod visits;
mod words;

use actix_web::web::Data;
use web::{Dictionary, Registrar, WebPlugin};

use crate::plugin::VisitsPlugin;

impl WebPlugin for VisitsPlugin {
    fn routes(&self, cfg: &mut Registrar<'_>) {
        cfg.app_data(Data::new(self.services().clone()));
        // What has a name of its own before `{id}`: the first that fits is taken.
        cfg.service(next::next).service(mine::mine).service(batch::record_all);
        cfg.service(compliance::workers).service(compliance::mine).service(compliance::of_unit);
        cfg.service(visits::list)
            .service(visits::record)
            .service(visits::show)
            .service(visits::content)
            .service(visits::editions)
            .service(visits::incident)
            .service(visits::correct)
            .service(visits::strike);
        cfg.service(forms::resolve)
            .service(forms::list)
            .service(forms::create)
            .service(forms::show)
            .service(forms::numbered)
            .service(forms::change)
            .service(forms::retire);
        cfg.service(rules::resolve).service(rules::list).service(rules::set).service(rules::end);
        cfg.service(plans::list).service(plans::create).service(plans::show).service(plans::give_up);
    }

    fn tags(&self) -> &'static [(&'static str, &'static str)] {
        &[(
            "visits",
            "Calls on households: recorded, planned, counted by the month, and whom to call on next.",
        )]
    }

    fn dictionaries(&self) -> &'static [Dictionary] {
        words::DICTIONARIES
    }
}
