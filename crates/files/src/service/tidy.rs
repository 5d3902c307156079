//! What nobody attached, and what never ended, is not kept.

use chrono::Days;
use kernel::{Instant, Outcome};
use storage::Tx;

use super::take_away;
use crate::store::{files, usage};

/// Files taken away in one transaction.
const AT_ONCE: i64 = 100;
/// Days that an account's use of its allowance is remembered: more than time zones are apart.
const REMEMBERED: u64 = 3;

/// Takes away some files whose time is over; the sweeper removes their bytes.
pub fn expire(tx: &mut Tx<'_>, now: Instant) -> Outcome<()> {
    for file in files::outlived(tx, now, AT_ONCE)? {
        take_away(tx, &file, now)?;
    }
    match now.utc().date_naive().checked_sub_days(Days::new(REMEMBERED)) {
        Some(day) => usage::forget(tx, &day.to_string()),
        None => Ok(()),
    }
}
