//! Reports that nobody signs for. Whoever holds the token follows the case, answers, rates and reopens; the realm keeps the token's hash
//! alone, so a lost token is lost for good.

use std::sync::Arc;

use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::Incident as IncidentId;
use kernel::{Actor, Context, Id, Outcome};
use sha2::{Digest, Sha256};
use storage::Tx;

use super::act::{self, Deed};
use super::rate::{self, Rating};
use super::report::{self, NewIncident};
use super::see::{self, Shown};
use crate::model::{Action, Source, Step};
use crate::ports::GridServices;
use crate::store::{incidents, steps, tokens};

/// What every token begins with, so that one that leaked into a text can be found there.
const PREFIX: &str = "cwi_";
/// Steps of a case that are told of.
const STEPS: i64 = 200;

/// Nobody, who reports and follows what nobody signed for.
pub fn nobody() -> Arc<Actor> {
    Arc::new(Actor {
        user: Id::from_uuid(uuid::Uuid::nil()),
        display_name: "".into(),
        session: None,
        grants: Arc::new([]),
    })
}

/// A token: 256 bits that nobody guesses.
fn token() -> String {
    let secret: [u8; 32] = rand::random();
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{PREFIX}{hex}")
}

fn hash(token: &str) -> String {
    Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A case as whoever holds its token sees it.
#[derive(Debug, Clone)]
pub struct Followed {
    /// The case.
    pub shown: Shown,
    /// What was done to it, as far as it is told to the reporter.
    pub steps: Vec<Step>,
}

/// Reports; answers the token beside the case. `ctx` is nobody's.
pub fn report(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    new: &NewIncident,
) -> Outcome<(Shown, String)> {
    let new = NewIncident { source: Some(Source::Anonymous), files: Vec::new(), ..new.clone() };
    let shown = report::take_in(tx, ctx, s, &new)?;
    let token = token();
    tokens::insert(tx, &hash(&token), shown.incident.id, ctx.now)?;
    Ok((shown, token))
}

/// The case of a token. A wrong one and one of nothing sound the same.
fn of_token(tx: &mut Tx<'_>, token: &str) -> Outcome<Id<IncidentId>> {
    tokens::find(tx, &hash(token))?.or_refuse(&NOT_FOUND)
}

/// How far it is.
pub fn look(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, token: &str) -> Outcome<Followed> {
    let id = of_token(tx, token)?;
    let shown = see::find(tx, ctx, s, id)?;
    let mut steps = steps::list(tx, id, 0, STEPS)?;
    for step in &mut steps {
        if !is_for_reporter(&step.action) {
            step.note = None;
        }
    }
    Ok(Followed { shown, steps })
}

/// Whether what was written at such a step is for the reporter: what was done, why it was refused, what they are asked.
pub fn is_for_reporter(action: &str) -> bool {
    let told = [Action::Reject, Action::Resolve, Action::Ask, Action::Answer, Action::Reopen, Action::Merge];
    told.iter().any(|told| told.word() == action) || action == rate::RATE || action == super::requests::VOID
}

/// What whoever holds the token does.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Answers what was asked.
    Answer(String),
    /// Says that it is not in order.
    Reopen(String),
    /// Marks what was done.
    Rate(Rating),
}

/// Does it to the case as it is now.
pub fn reply(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    token: &str,
    reply: &Reply,
) -> Outcome<Followed> {
    let id = of_token(tx, token)?;
    let incident = incidents::find_locked(tx, id)?.or_refuse(&NOT_FOUND)?;
    let deed = match reply {
        Reply::Answer(answer) => Deed::Answer { answer: answer.clone() },
        Reply::Reopen(reason) => Deed::Reopen { reason: reason.clone() },
        Reply::Rate(rating) => {
            rate::rate(tx, ctx, s, id, incident.version, rating)?;
            return look(tx, ctx, s, token);
        }
    };
    act::act(tx, ctx, s, id, incident.version, &deed)?;
    look(tx, ctx, s, token)
}
