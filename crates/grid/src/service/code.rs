//! The code of a unit grid (单元网格编码): twelve digits of the division code down to the community, three of sequence.

use contracts::UnitRef;
use kernel::Outcome;

use crate::error::{CODE_NOT_FIFTEEN_DIGITS, CODE_OF_ANOTHER_UNIT};

/// How many digits a code has.
const DIGITS: usize = 15;

/// The code as it is kept, if it is one of this unit. A unit without a division code takes every code of the right shape.
pub(super) fn checked(given: &str, unit: &UnitRef) -> Outcome<String> {
    let code = given.trim();
    if code.len() != DIGITS || !code.bytes().all(|b| b.is_ascii_digit()) {
        return Err(CODE_NOT_FIFTEEN_DIGITS.refusal().at("/code", &CODE_NOT_FIFTEEN_DIGITS).into());
    }
    if let Some(division) = unit.code.as_deref().filter(|division| !code.starts_with(division)) {
        let detail = format!("It begins with {division}.");
        return Err(CODE_OF_ANOTHER_UNIT.refusal().because(detail).at("/code", &CODE_OF_ANOTHER_UNIT).into());
    }
    Ok(code.to_owned())
}
