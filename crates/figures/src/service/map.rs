//! The map: counts on a raster whose cells halve with each zoom.

use kernel::id::Unit;
use kernel::{Context, Id, Outcome};
use storage::Tx;

use super::place;
use crate::error::BOX;
use crate::model::Period;
use crate::ports::FigureServices;
use crate::store::raster::{self, Cell, Frame};

/// Cells of one answer.
pub const MOST: i64 = 2_000;
/// Cases of a cell that is shown to whoever may not read incidents there.
pub const LEAST: i64 = 3;
/// The permission to read incidents, which is grid's.
const READ_INCIDENTS: &str = "grid.incident.read";
/// Zooms: from the whole earth down to some thirty metres.
pub const ZOOMS: std::ops::RangeInclusive<u32> = 0..=16;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// A unit and all below it.
    pub unit: Id<Unit>,
    /// When.
    pub period: Period,
    /// Where.
    pub within: Frame,
    /// How close: each step halves the cells.
    pub zoom: u32,
}

/// The side of a cell, in millionths of a degree.
pub fn side(zoom: u32) -> i64 {
    (22_500_000_i64 >> zoom.min(16)).max(1)
}

/// The cells that have cases, those with the most first.
pub fn cells(tx: &mut Tx<'_>, ctx: &Context, s: &FigureServices, view: &View) -> Outcome<Vec<Cell>> {
    let (_, at) = place::of(tx, ctx, s, Some(view.unit), None)?;
    let Frame { west, south, east, north } = view.within;
    let sound = west < east
        && south < north
        && west >= -180_000_000
        && east <= 180_000_000
        && south >= -90_000_000
        && north <= 90_000_000;
    if !sound {
        return Err(BOX.refusal().at("west", &BOX).into());
    }
    // Of what this request may, not of what its account may: a narrow key reads no more than it was made for.
    let mut grants = ctx.actor.grants.iter();
    let reads = grants.any(|g| g.is_live(ctx.now) && g.carries(READ_INCIDENTS) && g.reaches(&at.path));
    let least = if reads { 1 } else { LEAST };
    raster::cells(tx, view.unit, view.period.moments(s.zone), view.within, side(view.zoom), (least, MOST))
}
