//! The sources, as the architecture tests read them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The workspace's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the workspace").to_owned()
}

/// A Rust file: its path from the workspace's folder, and its text.
#[derive(Debug, Clone)]
pub struct Source {
    /// `crates/grid/src/lib.rs`
    pub path: String,
    /// All of it.
    pub text: String,
}

impl Source {
    /// The text without the tests at its end and without comments: what ships.
    pub fn shipped(&self) -> String {
        let end = self.text.find("#[cfg(test)]\nmod ").unwrap_or(self.text.len());
        self.text[..end].lines().map(|l| l.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
    }

    /// Whether one of the folders in its path is called so.
    pub fn is_in(&self, room: &str) -> bool {
        self.path.contains(&format!("/{room}/")) || self.path.ends_with(&format!("/{room}.rs"))
    }

    /// Whether it is a file of tests only.
    pub fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }
}

/// Every Rust file below `folder` (from the workspace's folder), in the order of their paths.
pub fn rust_below(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    found.sort();
    found
        .into_iter()
        .map(|file| Source {
            text: std::fs::read_to_string(&file).expect("a readable source"),
            path: file.strip_prefix(root()).expect("inside the workspace").display().to_string(),
        })
        .collect()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "target" && name != "node_modules" && name != "generated" {
            walk(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Runs cargo in the workspace and answers what it printed.
pub fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let run = Command::new(cargo).current_dir(root()).args(arguments).output().expect("cargo runs");
    assert!(run.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).expect("UTF-8")
}

/// The names of all crates that a package needs to be built, itself included; without its default features if told so.
pub fn needs(package: &str, default_features: bool) -> Vec<String> {
    let mut arguments = vec![
        "tree",
        "--offline",
        "--locked",
        "-p",
        package,
        "-e",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ];
    if !default_features {
        arguments.push("--no-default-features");
    }
    let mut names: Vec<String> = cargo(&arguments)
        .lines()
        .filter_map(|l| l.split_whitespace().next())
        .map(ToOwned::to_owned)
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The workspace's packages: name, folder from the workspace's, and the packages of the workspace that each names in its
/// normal dependencies.
pub fn packages() -> Vec<Package> {
    let text = cargo(&["metadata", "--offline", "--locked", "--no-deps", "--format-version", "1"]);
    let metadata: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let all = metadata["packages"].as_array().expect("packages");
    let names: Vec<&str> = all.iter().map(|p| p["name"].as_str().expect("a name")).collect();
    all.iter()
        .map(|p| {
            let manifest = Path::new(p["manifest_path"].as_str().expect("a path"));
            let folder =
                manifest.parent().expect("a folder").strip_prefix(root()).expect("inside the workspace");
            let mut direct: Vec<String> = p["dependencies"]
                .as_array()
                .expect("dependencies")
                .iter()
                .filter(|d| d["kind"].is_null())
                .map(|d| d["name"].as_str().expect("a name").to_owned())
                .collect();
            direct.sort();
            direct.dedup();
            let ours = direct.iter().filter(|d| names.contains(&d.as_str())).cloned().collect();
            Package {
                name: p["name"].as_str().expect("a name").to_owned(),
                folder: folder.display().to_string(),
                direct,
                ours,
            }
        })
        .collect()
}

/// A package of the workspace.
#[derive(Debug, Clone)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its folder, from the workspace's.
    pub folder: String,
    /// All that it names in its normal dependencies.
    pub direct: Vec<String>,
    /// Those of them that are in this workspace.
    pub ours: Vec<String>,
}
