//! Who does a job that only one process may do: a row with an expiry and a fencing token. A process that slept through its
//! lease finds, inside its next transaction, that its token is no longer the newest, and does nothing.

use diesel::prelude::*;
use kernel::{Instant, Outcome};

use crate::schema::storage_leases as leases;
use crate::{Tx, with_conn};

/// A lease held: its name and its fencing token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What it is for.
    pub name: String,
    /// Who holds it.
    pub owner: String,
    /// Grows with every change of hands.
    pub fence: i64,
}

/// Takes or renews the lease `name` for `owner` until `until`; `None` while somebody else holds it.
pub fn take(
    tx: &mut Tx<'_>,
    name: &str,
    owner: &str,
    now: Instant,
    until: Instant,
) -> Outcome<Option<Lease>> {
    let held: Option<(String, Instant, i64)> = with_conn!(tx, |c| lock!(leases::table.find(name).select((
        leases::owner,
        leases::expires_at,
        leases::fence
    )))
    .first(c)
    .optional())?;
    let fence = match held {
        Some((holder, expires, _)) if holder != owner && expires > now => return Ok(None),
        Some((holder, _, fence)) => {
            let fence = if holder == owner { fence } else { fence + 1 };
            with_conn!(tx, |c| diesel::update(leases::table.find(name))
                .set((leases::owner.eq(owner), leases::expires_at.eq(until), leases::fence.eq(fence)))
                .execute(c))?;
            fence
        }
        None => {
            let row = (
                leases::name.eq(name),
                leases::owner.eq(owner),
                leases::expires_at.eq(until),
                leases::fence.eq(1_i64),
            );
            let made = with_conn!(tx, |c| diesel::insert_into(leases::table)
                .values(row)
                .on_conflict_do_nothing()
                .execute(c))?;
            if made == 0 {
                return Ok(None);
            }
            1
        }
    };
    Ok(Some(Lease { name: name.to_owned(), owner: owner.to_owned(), fence }))
}

/// Whether the lease is still ours: locks its row, so that nobody takes it before this transaction ends.
pub fn still_held(tx: &mut Tx<'_>, lease: &Lease) -> Outcome<bool> {
    let now: Option<(String, i64)> =
        with_conn!(tx, |c| lock!(leases::table.find(&lease.name).select((leases::owner, leases::fence)))
            .first(c)
            .optional())?;
    Ok(now.is_some_and(|(owner, fence)| owner == lease.owner && fence == lease.fence))
}

/// Gives the lease back, so that another need not wait for its expiry.
pub fn release(tx: &mut Tx<'_>, lease: &Lease, now: Instant) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(
        leases::table
            .find(&lease.name)
            .filter(leases::owner.eq(&lease.owner))
            .filter(leases::fence.eq(lease.fence))
    )
    .set(leases::expires_at.eq(now))
    .execute(c))?;
    Ok(())
}
