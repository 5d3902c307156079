//! Whether a photo's file has its end. Decoders are kind to what was cut off and make up the rest; evidence is not made up.

use crate::model::Media;

/// Parts that a file may have before its picture is over.
const MAX_PARTS: usize = 100_000;

/// Whether the bytes reach to the end that this format marks. What stands behind that end does not matter: it is not kept.
pub fn is_whole(bytes: &[u8], media: Media) -> bool {
    match media {
        Media::Jpeg => jpeg(bytes).unwrap_or(false),
        Media::Png => png(bytes).unwrap_or(false),
        Media::Webp => webp(bytes).unwrap_or(false),
        _ => true,
    }
}

/// From marker to marker until the end of the image; a thumbnail's end lies inside a segment and is jumped over.
fn jpeg(bytes: &[u8]) -> Option<bool> {
    let mut at = 2;
    for _ in 0..MAX_PARTS {
        // Between scans there may be fill bytes.
        at = find_marker(bytes, at)?;
        match bytes.get(at + 1)? {
            0xd9 => return Some(true),
            // Markers that stand alone.
            0x01 | 0xd0..=0xd8 => at += 2,
            _ => {
                let length = u16::from_be_bytes([*bytes.get(at + 2)?, *bytes.get(at + 3)?]);
                at += 2 + usize::from(length.max(2));
            }
        }
    }
    None
}

/// The next `FF` that is followed by a marker: not by a stuffed zero, not by another `FF`.
fn find_marker(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let found = rest.windows(2).position(|pair| matches!(pair, [0xff, next] if !matches!(next, 0 | 0xff)))?;
    Some(from + found)
}

fn png(bytes: &[u8]) -> Option<bool> {
    let mut at: usize = 8;
    for _ in 0..MAX_PARTS {
        let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?);
        let kind = bytes.get(at + 4..at + 8)?;
        at = at.checked_add(12)?.checked_add(usize::try_from(length).ok()?)?;
        if kind == b"IEND" {
            return Some(at <= bytes.len());
        }
    }
    None
}

fn webp(bytes: &[u8]) -> Option<bool> {
    let length = u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?);
    Some(usize::try_from(length).ok()?.checked_add(8)? <= bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_thumbnail_is_not_the_end_of_the_photo() {
        // A segment of eight bytes holds an end marker; then a scan, a stuffed zero, a restart, and the real end.
        let whole = b"\xff\xd8\xff\xe1\x00\x08\xff\xd8\xff\xd9\0\0\xff\xda\x00\x03\x01abc\xff\x00\xff\xd0de\xff\xff\xd9PK";
        assert!(is_whole(whole, Media::Jpeg));
        for cut in 2..whole.len() - 3 {
            assert!(!is_whole(&whole[..cut], Media::Jpeg), "{cut}");
        }
    }

    #[test]
    fn a_png_ends_with_its_last_chunk_and_a_webp_with_the_length_it_says() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\x01IDATx....\0\0\0\0IEND....rest";
        assert!(is_whole(png, Media::Png));
        assert!(!is_whole(&png[..png.len() - 5], Media::Png));
        assert!(!is_whole(b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIDAT", Media::Png));
        assert!(is_whole(b"RIFF\x04\0\0\0WEBP", Media::Webp));
        assert!(!is_whole(b"RIFF\x05\0\0\0WEBP", Media::Webp));
    }
}
