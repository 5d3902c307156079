//! Many grants in one request, each with its own answer.

use kernel::{Context, Fault, Outcome, Refusal};
use storage::Tx;

use crate::model::Grant;
use crate::service::Services;
use crate::service::give::{self, Gift};

/// The most in one request.
pub const MOST: usize = 200;

/// How they are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Manner {
    /// Only says what would be.
    pub dry_run: bool,
    /// All or none.
    pub atomic: bool,
}

/// What became of one.
#[derive(Debug)]
pub enum Fate {
    /// It was given or proposed; in a dry run it would have been.
    Given(Box<Grant>),
    /// It was refused.
    Refused(Box<Refusal>),
    /// Nothing was against it, but another one was refused.
    Undone,
}

/// Gives them one after the other, each in its own savepoint. A dry run does the same and undoes it: it counts what the real one
/// would.
pub fn give_all(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    gifts: &[Gift],
    manner: Manner,
) -> Outcome<Vec<Fate>> {
    let mut fates = Vec::with_capacity(gifts.len());
    let mut undone = false;
    let whole = tx.nested(|tx| {
        for gift in gifts {
            match tx.nested(|tx| give::give(tx, ctx, shared, gift)) {
                Ok(grant) => fates.push(Fate::Given(Box::new(grant))),
                Err(Fault::Refused(refusal)) => fates.push(Fate::Refused(refusal)),
                Err(fault) => return Err(fault),
            }
        }
        let failed = manner.atomic && fates.iter().any(|fate| matches!(fate, Fate::Refused(_)));
        if failed {
            for fate in &mut fates {
                if matches!(fate, Fate::Given(_)) {
                    *fate = Fate::Undone;
                }
            }
        }
        undone = failed || manner.dry_run;
        // Any fault undoes the savepoint; this one is caught below.
        if undone { Err(Fault::internal("undone")) } else { Ok(()) }
    });
    match whole {
        Err(fault) if !undone => Err(fault),
        _ => Ok(fates),
    }
}
