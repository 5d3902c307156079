//! What is written down of a path. Whoever sends a person's number in a path, by mistake or not, must not find it in every log: what
//! looks like a document's number or a phone is left out.

use std::borrow::Cow;

use kernel::gb::narrow;

/// What stands in the place of a part that is left out.
const LEFT_OUT: &str = "***";

/// A path as it is logged and traced: each part with a number that might be a person's is left out whole.
pub(crate) fn path(path: &str) -> Cow<'_, str> {
    if !path.split('/').any(is_personal) {
        return Cow::Borrowed(path);
    }
    let parts: Vec<&str> =
        path.split('/').map(|part| if is_personal(part) { LEFT_OUT } else { part }).collect();
    Cow::Owned(parts.join("/"))
}

/// Whether a part of a path holds a run of digits as long as a document's number (15 to 18, an X at the end) or longer, or one like
/// a mobile phone's, in whatever spelling and encoding. Ids are none.
fn is_personal(part: &str) -> bool {
    if uuid::Uuid::try_parse(part).is_ok() {
        return false;
    }
    let text = decoded(&decoded(part));
    let mut run = String::new();
    for c in text.chars().map(narrow).chain(['/']) {
        match c {
            '0'..='9' => run.push(c),
            '-' | '.' | '_' | '+' | '(' | ')' => {}
            c if c.is_whitespace() => {}
            _ => {
                if is_number(&run) {
                    return true;
                }
                run.clear();
            }
        }
    }
    false
}

fn is_number(run: &str) -> bool {
    match run.len() {
        0..=10 | 12 | 14 => false,
        11 => run.starts_with('1'),
        13 => run.starts_with("861"),
        _ => true,
    }
}

/// Percent-encoding undone; what is none stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let coded = match after {
            [a, b, ..] if *first == b'%' => hex(*a).zip(hex(*b)).map(|(a, b)| a * 16 + b),
            _ => None,
        };
        bytes.push(coded.unwrap_or(*first));
        rest = if coded.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_of_persons_are_left_out_in_every_spelling() {
        for part in [
            "11010519491231002X",
            "11010519491231002x",
            "110105491231002",
            "360426199101010071",
            "110105-19491231-002X",
            "110105%2019491231%20002x",
            "%31%31%30%31%30%35%31%39%34%39%31%32%33%31%30%30%32%58",
            "%2531%2531%2530105194912310020",
            "%EF%BC%91%EF%BC%91%EF%BC%90%EF%BC%91%EF%BC%90%EF%BC%95194912310020",
            "１１０１０５１９４９１２３１００２Ｘ",
            "13812345678",
            "138-1234-5678",
            "+8613812345678",
            "8613812345678",
            "tel:13812345678",
            "id_card=11010519491231002X",
            "62220212345678901234",
        ] {
            assert_eq!(path(&format!("/api/v1/people/{part}/flags")), "/api/v1/people/***/flags", "{part}");
        }
    }

    #[test]
    fn ids_dates_codes_and_words_are_kept() {
        for kept in [
            "/api/v1/people/0193b2f0-1234-7123-8123-123456789012/flags",
            "/api/v1/people/01931234-1234-7123-8123-123456789012",
            "/api/v1/units/441900118201",
            "/api/v1/days/2026-11-25",
            "/api/v1/users/%E5%BC%A0%E4%B8%89",
            "/api/v1/exports/users.csv",
            "/healthz",
            "/%zz/%",
            "/",
            "",
        ] {
            assert!(matches!(path(kept), Cow::Borrowed(same) if same == kept), "{kept}");
        }
    }

    proptest! {
        #[test]
        fn no_citizens_number_and_no_mobile_phone_passes(before in "[a-z:=]{0,4}", number in "[1-9][0-9]{16}[0-9X]|1[0-9]{10}", after in "[a-z:=]{0,4}") {
            let sent = format!("/{before}{number}{after}");
            prop_assert_eq!(path(&sent), "/***");
        }

        #[test]
        fn whatever_comes_is_answered(sent in "\\PC{0,40}") {
            drop(path(&sent));
        }
    }
}
