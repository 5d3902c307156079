//! CSV: the encoding, the delimiter, the rows.

use encoding_rs::{Encoding, GB18030, UTF_8};
use kernel::Outcome;

use super::Raw;
use crate::error::{ENCODING, NOT_A_LIST, UNREADABLE};

/// The text of a file and the name of its encoding. A byte order mark says which; else what its sender named, to the letter;
/// else UTF-8 if all of it is, else GB 18030 if all of it is. Nothing is ever replaced.
pub(super) fn decode(bytes: &[u8], charset: Option<&str>) -> Outcome<(String, &'static str)> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return strict(bytes.get(mark..).unwrap_or_default(), encoding);
    }
    // Old Excel, PDF and other things that are no text at all.
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) || bytes.starts_with(b"%PDF") {
        return Err(NOT_A_LIST.fault());
    }
    match charset {
        Some(label) => {
            let encoding = Encoding::for_label(label.as_bytes()).ok_or_else(|| ENCODING.fault())?;
            // GB 2312 and GBK are parts of GB 18030.
            let encoding = if encoding == encoding_rs::GBK { GB18030 } else { encoding };
            strict(bytes, encoding)
        }
        None => strict(bytes, UTF_8).or_else(|_| strict(bytes, GB18030)),
    }
}

fn strict(bytes: &[u8], encoding: &'static Encoding) -> Outcome<(String, &'static str)> {
    let text = encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .ok_or_else(|| ENCODING.fault())?;
    if text.contains('\0') {
        return Err(UNREADABLE.refusal().because("it holds the character U+0000").into());
    }
    Ok((text.into_owned(), encoding.name()))
}

/// The delimiter that the first line has most of, outside quotes: comma, semicolon or tab.
fn delimiter(text: &str) -> u8 {
    let mut counts = [(b',', 0_u32), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text.trim_start().bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            other if !quoted => {
                counts.iter_mut().filter(|(known, _)| *known == other).for_each(|(_, count)| *count += 1);
            }
            _ => {}
        }
    }
    let best = counts.iter().rev().max_by_key(|(_, count)| *count);
    best.filter(|(_, count)| *count > 0).map_or(b',', |(byte, _)| *byte)
}

/// Hands over the rows, whichever way their lines end.
pub(super) fn read(text: &str, take: &mut dyn FnMut(Raw) -> Outcome<()>) -> Outcome<()> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(text))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut counted = Lines { text: text.as_bytes(), at: 0, line: 1 };
    while reader.read_record(&mut record).map_err(|e| UNREADABLE.refusal().because(e.to_string()))? {
        let start = record.position().and_then(|p| usize::try_from(p.byte()).ok()).unwrap_or(0);
        let line = counted.of(start);
        take(Raw { line, cells: record.iter().map(str::to_owned).collect(), troubles: Vec::new() })?;
    }
    Ok(())
}

/// Counts lines: `\r\n`, `\n` and `\r` each end one.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: i64,
}

impl Lines<'_> {
    /// The line on which the record begins that starts at this byte or at the first one behind it that ends no line.
    fn of(&mut self, start: usize) -> i64 {
        loop {
            match (self.text.get(self.at), self.text.get(self.at + 1)) {
                (Some(b'\r'), Some(b'\n')) => {
                    self.at += 2;
                    self.line += 1;
                }
                (Some(b'\r' | b'\n'), _) => {
                    self.at += 1;
                    self.line += 1;
                }
                (Some(_), _) if self.at < start => self.at += 1,
                _ => return self.line,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(i64, Vec<String>)> {
        let mut rows = Vec::new();
        read(text, &mut |raw| {
            rows.push((raw.line, raw.cells));
            Ok(())
        })
        .unwrap();
        rows
    }

    #[test]
    fn lines_are_counted_whichever_way_they_end() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["a,b", "", "1,\"x", "y\"", "2,3", ""].join(end);
            let found = rows(&text);
            let lines: Vec<i64> = found.iter().map(|(line, _)| *line).collect();
            assert_eq!(lines, [1, 3, 5], "{end:?}");
            assert_eq!(found[1].1, ["1".to_owned(), format!("x{end}y")], "{end:?}");
        }
    }

    #[test]
    fn the_delimiter_is_found_outside_quotes() {
        assert_eq!(delimiter("a;b;c\n1,2,3,4,5"), b';');
        assert_eq!(delimiter("a\tb\n"), b'\t');
        assert_eq!(delimiter("\"a;b;c\",d\n"), b',');
        assert_eq!(delimiter("login"), b',');
    }

    #[test]
    fn nothing_is_replaced_that_cannot_be_read() {
        let gb = GB18030.encode("登录名,姓名").0.into_owned();
        assert_eq!(decode(&gb, None).unwrap(), ("登录名,姓名".to_owned(), "gb18030"));
        assert_eq!(decode("登录名".as_bytes(), None).unwrap().1, "UTF-8");
        assert_eq!(decode(b"\xef\xbb\xbfa,b", None).unwrap().0, "a,b");
        assert_eq!(decode(b"\xff\xfea\0,\0b\0", None).unwrap().0, "a,b");
        for bad in [&b"\xef\xbb\xbf\xff"[..], b"a\xff\xff", b"\x81"] {
            assert_eq!(decode(bad, None).unwrap_err().code(), Some(&ENCODING), "{bad:?}");
        }
        assert!(decode(&gb, Some("utf-8")).is_err(), "what its sender named is taken to the letter");
        assert!(decode(b"a,b", Some("klingon")).is_err());
        assert_eq!(decode(b"a\0b", None).unwrap_err().code(), Some(&UNREADABLE));
    }
}
