//! Excel: one sheet of an `.xlsx`, cell by cell. Nothing is computed: a formula is refused, whatever value was kept beside it.

use std::io::{Cursor, Read};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, Xlsx, XlsxError};
use kernel::{ErrorCode, Fault, Outcome};

use super::Raw;
use super::cells::name;
use crate::error::{
    CELL_ERROR, FORMULA, MERGED_CELLS, NO_SUCH_SHEET, NUMBER_NOT_EXACT, TOO_WIDE, UNPACKS_TOO_LARGE,
    UNREADABLE,
};
use crate::model::{MAX_COLUMNS, MAX_UNPACKED};

/// Parts that a workbook may have.
const MAX_PARTS: usize = 500;
/// The largest number that Excel keeps whole.
const EXACT: f64 = 999_999_999_999_999.0;

/// Whether the bytes are a zip, as every `.xlsx` is.
pub(super) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// Hands over the rows of the sheet of this name, or of the first one.
pub(super) fn read(
    bytes: &[u8],
    sheet: Option<&str>,
    take: &mut dyn FnMut(Raw) -> Outcome<()>,
) -> Outcome<()> {
    refuse_bomb(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    let mut sheets = book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let found = match sheet {
        Some(wanted) => sheets.find(|sheet| sheet.name == wanted),
        None => sheets.next(),
    };
    let sheet = found.map(|sheet| sheet.name.clone()).ok_or_else(|| NO_SUCH_SHEET.fault())?;
    let merged = book.merge_cells_by_sheet_name(&sheet).map_err(damaged)?;
    if let Some(first) = merged.first() {
        let cell = name(i64::from(first.start.0), column(first.start.1)?);
        return Err(MERGED_CELLS.refusal().because(cell.clone()).at(cell, &MERGED_CELLS).into());
    }
    let mut cells = book.worksheet_cells_reader(&sheet).map_err(damaged)?;
    let mut row = Raw::default();
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(damaged)? {
        let (line, at) = (i64::from(cell.pos.0) + 1, cell.pos.1);
        if cell.formula.is_some() {
            let cell = name(line - 1, column(at)?);
            return Err(FORMULA.refusal().because(cell.clone()).at(cell, &FORMULA).into());
        }
        let (text, trouble) = read_cell(cell.value);
        if text.is_empty() {
            continue;
        }
        let at = column(at)?;
        if at >= MAX_COLUMNS {
            return Err(TOO_WIDE.refusal().because(name(line - 1, at)).into());
        }
        if line != row.line {
            if line < row.line {
                return Err(UNREADABLE.refusal().because("its rows are not in their order").into());
            }
            let done = std::mem::replace(&mut row, Raw { line, ..Raw::default() });
            if done.line > 0 {
                take(done)?;
            }
        }
        if row.cells.len() <= at {
            row.cells.resize(at + 1, String::new());
        }
        if let Some(slot) = row.cells.get_mut(at) {
            *slot = text;
        }
        row.troubles.extend(trouble.map(|code| (at, code)));
    }
    if row.line > 0 { take(row) } else { Ok(()) }
}

fn column(at: u32) -> Outcome<usize> {
    usize::try_from(at).map_err(|_| TOO_WIDE.fault())
}

#[expect(clippy::needless_pass_by_value, reason = "as map_err hands it over")]
fn damaged(error: XlsxError) -> Fault {
    UNREADABLE.refusal().because(error.to_string().chars().take(200).collect::<String>()).into()
}

/// Unpacks every part and counts, before anything is built of it: what a file says of its own size may be a lie.
fn refuse_bomb(bytes: &[u8]) -> Outcome<()> {
    let broken = |e: &dyn std::fmt::Display| UNREADABLE.refusal().because(e.to_string());
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| broken(&e))?;
    if zip.len() > MAX_PARTS {
        return Err(UNPACKS_TOO_LARGE.fault());
    }
    let mut left = MAX_UNPACKED;
    for n in 0..zip.len() {
        let part = zip.by_index(n).map_err(|e| broken(&e))?;
        let counted =
            std::io::copy(&mut part.take(left + 1), &mut std::io::sink()).map_err(|e| broken(&e))?;
        left = left.checked_sub(counted).ok_or_else(|| UNPACKS_TOO_LARGE.fault())?;
    }
    Ok(())
}

/// A cell's text as people see it, and what is wrong with it.
fn read_cell(value: DataRef<'_>) -> (String, Option<&'static ErrorCode>) {
    match value {
        DataRef::Empty => (String::new(), None),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            (visible(&text), None)
        }
        DataRef::SharedString(text) => (visible(text), None),
        DataRef::Bool(yes) => (if yes { "TRUE" } else { "FALSE" }.to_owned(), None),
        DataRef::Int(number) => {
            (number.to_string(), (number.unsigned_abs() > 999_999_999_999_999).then_some(&NUMBER_NOT_EXACT))
        }
        // Whole numbers are written without a point, by Rust's own rule.
        DataRef::Float(number) => (number.to_string(), (number.abs() > EXACT).then_some(&NUMBER_NOT_EXACT)),
        DataRef::DateTime(date) => (written(date), None),
        DataRef::Error(error) => (error.to_string(), Some(&CELL_ERROR)),
    }
}

/// U+0000 is in no text that an engine keeps; a later look at control characters refuses what stands in its place.
fn visible(text: &str) -> String {
    text.replace('\0', "\u{1}")
}

fn written(date: ExcelDateTime) -> String {
    if date.is_duration() {
        return date.as_f64().to_string();
    }
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    if (hour, minute, second) == (0, 0, 0) {
        return format!("{year:04}-{month:02}-{day:02}");
    }
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}
