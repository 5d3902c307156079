//! A report comes in: an incident by grid's rules, and beside it what the standard keeps. Who reported it is the service account;
//! names, addresses and numbers of persons are read, checked and let go.

use grid::model::Source;
use grid::service::report::{self, NewIncident};
use kernel::error::OrRefuse;
use kernel::id::{Incident, Unit};
use kernel::permission::Permit;
use kernel::{Context, Fault, Id, Outcome};
use serde_json::json;
use storage::audit::Entry;
use storage::{Tx, audit};

use super::{catalogue, number};
use crate::error::REQUEST_UNKNOWN;
use crate::model::{Request, plain};
use crate::ports::Open311Services;
use crate::store::requests;

/// What is reported.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewRequest {
    /// `service_code`.
    pub service_code: String,
    /// Latitude and longitude.
    pub point: Option<(f64, f64)>,
    /// Where, in words.
    pub address: Option<String>,
    /// What.
    pub description: String,
    /// Where pictures are.
    pub media: Vec<String>,
    /// What the account calls it.
    pub external: Option<String>,
}

/// Takes a report in; answers its number. One that the account sent before under the same name is the case it became, whatever
/// it says now: a client that lost the answer sends again, perhaps after its user has changed a word.
pub fn receive(tx: &mut Tx<'_>, ctx: &Context, s: &Open311Services, new: &NewRequest) -> Outcome<String> {
    let account = ctx.actor.user;
    if let Some(external) = &new.external
        && let Some(before) = requests::by_external(tx, account, external)?
    {
        return number_of(tx, before.incident);
    }
    let category = catalogue::offered(tx, &new.service_code)?;
    let description = plain::clean(&new.description);
    let incident = NewIncident {
        title: plain::title(&description).unwrap_or_else(|| category.name.clone()),
        description,
        address: new.address.as_deref().map(plain::clean).filter(|a| !a.is_empty()),
        lat: new.point.map(|(lat, _)| lat),
        lng: new.point.map(|(_, lng)| lng),
        unit: receiver(ctx),
        category: Some(category.id),
        source: Some(Source::Open311),
        ..NewIncident::default()
    };
    let shown = report::report(tx, ctx, &s.grid, &incident)?;
    let request = Request {
        incident: shown.incident.id,
        account,
        external: new.external.clone(),
        media: new.media.clone(),
        reported_at: ctx.now,
    };
    if !requests::insert(tx, &request)? {
        // Sent twice at once: all of this is undone, and the next look finds the other.
        return Err(Fault::Transient("the same report came in beside this one".to_owned()));
    }
    trail(tx, ctx, &request, shown.incident.unit)?;
    Ok(number::of(&shown.incident))
}

/// The unit that has what no grid has: the highest in which the account may report.
fn receiver(ctx: &Context) -> Option<Id<Unit>> {
    let scope = ctx.actor.scope(grid::permission::ReportIncident::PERMISSION, false, ctx.now);
    scope.roots.into_iter().min_by_key(|root| root.path.depth()).map(|root| root.unit)
}

fn number_of(tx: &mut Tx<'_>, incident: Id<Incident>) -> Outcome<String> {
    let (incident, _) = grid::store::incidents::find(tx, incident)?.or_refuse(&REQUEST_UNKNOWN)?;
    Ok(number::of(&incident))
}

/// That it came by this way. What it says is grid's, and not written down a second time.
fn trail(tx: &mut Tx<'_>, ctx: &Context, request: &Request, unit: Id<Unit>) -> Outcome<()> {
    audit::record(
        tx,
        ctx,
        Entry {
            action: "open311.request.receive",
            object_kind: "incident",
            object: Some(request.incident.uuid()),
            unit: Some(unit),
            before: None,
            after: Some(json!({
                "has_external_id": request.external.is_some(),
                "media": request.media.len(),
            })),
        },
    )
}
