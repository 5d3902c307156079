//! Writing an Excel file row by row: what is written lies in a file without a name, not in memory.

use std::fs::File;
use std::io::{BufWriter, Seek, Write};

use kernel::{Fault, Outcome};

use crate::error::TOO_MANY_FOR_EXCEL;

/// Rows that a sheet bears, its header among them.
const ROWS: u32 = 1_048_576;

/// Characters that a cell bears.
const CHARACTERS: usize = 32_767;

/// A workbook with one sheet. Every cell is a text, so a spreadsheet computes none of them and cuts no digit off.
pub struct Workbook {
    book: rust_xlsxwriter::Workbook,
    row: u32,
}

impl Workbook {
    /// A sheet of this name, its header written.
    pub fn new(sheet: &str, columns: &[&str]) -> Outcome<Self> {
        let mut book = rust_xlsxwriter::Workbook::new();
        book.add_worksheet_with_constant_memory()
            .and_then(|added| added.set_name(sheet))
            .map_err(Fault::internal)?;
        let mut made = Self { book, row: 0 };
        made.line(columns.iter().copied())?;
        Ok(made)
    }

    /// Rows below those that are there. Refused with `imports.too_many_for_excel` where the sheet is full.
    pub fn append(&mut self, rows: &[Vec<String>]) -> Outcome<()> {
        rows.iter().try_for_each(|row| self.line(row.iter().map(String::as_str)))
    }

    fn line<'a>(&mut self, cells: impl Iterator<Item = &'a str>) -> Outcome<()> {
        if self.row == ROWS {
            return Err(TOO_MANY_FOR_EXCEL.fault());
        }
        let sheet = self.book.worksheet_from_index(0).map_err(Fault::internal)?;
        for (column, cell) in (0_u16..).zip(cells) {
            if !cell.is_empty() {
                sheet.write_string(self.row, column, short(cell)).map_err(Fault::internal)?;
            }
        }
        self.row += 1;
        Ok(())
    }

    /// The file, at its beginning, and its size in bytes. It goes when it is dropped.
    pub fn finish(mut self) -> Outcome<(File, u64)> {
        let mut file = tempfile::tempfile().map_err(Fault::internal)?;
        let mut writer = BufWriter::new(&mut file);
        self.book.save_to_writer(&mut writer).map_err(Fault::internal)?;
        writer.flush().map_err(Fault::internal)?;
        drop(writer);
        let size = file.stream_position().map_err(Fault::internal)?;
        file.rewind().map_err(Fault::internal)?;
        Ok((file, size))
    }
}

/// No more than a cell bears.
fn short(cell: &str) -> &str {
    match cell.char_indices().nth(CHARACTERS) {
        Some((end, _)) => &cell[..end],
        None => cell,
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use calamine::{Data, Reader, Xlsx};
    use kernel::Fault;

    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_nothing_is_a_formula_or_a_number() {
        let long = "长".repeat(CHARACTERS + 1);
        let cells = ["=1+1", "110101199003070011", "", "&<>\u{1}\n", &long].map(str::to_owned);
        let mut written = Workbook::new("users", &["a", "b", "c", "d", "e"]).unwrap();
        written.append(&[cells.to_vec()]).unwrap();
        let (file, size) = written.finish().unwrap();
        assert_eq!(size, file.metadata().unwrap().len());
        let mut read: Xlsx<_> = Xlsx::new(BufReader::new(file)).unwrap();
        let sheet = read.worksheet_range("users").unwrap();
        let text = |cell: &str| Data::String(cell.to_owned());
        let rows: Vec<_> = sheet.rows().collect();
        assert_eq!(rows[0].to_vec(), ["a", "b", "c", "d", "e"].map(text));
        assert_eq!(rows[1][..3].to_vec(), [text("=1+1"), text("110101199003070011"), Data::Empty]);
        assert_eq!(rows[1][4], text(&long[..long.len() - "长".len()]));
        assert!(read.worksheet_formula("users").unwrap().is_empty());
    }

    #[test]
    fn a_sheet_that_is_full_takes_no_more() {
        let mut full = Workbook::new("users", &["a"]).unwrap();
        full.row = ROWS - 1;
        full.append(&[vec!["last".to_owned()]]).unwrap();
        let Err(Fault::Refused(refusal)) = full.append(&[vec!["one more".to_owned()]]) else {
            panic!("taken")
        };
        assert_eq!(refusal.code.code, "imports.too_many_for_excel");
    }
}
