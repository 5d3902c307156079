//! Writing CSV that no spreadsheet takes for a program.

use kernel::{Fault, Outcome};

/// What a spreadsheet takes for the beginning of a formula, in full width too.
const BEGINNINGS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// The mark that Excel and Chinese offices need to take a file for UTF-8.
pub const MARK: &str = "\u{feff}";

fn looks_like_a_formula(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(BEGINNINGS)
}

/// The cell with an apostrophe before what a spreadsheet would compute. [`bare`] takes it off again.
pub fn harmless(cell: &str) -> String {
    if looks_like_a_formula(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// The cell without the apostrophe that [`harmless`] put there.
pub fn bare(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| looks_like_a_formula(rest)).unwrap_or(cell)
}

/// Rows as CSV, each cell made harmless.
pub fn csv<'a>(rows: impl IntoIterator<Item = Vec<&'a str>>) -> Outcome<String> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.into_iter().map(harmless)).map_err(Fault::internal)?;
    }
    let bytes = writer.into_inner().map_err(Fault::internal)?;
    String::from_utf8(bytes).map_err(Fault::internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_made_harmless_comes_back_whole(cell in "['=+@a-]{0,6}") {
            let written = harmless(&cell);
            prop_assert!(!written.starts_with(BEGINNINGS));
            prop_assert_eq!(bare(&written), cell.as_str());
        }
    }

    #[test]
    fn cells_that_a_spreadsheet_would_compute_are_texts() {
        let text = csv([vec!["=cmd|' /C calc'!A0", "+1", "-1", "@x", "\tx", "＝1", "ok", "a,b"]]).unwrap();
        assert_eq!(text, "'=cmd|' /C calc'!A0,'+1,'-1,'@x,'\tx,'＝1,ok,\"a,b\"\r\n");
    }
}
