//! The figures, their limits, and the document.

use std::fmt::Write as _;
use std::path::Path;

use crate::{Fallible, process};

/// Where the hand-written part of the document begins; it is kept.
const BY_HAND: &str = "## What is behind the figures";

/// What a figure is held to.
#[derive(Clone, Copy)]
pub enum Limit {
    /// Smaller is better.
    AtMost(f64),
    /// Larger is better.
    AtLeast(f64),
    /// Nothing; the figure is told for its own sake.
    None,
}

struct Row {
    case: String,
    measured: String,
    limit: String,
    ratio: String,
    ok: &'static str,
}

/// The figures of a run.
#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
    notes: Vec<String>,
}

impl Report {
    /// Adds a figure with its unit and limit. `detail` follows it in brackets.
    pub fn figure(&mut self, case: &str, value: f64, unit: &str, limit: Limit, detail: &str) {
        let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
        let brackets = if detail.is_empty() { String::new() } else { format!(" ({detail})") };
        let (text, ratio, ok) = match limit {
            Limit::AtMost(most) => {
                let ratio = if most > 0.0 { number(value / most) } else { String::new() };
                (format!("≤ {}{unit}", number(most)), ratio, value <= most)
            }
            Limit::AtLeast(least) => {
                (format!("≥ {}{unit}", number(least)), number(value / least), value >= least)
            }
            Limit::None => (String::new(), String::new(), true),
        };
        let ok = match (limit, ok) {
            (Limit::None, _) => "",
            (_, true) => "ok",
            (_, false) => "MISSED",
        };
        let row = Row {
            case: case.to_owned(),
            measured: format!("{}{unit}{brackets}", number(value)),
            limit: text,
            ratio,
            ok,
        };
        crate::say(&format!("{} | {} | {} | {}", row.case, row.measured, row.limit, row.ok));
        self.rows.push(row);
    }

    /// Adds a figure that has words and no limit.
    pub fn told(&mut self, case: &str, measured: &str) {
        crate::say(&format!("{case} | {measured}"));
        let measured = measured.to_owned();
        self.rows.push(Row {
            case: case.to_owned(),
            measured,
            limit: String::new(),
            ratio: String::new(),
            ok: "",
        });
    }

    /// Adds a sentence below the table.
    pub fn note(&mut self, sentence: &str) {
        crate::say(sentence);
        self.notes.push(sentence.to_owned());
    }

    /// The table, and the notes.
    pub fn table(&self) -> String {
        let mut text =
            "| case | measured | limit | measured / limit | |\n| --- | --- | --- | --- | --- |\n".to_owned();
        for row in &self.rows {
            // Writing to a String does not fail.
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} |",
                row.case, row.measured, row.limit, row.ratio, row.ok
            );
        }
        for note in &self.notes {
            let _ = writeln!(text, "\n{note}");
        }
        text
    }

    /// Rewrites the document; what people wrote into it stays.
    pub fn write(&self, file: &Path) -> Fallible<()> {
        let before = std::fs::read_to_string(file).unwrap_or_default();
        let by_hand = before
            .find(BY_HAND)
            .and_then(|at| before.get(at..))
            .map_or_else(|| format!("{BY_HAND}\n"), str::to_owned);
        let day = kernel::Clock::now(&kernel::clock::SystemClock).to_string();
        let text = format!(
            "# Benchmarks\n\n\
             Made by `make bench`, which rewrites everything above the last heading. Figures that are held to a limit are \
             measured in the same run as what they are compared with. Processor time is that of the gateway and the database \
             together, from the operating system; the load generator's is not in it, but it shares the cores, so requests a \
             second say less about the gateway than processor time does.\n\n\
             - Machine: {}\n- Command: `make bench`\n- Date: {day}\n\n{}\n{by_hand}",
            process::machine(),
            self.table(),
        );
        std::fs::create_dir_all(file.parent().unwrap_or(Path::new(".")))?;
        std::fs::write(file, text)?;
        Ok(())
    }
}

/// A number with as many decimals as say something.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if size >= 1000.0 {
        let whole = format!("{value:.0}");
        let mut text = String::new();
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        text
    } else if size >= 100.0 || value.fract() == 0.0 {
        format!("{value:.0}")
    } else if size >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}
