//! `make bench`: measures the built gateway on both engines, prints a table and rewrites docs/BENCHMARKS.md. It asserts
//! nothing: a figure outside its limit is printed as MISSED, and the exit code says only whether the measuring worked.
//!
//! `bench [PART…]` measures only the named parts (`bare`, `sqlite`, `postgres`, `national`, `rights`, `people`, `cases`) and leaves the document alone.

mod bare;
mod captured;
mod cases;
mod cases_seed;
mod load;
mod national;
mod people;
mod postgres;
mod process;
mod report;
mod rights;
mod seed;
mod server;
mod town;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use report::Report;

/// A benchmark has no user to be kind to: whatever goes wrong ends the run with its words.
pub type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// A count as a number one can divide.
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "counts here stay far below 2^53")]
pub fn real(count: u64) -> f64 {
    count as f64
}

/// Says a line while the measuring goes on.
pub fn say(line: &str) {
    // Nobody to tell when the terminal is gone.
    drop(writeln!(std::io::stderr(), "{line}"));
}

/// What all parts need.
pub struct Bench {
    /// The release binary.
    pub binary: PathBuf,
    /// Where the databases of the run lie; on the disk the build is on, so that a commit is a commit.
    pub scratch: tempfile::TempDir,
    /// The figures so far.
    pub report: Report,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.split_first() {
        Some((first, rest)) if first == "bare-handler" => {
            bare::serve(rest.first().map_or("", String::as_str))
        }
        _ => measure(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("bench: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn measure(parts: &[String]) -> Fallible<()> {
    let known = ["bare", "sqlite", "postgres", "national", "rights", "people", "cases"];
    if let Some(stranger) = parts.iter().find(|p| !known.contains(&p.as_str())) {
        return Err(format!("{stranger} is none of {}", known.join(", ")).into());
    }
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|p| p == part);
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let binary = target.join("release/commonweal");
    if !binary.is_file() {
        return Err(format!("{} is missing: `make build` makes it", binary.display()).into());
    }
    let scratch = tempfile::Builder::new().prefix("bench.").tempdir_in(&target)?;
    let mut bench = Bench { binary, scratch, report: Report::default() };
    if wanted("bare") {
        bare::measure(&mut bench)?;
    }
    if wanted("sqlite") {
        town::sqlite(&mut bench)?;
    }
    if wanted("postgres") {
        match postgres::Cluster::find()? {
            Some(cluster) => town::postgres(&mut bench, &cluster)?,
            None => {
                bench.report.note("PostgreSQL was not measured: COMMONWEAL_TEST_POSTGRES_URL is not set.");
            }
        }
    }
    if wanted("national") {
        national::measure(&mut bench)?;
    }
    if wanted("rights") {
        rights::measure(&mut bench)?;
    }
    if wanted("people") {
        people::measure(&mut bench)?;
    }
    if wanted("cases") {
        cases::measure(&mut bench)?;
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", bench.report.table())?;
    if parts.is_empty() {
        bench.report.write(std::path::Path::new("docs/BENCHMARKS.md"))?;
        writeln!(out, "written to docs/BENCHMARKS.md")?;
    }
    Ok(())
}
