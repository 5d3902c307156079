//! Questions: sums of a place over a period, whole or by what is asked, with names.

use std::collections::BTreeMap;

use kernel::id::{Grid, Holding, Unit, User};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome};
use storage::Tx;

use super::place;
use crate::error::PERIOD_TOO_LONG;
use crate::model::period::{Step, month_of};
use crate::model::{Part, Period, Sums};
use crate::permission::ReadWorkers;
use crate::ports::FigureServices;
use crate::store::mark::{self, Mark};
use crate::store::sums::{self, By, Key, Narrow, Place};

/// Groups of one answer.
pub const MOST: usize = 500;

/// By what is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// By something of the cases, or by nothing.
    By(By),
    /// By stretches of the period.
    Time(Step),
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// A unit and all below it.
    pub unit: Option<Id<Unit>>,
    /// A grid.
    pub grid: Option<Id<Grid>>,
    /// When.
    pub period: Period,
    /// To what it is narrowed.
    pub narrow: Narrow,
    /// By what.
    pub cut: Cut,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Of what: the id.
    pub id: Option<Id<Holding>>,
    /// Of what: in words. Empty for all together, and for what has none.
    pub name: String,
    /// Of which stretch of the period, where it is cut by time.
    pub period: Option<Period>,
    /// Its sums.
    pub sums: Sums,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct Told {
    /// The groups: the largest first, or in the order of time.
    pub groups: Vec<Group>,
    /// Whether there are more than are told.
    pub is_cut: bool,
    /// Until where was counted.
    pub mark: Mark,
}

/// Answers.
pub fn ask(tx: &mut Tx<'_>, ctx: &Context, s: &FigureServices, q: &Question) -> Outcome<Told> {
    let (place, at) = place::of(tx, ctx, s, q.unit, q.grid)?;
    let by_worker = q.cut == Cut::By(By::Worker);
    let others = q.narrow.worker.is_some_and(|who| who != ctx.actor.user);
    if by_worker || others {
        ctx.require_at(ReadWorkers::PERMISSION, at.id, &at.path)?;
    }
    let mark = mark::read(tx)?;
    match q.cut {
        Cut::Time(step) => {
            let most = match step {
                Step::Day => 366,
                Step::Week => 106,
                Step::Month => 240,
            };
            let all = q.period.cut(step, most).ok_or_else(|| PERIOD_TOO_LONG.fault())?;
            let months = match step {
                Step::Month if q.narrow.is_nothing() => by_month(tx, place, q.period)?,
                _ => BTreeMap::new(),
            };
            let mut groups = Vec::with_capacity(all.len());
            for period in all {
                let sums = match period.whole_month().filter(|_| step == Step::Month && q.narrow.is_nothing())
                {
                    Some(month) => months.get(&month).copied().unwrap_or_default(),
                    None => total(tx, s, place, period, &q.narrow)?,
                };
                groups.push(Group { id: None, name: String::new(), period: Some(period), sums });
            }
            Ok(Told { groups, is_cut: false, mark })
        }
        Cut::By(By::Nothing) => {
            let sums = total(tx, s, place, q.period, &q.narrow)?;
            let group = Group { id: None, name: String::new(), period: None, sums };
            Ok(Told { groups: vec![group], is_cut: false, mark })
        }
        Cut::By(by) => {
            let mut found = grouped(tx, s, place, q.period, &q.narrow, by)?;
            let is_cut = found.len() > MOST;
            found.truncate(MOST);
            Ok(Told { groups: named(tx, s, found, by)?, is_cut, mark })
        }
    }
}

/// The parts of a period: whole months from their sums where nothing narrows it and months know what is asked by.
fn parts(s: &FigureServices, place: Place, period: Period, narrow: &Narrow, by: By) -> Vec<Part> {
    let months_know = match (place, by) {
        (_, By::Nothing) | (Place::Below(_), By::Unit) | (Place::Grid(_), By::Grid) => narrow.is_nothing(),
        _ => false,
    };
    if months_know {
        return period.parts(s.zone);
    }
    let (from, until) = period.moments(s.zone);
    vec![Part::Moments(from, until)]
}

