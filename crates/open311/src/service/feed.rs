//! The updates of an account's cases, as the client asks for them.

use std::collections::BTreeMap;

use grid::store::several;
use kernel::{Context, Instant, Outcome};
use storage::Tx;

use super::number;
use super::window::{Pages, window};
use crate::model::{Update, word};
use crate::store::told;

/// From how long ago updates come where nobody says it, in days.
const DAYS: i64 = 1;

/// What happened to the cases that the actor reported, the oldest first.
pub fn updates(
    tx: &mut Tx<'_>,
    ctx: &Context,
    (start, end): (Option<Instant>, Option<Instant>),
    pages: Pages,
) -> Outcome<Vec<Update>> {
    let when = window(ctx.now, start, end, DAYS)?;
    let limit = i64::try_from(pages.upto()).unwrap_or(i64::MAX);
    let told = pages.cut(told::list(tx, ctx.actor.user, when, limit)?);
    let cases: Vec<_> = told.iter().map(|t| t.incident).collect();
    let numbers: BTreeMap<_, _> =
        several::incidents(tx, &cases)?.iter().map(|(i, _)| (i.id, number::of(i))).collect();
    let ids: Vec<_> = told.iter().map(|t| t.step).collect();
    let texts: BTreeMap<_, _> =
        several::steps(tx, &ids)?.iter().map(|step| (step.id, word::public_text(step))).collect();
    let update = |t: told::Told| {
        Some(Update {
            step: t.step,
            number: numbers.get(&t.incident)?.clone(),
            word: t.word,
            text: texts.get(&t.step).cloned().flatten(),
            at: t.at,
        })
    };
    Ok(told.into_iter().filter_map(update).collect())
}
