//! `commonweal reference`: the pages of settings, permissions and error codes, made from the tables the code uses.

use std::fmt::Write as _;
use std::path::Path;

use crate::config::SETTINGS;
use crate::plugins::Plugins;
use crate::terminal::say;

/// The pages: their file names and their text.
pub fn pages() -> Result<Vec<(&'static str, String)>, String> {
    let plugins = Plugins::all()?;
    Ok(vec![
        ("CONFIGURATION.md", configuration().map_err(|e| e.to_string())?),
        ("PERMISSIONS.md", permissions(&plugins).map_err(|e| e.to_string())?),
        ("ERRORS.md", errors(&plugins).map_err(|e| e.to_string())?),
    ])
}

/// Writes the pages.
pub fn write(out: &Path) -> Result<(), String> {
    std::fs::create_dir_all(out).map_err(|e| format!("{}: {e}", out.display()))?;
    for (name, text) in pages()? {
        std::fs::write(out.join(name), text).map_err(|e| format!("{name}: {e}"))?;
    }
    say(&format!("The reference pages were written to {}.", out.display()));
    Ok(())
}

fn configuration() -> Result<String, std::fmt::Error> {
    let mut page = String::from(
        "# Configuration\n\n<!-- Made by `commonweal reference`; do not edit. -->\n\n\
         A TOML file (`--config FILE` or `COMMONWEAL_CONFIG`) and environment variables, which win. A key or a `COMMONWEAL_…` \
         variable that is not in this table is refused at the start. Secrets are never printed.\n\n\
         | key | variable | default | meaning |\n| --- | --- | --- | --- |\n",
    );
    for s in SETTINGS {
        writeln!(page, "| `{}` | `{}` | {} | {} |", s.key, s.variable, code(s.default), s.meaning)?;
    }
    Ok(page)
}

fn code(text: &str) -> String {
    if text.is_empty() { "none".to_owned() } else { format!("`{text}`") }
}

fn permissions(plugins: &Plugins) -> Result<String, std::fmt::Error> {
    let mut page = String::from(
        "# Permissions\n\n<!-- Made by `commonweal reference`; do not edit. -->\n\n\
         A role is a named set of these. Each is declared by the crate that enforces it.\n\n\
         | permission | allows | 允许 | risk | built-in roles |\n| --- | --- | --- | --- | --- |\n",
    );
    for p in plugins.permissions() {
        let roles = if p.everyone {
            "everyone with an account".to_owned()
        } else {
            p.roles.iter().map(|r| r.name()).collect::<Vec<_>>().join(", ")
        };
        writeln!(
            page,
            "| `{}` | {} | {} | {} | {roles} |",
            p.name,
            p.en,
            p.zh,
            format!("{:?}", p.risk).to_lowercase()
        )?;
    }
    Ok(page)
}

fn errors(plugins: &Plugins) -> Result<String, std::fmt::Error> {
    let mut page = String::from(
        "# Refusals\n\n<!-- Made by `commonweal reference`; do not edit. -->\n\n\
         Every refusal is a problem document (RFC 9457) with one of these codes. A code is stable and never used for anything \
         else. Codes of fields stand in `errors[].code`. Where the existence of a thing is private, the answer is 404, never 403.\n\n\
         | code | status | meaning | 含义 |\n| --- | --- | --- | --- |\n",
    );
    for c in plugins.error_codes() {
        writeln!(
            page,
            "| `{}` | {} | {} | {} |",
            c.code,
            web::problem::status_of(c.kind).as_u16(),
            c.en,
            c.zh
        )?;
    }
    Ok(page)
}
