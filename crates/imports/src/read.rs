//! Reading a file whole: what is wrong with the file refuses it, what is wrong with a row is that row's result.

mod cells;
mod header;
mod sheet;
mod text;

use std::collections::HashMap;

use contracts::imports::{ImportRow, Ties};
use kernel::{ErrorCode, Outcome};

use crate::error::{EMPTY, ROW_TWICE, TOO_MANY_ROWS, TOO_WIDE};
use crate::model::{ColumnError, MAX_COLUMNS, MAX_ROWS, RowProblem};
use crate::ports::Target;

pub use cells::{Zone, problem_of};
pub use header::Mapping;
pub(crate) use header::{LINE, REASON};

/// A file as it came.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// The encoding its sender named.
    pub charset: Option<&'a str>,
    /// The sheet to read; the first one unless named.
    pub sheet: Option<&'a str>,
}

/// A row of cells as they stand, with what is wrong with some of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Raw {
    pub line: i64,
    pub cells: Vec<String>,
    pub troubles: Vec<(usize, &'static ErrorCode)>,
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRow {
    /// Its line.
    pub line: i64,
    /// Its cells as they stand.
    pub cells: Vec<String>,
    /// How it hangs together with others.
    pub ties: Ties,
    /// Why it cannot be tried.
    pub problem: Option<RowProblem>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// What kind of file it was: `csv UTF-8`, `xlsx`.
    pub format: String,
    /// The headers as they stand.
    pub header: Vec<String>,
    /// The rows.
    pub rows: Vec<ListRow>,
}

/// Reads a file as the list that `target` imports.
pub fn list(file: File<'_>, target: &Target, zone: Zone) -> Outcome<List> {
    let columns = target.columns();
    let mut header: Option<(Vec<String>, Mapping)> = None;
    let mut rows: Vec<ListRow> = Vec::new();
    let mut seen: HashMap<String, i64> = HashMap::new();
    let mut take = |raw: Raw| -> Outcome<()> {
        let last = raw.cells.iter().rposition(|cell| !cells::trim(cell).is_empty());
        let Some(last) = last else { return Ok(()) };
        if last >= MAX_COLUMNS {
            return Err(TOO_WIDE.refusal().because(format!("at most {MAX_COLUMNS}")).into());
        }
        let Some((_, mapping)) = &header else {
            let mut names = raw.cells;
            names.truncate(last + 1);
            let mapping = Mapping::of(&names, columns)?;
            header = Some((names, mapping));
            return Ok(());
        };
        if rows.len() >= MAX_ROWS {
            return Err(TOO_MANY_ROWS.refusal().because(format!("at most {MAX_ROWS}")).into());
        }
        rows.push(judge(raw, mapping, target, zone, &mut seen));
        Ok(())
    };
    let format = if sheet::is_zip(file.bytes) {
        sheet::read(file.bytes, file.sheet, &mut take)?;
        "xlsx".to_owned()
    } else {
        let (text, encoding) = text::decode(file.bytes, file.charset)?;
        text::read(&text, &mut take)?;
        format!("csv {encoding}")
    };
    let header = header.map(|(names, _)| names).unwrap_or_default();
    if rows.is_empty() {
        return Err(EMPTY.fault());
    }
    Ok(List { format, header, rows })
}

fn judge(
    raw: Raw,
    mapping: &Mapping,
    target: &Target,
    zone: Zone,
    seen: &mut HashMap<String, i64>,
) -> ListRow {
    let read = match mapping.trouble(&raw) {
        Some(problem) => Err(problem),
        None => row(&raw.cells, mapping, target, zone),
    };
    let (ties, problem) = match read {
        Ok(row) => {
            let ties = target.ties(&row);
            let before = ties.key.clone().and_then(|key| match seen.get(&key) {
                Some(line) => Some(*line),
                None => {
                    seen.insert(key, raw.line);
                    None
                }
            });
            let twice = before.map(|line| RowProblem {
                code: ROW_TWICE.code.to_owned(),
                detail: Some(format!("as in line {line}")),
                errors: Vec::new(),
            });
            (ties, twice)
        }
        Err(problem) => (Ties::default(), Some(problem)),
    };
    ListRow { line: raw.line, cells: raw.cells, ties, problem }
}

/// The cells of a row as its target sees them, or what is wrong with them.
pub fn row(
    cells: &[String],
    mapping: &Mapping,
    target: &Target,
    zone: Zone,
) -> Result<ImportRow, RowProblem> {
    mapping.row(cells, target.columns(), zone)
}

/// A row's problem with one column.
pub(crate) fn at(column: &str, code: &'static ErrorCode, detail: Option<String>) -> ColumnError {
    ColumnError { column: column.to_owned(), code: code.code.to_owned(), detail }
}
