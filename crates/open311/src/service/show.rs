//! Cases as the standard shows them. Without a key: those that came in this way, as their senders made them public. With a key
//! besides those its account may see by grid's rules, whole.

use std::collections::{BTreeMap, BTreeSet};

use grid::model::{Incident, State};
use grid::permission::ReadIncidents;
use grid::service::list;
use grid::service::see::{self, Units};
use grid::store::incidents::{Filter, Named};
use grid::store::{categories, several};
use kernel::error::OrRefuse;
use kernel::id::{Category as CategoryId, Incident as IncidentId};
use kernel::permission::Permit;
use kernel::{Context, Id, Instant, Outcome, PageSize};
use storage::Tx;

use super::window::{LONGEST_DAYS, Pages, window};
use super::{catalogue, number};
use crate::error::{REQUEST_UNKNOWN, SERVICE_UNKNOWN};
use crate::model::{Record, Request, naming, word};
use crate::ports::Open311Services;
use crate::store::requests;

/// Rows that are looked at for one list, whether they are on it or not: what bounds the work where few of many are asked for.
const MOST_LOOKED_AT: usize = 20_000;
/// Rows that are looked at together.
const AT_ONCE: i64 = 500;

/// Which cases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Of these categories; of all where there is none.
    pub codes: Vec<String>,
    /// Reported not before.
    pub start: Option<Instant>,
    /// Reported not after.
    pub end: Option<Instant>,
    /// Only those that are open, or only those that are not.
    pub open: Option<bool>,
    /// Which part of the list.
    pub pages: Pages,
}

/// The cases that are called so; refused where none of them is there for this reader.
pub fn called(
    tx: &mut Tx<'_>,
    s: &Open311Services,
    reader: Option<&Context>,
    numbers: &[String],
) -> Outcome<Vec<Record>> {
    let mut ids = Vec::with_capacity(numbers.len());
    for number in numbers {
        ids.extend(number::find(tx, number)?);
    }
    let rows = several::incidents(tx, &ids)?;
    let found = records(tx, s, reader, rows)?;
    if found.is_empty() { Err(REQUEST_UNKNOWN.fault()) } else { Ok(found) }
}

/// The cases of a list, newest first.
pub fn list(
    tx: &mut Tx<'_>,
    s: &Open311Services,
    reader: Option<&Context>,
    now: Instant,
    asked: &Asked,
) -> Outcome<Vec<Record>> {
    let when = window(now, asked.start, asked.end, LONGEST_DAYS)?;
    let of = categories_of(tx, &asked.codes)?;
    let wanted = |i: &Incident| {
        of.as_ref().is_none_or(|of| i.category.is_some_and(|id| of.contains(&id)))
            && asked.open.is_none_or(|open| open == word::is_open(i.state))
    };
    let enough = asked.pages.upto();
    let mut rows = gather(
        enough,
        |i| wanted(i) && is_public(s, i),
        |after| {
            let ids = requests::newest(tx, when, after, AT_ONCE)?;
            several::incidents(tx, &ids)
        },
    )?;
    if let Some(ctx) = reader {
        let sources = list::of_scope(&ctx.actor.scope(ReadIncidents::PERMISSION, true, ctx.now), None);
        let size = PageSize::new(PageSize::MAX.into()).unwrap_or(PageSize::DEFAULT);
        rows.extend(gather(enough, wanted, |after| {
            let filter = Filter { from: Some(when.0), to: Some(when.1), after, ..Filter::default() };
            list::merged(tx, &sources, &filter, size)
        })?);
        rows.sort_unstable_by_key(|(i, _)| std::cmp::Reverse(i.id));
        rows.dedup_by_key(|(i, _)| i.id);
    }
    records(tx, s, reader, asked.pages.cut(rows))
}

/// Whether somebody without a key may see a case that came in this way. What was struck is taken from the public: it should not
/// have been there.
fn is_public(s: &Open311Services, i: &Incident) -> bool {
    s.settings.public_requests && i.state != State::Void
}

/// The categories with these codes; refused where none of them is known.
fn categories_of(tx: &mut Tx<'_>, codes: &[String]) -> Outcome<Option<BTreeSet<Id<CategoryId>>>> {
    if codes.is_empty() {
        return Ok(None);
    }
    let mut found = BTreeSet::new();
    for code in codes {
        found.extend(catalogue::coded(tx, code)?.map(|c| c.id));
    }
    if found.is_empty() { Err(SERVICE_UNKNOWN.fault()) } else { Ok(Some(found)) }
}