fn total(
    tx: &mut Tx<'_>,
    s: &FigureServices,
    place: Place,
    period: Period,
    narrow: &Narrow,
) -> Outcome<Sums> {
    let mut all = Sums::default();
    for part in parts(s, place, period, narrow, By::Nothing) {
        for (_, sums) in sums::of(tx, place, part, narrow, By::Nothing, 1)? {
            all = all.plus(sums);
        }
    }
    Ok(all)
}

/// The sums of the months that a period touches, in one question.
fn by_month(tx: &mut Tx<'_>, place: Place, period: Period) -> Outcome<BTreeMap<i32, Sums>> {
    let part = Part::Months(month_of(period.from), month_of(period.to));
    let all = sums::of(tx, place, part, &Narrow::default(), By::Month, i64::from(i32::MAX))?;
    let month = |key: Key| if let Key::Word(word) = key { word.parse().ok() } else { None };
    Ok(all.into_iter().filter_map(|(key, sums)| Some((month(key)?, sums))).collect())
}

fn grouped(
    tx: &mut Tx<'_>,
    s: &FigureServices,
    place: Place,
    period: Period,
    narrow: &Narrow,
    by: By,
) -> Outcome<Vec<(Key, Sums)>> {
    let parts = parts(s, place, period, narrow, by);
    let mut all: BTreeMap<Key, Sums> = BTreeMap::new();
    // Parts are put together here, so each is read whole where there are several.
    let most =
        if parts.len() == 1 { i64::try_from(MOST).unwrap_or(i64::MAX) + 1 } else { i64::from(i32::MAX) };
    for part in parts {
        for (key, sums) in sums::of(tx, place, part, narrow, by, most)? {
            let known = all.entry(key).or_default();
            *known = known.plus(sums);
        }
    }
    let mut all: Vec<(Key, Sums)> = all.into_iter().collect();
    all.sort_by(|(a, x), (b, y)| y.received.cmp(&x.received).then_with(|| a.cmp(b)));
    all.truncate(MOST + 1);
    Ok(all)
}

/// Puts names beside the ids: one question for all.
fn named(tx: &mut Tx<'_>, s: &FigureServices, found: Vec<(Key, Sums)>, by: By) -> Outcome<Vec<Group>> {
    let ids: Vec<Id<Holding>> =
        found.iter().filter_map(|(key, _)| if let Key::Id(id) = key { Some(*id) } else { None }).collect();
    let names = names(tx, s, &ids, by)?;
    let group = |(key, sums): (Key, Sums)| match key {
        Key::None => Group { id: None, name: String::new(), period: None, sums },
        Key::Word(word) => Group { id: None, name: word, period: None, sums },
        Key::Id(id) => {
            Group { id: Some(id), name: names.get(&id).cloned().unwrap_or_default(), period: None, sums }
        }
    };
    Ok(found.into_iter().map(group).collect())
}

fn names(
    tx: &mut Tx<'_>,
    s: &FigureServices,
    ids: &[Id<Holding>],
    by: By,
) -> Outcome<BTreeMap<Id<Holding>, String>> {
    let bare = |id: uuid::Uuid| -> Id<Holding> { Id::from_uuid(id) };
    Ok(match by {
        By::Unit | By::Department => {
            let ids: Vec<Id<Unit>> = ids.iter().map(|id| Id::from_uuid(id.uuid())).collect();
            s.tree.units(tx, &ids)?.into_iter().map(|u| (bare(u.id.uuid()), u.name)).collect()
        }
        By::Worker => {
            let ids: Vec<Id<User>> = ids.iter().map(|id| Id::from_uuid(id.uuid())).collect();
            s.users.users(tx, &ids)?.into_iter().map(|u| (bare(u.id.uuid()), u.display_name)).collect()
        }
        By::Grid => {
            let ids: Vec<Id<Grid>> = ids.iter().map(|id| Id::from_uuid(id.uuid())).collect();
            s.names.grids(tx, &ids)?.into_iter().map(|g| (bare(g.id.uuid()), g.name)).collect()
        }
        By::Category => {
            let ids: Vec<_> = ids.iter().map(|id| Id::from_uuid(id.uuid())).collect();
            s.names.categories(tx, &ids)?.into_iter().map(|(id, name)| (bare(id.uuid()), name)).collect()
        }
        By::Nothing | By::Source | By::Month => BTreeMap::new(),
    })
}
