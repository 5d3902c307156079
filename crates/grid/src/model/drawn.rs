//! Boundaries with their dates, and which grids came of which.

use kernel::id::{Grid, User};
use kernel::{Id, Instant};

use super::Bounds;

/// One version of a grid's boundary. Its geometry is read by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// Of which grid.
    pub grid: Id<Grid>,
    /// Its number, from 1.
    pub version: i64,
    /// From when it holds.
    pub from: Instant,
    /// Until when, exclusive; `None` as long as none follows.
    pub until: Option<Instant>,
    /// The box around it.
    pub bounds: Bounds,
    /// Who drew it, where that is known.
    pub by: Option<Id<User>>,
    /// When it was drawn.
    pub at: Instant,
    /// Since when nothing more is to be done about it: it was put on the map, or fell away before its time.
    pub settled: Option<Instant>,
}

kernel::words! {
    /// How one grid came of another.
    LineageKind {
        /// It is a part of it.
        Split = "split", "Split", "拆分";
        /// It is what became of several.
        Merge = "merge", "Merge", "合并";
    }
}

/// Which grid came of which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lineage {
    /// The one that was retired.
    pub from: Id<Grid>,
    /// The one that was made.
    pub to: Id<Grid>,
    /// Which of the parts it is, from 0; the first takes what no part has.
    pub place: i64,
    /// When.
    pub at: Instant,
    /// How.
    pub kind: LineageKind,
}
