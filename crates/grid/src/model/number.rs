//! The number a case goes by among people: the day it was reported and eight letters that are read out without mistakes,
//! `20261125-7K3M9Q2X`.

use kernel::id::Incident;
use kernel::{Id, Instant};

/// Crockford's letters: no I, L, O, U, which are taken for others.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// The day is that of Beijing, whatever the machine's zone.
const BEIJING: i64 = 8 * 3_600;

/// The number of a case: its day, and the last forty bits of its id, which are random. Two of a day that have the same are refused
/// by a unique index, and the later one is made anew.
pub fn of(id: Id<Incident>, reported: Instant) -> String {
    let day: String =
        reported.plus_seconds(BEIJING).to_string().chars().take(10).filter(|c| *c != '-').collect();
    let tail = id.uuid().as_u128() & 0xFF_FFFF_FFFF;
    let letter = |place: u32| {
        let five = usize::try_from((tail >> (5 * place)) & 31).unwrap_or(0);
        char::from(LETTERS.get(five).copied().unwrap_or(b'0'))
    };
    let letters: String = (0..8).rev().map(letter).collect();
    format!("{day}-{letters}")
}

/// A number as somebody typed it: in any case, with or without the hyphen, `O` for `0`, `I` and `L` for `1`.
pub fn read(typed: &str) -> Option<String> {
    let plain: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    let whole = (16..=18).contains(&plain.len()) && plain.bytes().all(|b| b.is_ascii_alphanumeric());
    let (day, letters) = plain.split_at_checked(8).filter(|_| whole)?;
    Some(format!("{day}-{letters}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_the_day_in_beijing_and_eight_letters() {
        let at = Instant::from_micros(1_795_630_000_000_000).unwrap();
        let id = Id::from_uuid(uuid::Uuid::from_u128(0xFF_FFFF_FFFF));
        assert_eq!(of(id, at), "20261126-ZZZZZZZZ");
        assert_eq!(of(Id::from_uuid(uuid::Uuid::from_u128(1 << 40)), at), "20261126-00000000");
    }

    #[test]
    fn a_number_is_read_as_people_type_it() {
        assert_eq!(read("20261126-zzzzzzzz").as_deref(), Some("20261126-ZZZZZZZZ"));
        assert_eq!(read(" 20261126 oIlO1234").as_deref(), Some("20261126-01101234"));
        for wrong in
            ["", "20261126", "20261126-ZZZZ", "20261126-ZZZZ%ZZZ", "一二三四五六七八九十一二三四五六"]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_number_is_read_as_itself(tail in any::<u128>(), micros in 0_i64..4_000_000_000_000_000) {
            let number = of(Id::from_uuid(uuid::Uuid::from_u128(tail)), Instant::from_micros(micros).unwrap());
            prop_assert_eq!(number.len(), 17);
            prop_assert_eq!(read(&number), Some(number));
        }
    }
}
