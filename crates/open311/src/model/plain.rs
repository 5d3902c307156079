//! Texts from strangers: plain, with nothing in them that cannot be seen, and that any parser of XML 1.0 takes.

use kernel::text::is_unseen;

/// The most characters of a title.
const TITLE: usize = 120;

/// Whether XML 1.0 has the character.
pub fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

/// A text as it is kept. Control characters and what turns the direction of writing around are left out without a word: a client
/// that sends one would send it for ever. Joiners and marks of direction stay, since writing needs them.
pub fn clean(text: &str) -> String {
    let kept = |c: &char| match c {
        '\n' | '\t' | '\u{200c}'..='\u{200f}' => true,
        c => !is_unseen(*c) && is_xml(*c),
    };
    text.replace("\r\n", "\n").replace('\r', "\n").chars().filter(kept).collect::<String>().trim().to_owned()
}

/// A title: the first line that says something. Nothing invisible is in it, since it stands alone in lists.
pub fn title(text: &str) -> Option<String> {
    let line = text
        .lines()
        .map(|line| line.chars().filter(|c| !is_unseen(*c)).collect::<String>().trim().to_owned())
        .find(|line| !line.is_empty())?;
    if line.chars().count() <= TITLE {
        return Some(line);
    }
    Some(line.chars().take(TITLE - 1).chain(['…']).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_cannot_be_seen_is_left_out_and_what_writing_needs_stays() {
        assert_eq!(clean("a\0b\u{8}c\r\nd\re\tf"), "abc\nd\ne\tf");
        assert_eq!(clean("abc\u{202e}gpj.exe"), "abcgpj.exe");
        assert_eq!(clean("می\u{200c}خواهم"), "می\u{200c}خواهم");
        assert_eq!(clean("]]> & <b>"), "]]> & <b>");
        assert_eq!(clean("\u{fffe}\u{ffff}😀"), "😀");
    }

    #[test]
    fn a_title_is_the_first_line_that_says_something() {
        assert_eq!(title("\n \u{200e}\n路灯不亮\n\n细节").as_deref(), Some("路灯不亮"));
        assert_eq!(title("\u{200f}"), None);
        let long = title(&"长".repeat(500)).expect("a title");
        assert_eq!((long.chars().count(), long.ends_with('…')), (120, true));
    }

    proptest! {
        #[test]
        fn whatever_is_kept_is_xml(text in "\\PC{0,40}|[\\x00-\\x1f\\u{80}-\\u{a0}\\u{2000}-\\u{206f}]{0,40}") {
            prop_assert!(clean(&text).chars().all(is_xml));
            prop_assert!(title(&text).is_none_or(|t| (1..=120).contains(&t.chars().count())));
        }
    }
}
