//! The citizen identity number: 6 digits of a division, 8 of a birth date, 3 in sequence, 1 check character (GB 11643-1999).

use std::fmt;

use chrono::NaiveDate;

use super::{day, digit, is_province, normalised, shown};

/// What the 17th digit says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sex {
    /// Even.
    Female,
    /// Odd.
    Male,
}

/// A number that stands up to the standard, in its normal form. Never printed whole by `Debug`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CitizenId {
    number: String,
    birth: NaiveDate,
    sex: Sex,
}

/// What is wrong with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CitizenIdFlaw {
    /// Not 18 characters.
    Length,
    /// 15 digits, as they were issued until 1999 and are no longer valid.
    Old,
    /// Something other than 17 digits and a digit or X.
    Characters,
    /// The first two digits are no province's.
    Province,
    /// There is no such day, or it lies ahead.
    BirthDate,
    /// The last character does not fit the rest.
    Check,
}

shown!(CitizenIdFlaw {
    Self::Length => "18 characters are expected",
    Self::Old => "15-digit numbers are no longer valid",
    Self::Characters => "17 digits and a digit or X are expected",
    Self::Province => "the first two digits are no province's",
    Self::BirthDate => "there is no such birth date, or it lies in the future",
    Self::Check => "the last character does not fit the rest",
});

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: [u8; 11] = *b"10X98765432";

impl CitizenId {
    /// Reads a number as people write it. Of the first six digits only the province is looked up: a division that is gone is still
    /// in the numbers of those who were born there. `latest` is the last day that is not in the future.
    pub fn parse(text: &str, latest: NaiveDate) -> Result<Self, CitizenIdFlaw> {
        let number = normalised(text);
        if number.len() == 15 && number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(CitizenIdFlaw::Old);
        }
        if number.chars().count() != 18 {
            return Err(CitizenIdFlaw::Length);
        }
        let (body, check) = number.split_at_checked(17).ok_or(CitizenIdFlaw::Characters)?;
        let digits: Vec<u32> = body.bytes().filter_map(digit).collect();
        let shaped =
            digits.len() == 17 && number.len() == 18 && matches!(check.as_bytes(), [b'0'..=b'9' | b'X']);
        if !shaped {
            return Err(CitizenIdFlaw::Characters);
        }
        if !number.get(..2).is_some_and(is_province) {
            return Err(CitizenIdFlaw::Province);
        }
        let birth =
            number.get(6..14).and_then(day).filter(|d| *d <= latest).ok_or(CitizenIdFlaw::BirthDate)?;
        let sum: u32 = digits.iter().zip(WEIGHTS).map(|(d, w)| d * w).sum();
        let wanted = usize::try_from(sum % 11).ok().and_then(|i| CHECKS.get(i));
        if wanted != check.as_bytes().first() {
            return Err(CitizenIdFlaw::Check);
        }
        let sex = if digits.last().is_some_and(|d| d % 2 == 1) { Sex::Male } else { Sex::Female };
        Ok(Self { number, birth, sex })
    }

    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        &self.number
    }

    /// The day of birth.
    pub fn birth(&self) -> NaiveDate {
        self.birth
    }

    /// The sex.
    pub fn sex(&self) -> Sex {
        self.sex
    }
}

