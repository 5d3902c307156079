//! Numbers that national standards define: citizens (GB 11643), legal entities (GB 32100, with GB 11714 inside), divisions
//! (GB/T 2260). Pure: whoever calls says what day it is. Nothing here asks whether a number was ever issued.

use chrono::{Datelike, NaiveDate};

mod citizen;
mod credit;

pub use citizen::{CitizenId, CitizenIdFlaw, Sex};
pub use credit::{CreditCode, CreditCodeFlaw};

/// As people type and paste it → as it is compared: full-width letters and digits become ASCII, blanks and hyphens of every
/// kind go, letters are upper case.
pub fn normalised(text: &str) -> String {
    text.chars()
        .map(narrow)
        .filter(|c| !c.is_whitespace() && !is_hyphen(*c) && *c != '\u{200b}' && *c != '\u{feff}')
        .flat_map(char::to_uppercase)
        .collect()
}

/// The ASCII character that a full-width one stands for.
pub fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c),
        '\u{3000}' => ' ',
        other => other,
    }
}

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ad}')
}

/// Whether a text has the shape of a division code: 6 digits (GB/T 2260), 9 (a township, GB/T 10114) or 12 (a village, as the
/// statisticians count). Codes merge and die, so only the shape is judged: a province's first digit is 1 to 8, and where a level
/// is left open all below it are.
pub fn is_division_code(text: &str) -> bool {
    if !matches!(text.len(), 6 | 9 | 12) || !text.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let levels = [part(0, 2), part(2, 4), part(4, 6), part(6, 9), part(9, 12)];
    let open = |level: &&str| level.bytes().all(|b| b == b'0');
    let starts = text.bytes().next().is_some_and(|b| (b'1'..=b'8').contains(&b)) && !open(&levels[0]);
    // Once a level is 00 nothing below it is given. Cities without districts (Dongguan, 4419) number their towns at once.
    let no_gap =
        levels.iter().filter(|l| !l.is_empty()).skip(1).try_fold(false, |was_open, level| {
            if was_open && !open(level) { None } else { Some(open(level)) }
        });
    let districtless = levels.get(2).is_some_and(open) && !levels.get(1).is_some_and(open);
    starts && (no_gap.is_some() || districtless)
}

/// The provinces, autonomous regions, municipalities and special regions that a code begins with (GB/T 2260; 81 to 83 stand in
/// the residence permits of people from Hong Kong, Macao and Taiwan).
const PROVINCES: [u8; 35] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54,
    61, 62, 63, 64, 65, 71, 81, 82, 83,
];

/// Whether two digits are a province's.
pub fn is_province(digits: &str) -> bool {
    digits.len() == 2 && digits.parse().is_ok_and(|code: u8| PROVINCES.contains(&code))
}

/// The value of a digit.
fn digit(byte: u8) -> Option<u32> {
    byte.is_ascii_digit().then(|| u32::from(byte - b'0'))
}

/// A day from its eight digits, if there is such a day.
fn day(text: &str) -> Option<NaiveDate> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok();
    let year = i32::try_from(number(0, 4)?).ok()?;
    NaiveDate::from_ymd_opt(year, number(4, 6)?, number(6, 8)?).filter(|d| d.year() >= 1_000)
}

macro_rules! shown {
    ($flaw:ident { $($variant:pat => $text:literal),+ $(,)? }) => {
        impl std::fmt::Display for $flaw {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $($variant => $text),+ })
            }
        }
        impl std::error::Error for $flaw {}
    };
}
use shown;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_blanks_hyphens_and_small_letters_are_made_one() {
        assert_eq!(normalised("１１０１０５ 19491231－002ｘ"), "11010519491231002X");
        assert_eq!(normalised(" 91-350100\u{3000}m000100y43 "), "91350100M000100Y43");
    }

    #[test]
    fn there_are_thirty_five_provinces_and_no_others() {
        let all: Vec<String> = (0..=99).map(|n| format!("{n:02}")).filter(|two| is_province(two)).collect();
        assert_eq!(all.len(), 35);
        for none in ["", "1", "00", "10", "16", "47", "55", "66", "72", "80", "84", "91", "+1", "011", "１１"]
        {
            assert!(!is_province(none), "{none}");
        }
    }

    #[test]
    fn division_codes_are_judged_by_their_shape() {
        for sound in
            ["110000", "441900", "441900118", "441900118201", "110105", "429004", "710000", "130403001001"]
        {
            assert!(is_division_code(sound), "{sound}");
        }
        for broken in [
            "",
            "11010",
            "010105",
            "910000",
            "11010A",
            "１１０１０５",
            "110005001",
            "000000",
            "1101050",
            "110105000001",
        ] {
            assert!(!is_division_code(broken), "{broken}");
        }
    }
}
