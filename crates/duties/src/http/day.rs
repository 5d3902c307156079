//! Days of the realm.

use chrono::{Duration, NaiveDate, NaiveTime, TimeZone};
use kernel::Instant;

/// From the first moment of a day until the first of the next, where the realm is; `None` at the end of the calendar.
pub(super) fn stretch<Z: TimeZone>(on: NaiveDate, zone: &Z) -> Option<(Instant, Instant)> {
    Some((start(on, zone)?, start(on.succ_opt()?, zone)?))
}

fn start<Z: TimeZone>(on: NaiveDate, zone: &Z) -> Option<Instant> {
    let midnight = on.and_time(NaiveTime::MIN);
    // Where clocks are put forward at midnight the day begins at the first hour there is.
    let first = zone
        .from_local_datetime(&midnight)
        .earliest()
        .or_else(|| zone.from_local_datetime(&(midnight + Duration::hours(1))).earliest())?;
    Some(Instant::new(first.to_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_where_the_realm_is() {
        let on = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let (from, until) = stretch(on, &chrono_tz::Asia::Shanghai).unwrap();
        assert_eq!(
            (from.to_string(), until.to_string()),
            ("2026-11-22T16:00:00Z".into(), "2026-11-23T16:00:00Z".into())
        );
        assert_eq!(stretch(NaiveDate::MAX, &chrono_tz::Asia::Shanghai), None);
    }
}
