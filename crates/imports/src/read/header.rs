//! Which column of a file is which of the list's.

use std::collections::BTreeSet;

use contracts::imports::{Column, ImportRow};
use kernel::{Outcome, Refusal};

use super::cells::{self, Zone};
use super::{Raw, at};
use crate::error::{HEADER_MISSING, HEADER_TWICE, HEADER_UNKNOWN, ROW_INVALID, ROW_TOO_LONG};
use crate::model::RowProblem;

/// Headers of what a failed row was given besides: a mended file may come back with them.
pub(crate) const LINE: &str = "error_line";
/// The same, why.
pub(crate) const REASON: &str = "error_reason";

/// For each column of the file the list's column, or nothing where it is only told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping(Vec<Option<usize>>);

impl Mapping {
    /// Finds each header among the columns; refuses one that is not known, one that is there twice, and one that lacks.
    pub fn of(names: &[String], columns: &[Column]) -> Outcome<Self> {
        let mut mapping = Vec::with_capacity(names.len());
        let mut used = BTreeSet::new();
        let mut unknown: Option<Refusal> = None;
        let mut twice: Option<Refusal> = None;
        for (n, name) in names.iter().enumerate() {
            let folded = fold(name);
            if folded == LINE || folded == REASON {
                mapping.push(None);
                continue;
            }
            let cell = cells::name(0, n);
            let Some((index, column)) = columns.iter().enumerate().find(|(_, c)| is_called(c, &folded))
            else {
                let known: Vec<&str> = columns.iter().map(|c| c.name).collect();
                let told: String = name.chars().take(60).collect();
                let refusal = unknown.unwrap_or_else(|| HEADER_UNKNOWN.refusal().because(known.join(", ")));
                unknown = Some(refusal.at_with(cell, &HEADER_UNKNOWN, told));
                continue;
            };
            if !used.insert(index) {
                let refusal = twice.unwrap_or_else(|| HEADER_TWICE.refusal());
                twice = Some(refusal.at_with(cell, &HEADER_TWICE, column.name));
            }
            mapping.push((!column.told).then_some(index));
        }
        if let Some(refusal) = unknown.or(twice) {
            return Err(refusal.into());
        }
        let lacking = columns.iter().enumerate().filter(|(n, column)| column.required && !used.contains(n));
        let missing = lacking.fold(None, |refusal: Option<Refusal>, (_, column)| {
            let refusal = refusal.unwrap_or_else(|| HEADER_MISSING.refusal());
            let zh = column.zh.first().copied().unwrap_or_default();
            Some(refusal.at_with(column.name, &HEADER_MISSING, format!("{} / {zh}", column.name)))
        });
        match missing {
            Some(refusal) => Err(refusal.into()),
            None => Ok(Self(mapping)),
        }
    }

    /// What is wrong with a row's cells before they are read.
    pub(super) fn trouble(&self, raw: &Raw) -> Option<RowProblem> {
        let beyond = raw.cells.iter().skip(self.0.len()).any(|cell| !cells::trim(cell).is_empty());
        if beyond {
            return Some(RowProblem { code: ROW_TOO_LONG.code.to_owned(), detail: None, errors: Vec::new() });
        }
        let used = raw.troubles.iter().filter(|(n, _)| self.0.get(*n).is_some_and(Option::is_some));
        let errors: Vec<_> = used.map(|(n, code)| at(&cells::name(raw.line - 1, *n), code, None)).collect();
        (!errors.is_empty()).then(|| RowProblem { code: ROW_INVALID.code.to_owned(), detail: None, errors })
    }

    /// Reads a row's cells.
    pub(super) fn row(
        &self,
        cells: &[String],
        columns: &[Column],
        zone: Zone,
    ) -> Result<ImportRow, RowProblem> {
        let mut row = ImportRow::default();
        let mut errors = Vec::new();
        for (index, column) in columns.iter().enumerate().filter(|(_, column)| !column.told) {
            let place = self.0.iter().position(|here| *here == Some(index));
            let cell = place.and_then(|n| cells.get(n)).map_or("", String::as_str);
            match cells::read(cell, column, zone) {
                Ok(Some(value)) => {
                    row.0.insert(column.name, value);
                }
                Ok(None) => {}
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() {
            return Ok(row);
        }
        Err(RowProblem { code: ROW_INVALID.code.to_owned(), detail: None, errors })
    }
}

/// A header as it is compared: without what people put around it.
fn fold(name: &str) -> String {
    let name = cells::trim(name).trim_matches(['*', '＊', ':', '：']);
    cells::trim(name).to_lowercase().replace([' ', '-'], "_")
}

fn is_called(column: &Column, folded: &str) -> bool {
    column.name == folded || column.zh.iter().any(|zh| zh.to_lowercase() == folded)
}
