//! The only place with SQL: one file a table.

pub mod remarks;
pub mod requests;
pub mod schema;
pub mod told;

/// Addresses as they are kept: one a line, since none has a line break in it.
fn lines(all: &[String]) -> String {
    all.join("\n")
}

fn from_lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}
