//! The realm of a request: its database, its time zone, its accounts.

use std::sync::Arc;

use actix_web::HttpRequest;
use kernel::Outcome;
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
