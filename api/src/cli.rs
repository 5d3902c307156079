//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Commonweal: the open platform on which a town governs itself together with its people.
#[derive(Debug, Parser)]
#[command(name = "commonweal", version, about)]
pub struct Cli {
    /// The configuration file (TOML). The environment wins over it.
    #[arg(long, global = true)]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the API.
    Serve {
        /// Migrate first, make the first administrator, and load the demo town if nothing is there yet.
        #[arg(long)]
        first_start: bool,
    },
    /// Bring the database up to date.
    Migrate,
    /// Import data.
    #[command(subcommand)]
    Import(Import),
    /// Load the demo town.
    Seed,
    /// Write the OpenAPI documents.
    Openapi {
        /// The folder to write to.
        #[arg(long, default_value = "openapi")]
        out: PathBuf,
    },
    /// Write the reference pages: settings, permissions, error codes.
    Reference {
        /// The folder to write to.
        #[arg(long, default_value = "docs")]
        out: PathBuf,
    },
    /// Recover access from the machine's shell. Every use is recorded.
    #[command(subcommand)]
    Admin(Admin),
    /// Check the audit trail.
    #[command(subcommand)]
    Audit(Audit),
    /// The master keys under which persons' data is sealed.
    #[command(subcommand)]
    Keys(Keys),
    /// Copy the database to a file while it is in use (SQLite).
    Backup {
        /// The file to write; it must not exist.
        to: PathBuf,
    },
    /// Put a backup in the place of the database (SQLite; the service must be stopped).
    Restore {
        /// The backup.
        from: PathBuf,
        /// Replace a database that is there; it is kept beside it under another name.
        #[arg(long)]
        replace: bool,
    },
    /// Look whether all is well, and say what is not.
    Doctor,
}

/// What can be imported.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// The administrative divisions: provinces, cities, areas, streets and villages as CSV.
    Divisions {
        /// The folder with the five files.
        dir: PathBuf,
    },
}

/// What the shell can recover.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Make the first administrator, if nobody can manage rights.
    Create {
        /// The login.
        login: String,
    },
    /// Set a new password, shown once; all sessions of the account end.
    ResetPassword {
        /// The login.
        login: String,
    },
    /// Remove the second factor of an account whose owner lost it; all its sessions end.
    ResetMfa {
        /// The login.
        login: String,
    },
    /// Give a built-in role at the root of the tree.
    Grant {
        /// The login.
        login: String,
        /// The role: `security_admin`, `audit_admin`, …
        role: String,
        /// Why: goes on the audit trail.
        #[arg(long)]
        reason: String,
    },
    /// Take the realm's key as it is now, in place of one that is lost: everybody's contacts are forgotten.
    AdoptKey,
    /// Rotate the key that signs tokens. Nobody is signed out.
    RotateKeys,
}

/// What can be done to the master keys.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// List them: since when, how many persons' keys each wraps. Never a key itself.
    List,
    /// Add a fresh key to the file. It wraps nothing until `rewrap`: first copy the file to every other gateway's machine.
    Add,
    /// Let the newest key wrap what is new, and wrap every person's key anew under it, while all goes on.
    Rewrap,
    /// Let the realm forget a key that wraps nothing any more, and put it beside the file for the backups made under it.
    Retire {
        /// The key's name.
        id: String,
    },
}

/// What can be checked.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Check every link of the chain; names the first broken record.
    Verify {
        /// A head published before (`SEQ:HASH`): the chain must still have it.
        #[arg(long)]
        expect: Option<String>,
        /// Check an exported file (`jsonl`) instead: it needs no database.
        #[arg(long, conflicts_with = "expect")]
        file: Option<PathBuf>,
    },
    /// Print the newest link (`SEQ:HASH`), to be published.
    Head,
}
