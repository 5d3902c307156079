//! The lines of an exported file: all that a record's hash is made of, and what people look for.

use kernel::{Fault, Id, Outcome};
use serde::{Deserialize, Serialize};
use storage::audit::{GENESIS, Record, chain_hash};

use crate::model::Format;

/// A record as it stands in a `jsonl` file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its place in the chain.
    pub seq: i64,
    /// The version of its body and hash.
    pub schema: i32,
    /// The hash of its predecessor.
    pub prev_hash: String,
    /// Its own.
    pub hash: String,
    /// Where its unit stood; part of the hash from version 2 on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_path: Option<String>,
    /// Its canonical JSON, byte for byte.
    pub body: String,
}

/// The columns of a `csv` file.
const COLUMNS: [&str; 13] = [
    "seq",
    "at",
    "actor_id",
    "on_behalf_of",
    "action",
    "object_kind",
    "object_id",
    "unit_id",
    "request_id",
    "schema",
    "prev_hash",
    "hash",
    "body",
];

/// What stands before the first record.
pub fn head(format: Format) -> Outcome<Vec<u8>> {
    match format {
        Format::Jsonl => Ok(Vec::new()),
        Format::Csv => table([COLUMNS.map(str::to_owned)]),
    }
}

/// Records as lines.
pub fn write(format: Format, records: &[Record]) -> Outcome<Vec<u8>> {
    match format {
        Format::Csv => table(records.iter().map(cells)),
        Format::Jsonl => {
            let mut bytes = Vec::new();
            for record in records {
                let line = Line {
                    seq: record.seq.unwrap_or_default(),
                    schema: record.schema,
                    prev_hash: record.prev_hash.clone().unwrap_or_default(),
                    hash: record.hash.clone().unwrap_or_default(),
                    unit_path: record.unit_path.as_ref().map(ToString::to_string),
                    body: record.body.clone(),
                };
                serde_json::to_writer(&mut bytes, &line).map_err(Fault::internal)?;
                bytes.push(b'\n');
            }
            Ok(bytes)
        }
    }
}

fn cells(record: &Record) -> [String; 13] {
    let text = |id: Option<String>| id.unwrap_or_default();
    [
        record.seq.unwrap_or_default().to_string(),
        record.at.to_string(),
        text(record.actor_id.map(|id| id.to_string())),
        text(record.on_behalf_of.map(|id| id.to_string())),
        record.action.clone(),
        record.object_kind.clone(),
        text(record.object_id.map(|id| Id::uuid(id).to_string())),
        text(record.unit_id.map(|id| id.to_string())),
        record.request_id.clone(),
        record.schema.to_string(),
        text(record.prev_hash.clone()),
        text(record.hash.clone()),
        record.body.clone(),
    ]
}

/// A spreadsheet takes a cell that begins so for a program: an apostrophe goes before it.
fn table(rows: impl IntoIterator<Item = [String; 13]>) -> Outcome<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        let row = row.map(|cell| {
            if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
        });
        writer.write_record(&row).map_err(Fault::internal)?;
    }
    writer.into_inner().map_err(Fault::internal)
}

/// What a file that was checked says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checked {
    /// Records in it.
    pub records: i64,
    /// Places where records of the chain are left out, as a filter does.
    pub gaps: i64,
    /// The first and the last place.
    pub span: Option<(i64, i64)>,
    /// The last hash.
    pub last_hash: String,
}

impl Checked {
    /// Takes the next line of a `jsonl` file, or says what is wrong with it.
    pub fn take(&mut self, text: &str) -> Result<(), String> {
        let line: Line = serde_json::from_str(text).map_err(|e| format!("not a record: {e}"))?;
        let hash = chain_hash(line.schema, line.seq, &line.prev_hash, line.unit_path.as_deref(), &line.body);
        if hash != line.hash {
            return Err(format!("record {} is not what was sealed", line.seq));
        }
        let follows = match self.span {
            None => {
                if line.seq == 1 && line.prev_hash != GENESIS {
                    return Err("the first record has a predecessor".to_owned());
                }
                true
            }
            Some((_, last)) if line.seq <= last => {
                return Err(format!("record {} comes after record {last}", line.seq));
            }
            Some((_, last)) if line.seq == last + 1 => {
                if line.prev_hash != self.last_hash {
                    return Err(format!("record {} does not follow record {last}", line.seq));
                }
                true
            }
            Some(_) => false,
        };
        self.gaps += i64::from(!follows);
        self.records += 1;
        self.span = Some((self.span.map_or(line.seq, |(first, _)| first), line.seq));
        self.last_hash = line.hash;
        Ok(())
    }
}
