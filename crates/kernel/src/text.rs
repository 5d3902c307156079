//! Characters that are not what they seem.

/// Whether a reader sees nothing of it, or it turns the writing around: control characters, zero-width ones, fillers, tags, the
/// marks and overrides of direction. A name that holds one looks like another name. Variation selectors are let through: they
/// choose a shape of the character before (㐂 in personal names, the letters of Mongolian) and stand for nothing alone.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}')
}

/// Whether it only chooses a shape of the character before.
pub fn is_variation(c: char) -> bool {
    matches!(c, '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_known_and_what_people_are_called_is_not_among_it() {
        for c in [
            '\0',
            '\n',
            '\t',
            '\u{7f}',
            '\u{85}',
            '\u{200b}',
            '\u{200d}',
            '\u{202e}',
            '\u{2066}',
            '\u{3164}',
            '\u{feff}',
            '\u{e0041}',
        ] {
            assert!(is_unseen(c), "{:x}", u32::from(c));
        }
        for name in [
            "张三",
            "欧阳·娜娜",
            "𠮷野家",
            "Zoë O'Neill-Smith",
            "ئەخمەت",
            "བསྟན་འཛིན",
            "ᠪᠠᠲᠤ",
            "辻\u{e0100}",
            "李 四",
        ] {
            assert!(!name.chars().any(is_unseen), "{name}");
        }
    }
}
