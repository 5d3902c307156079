//! The keys that small secrets are sealed with: made at the first start, kept in the database for all gateways.

use auth::Sealer;
use kernel::{Fault, Instant, Outcome};
use storage::Tx;

use crate::store::seal;

/// The sealer; `None` before the first start.
pub fn load(tx: &mut Tx<'_>) -> Outcome<Option<Sealer>> {
    seal::load(tx)?.map(|json| Sealer::from_json(&json)).transpose()
}

/// The sealer, made if there is none.
pub fn load_or_create(tx: &mut Tx<'_>, now: Instant) -> Outcome<Sealer> {
    if let Some(sealer) = load(tx)? {
        return Ok(sealer);
    }
    let sealer = Sealer::generate()?;
    if seal::insert(tx, &sealer.to_json()?, now)? {
        return Ok(sealer);
    }
    load(tx)?.ok_or_else(|| Fault::internal("there are no sealing keys"))
}
