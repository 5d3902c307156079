//! What a person at the terminal sees.

use std::io::{IsTerminal, Write, stderr};

use tracing_subscriber::EnvFilter;

use crate::config::Settings;

/// Tells something: a line on standard output. A closed pipe is nobody listening, and no fault.
pub fn say(line: &str) {
    drop(writeln!(std::io::stdout().lock(), "{line}"));
}

/// Tells of trouble: a line on standard error.
pub fn complain(line: &str) {
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}

/// Starts the log, on standard error: in colour where a person looks.
pub fn start_log(settings: &Settings) -> Result<(), String> {
    let filter = EnvFilter::try_new(&settings.log).map_err(|e| format!("log: {e}"))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(stderr().is_terminal())
        .with_writer(stderr);
    let started = if settings.log_json { builder.json().try_init() } else { builder.try_init() };
    started.map_err(|e| format!("the log cannot start: {e}"))
}
