//! Which day it is where the realm is.

use chrono::NaiveDate;
use kernel::permission::Permit;
use web::Allowed;

use crate::ports::Ports;
use crate::service::homes::Homes;

/// The day the request is judged on.
pub(super) fn today<P: Permit>(who: &Allowed<P>) -> NaiveDate {
    who.context().now.utc().with_timezone(&who.realm().time_zone).date_naive()
}

/// What a deed on homes needs.
pub(super) fn homes<P: Permit>(who: &Allowed<P>, ports: &Ports) -> Homes {
    Homes::on(ports, today(who))
}

/// A filter as part of a list's fingerprint.
pub(super) fn text<T: ToString>(value: Option<T>) -> String {
    value.map(|v| v.to_string()).unwrap_or_default()
}
