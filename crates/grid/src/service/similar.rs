//! What may be the same case: open ones near a point, judged by distance, category and time. Staff is shown all; whoever is about to
//! report is shown things of the town (components: a lamp, a bench), never what happens to people.

use std::collections::BTreeMap;

use geo::{Distance, Haversine, Point};
use kernel::id::{Category, Grid, Incident as IncidentId};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome};
use storage::Tx;

use super::see::{self, Units};
use super::{locate, merge};
use crate::model::{CategoryKind, Incident};
use crate::permission::ReadIncidents;
use crate::ports::GridServices;
use crate::store::incidents::{Filter, Source};
use crate::store::{categories, followers, incidents};

/// How far off a case may be, in metres.
pub const RADIUS: f64 = 200.0;
/// How old it may be, in days.
pub const DAYS: i64 = 30;
/// How many are told of.
pub const MOST: usize = 10;
/// Of each grid so many of the newest are looked at.
const LOOKED_AT: i64 = 300;
/// Less than this is no likeness.
const LEAST: i64 = 40;
/// A day in microseconds.
const DAY: i64 = 86_400_000_000;
/// Metres of a degree of latitude.
const DEGREE: f64 = 111_320.0;

/// Where, and of what kind.
#[derive(Debug, Clone, Copy)]
pub struct Like {
    /// Latitude and longitude.
    pub point: (f64, f64),
    /// The category, if it is known.
    pub category: Option<Id<Category>>,
    /// The case itself, which is like itself.
    pub but: Option<Id<IncidentId>>,
}

/// A case that may be the same.
#[derive(Debug, Clone)]
pub struct Similar {
    /// The case.
    pub incident: Incident,
    /// Its category's name.
    pub category_name: Option<String>,
    /// How far off, in metres, rounded up to ten.
    pub metres: i64,
    /// How like it is, 0 to 100.
    pub likeness: i64,
    /// How many hear of it besides its reporter.
    pub followers: i64,
    /// Whether the reader may see the case itself.
    pub seen: bool,
}

fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    Haversine.distance(Point::new(a.1, a.0), Point::new(b.1, b.0))
}

/// How far off, in metres, rounded up to ten; `None` where it is further than a case may be.
fn tens(metres: f64) -> Option<i64> {
    (0..=20_i32).map(|n| n * 10).find(|up| metres <= f64::from(*up)).map(i64::from)
}

/// Half for nearness, three tenths for the same category, two tenths for being new; what is known to be of another kind is not alike.
fn likeness(like: &Like, i: &Incident, metres: i64, age_days: i64) -> i64 {
    let near = 50 - metres / 4;
    let kind = match (like.category, i.category) {
        (Some(a), Some(b)) if a == b => 30,
        (Some(_), Some(_)) => -50,
        _ => 10,
    };
    (near + kind + 20 - age_days.clamp(0, DAYS) * 20 / DAYS).clamp(0, 100)
}

/// The grids that have the point or another one as far off as a case may be.
fn grids_around(tx: &mut Tx<'_>, s: &GridServices, (lat, lng): (f64, f64)) -> Outcome<Vec<Id<Grid>>> {
    let up = RADIUS / DEGREE;
    let along = up / lat.to_radians().cos().abs().max(0.01);
    let mut found = BTreeMap::new();
    for (lat, lng) in [(lat, lng), (lat + up, lng), (lat - up, lng), (lat, lng + along), (lat, lng - along)] {
        if crate::model::on_earth(lat, lng) {
            found.extend(locate::all(tx, s, lat, lng)?.into_iter().map(|grid| (grid.id, ())));
        }
    }
    Ok(found.into_keys().collect())
}

/// Cases that may be the same as one there, the likest first.
pub fn similar(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, like: &Like) -> Outcome<Vec<Similar>> {
    locate::on_earth(like.point.0, like.point.1, ["lat", "lng"])?;
    let since = ctx.now.plus_days(-DAYS);
    let filter = Filter { from: Some(since), ..Filter::default() };
    let mut near = Vec::new();
    for grid in grids_around(tx, s, like.point)? {
        for (i, _) in incidents::list(tx, Source::Grid(grid), &filter, LOOKED_AT)? {
            let Some(point) = i.point.filter(|_| !i.state.is_over() && like.but != Some(i.id)) else {
                continue;
            };
            let Some(metres) = tens(distance(like.point, point)) else { continue };
            let age = (ctx.now.micros() - i.reported_at.micros()) / DAY;
            let likeness = likeness(like, &i, metres, age);
            if likeness >= LEAST {
                near.push((i, metres, likeness));
            }
        }
    }
    near.sort_by_key(|(i, metres, likeness)| (-likeness, *metres, i.id));
    shown(tx, ctx, s, near)
}

fn shown(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    near: Vec<(Incident, i64, i64)>,
) -> Outcome<Vec<Similar>> {
    let units = Units::of(tx, s, near.iter().map(|(i, ..)| i))?;
    let mut all = Vec::new();
    for (incident, metres, likeness) in near {
        if all.len() == MOST {
            break;
        }
        let category = match incident.category {
            Some(id) => categories::find(tx, id)?,
            None => None,
        };
        let at = units.places(&incident)?;
        let seen = see::visible(ctx, &incident, at);
        let is_thing = category.as_ref().is_some_and(|c| c.kind == CategoryKind::Component);
        if !(is_thing || ctx.actor.may(ReadIncidents::PERMISSION, at.unit, ctx.now)) {
            continue;
        }
        let followers = followers::count(tx, incident.id)?;
        let category_name = category.map(|c| c.name);
        all.push(Similar { incident, category_name, metres, likeness, followers, seen });
    }
    Ok(all)
}

/// Cases that may be the same as one that the actor sees as staff.
pub fn of_incident(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<IncidentId>,
) -> Outcome<Vec<Similar>> {
    let ((incident, _), units) = see::seen(tx, ctx, s, id)?;
    if !see::is_staff(ctx, &incident, units.places(&incident)?) {
        return Err(kernel::actor::missing(ReadIncidents::PERMISSION).into());
    }
    if merge::target(&incident).is_some() {
        return Ok(Vec::new());
    }
    let Some(point) = incident.point else { return Ok(Vec::new()) };
    similar(tx, ctx, s, &Like { point, category: incident.category, but: Some(id) })
}
