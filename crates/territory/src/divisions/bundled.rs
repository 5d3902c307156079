//! The slice of five places that the program carries (`data/divisions`): demo and test data.

use kernel::Outcome;

use super::{Divisions, NoProgress, TIERS, parse};

macro_rules! slice {
    ($file:literal) => {
        include_bytes!(concat!("../../../../data/divisions/", $file, ".csv")).as_slice()
    };
}

/// The files, in the order of [`TIERS`].
const FILES: [&[u8]; 5] =
    [slice!("provinces"), slice!("cities"), slice!("areas"), slice!("streets"), slice!("villages")];

/// Reads them by the same rules as anybody's.
pub(super) fn read() -> Outcome<Divisions> {
    let mut all = Divisions::default();
    for (tier, bytes) in TIERS.iter().zip(FILES) {
        parse::read(&mut all, tier, tier.file, bytes, &NoProgress)?;
    }
    Ok(all)
}
