//! Writing lists: CSV and Excel.

mod csv;
mod workbook;

pub use self::csv::{MARK, bare, csv, harmless};
pub use workbook::Workbook;
