//! The endpoints: a file each, or a few that are close.

pub mod act;
pub mod alike;
pub mod anonymous;
pub mod answers;
pub mod boundaries;
pub mod categories;
pub mod category_rules;
pub mod category_views;
pub mod changes;
pub mod clocks;
pub mod drafts;
pub mod evidence;
pub mod field;
pub mod geometry;
pub mod grids;
mod incident_views;
pub mod incidents;
pub mod posts;
pub mod report;
pub mod requests;
pub mod reshape;
pub mod sizes;
pub mod town;
pub mod views;
mod words;

use actix_web::web::Data;
use kernel::{Context, Instant};
use web::{Dictionary, Registrar, WebPlugin};

use crate::plugin::GridPlugin;

impl WebPlugin for GridPlugin {
    fn routes(&self, cfg: &mut Registrar<'_>) {
        cfg.app_data(Data::new(self.services().clone()));
        // `locate` before `{id}`: the first that fits is taken.
        cfg.service(reshape::merge).service(sizes::list).service(sizes::show);
        cfg.service(town::export).service(town::import);
        cfg.service(grids::locate).service(grids::list).service(grids::create).service(grids::show);
        cfg.service(grids::change).service(grids::retire);
        cfg.service(geometry::show).service(geometry::draw);
        cfg.service(boundaries::list);
        cfg.service(reshape::split).service(reshape::show);
        cfg.service(posts::list).service(posts::assign).service(posts::end);
        // `changes` and `due` before `{id}`, likewise.
        cfg.service(changes::list).service(changes::stream);
        cfg.service(clocks::list).service(clocks::show);
        cfg.app_data(Data::from(self.anonymous_limits()));
        cfg.service(anonymous::report).service(anonymous::look).service(anonymous::answer);
        cfg.service(anonymous::reopen).service(anonymous::rate);
        cfg.service(alike::near).service(alike::by_number).service(alike::duplicates);
        cfg.service(alike::follow).service(alike::unfollow).service(alike::followed);
        cfg.service(drafts::list).service(drafts::create).service(drafts::show).service(drafts::replace);
        cfg.service(drafts::remove).service(drafts::submit);
        cfg.service(field::send).service(report::self_handled);
        cfg.service(evidence::list).service(evidence::attach).service(evidence::detach);
        cfg.service(answers::list).service(answers::create).service(answers::replace);
        cfg.service(answers::retire).service(answers::text);
        cfg.service(incidents::list)
            .service(incidents::mine)
            .service(incidents::show)
            .service(incidents::steps);
        cfg.service(report::report);
        cfg.service(act::accept).service(act::reject).service(act::dispatch).service(act::start);
        cfg.service(act::categorise);
        cfg.service(categories::list).service(categories::create).service(categories::show);
        cfg.service(categories::change).service(categories::retire);
        cfg.service(category_rules::list).service(category_rules::put).service(category_rules::remove);
        cfg.service(category_rules::resolved);
        cfg.service(act::resolve).service(act::verify).service(act::close).service(act::reopen);
        cfg.service(act::give_back).service(act::transfer).service(act::suspend).service(act::resume);
        cfg.service(act::ask).service(act::answer).service(act::merge).service(act::rate);
        cfg.service(requests::list).service(requests::ask).service(requests::decide);
    }

    fn tags(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("grids", "Grids: the service areas at the base, their boundaries and who is on duty in them."),
            (
                "categories",
                "Categories of incidents, and who takes care of them, how urgent they are and by when, in which unit.",
            ),
            ("incidents", "Incidents: from the report to the closed case."),
        ]
    }

    fn dictionaries(&self) -> &'static [Dictionary] {
        words::DICTIONARIES
    }
}

/// A filter as part of a list's fingerprint.
fn text<T: ToString>(value: Option<T>) -> String {
    value.map(|v| v.to_string()).unwrap_or_default()
}

fn micros(at: Option<Instant>) -> String {
    text(at.map(Instant::micros))
}

/// Whether the reader may manage the grids at a place.
fn manages(ctx: &Context, path: &kernel::UnitPath) -> bool {
    use kernel::permission::Permit;
    ctx.actor.may(crate::permission::ManageGrids::PERMISSION, path, ctx.now)
}
