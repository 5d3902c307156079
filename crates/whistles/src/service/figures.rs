//! How departments respond, for everybody of their district.
//!
//! The district of a unit is the lowest unit of the kind `district` at or above it; where there is none, in a county or in a tree of one
//! town, it is the root. Whoever holds any live grant in the district, of whatever kind, reads the figures of all departments in it;
//! so does whoever may read whistles in the whole of it. To all others there is no such district.

use contracts::UnitRef;
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::Unit;
use kernel::permission::Permit;
use kernel::{Context, Cursor, Id, Instant, Outcome, Page, PageSize};
use storage::Tx;

use crate::model::Counts;
use crate::permission::ReadWhistles;
use crate::ports::WhistleServices;
use crate::store::figures::{self, Stretch};

/// The kind of the units inside which figures are public.
pub const DISTRICT: &str = "district";

/// The sums of one department.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// The department.
    pub unit: Id<Unit>,
    /// Its name today.
    pub name: String,
    /// Its sums.
    pub counts: Counts,
}

/// The district that a unit lies in.
pub fn district_of(tx: &mut Tx<'_>, s: &WhistleServices, unit: &UnitRef) -> Outcome<UnitRef> {
    let line = s.tree.lineage(tx, &unit.path)?;
    let district = line.iter().rev().find(|u| u.kind == DISTRICT).or(line.first());
    district.cloned().or_refuse(&NOT_FOUND)
}

/// Whether the figures of a district are the actor's to read.
pub fn may_read(ctx: &Context, district: &UnitRef) -> bool {
    let inside = ctx.actor.grants.iter().any(|g| g.is_live(ctx.now) && district.path.contains(&g.path));
    let above = ctx.actor.grants.iter().any(|g| {
        g.is_live(ctx.now)
            && g.subtree
            && g.reaches(&district.path)
            && g.carries(ReadWhistles::PERMISSION.name)
    });
    inside || above
}

/// Of when, and from where on.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Calls of this moment or later.
    pub from: Instant,
    /// And of before this one.
    pub until: Instant,
    /// Departments after this one.
    pub after: Option<Id<Unit>>,
}

/// One page of the departments of a unit's district that were called in a stretch of time, in the order of their ids.
pub fn read(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &WhistleServices,
    unit: Id<Unit>,
    asked: Asked,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<(UnitRef, Page<Figures>)> {
    let unit = s.tree.unit(tx, unit)?.or_refuse(&NOT_FOUND)?;
    let district = district_of(tx, s, &unit)?;
    if !may_read(ctx, &district) {
        return Err(NOT_FOUND.fault());
    }
    let stretch = Stretch {
        within: district.path.clone(),
        from: asked.from,
        until: asked.until,
        now: ctx.now,
        after: asked.after,
    };
    let rows = figures::by_department(tx, &stretch, size.probe())?;
    let page = Page::cut(rows, size, |(id, _)| Cursor { after: id.uuid(), filter: fingerprint, key: None });
    let names = s.tree.units(tx, &page.items.iter().map(|(id, _)| *id).collect::<Vec<_>>())?;
    let named = |(id, counts): (Id<Unit>, Counts)| Figures {
        unit: id,
        name: names.iter().find(|u| u.id == id).map(|u| u.name.clone()).unwrap_or_default(),
        counts,
    };
    Ok((district, page.map(named)))
}
