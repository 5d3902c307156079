//! Who is asking: the `api_key` is the key of a service account, and is worth what it is worth in the header.

use actix_web::HttpRequest;
use grid::permission::ReadOwnIncidents;
use kernel::permission::Permit;
use kernel::{Context, Fault, Kind, Outcome};
use web::Public;

use super::form::Form;
use crate::error::{JURISDICTION_UNKNOWN, KEY_NOT_OF_A_SERVICE, KEY_REQUIRED};
use crate::ports::Open311Services;

/// The most characters that are looked up as a key.
const LONGEST: usize = 512;

/// The account of the key, if one was sent and it holds `P`. Neither what was sent nor why it was not taken is told further: no key and
/// a wrong one are one answer.
pub async fn reader<P: Permit>(req: &HttpRequest, who: &Public, form: &Form) -> Outcome<Option<Context>> {
    let Some(key) = form.one("api_key") else { return Ok(None) };
    if key.chars().count() > LONGEST {
        return Err(KEY_REQUIRED.fault());
    }
    let context = who.known_by::<P>(req, key).await.map_err(|fault| match &fault {
        Fault::Refused(refusal) if refusal.code.kind == Kind::Unauthenticated => KEY_REQUIRED.fault(),
        _ => fault,
    })?;
    // A person's token is good for minutes and belongs into a header; in an address it lies about in the logs of others.
    if context.actor.session.is_some() { Err(KEY_NOT_OF_A_SERVICE.fault()) } else { Ok(Some(context)) }
}

/// [`reader`] of cases: nobody reads without a key where that is switched off.
pub async fn reader_of_cases(
    req: &HttpRequest,
    who: &Public,
    s: &Open311Services,
    form: &Form,
) -> Outcome<Option<Context>> {
    let reader = reader::<ReadOwnIncidents>(req, who, form).await?;
    if reader.is_none() && !s.settings.public_requests { Err(KEY_REQUIRED.fault()) } else { Ok(reader) }
}

/// [`reader`] where nobody is let in without a key.
pub async fn holder<P: Permit>(req: &HttpRequest, who: &Public, form: &Form) -> Outcome<Context> {
    reader::<P>(req, who, form).await?.ok_or_else(|| KEY_REQUIRED.fault())
}

/// Refuses what is meant for another endpoint.
pub fn jurisdiction(s: &Open311Services, form: &Form) -> Outcome<()> {
    match (form.one("jurisdiction_id"), &s.settings.jurisdiction_id) {
        (Some(asked), Some(ours)) if asked != ours => Err(JURISDICTION_UNKNOWN.fault()),
        _ => Ok(()),
    }
}
