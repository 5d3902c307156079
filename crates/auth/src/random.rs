//! Secrets, straight from the operating system: the one randomness that is not a parameter, since nobody may choose it.

use kernel::{Fault, Outcome};
use rand::TryRngCore;
use rand::rngs::OsRng;

/// `N` bytes nobody can guess.
pub fn secret<const N: usize>() -> Outcome<[u8; N]> {
    let mut bytes = [0_u8; N];
    OsRng.try_fill_bytes(&mut bytes).map_err(Fault::internal)?;
    Ok(bytes)
}
