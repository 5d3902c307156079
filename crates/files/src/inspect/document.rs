//! Documents: looked at, never changed. They are read in pieces: memory does not grow with their size.

use std::io::{Read, Seek, SeekFrom, copy, sink};

use kernel::{Fault, Outcome};
use zip::ZipArchive;

use super::Said;
use crate::error::{DAMAGED, MACROS, TYPE_DIFFERS, TYPE_NOT_TAKEN, UNPACKS_TOO_LARGE};
use crate::model::Media;

/// Bytes read at once.
const PIECE: usize = 64 * 1024;
/// Parts of a document of Word or Excel, at most.
const MAX_PARTS: usize = 5_000;
/// Bytes that all its parts unpack to, at most.
const MAX_UNPACKED: u64 = 512 << 20;
/// Bytes of the list of its parts, at most.
const MAX_LIST: u64 = 1 << 20;
/// Where the end of a PDF is looked for.
const PDF_END: u64 = 2_048;

/// Looks at a whole document; answers what it is.
pub fn check(file: &mut (impl Read + Seek), said: Said, media: Media) -> Outcome<Media> {
    file.rewind().map_err(Fault::internal)?;
    match media {
        Media::Pdf => pdf(file).map(|()| media),
        Media::Text => text(file).map(|()| media),
        Media::Docx | Media::Xlsx => office(file, said, MAX_UNPACKED),
        _ => Err(TYPE_NOT_TAKEN.fault()),
    }
}

/// A PDF that was cut off lacks its end.
fn pdf(file: &mut (impl Read + Seek)) -> Outcome<()> {
    let size = file.seek(SeekFrom::End(0)).map_err(Fault::internal)?;
    file.seek(SeekFrom::Start(size.saturating_sub(PDF_END))).map_err(Fault::internal)?;
    let mut end = Vec::new();
    file.read_to_end(&mut end).map_err(Fault::internal)?;
    let has = |word: &[u8]| end.windows(word.len()).any(|w| w == word);
    if has(b"%%EOF") && has(b"startxref") { Ok(()) } else { Err(DAMAGED.fault()) }
}

/// Whether these first bytes are text, as far as they go: UTF-8 that may be cut at their end, and no control character that text has
/// no use for.
pub(super) fn may_be_text(begin: &[u8]) -> bool {
    let valid = match std::str::from_utf8(begin) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && begin.len() - error.valid_up_to() < 4,
    };
    valid && !begin.iter().any(|byte| is_no_text(*byte))
}

fn is_no_text(byte: u8) -> bool {
    matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1f | 0x7f)
}

fn text(file: &mut impl Read) -> Outcome<()> {
    let bad = || Fault::from(TYPE_NOT_TAKEN.refusal().because("plain text is taken in UTF-8"));
    let mut piece = vec![0; PIECE];
    // What a piece ends in of a character that goes on in the next one.
    let mut kept = 0;
    loop {
        let room = piece.get_mut(kept..).unwrap_or_default();
        let read = file.read(room).map_err(Fault::internal)?;
        let here = piece.get(..kept + read).unwrap_or_default();
        if here.iter().any(|byte| is_no_text(*byte)) {
            return Err(bad());
        }
        let valid = match std::str::from_utf8(here) {
            Ok(text) => text.len(),
            Err(error) if error.error_len().is_none() && read > 0 => error.valid_up_to(),
            Err(_) => return Err(bad()),
        };
        if read == 0 {
            return Ok(());
        }
        let end = kept + read;
        piece.copy_within(valid..end, 0);
        kept = end - valid;
    }
}

