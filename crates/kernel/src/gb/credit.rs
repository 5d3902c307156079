//! The unified social credit code: department, category, 6 digits of a division, 9 of the organisation code (GB 11714), check
//! character (GB 32100-2015).

use super::{digit, normalised, shown};

/// A code that stands up to the standard, in its normal form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CreditCode(String);

/// What is wrong with a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreditCodeFlaw {
    /// Not 18 characters.
    Length,
    /// A character that the standard leaves out (I, O, S, V, Z) or that is none of its own.
    Characters,
    /// Characters 3 to 8 are not digits.
    Division,
    /// The last character does not fit, though the organisation code inside does: the last character is likely the mistake.
    Check,
    /// Neither the last character nor the organisation code inside fits: the mistake is likely inside.
    CheckAndOrganisation,
}

shown!(CreditCodeFlaw {
    Self::Length => "18 characters are expected",
    Self::Characters => "digits and capital letters without I, O, S, V and Z are expected",
    Self::Division => "the third to the eighth character are digits",
    Self::Check => "the last character does not fit the rest",
    Self::CheckAndOrganisation => "neither the last character nor the organisation code inside fits",
});

/// Value = index.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// 3^i mod 31.
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

impl CreditCode {
    /// Reads a code as people write it. Codes with a wrong check character have been issued: whoever must take one keeps the text,
    /// the flaw and the evidence beside it.
    pub fn parse(text: &str) -> Result<Self, CreditCodeFlaw> {
        let code = normalised(text);
        if code.chars().count() != 18 {
            return Err(CreditCodeFlaw::Length);
        }
        let values: Vec<usize> =
            code.bytes().filter_map(|b| ALPHABET.iter().position(|letter| *letter == b)).collect();
        if values.len() != 18 || code.len() != 18 {
            return Err(CreditCodeFlaw::Characters);
        }
        if !code.get(2..8).is_some_and(|d| d.bytes().all(|b| b.is_ascii_digit())) {
            return Err(CreditCodeFlaw::Division);
        }
        let sum: usize = values.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
        // The outer remainder matters: a sum that 31 divides asks for 0, not for a 32nd letter.
        if values.last() == Some(&((31 - sum % 31) % 31)) {
            Ok(Self(code))
        } else if code.get(8..17).is_some_and(is_organisation_code) {
            Err(CreditCodeFlaw::Check)
        } else {
            Err(CreditCodeFlaw::CheckAndOrganisation)
        }
    }

    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the organisation code inside fits its own check character: a second warning where it does not.
    pub fn organisation_code_fits(&self) -> bool {
        self.0.get(8..17).is_some_and(is_organisation_code)
    }

    /// Department and category: `51` an association, `52` a social service organisation, `53` a foundation, `91` a company. An
    /// unknown one is no mistake: new ones are added.
    pub fn category(&self) -> &str {
        self.0.get(..2).unwrap_or_default()
    }
}

/// Nine characters, the last of them the check (GB 11714).
fn is_organisation_code(code: &str) -> bool {
    let value = |b: u8| digit(b).or_else(|| b.is_ascii_uppercase().then(|| u32::from(b - b'A') + 10));
    let values: Vec<u32> = code.bytes().take(8).filter_map(value).collect();
    let sum: u32 = values.iter().zip(ORGANISATION_WEIGHTS).map(|(value, weight)| value * weight).sum();
    let wanted = match 11 - sum % 11 {
        10 => b'X',
        11 => b'0',
        n => b'0' + u8::try_from(n).unwrap_or_default(),
    };
    values.len() == 8 && code.len() == 9 && code.as_bytes().last() == Some(&wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SOUND: [&str; 8] = [
        "91350100M000100Y43",
        "53100000500021676K",
        "53100000500019795A",
        "12100000400009127B",
        "91110000600037341L",
        "91110108551385082Q",
        "11622700013944908W",
        "533301065000000900",
    ];

    #[test]
    fn codes_that_are_known_to_be_right() {
        for code in SOUND {
            assert_eq!(CreditCode::parse(code).map(|c| c.as_str().to_owned()), Ok(code.to_owned()));
        }
        assert_eq!(CreditCode::parse(" 91350100-m000100y４３ ").unwrap().as_str(), SOUND[0]);
        assert_eq!(CreditCode::parse(SOUND[1]).unwrap().category(), "53");
    }

    #[test]
    fn codes_that_are_known_to_be_wrong() {
        for code in ["53100000500020462H", "12100000400008888X"] {
            let flaw = CreditCode::parse(code).unwrap_err();
            assert!(
                matches!(flaw, CreditCodeFlaw::Check | CreditCodeFlaw::CheckAndOrganisation),
                "{code}: {flaw}"
            );
        }
        for (code, flaw) in [
            ("91350100M000100Y4Z", CreditCodeFlaw::Characters),
            ("91350100M000100Y4", CreditCodeFlaw::Length),
            ("91350100M000100Y433", CreditCodeFlaw::Length),
            ("9135010OM000100Y43", CreditCodeFlaw::Characters),
            ("91A50100M000100Y43", CreditCodeFlaw::Division),
            ("91350100M000100Y44", CreditCodeFlaw::Check),
            ("91350100M000200Y43", CreditCodeFlaw::CheckAndOrganisation),
        ] {
            assert_eq!(CreditCode::parse(code), Err(flaw), "{code}");
        }
    }

    #[test]
    fn the_organisation_code_inside_is_a_second_warning() {
        for code in &SOUND[..7] {
            assert!(CreditCode::parse(code).unwrap().organisation_code_fits(), "{code}");
        }
        // What circulates for two bodies: only the last character is wrong.
        for code in ["53100000500020462H", "12100000400008888X"] {
            assert_eq!(CreditCode::parse(code), Err(CreditCodeFlaw::Check), "{code}");
        }
    }

    proptest! {
        #[test]
        fn one_wrong_character_is_always_caught(which in 0_usize..SOUND.len(), at in 0_usize..18, by in 1_usize..31) {
            let mut wrong = SOUND[which].as_bytes().to_vec();
            let value = ALPHABET.iter().position(|l| *l == wrong[at]).unwrap();
            wrong[at] = ALPHABET[(value + by) % 31];
            prop_assert!(CreditCode::parse(std::str::from_utf8(&wrong).unwrap()).is_err());
        }
    }
}
