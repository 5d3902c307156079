//! The demo town where the binary has no grids, and so no incidents to be of a kind.

use kernel::Context;
use storage::Db;

use super::Units;
use crate::plugins::Plugins;

/// Nothing to make.
pub(super) fn make(_: &Db, _: &Plugins, _: &Context, _: &Units) -> Result<usize, String> {
    Ok(0)
}