impl fmt::Debug for CitizenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CitizenId(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 24).unwrap()
    }

    fn flaw(text: &str) -> Option<CitizenIdFlaw> {
        CitizenId::parse(text, today()).err()
    }

    /// Seventeen digits with the check character that they ask for.
    fn complete(body: &str) -> String {
        let sum: u32 = body.bytes().filter_map(digit).zip(WEIGHTS).map(|(d, w)| d * w).sum();
        format!("{body}{}", char::from(CHECKS[usize::try_from(sum % 11).unwrap()]))
    }

    #[test]
    fn numbers_that_are_known_to_be_right() {
        let one = CitizenId::parse("11010519491231002X", today()).unwrap();
        assert_eq!((one.birth(), one.sex()), (NaiveDate::from_ymd_opt(1949, 12, 31).unwrap(), Sex::Female));
        // 360426 and 440524 are divisions that have changed since.
        for sound in [
            "360426199101010071",
            "440524188001010014",
            "11010519491231002x",
            "１１０１０５１９４９１２３１００２ｘ",
            "110105 19491231 002X",
        ] {
            assert_eq!(flaw(sound), None, "{sound}");
        }
        assert_eq!(
            CitizenId::parse("110105 1949-1231-002x", today()).unwrap().as_str(),
            "11010519491231002X"
        );
        assert_eq!(CitizenId::parse("360426199101010071", today()).unwrap().sex(), Sex::Male);
    }

    #[test]
    fn numbers_that_are_wrong_say_how() {
        for (text, wanted) in [
            ("110105491231002", CitizenIdFlaw::Old),
            ("", CitizenIdFlaw::Length),
            ("1101051949123100", CitizenIdFlaw::Length),
            ("110105194912310021X", CitizenIdFlaw::Length),
            ("11010519491231002Y", CitizenIdFlaw::Characters),
            ("1101051949123100XX", CitizenIdFlaw::Characters),
            ("01010519491231002X", CitizenIdFlaw::Province),
            ("00010519491231002X", CitizenIdFlaw::Province),
            ("16010519491231002X", CitizenIdFlaw::Province),
            ("91010519491231002X", CitizenIdFlaw::Province),
            ("张三三三三三三三三三三三三三三三三三", CitizenIdFlaw::Characters),
            ("110105194912310021", CitizenIdFlaw::Check),
            ("110105194902300021", CitizenIdFlaw::BirthDate),
            ("110105190002290021", CitizenIdFlaw::BirthDate),
            ("110105194913010021", CitizenIdFlaw::BirthDate),
            ("110105000001010021", CitizenIdFlaw::BirthDate),
        ] {
            assert_eq!(flaw(text), Some(wanted), "{text}");
        }
        assert_eq!(flaw(&complete("11010520261125001")), Some(CitizenIdFlaw::BirthDate), "tomorrow");
        assert_eq!(flaw(&complete("11010520261124001")), None, "today");
        assert_eq!(flaw(&complete("11010520000229001")), None, "a leap day");
    }

    #[test]
    fn it_is_not_printed() {
        let one = CitizenId::parse("11010519491231002X", today()).unwrap();
        assert!(!format!("{one:?}").contains("1949"));
    }

    /// Six digits of a division in one of the provinces.
    fn divisions() -> impl Strategy<Value = String> {
        (proptest::sample::select(super::super::PROVINCES.to_vec()), 0_u32..10_000)
            .prop_map(|(province, rest)| format!("{province}{rest:04}"))
    }

    proptest! {
        #[test]
        fn a_province_that_is_none_is_refused_whatever_follows(province in 0_u8..100, rest in 0_u32..10_000, days in 0_u64..36_000, seq in 0_u32..1000) {
            let birth = NaiveDate::from_ymd_opt(1920, 1, 1).unwrap().checked_add_days(chrono::Days::new(days)).unwrap();
            let number = complete(&format!("{province:02}{rest:04}{}{seq:03}", birth.format("%Y%m%d")));
            let wanted = (!super::super::PROVINCES.contains(&province)).then_some(CitizenIdFlaw::Province);
            prop_assert_eq!(flaw(&number), wanted);
        }

        #[test]
        fn one_wrong_digit_is_always_caught(division in divisions(), days in 0_u64..36_000, seq in 0_u32..1000, at in 0_usize..18, by in 1_u8..10) {
            let birth = NaiveDate::from_ymd_opt(1920, 1, 1).unwrap().checked_add_days(chrono::Days::new(days)).unwrap();
            let sound = complete(&format!("{division}{}{seq:03}", birth.format("%Y%m%d")));
            prop_assert_eq!(flaw(&sound), None);
            let mut wrong = sound.clone().into_bytes();
            wrong[at] = match wrong[at] { b'X' => b'0' + by, d => b'0' + (d - b'0' + by) % 10 };
            prop_assert!(flaw(std::str::from_utf8(&wrong).unwrap()).is_some());
        }

        #[test]
        fn two_neighbours_in_the_wrong_order_are_caught(division in divisions(), days in 0_u64..36_000, seq in 0_u32..1000, at in 1_usize..16) {
            let birth = NaiveDate::from_ymd_opt(1920, 1, 1).unwrap().checked_add_days(chrono::Days::new(days)).unwrap();
            let sound = complete(&format!("{division}{}{seq:03}", birth.format("%Y%m%d")));
            let mut wrong = sound.clone().into_bytes();
            wrong.swap(at, at + 1);
            let wrong = String::from_utf8(wrong).unwrap();
            prop_assert!(wrong == sound || flaw(&wrong).is_some());
        }

        #[test]
        fn whatever_comes_is_answered(text in "\\PC{0,24}") {
            drop(CitizenId::parse(&text, today()));
        }
    }
}
