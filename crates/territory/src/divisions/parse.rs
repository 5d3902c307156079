//! Reads the five files, line by line, and refuses the first that is not as it should be.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};
use flate2::read::MultiGzDecoder;
use kernel::{Fault, Outcome};
use serde_json::json;

use super::{Division, Divisions, Progress, TIERS, Tier};
use crate::error::IMPORT_BROKEN_FILE;

/// Longer than any name that was published (33), short enough for every list.
const LONGEST_NAME: usize = 100;
/// How often progress is told.
const TOLD_EVERY: u64 = 10_000;

/// All five from a folder.
pub(super) fn folder(folder: &Path, progress: &dyn Progress) -> Outcome<Divisions> {
    progress.begin("read", None);
    let mut all = Divisions::default();
    for tier in &TIERS {
        let (name, reader) = open(folder, tier)?;
        read(&mut all, tier, &name, reader, progress)?;
    }
    Ok(all)
}

fn open(folder: &Path, tier: &Tier) -> Outcome<(String, Box<dyn Read>)> {
    let there = |name: &str| match File::open(folder.join(name)) {
        Ok(file) => Ok(Some(file)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(broken(name, 0, &format!("cannot be opened: {e}"))),
    };
    let plain = format!("{}.csv", tier.file);
    if let Some(file) = there(&plain)? {
        return Ok((plain, Box::new(file)));
    }
    let packed = format!("{plain}.gz");
    match there(&packed)? {
        Some(file) => Ok((packed, Box::new(MultiGzDecoder::new(BufReader::new(file))))),
        None => Err(broken(&plain, 0, "is not there, nor is the same with .gz")),
    }
}

/// Reads one file into the next tier. The tiers above have been read.
pub(super) fn read(
    all: &mut Divisions,
    tier: &Tier,
    file: &str,
    reader: impl Read,
    progress: &dyn Progress,
) -> Outcome<()> {
    let mut csv = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(reader);
    let mut record = ByteRecord::new();
    if !next(&mut csv, &mut record, file, 0)? {
        return Err(broken(file, 1, "is empty: its first line must name the columns"));
    }
    let columns = Columns::find(&record, tier, file)?;
    let mut divisions: Vec<Division> = Vec::new();
    let mut line = 1;
    while next(&mut csv, &mut record, file, line)? {
        line = record.position().map_or(line + 1, csv::Position::line);
        let fail = |what: &str| broken(file, line, what);
        if record.len() != columns.count {
            return Err(fail(&format!(
                "has {} columns where the first line names {}",
                record.len(),
                columns.count
            )));
        }
        let text = |column: usize| {
            let bytes = record.get(column).unwrap_or_default();
            std::str::from_utf8(bytes).map_err(|_| fail("is not UTF-8"))
        };
        let code = number(text(columns.code)?, tier.digits)
            .ok_or_else(|| fail(&format!("has a code that is not {} digits", tier.digits)))?;
        let name = text(columns.name)?.trim();
        if name.is_empty() {
            return Err(fail("has no name"));
        }
        if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            return Err(fail(&format!(
                "has a name longer than {LONGEST_NAME} characters or with control characters"
            )));
        }
        let parent = match columns.parent {
            None => 0,
            Some(column) => {
                let wanted = text(column)?;
                parent_of(all, wanted)
                    .ok_or_else(|| fail(&format!("names a parent that is not there: {wanted}")))?
            }
        };
        divisions.push(Division {
            code,
            name_at: u32::try_from(all.names.len()).map_err(Fault::internal)?,
            name_len: u16::try_from(name.len()).map_err(Fault::internal)?,
            line: u32::try_from(line).map_err(Fault::internal)?,
            parent,
            number: 0,
        });
        all.names.push_str(name);
        if line % TOLD_EVERY == 0 {
            progress.advance(TOLD_EVERY);
        }
    }
    divisions.sort_unstable_by_key(|d| (d.code, d.line));
    refuse_doubles(&divisions, tier, file)?;
    number_siblings(&mut divisions, all.tiers.last().map_or(1, Vec::len));
    all.tiers.push(divisions);
    Ok(())
}

/// Where the wanted columns are.
struct Columns {
    code: usize,
    name: usize,
    parent: Option<usize>,
    count: usize,
}

impl Columns {
    fn find(first: &ByteRecord, tier: &Tier, file: &str) -> Outcome<Self> {
        let at = |wanted: &str| {
            first
                .iter()
                .position(|c| c == wanted.as_bytes())
                .ok_or_else(|| broken(file, 1, &format!("names no column {wanted}")))
        };
        Ok(Self {
            code: at("code")?,
            name: at("name")?,
            parent: tier.parent_column.map(at).transpose()?,
            count: first.len(),
        })
    }
}

/// The next line; what went wrong is told with the line it went wrong in.
fn next(csv: &mut csv::Reader<impl Read>, record: &mut ByteRecord, file: &str, line: u64) -> Outcome<bool> {
    csv.read_byte_record(record).map_err(|e| broken(file, line + 1, &format!("cannot be read: {e}")))
}

fn number(text: &str, digits: usize) -> Option<u64> {
    (text.len() == digits && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// The parent's place in the tier above.
fn parent_of(all: &Divisions, code: &str) -> Option<u32> {
    let above = all.tiers.len().checked_sub(1)?;
    let code = number(code, TIERS.get(above)?.digits)?;
    let place = all.tier(above).binary_search_by_key(&code, |d| d.code).ok()?;
    u32::try_from(place).ok()
}

fn refuse_doubles(divisions: &[Division], tier: &Tier, file: &str) -> Outcome<()> {
    for pair in divisions.windows(2) {
        if let [a, b] = pair
            && a.code == b.code
        {
            let what = format!("has the code {} again, which line {} has", tier.code(b), a.line);
            return Err(broken(file, u64::from(b.line), &what));
        }
    }
    Ok(())
}

fn number_siblings(divisions: &mut [Division], parents: usize) {
    let mut counts = vec![0_u32; parents];
    for division in divisions {
        if let Some(count) = usize::try_from(division.parent).ok().and_then(|p| counts.get_mut(p)) {
            *count += 1;
            division.number = *count;
        }
    }
}

/// The refusal of a file; line 0 is the file itself.
fn broken(file: &str, line: u64, what: &str) -> Fault {
    let refusal = IMPORT_BROKEN_FILE.refusal().with("file", json!(file));
    if line == 0 {
        return refusal.because(format!("{file} {what}")).into();
    }
    refusal.because(format!("{file}, line {line}: {what}")).with("line", json!(line)).into()
}
