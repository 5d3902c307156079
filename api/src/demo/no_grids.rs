//! The demo town where the binary has no grids.

use kernel::Context;
use storage::Db;

use super::Units;
use crate::plugins::Plugins;

/// No unit gets a grid.
pub(super) fn unit_codes() -> Result<Vec<String>, String> {
    Ok(Vec::new())
}

/// Nothing to draw.
pub(super) fn draw(_: &Db, _: &Plugins, _: &Context, _: &Units) -> Result<usize, String> {
    Ok(0)
}
