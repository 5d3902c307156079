//! The realm of a request: its database, its time zone, its accounts.

use std::sync::Arc;

use actix_web::HttpRequest;
use chrono::{Duration, NaiveDate, NaiveTime, TimeZone};
use kernel::{Instant, Outcome};
use storage::Db;

use crate::authenticator::Authenticator;
use crate::idempotency::InFlight;
use crate::settings::Settings;
use crate::sse::Streams;

/// A town or district with everything that is its own.
#[derive(Clone)]
pub struct Realm {
    /// Its name.
    pub name: Arc<str>,
    /// Its database.
    pub db: Db,
    /// What rules its days and months.
    pub time_zone: chrono_tz::Tz,
    /// Who knows its accounts.
    pub authenticator: Arc<dyn Authenticator>,
}

impl Realm {
    /// From the first moment of a day until the first of the next, by the realm's clock; `None` outside the years that RFC 3339 can
    /// write: no engine has to take them.
    pub fn day(&self, on: NaiveDate) -> Option<(Instant, Instant)> {
        Some((start(on, self.time_zone)?, start(on.succ_opt()?, self.time_zone)?))
    }
}

fn start(on: NaiveDate, zone: chrono_tz::Tz) -> Option<Instant> {
    let midnight = on.and_time(NaiveTime::MIN);
    // Where clocks are put forward at midnight the day begins at the first hour there is.
    let first = zone
        .from_local_datetime(&midnight)
        .earliest()
        .or_else(|| zone.from_local_datetime(&(midnight + Duration::hours(1))).earliest())?;
    Some(Instant::new(first.to_utc())).filter(|at| at.is_writable())
}

/// Which realm a request is for.
pub trait Realms: Send + Sync {
    /// The realm, or a refusal if there is none for this request.
    fn realm(&self, req: &HttpRequest) -> Outcome<Arc<Realm>>;
}

/// One realm for all requests.
pub struct OneRealm(pub Arc<Realm>);

impl Realms for OneRealm {
    fn realm(&self, _req: &HttpRequest) -> Outcome<Arc<Realm>> {
        Ok(Arc::clone(&self.0))
    }
}

/// What every guard needs; in the application's data as `Data<Gateway>`.
pub struct Gateway {
    /// Who knows the realms.
    pub realms: Arc<dyn Realms>,
    /// The limits.
    pub settings: Settings,
    /// Idempotency keys whose first request is still running here.
    pub(crate) in_flight: InFlight,
    /// The streams that are open here.
    pub(crate) streams: Streams,
}

impl Gateway {
    /// A gateway to these realms.
    pub fn new(realms: Arc<dyn Realms>, settings: Settings) -> Self {
        Self { realms, settings, in_flight: InFlight::default(), streams: Streams::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_where_the_realm_is_and_at_the_first_hour_there_is() {
        let on = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        let begins = |on, zone| start(on, zone).map(|at| at.to_string());
        assert_eq!(begins(on(2026, 11, 23), chrono_tz::Asia::Shanghai), Some("2026-11-22T16:00:00Z".into()));
        assert_eq!(
            (begins(NaiveDate::MIN, chrono_tz::UTC), begins(on(10_000, 1, 2), chrono_tz::UTC)),
            (None, None)
        );
        // At midnight the clocks were put forward: the day had no first hour.
        assert_eq!(
            begins(on(2018, 11, 4), chrono_tz::America::Sao_Paulo),
            Some("2018-11-04T03:00:00Z".into())
        );
    }
}