/// Word or Excel: its list of parts says which. Every part is unpacked into nothing, within a bound: a bomb goes off nowhere else, and
/// what was damaged does not agree with its check sum.
fn office(file: &mut (impl Read + Seek), said: Said, most: u64) -> Outcome<Media> {
    let damaged = |_| DAMAGED.fault();
    let mut zip = ZipArchive::new(file).map_err(damaged)?;
    if zip.len() > MAX_PARTS {
        return Err(UNPACKS_TOO_LARGE.fault());
    }
    let has = |name: &str| zip.index_for_name(name).is_some();
    let (word, excel) = (has("word/document.xml"), has("xl/workbook.xml"));
    if !has("[Content_Types].xml") || word == excel {
        return Err(TYPE_NOT_TAKEN.fault());
    }
    let media = if word { Media::Docx } else { Media::Xlsx };
    if said != Said::Nothing && said != Said::Is(media) {
        return Err(TYPE_DIFFERS.fault());
    }
    let mut left = most;
    for n in 0..zip.len() {
        let mut part = zip.by_index(n).map_err(damaged)?;
        let name = part.name().map_err(damaged)?.to_ascii_lowercase();
        if name.ends_with("vbaproject.bin") || name.contains("/macrosheets/") {
            return Err(MACROS.fault());
        }
        let counted = if name == "[content_types].xml" {
            let mut list = String::new();
            let read = (&mut part).take(MAX_LIST).read_to_string(&mut list).map_err(|_| DAMAGED.fault())?;
            if list.to_ascii_lowercase().contains("macroenabled") {
                return Err(MACROS.fault());
            }
            u64::try_from(read).unwrap_or(u64::MAX)
        } else {
            copy(&mut part.take(left.saturating_add(1)), &mut sink()).map_err(|_| DAMAGED.fault())?
        };
        left = left.checked_sub(counted).ok_or_else(|| UNPACKS_TOO_LARGE.fault())?;
    }
    Ok(media)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Write};
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in parts {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn judged(bytes: &[u8], said: Said, media: Media) -> Result<Media, &'static str> {
        check(&mut Cursor::new(bytes), said, media).map_err(|f| f.code().map_or("internal", |c| c.code))
    }

    const LIST: (&str, &[u8]) = ("[Content_Types].xml", b"<Types/>");

    #[test]
    fn word_and_excel_are_told_apart_and_another_archive_is_not_taken() {
        let word = archive(&[LIST, ("word/document.xml", b"<w/>")]);
        let excel = archive(&[LIST, ("xl/workbook.xml", b"<x/>")]);
        let other = archive(&[("evil.exe", b"MZ")]);
        assert_eq!(judged(&word, Said::Nothing, Media::Xlsx), Ok(Media::Docx));
        assert_eq!(judged(&excel, Said::Is(Media::Xlsx), Media::Xlsx), Ok(Media::Xlsx));
        assert_eq!(judged(&word, Said::Is(Media::Xlsx), Media::Xlsx), Err("files.type_differs"));
        assert_eq!(judged(&other, Said::Nothing, Media::Xlsx), Err("files.type_not_taken"));
        assert_eq!(judged(&word[..word.len() - 9], Said::Nothing, Media::Docx), Err("files.damaged"));
        let mut broken = word.clone();
        broken[52] ^= 0x55;
        assert_eq!(judged(&broken, Said::Nothing, Media::Docx), Err("files.damaged"));
    }

    #[test]
    fn programs_in_documents_are_not_taken() {
        let hidden = archive(&[LIST, ("word/document.xml", b"<w/>"), ("word/vbaProject.bin", b"x")]);
        assert_eq!(judged(&hidden, Said::Nothing, Media::Docx), Err("files.macros"));
        let declared = ("[Content_Types].xml", b"application/vnd.ms-word.document.macroEnabled".as_slice());
        let declared = archive(&[declared, ("word/document.xml", b"<w/>")]);
        assert_eq!(judged(&declared, Said::Nothing, Media::Docx), Err("files.macros"));
    }

    #[test]
    fn an_archive_that_unpacks_without_end_is_given_up() {
        let zeros = vec![0; 3 << 20];
        let bomb = archive(&[LIST, ("xl/workbook.xml", b"<x/>"), ("xl/a.xml", &zeros), ("xl/b.xml", &zeros)]);
        assert!(bomb.len() < 64 << 10);
        let judged = |most| office(&mut Cursor::new(&bomb), Said::Nothing, most).map_err(|f| f.code());
        assert_eq!(judged(7 << 20), Ok(Media::Xlsx));
        assert_eq!(judged(6 << 20), Err(Some(&UNPACKS_TOO_LARGE)));
        assert_eq!(judged(1 << 20), Err(Some(&UNPACKS_TOO_LARGE)));
    }

    #[test]
    fn text_is_utf_8_to_its_last_byte_wherever_a_piece_ends() {
        for shift in 0..3 {
            let text = format!("{}{}", "x".repeat(shift), "网格".repeat(PIECE / 2));
            assert_eq!(judged(text.as_bytes(), Said::Nothing, Media::Text), Ok(Media::Text));
            let cut = &text.as_bytes()[..text.len() - 1];
            assert_eq!(judged(cut, Said::Nothing, Media::Text), Err("files.type_not_taken"));
        }
        let gbk = [b"abc".as_slice(), &[0xcd, 0xf8], &b"x".repeat(PIECE)].concat();
        assert_eq!(judged(&gbk, Said::Nothing, Media::Text), Err("files.type_not_taken"));
        assert_eq!(judged(b"a\0b", Said::Nothing, Media::Text), Err("files.type_not_taken"));
    }

    #[test]
    fn a_pdf_without_its_end_is_damaged() {
        let whole = b"%PDF-1.7\n1 0 obj\nstartxref\n9\n%%EOF\n";
        assert_eq!(judged(whole, Said::Nothing, Media::Pdf), Ok(Media::Pdf));
        assert_eq!(judged(&whole[..20], Said::Nothing, Media::Pdf), Err("files.damaged"));
    }
}
