//! `commonweal import divisions DIR`.

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use territory::divisions::Progress;

use crate::config::Settings;
use crate::gateway::{open_current, shell};
use crate::terminal::say;

/// A bar at the terminal; silent where there is none.
pub struct Bar(ProgressBar);

impl Bar {
    /// An empty bar.
    pub fn new() -> Result<Self, String> {
        let style =
            ProgressStyle::with_template("{msg:12} {bar:40} {human_pos}/{human_len} {elapsed} eta {eta}")
                .map_err(|e| e.to_string())?;
        Ok(Self(ProgressBar::new(0).with_style(style)))
    }
}

impl Progress for Bar {
    fn begin(&self, step: &'static str, total: Option<u64>) {
        self.0.set_message(step);
        self.0.set_position(0);
        self.0.set_length(total.unwrap_or(0));
    }

    fn advance(&self, by: u64) {
        self.0.inc(by);
    }
}

/// Imports the five files; safe to run again.
pub fn divisions(settings: &Settings, dir: &Path) -> Result<(), String> {
    let db = open_current(settings)?;
    let bar = Bar::new()?;
    let report =
        territory::service::import::import_divisions(&db, &shell(&db), dir, &bar).map_err(|e| e.to_string());
    bar.0.finish_and_clear();
    db.close();
    let report = report?;
    say(&format!(
        "{} units are new, {} were there ({} of them under another name), {} stand elsewhere here, {} here are not in the files.",
        report.inserted, report.matched, report.renamed, report.elsewhere, report.missing
    ));
    Ok(())
}
