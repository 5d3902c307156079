//! `commonweal audit verify` and `commonweal audit head`.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use audit::lines::Checked;
use storage::audit::{self as trail, GENESIS};

use crate::config::Settings;
use crate::gateway::open;
use crate::terminal::say;

const PAGE: i64 = 2_000;

/// Checks every link; names the first broken record and fails.
pub fn verify(settings: &Settings, expect: Option<&str>) -> Result<(), String> {
    let expected = expect.map(parse_head).transpose()?;
    let db = open(settings)?;
    let mut at = (0, GENESIS.to_owned());
    let mut seen = expected.as_ref().is_none_or(|(seq, hash)| (*seq, hash.as_str()) == (0, GENESIS));
    loop {
        let from = at.clone();
        let page =
            db.read_blocking(move |tx| trail::verify(tx, from.clone(), PAGE)).map_err(|e| e.to_string())?;
        if let Some(broken) = page.broken {
            let record = broken.record.map_or_else(|| "no record".to_owned(), |r| format!("record {r}"));
            return Err(format!("the audit chain is broken at {}: {record}: {}", broken.seq, broken.why));
        }
        if let Some((seq, hash)) = &expected
            && !seen
            && page.upto.0 >= *seq
        {
            let (seq, start) = (*seq, at.clone());
            let upto = seq - start.0;
            let part = db
                .read_blocking(move |tx| trail::verify(tx, start.clone(), upto))
                .map_err(|e| e.to_string())?;
            if part.upto != (seq, hash.clone()) {
                return Err(format!(
                    "the audit chain is not the one whose head was published: at {seq} it has {}",
                    part.upto.1
                ));
            }
            seen = true;
        }
        at = page.upto;
        if page.complete {
            break;
        }
    }
    let waiting = db.read_blocking(trail::unsealed).map_err(|e| e.to_string())?;
    db.close();
    if !seen {
        return Err(format!("the audit chain ends at {}: records after it were cut off", at.0));
    }
    say(&format!("The audit chain is sound: {} records, head {}:{}", at.0, at.0, at.1));
    if waiting > 0 {
        say(&format!("{waiting} more records are not sealed yet: the service seals them while it runs."));
    }
    Ok(())
}

/// Checks an exported file: each record against its hash, and each that follows another against that one's.
pub fn verify_file(path: &Path) -> Result<(), String> {
    let file = File::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut checked = Checked::default();
    for (n, line) in BufReader::new(file).lines().enumerate() {
        let line = line.map_err(|e| format!("{}: {e}", path.display()))?;
        checked.take(&line).map_err(|why| format!("line {}: {why}", n + 1))?;
    }
    let Some((first, last)) = checked.span else { return Err("the file has no records".to_owned()) };
    say(&format!("{} records between {first} and {last} are what was sealed.", checked.records));
    if checked.gaps > 0 {
        say(&format!(
            "Between them records are left out in {} places, as a filter does: there only each record for itself is proved.",
            checked.gaps
        ));
    } else {
        say(&format!("None is left out. Head: {last}:{}", checked.last_hash));
    }
    Ok(())
}

/// Prints the newest link.
pub fn head(settings: &Settings) -> Result<(), String> {
    let db = open(settings)?;
    let (seq, hash) = db.read_blocking(trail::head).map_err(|e| e.to_string())?;
    db.close();
    say(&format!("{seq}:{hash}"));
    Ok(())
}

fn parse_head(text: &str) -> Result<(i64, String), String> {
    let (seq, hash) = text.split_once(':').ok_or("--expect takes SEQ:HASH")?;
    let seq = seq.parse().map_err(|_| "--expect: the sequence is not a number")?;
    Ok((seq, hash.to_owned()))
}