/// Rows of a source that are wanted, until there are enough. `next` answers those after one, newest first.
fn gather(
    enough: usize,
    wanted: impl Fn(&Incident) -> bool,
    mut next: impl FnMut(Option<Id<IncidentId>>) -> Outcome<Vec<Named>>,
) -> Outcome<Vec<Named>> {
    let (mut found, mut looked, mut after) = (Vec::new(), 0, None);
    while found.len() < enough && looked < MOST_LOOKED_AT {
        let rows = next(after)?;
        let Some((last, _)) = rows.last() else { break };
        after = Some(last.id);
        looked += rows.len();
        found.extend(rows.into_iter().filter(|(i, _)| wanted(i)));
    }
    Ok(found)
}

/// The rows that the reader may see, as far as they may see them.
fn records(
    tx: &mut Tx<'_>,
    s: &Open311Services,
    reader: Option<&Context>,
    rows: Vec<Named>,
) -> Outcome<Vec<Record>> {
    let ids: Vec<Id<IncidentId>> = rows.iter().map(|(i, _)| i.id).collect();
    let came: BTreeMap<Id<IncidentId>, Request> =
        requests::several(tx, &ids)?.into_iter().map(|r| (r.incident, r)).collect();
    let units = Units::of(tx, &s.grid, rows.iter().map(|(i, _)| i))?;
    let kinds: BTreeSet<Id<CategoryId>> = rows.iter().filter_map(|(i, _)| i.category).collect();
    let kinds: BTreeMap<_, _> = categories::several(tx, &kinds.into_iter().collect::<Vec<_>>())?
        .into_iter()
        .map(|c| (c.id, c))
        .collect();
    // The last of each: a case that was taken up again has more than one result.
    let notes: BTreeMap<_, _> = several::steps_of(tx, &ids, &["resolve", "reject"])?
        .into_iter()
        .map(|step| (step.incident, step.note))
        .collect();
    let mut records = Vec::with_capacity(rows.len());
    for (i, _) in rows {
        let whole = match reader {
            Some(ctx) => see::visible(ctx, &i, units.places(&i)?),
            None => false,
        };
        let request = came.get(&i.id);
        let shown = whole || (request.is_some() && is_public(s, &i));
        if !shown {
            continue;
        }
        let kind = i.category.and_then(|id| kinds.get(&id));
        let agency = units.get(i.assignee_unit.unwrap_or(i.unit)).map(|u| u.name.clone());
        let is_told = matches!(i.state, State::Resolved | State::Verified | State::Closed | State::Rejected);
        records.push(Record {
            number: number::of(&i),
            open: word::is_open(i.state),
            notes: notes.get(&i.id).cloned().flatten().filter(|_| is_told),
            service_name: kind.map(|c| c.name.trim().to_owned()),
            service_code: kind.map(naming::code),
            description: Some(words(&i, request.is_some())).filter(|text| !text.is_empty()),
            agency,
            requested_at: i.reported_at,
            updated_at: i.state_since,
            expected_at: i.due,
            address: i.address.filter(|_| whole),
            point: i.point,
            media: request.and_then(|r| r.media.first().cloned()),
        });
    }
    Ok(records)
}

/// What was reported, in full. What came in this way begins with what its title was made of; elsewhere that stands beside it.
fn words(i: &Incident, came: bool) -> String {
    if came { i.description.clone() } else { format!("{}\n\n{}", i.title, i.description).trim().to_owned() }
}

/// The case that a token stands for. Every report is answered with its number at once, so no token is ever given out; who asks with a
/// number is told that it is one.
pub fn token(tx: &mut Tx<'_>, s: &Open311Services, reader: Option<&Context>, token: &str) -> Outcome<String> {
    let found = called(tx, s, reader, &[token.to_owned()]);
    let first = match found {
        Ok(records) => records.into_iter().next(),
        Err(kernel::Fault::Refused(_)) => None,
        Err(trouble) => return Err(trouble),
    };
    Ok(first.or_refuse(&crate::error::TOKEN_UNKNOWN)?.number)
}
