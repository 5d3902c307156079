//! `commonweal openapi`: the documents, made without a database.

use std::path::Path;

use crate::gateway;
use crate::terminal::say;

/// Writes `openapi.json` (3.1), `openapi-3.0.json` and `openapi-enums.json`; refuses a document that its lint refuses.
pub fn write(out: &Path) -> Result<(), String> {
    std::fs::create_dir_all(out).map_err(|e| format!("{}: {e}", out.display()))?;
    let document = gateway::document()?;
    let findings = web::lint::lint(&document);
    if !findings.is_empty() {
        let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
        return Err(format!("the document breaks {} rules:\n{}", lines.len(), lines.join("\n")));
    }
    let files = [
        ("openapi.json", document.clone()),
        ("openapi-3.0.json", web::document::openapi_3_0(&document)),
        ("openapi-enums.json", web::document::with_enums(&document)),
    ];
    for (name, value) in files {
        let text = serde_json::to_string_pretty(&value).map_err(|e| e.to_string())?;
        std::fs::write(out.join(name), text + "\n").map_err(|e| format!("{name}: {e}"))?;
    }
    say(&format!("Three documents written to {}.", out.display()));
    Ok(())
}
