//! Which calendar holds for a unit: its own, and what that leaves to those above; above all of them the standard.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::UnitRef;
use kernel::id::Calendar as CalendarId;
use kernel::{Id, Instant, Outcome, UnitPath};
use storage::Tx;

use crate::model::{Calendar, Era, Kept, Layer, Tz, YearSet, zone_on};
use crate::ports::CalendarServices;
use crate::store::{calendars, versions, years};

/// One calendar among those above each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The calendar.
    pub kept: Kept,
    /// The name of its unit.
    pub unit_name: String,
    eras: Vec<Era>,
    years: BTreeMap<i32, YearSet>,
}

/// The calendars that bear on a unit, the lowest first, by what was known at a moment. The standard is not among them: it always is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parts(pub Vec<Part>);

impl Parts {
    /// Those of the unit at `path` and of all above it.
    pub fn of(tx: &mut Tx<'_>, s: &CalendarServices, path: &UnitPath, known_at: Instant) -> Outcome<Self> {
        let lineage: Vec<UnitRef> = s.tree.lineage(tx, path)?;
        let mut kept = calendars::of_units(tx, &lineage.iter().map(|unit| unit.id).collect::<Vec<_>>())?;
        let ids: Vec<Id<CalendarId>> = kept.iter().map(|k| k.id).collect();
        let (versions, put) = (versions::known(tx, &ids, known_at)?, years::known(tx, &ids, known_at)?);
        let mut parts = Vec::new();
        for unit in lineage.into_iter().rev() {
            let Some(at) = kept.iter().position(|k| k.unit == unit.id) else { continue };
            let kept = kept.swap_remove(at);
            let eras =
                versions.iter().filter(|v| v.calendar == kept.id).map(crate::model::Version::era).collect();
            // In the order they were put: of two for one year the later stays.
            let years =
                put.iter().filter(|y| y.calendar == kept.id).map(|y| (y.year, y.set.clone())).collect();
            parts.push(Part { kept, unit_name: unit.name, eras, years });
        }
        Ok(Self(parts))
    }

    /// The years that a calendar has exceptions of its own for.
    pub fn years(&self, calendar: Id<CalendarId>) -> Vec<i32> {
        let part = self.0.iter().find(|part| part.kept.id == calendar);
        part.map(|part| part.years.keys().copied().collect()).unwrap_or_default()
    }

    /// The same, if a calendar had these exceptions in a year.
    #[must_use]
    pub fn with_year(mut self, calendar: Id<CalendarId>, year: i32, set: YearSet) -> Self {
        if let Some(part) = self.0.iter_mut().find(|part| part.kept.id == calendar) {
            part.years.insert(year, set);
        }
        self
    }

    /// Working time for a clock that starts at `start`: the time zone of that day is the time zone of all days.
    pub fn calendar(&self, s: &CalendarServices, start: Instant) -> Arc<Calendar> {
        if self.0.is_empty() {
            return Arc::clone(&s.alone);
        }
        let mut layers: Vec<Layer> =
            self.0.iter().map(|part| Layer::new(part.eras.clone(), part.years.clone())).collect();
        layers.push(s.standard.as_ref().clone());
        let zone = zone_on(&layers, s.alone.date(start)).unwrap_or(Tz::Asia__Shanghai);
        Arc::new(Calendar::composed(zone, layers))
    }
}

/// Working time, and where it comes from.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// What is counted by.
    pub calendar: Arc<Calendar>,
    /// The calendars above each other, but for the standard, which is the last.
    pub parts: Parts,
}

/// The working time of the unit at `path`, for a clock that starts at `start`, by what was known at `known_at`.
///
/// Known is what was recorded by then, by the clock of the gateway that recorded it. The tree is today's: a unit that has moved
/// since is counted by the calendars above its present place.
pub fn at(
    tx: &mut Tx<'_>,
    s: &CalendarServices,
    path: &UnitPath,
    start: Instant,
    known_at: Instant,
) -> Outcome<Resolved> {
    let parts = Parts::of(tx, s, path, known_at)?;
    Ok(Resolved { calendar: parts.calendar(s, start), parts })
}
