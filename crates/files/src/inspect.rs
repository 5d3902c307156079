//! What a file is, by its bytes. Sync and without any knowledge of who sent it.

pub mod document;
pub mod photo;
pub mod whole;

use kernel::Outcome;

use crate::error::{HEIC, TYPE_DIFFERS, TYPE_NOT_TAKEN};
use crate::model::Media;

/// Bytes from the beginning that are enough to tell.
pub const ENOUGH: usize = 4_096;

/// What the sender says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// Nothing in particular.
    Nothing,
    /// This.
    Is(Media),
}

impl Said {
    /// Reads a media type, without its parameters.
    pub fn of(media: &str, charset: Option<&str>) -> Outcome<Self> {
        if matches!(media, "" | "application/octet-stream" | "binary/octet-stream") {
            return Ok(Self::Nothing);
        }
        if matches!(media, "image/heic" | "image/heif" | "image/heic-sequence" | "image/heif-sequence") {
            return Err(HEIC.fault());
        }
        let media = Media::of(media).ok_or_else(|| TYPE_NOT_TAKEN.fault())?;
        let is_utf8 = charset.is_none_or(|name| matches!(name, "utf-8" | "utf8" | "us-ascii"));
        if media == Media::Text && !is_utf8 {
            return Err(TYPE_NOT_TAKEN.refusal().because("plain text is taken in UTF-8").into());
        }
        Ok(Self::Is(media))
    }

    /// What it is, by its first bytes, if that agrees with what was said. Word and Excel look alike here; see
    /// [`document::check`].
    pub fn check(self, begin: &[u8]) -> Outcome<Media> {
        match (self, sniff(begin)) {
            (_, Looks::Heic) => Err(HEIC.fault()),
            (_, Looks::Other) => Err(TYPE_NOT_TAKEN.fault()),
            (Self::Is(Media::Docx), Looks::Zip) => Ok(Media::Docx),
            (Self::Is(Media::Xlsx) | Self::Nothing, Looks::Zip) => Ok(Media::Xlsx),
            (Self::Is(said), Looks::Like(media)) if said == media => Ok(media),
            (Self::Nothing, Looks::Like(media)) => Ok(media),
            (Self::Is(_), _) => Err(TYPE_DIFFERS.fault()),
        }
    }
}

/// What first bytes look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looks {
    Like(Media),
    /// A zip: Word, Excel, or anything else.
    Zip,
    /// A photo of a kind we cannot read.
    Heic,
    /// Nothing that is taken.
    Other,
}

fn sniff(begin: &[u8]) -> Looks {
    if begin.starts_with(b"\xff\xd8\xff") {
        return Looks::Like(Media::Jpeg);
    }
    if begin.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Looks::Like(Media::Png);
    }
    if begin.starts_with(b"RIFF") && begin.get(8..12) == Some(b"WEBP") {
        return Looks::Like(Media::Webp);
    }
    if begin.starts_with(b"%PDF-") {
        return Looks::Like(Media::Pdf);
    }
    if begin.starts_with(b"PK\x03\x04") {
        return Looks::Zip;
    }
    if begin.get(4..8) == Some(b"ftyp") {
        let brand = begin.get(8..12).unwrap_or_default();
        let heic: [&[u8]; 8] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"];
        return if heic.contains(&brand) { Looks::Heic } else { Looks::Other };
    }
    if document::may_be_text(begin) && !is_markup(begin) { Looks::Like(Media::Text) } else { Looks::Other }
}

/// Whether a browser, left to guess, would run it: HTML, SVG, XML.
fn is_markup(begin: &[u8]) -> bool {
    let begin = begin.strip_prefix(b"\xef\xbb\xbf").unwrap_or(begin).trim_ascii_start();
    let word: Vec<u8> = begin.iter().take(16).map(u8::to_ascii_lowercase).collect();
    // A tag, a declaration or a comment right at the beginning is no plain text that anybody needs.
    matches!(word.as_slice(), [b'<', b'!' | b'?' | b'/' | b'a'..=b'z', ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_what_it_is() {
        for (begin, looks) in [
            (b"\xff\xd8\xff\xe0\x00\x10JFIF".as_slice(), Looks::Like(Media::Jpeg)),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Looks::Like(Media::Png)),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Looks::Like(Media::Webp)),
            (b"%PDF-1.7\n", Looks::Like(Media::Pdf)),
            (b"PK\x03\x04", Looks::Zip),
            (b"\0\0\0\x18ftypheic\0\0\0\0", Looks::Heic),
            (b"\0\0\0\x18ftypavif\0\0\0\0", Looks::Other),
            (b"\0\0\0\x18ftypmp42\0\0\0\0", Looks::Other),
            (b"GIF89a\x01\0\x01\0", Looks::Other),
            (b"MZ\x90\0\x03", Looks::Other),
            (b"\x7fELF\x02", Looks::Other),
            (b"<svg xmlns=\"http://www.w3.org/2000/svg\">", Looks::Other),
            (b"\xef\xbb\xbf  <!DOCTYPE html>", Looks::Other),
            (b"\n\n<?xml version=\"1.0\"?>", Looks::Other),
            (b"<HTML>", Looks::Other),
            ("会议记录：三月二十日".as_bytes(), Looks::Like(Media::Text)),
            (b"1 < 2, and <- that is an arrow", Looks::Like(Media::Text)),
            (b"RIFF\x24\0\0\0WAVEfmt ", Looks::Other),
        ] {
            assert_eq!(sniff(begin), looks, "{:?}", String::from_utf8_lossy(begin));
        }
    }

    #[test]
    fn what_is_said_must_agree() {
        let png = b"\x89PNG\r\n\x1a\n";
        let code = |said: &str, begin: &[u8]| {
            Said::of(said, None).and_then(|said| said.check(begin)).map_err(|f| f.code().map(|c| c.code))
        };
        assert_eq!(code("image/png", png), Ok(Media::Png));
        assert_eq!(code("", png), Ok(Media::Png));
        assert_eq!(code("application/octet-stream", png), Ok(Media::Png));
        assert_eq!(code("image/jpg", b"\xff\xd8\xff\xe1"), Ok(Media::Jpeg));
        assert_eq!(code("image/jpeg", png), Err(Some("files.type_differs")));
        assert_eq!(code("text/plain", png), Err(Some("files.type_differs")));
        assert_eq!(code("application/pdf", b"PK\x03\x04"), Err(Some("files.type_differs")));
        assert_eq!(code("text/plain", b"<html>"), Err(Some("files.type_not_taken")));
        assert_eq!(code("image/svg+xml", b"<svg>"), Err(Some("files.type_not_taken")));
        assert_eq!(code("text/html", b"x"), Err(Some("files.type_not_taken")));
        assert_eq!(code("image/heic", png), Err(Some("files.heic")));
        assert_eq!(code("image/jpeg", b"\0\0\0\x18ftypheic"), Err(Some("files.heic")));
        assert!(Said::of("text/plain", Some("gbk")).is_err());
    }
}
