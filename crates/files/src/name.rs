//! What a file is called: a name that is safe in a header, on every file system and for the eye.

use std::fmt::Write;

use kernel::text::is_unseen;
use unicode_normalization::UnicodeNormalization;

use crate::model::Media;

/// Characters of a name, at most.
const LONGEST: usize = 120;
/// Names that mean a device on Windows, whatever their end.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The sender's name for a file, cleaned: no folders, nothing unseen, no character that a file system or a shell gives a meaning, and
/// the end that its bytes have.
pub fn clean(said: &str, media: Media) -> String {
    let bare = said.rsplit(['/', '\\']).next().unwrap_or_default();
    let tame: String = bare
        .nfc()
        .filter(|c| !is_unseen(*c))
        .map(|c| if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '`' | '$' | '%') { '_' } else { c })
        .collect();
    let tame = tame.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let (stem, end) = match tame.rsplit_once('.') {
        Some((stem, end)) if media.ends().contains(&end.to_lowercase().as_str()) => (stem, Some(end)),
        _ => (tame, None),
    };
    let stem: String = stem.chars().take(LONGEST).collect();
    let stem = stem.trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    let stem = if stem.is_empty() { "file" } else { stem };
    let before = if is_device(stem) { "_" } else { "" };
    let end = end.or_else(|| media.ends().first().copied()).unwrap_or("bin");
    format!("{before}{stem}.{end}")
}

fn is_device(stem: &str) -> bool {
    let word = stem.split('.').next().unwrap_or_default().trim().to_lowercase();
    let port = word.strip_prefix("com").or_else(|| word.strip_prefix("lpt"));
    DEVICES.contains(&word.as_str())
        || port.is_some_and(|n| n.chars().count() == 1 && n.chars().all(char::is_numeric))
}

/// `Content-Disposition` for this name (RFC 6266): in ASCII for old readers, and as it is, percent-encoded.
pub fn disposition(inline: bool, name: &str) -> String {
    let plain: String =
        name.chars()
            .map(|c| {
                if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%' | ';') || c == ' ' { c } else { '_' }
            })
            .collect();
    let mut whole = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            whole.push(char::from(byte));
        } else {
            // Writing into a text never fails.
            let _ = write!(whole, "%{byte:02X}");
        }
    }
    let how = if inline { "inline" } else { "attachment" };
    format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{whole}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_loses_folders_controls_and_wrong_ends() {
        for (said, media, cleaned) in [
            ("现场照片.jpg", Media::Jpeg, "现场照片.jpg"),
            ("../../etc/passwd", Media::Text, "passwd.txt"),
            ("C:\\Windows\\system32\\a.PDF", Media::Pdf, "a.PDF"),
            ("a\r\nSet-Cookie: x=1.png", Media::Png, "aSet-Cookie_ x=1.png"),
            ("invoice.pdf.exe", Media::Pdf, "invoice.pdf.exe.pdf"),
            ("\u{202e}gpj.exe", Media::Jpeg, "gpj.exe.jpg"),
            ("photo.heic", Media::Jpeg, "photo.heic.jpg"),
            ("photo.webp", Media::Jpeg, "photo.webp.jpg"),
            ("", Media::Docx, "file.docx"),
            ("...", Media::Jpeg, "file.jpg"),
            (".jpg", Media::Jpeg, "jpg.jpg"),
            ("NUL.txt", Media::Text, "_NUL.txt"),
            ("com1.txt", Media::Text, "_com1.txt"),
            ("a\"b<c>|?*.xlsx", Media::Xlsx, "a_b_c____.xlsx"),
            ("x/..", Media::Jpeg, "file.jpg"),
        ] {
            assert_eq!(clean(said, media), cleaned, "{said:?}");
        }
        assert_eq!(clean(&"长".repeat(500), Media::Pdf).chars().count(), 124);
    }

    #[test]
    fn a_disposition_says_the_name_twice() {
        assert_eq!(
            disposition(false, "现场 1.pdf"),
            "attachment; filename=\"__ 1.pdf\"; filename*=UTF-8''%E7%8E%B0%E5%9C%BA%201.pdf"
        );
        assert!(disposition(true, "a.jpg").starts_with("inline; filename=\"a.jpg\""));
    }

    proptest! {
        #[test]
        fn whatever_is_said_the_name_is_one_segment_and_the_header_one_line(said in ".{0,300}") {
            for (media, ..) in Media::ALL {
                let name = clean(&said, media);
                prop_assert!(!name.contains(['/', '\\', '"', '\r', '\n', '\0']) && !name.starts_with('.'));
                prop_assert!(name.chars().count() <= 130 && !name.chars().any(is_unseen));
                prop_assert_eq!(clean(&name, media), name.clone(), "cleaning twice changes nothing");
                prop_assert!(disposition(false, &name).bytes().all(|b| (0x20..0x7f).contains(&b)));
            }
        }
    }
}
