//! The gateway: configuration, the hand-written list of plugins, the subcommands. It holds no rule and no SQL.

pub mod cli;
pub mod commands;
pub mod config;
pub mod demo;
pub mod gateway;
pub mod keyring;
pub mod lists;
pub mod outside;
pub mod plugins;
pub mod providers;
pub mod shelf;
pub mod terminal;
#[cfg_attr(not(feature = "otel"), path = "no_traces.rs")]
pub mod traces;

use std::process::ExitCode;

use clap::Parser;

use cli::{Admin, Audit, Cli, Command, Import, Keys};
use config::Settings;

/// Runs the command line; says in one sentence what went wrong.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            terminal::complain(&format!("commonweal: {why}"));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<(), String> {
    if let Command::Openapi { out } = &cli.command {
        return commands::openapi::write(out);
    }
    if let Command::Reference { out } = &cli.command {
        return commands::reference::write(out);
    }
    let settings = Settings::load(cli.config.as_deref())?;
    terminal::start_log(&settings)?;
    match cli.command {
        Command::Serve { first_start } => commands::serve::serve(&settings, first_start),
        Command::Migrate => commands::migrate::migrate(&settings),
        Command::Import(Import::Divisions { dir }) => commands::import::divisions(&settings, &dir),
        Command::Seed => commands::seed::seed(&settings),
        Command::Openapi { .. } | Command::Reference { .. } => Ok(()),
        Command::Admin(Admin::Create { login }) => commands::admin::create(&settings, &login),
        Command::Admin(Admin::ResetMfa { login }) => commands::admin::reset_mfa(&settings, &login),
        Command::Admin(Admin::ResetPassword { login }) => commands::admin::reset_password(&settings, &login),
        Command::Admin(Admin::Grant { login, role, reason }) => {
            commands::admin::grant(&settings, &login, &role, &reason)
        }
        Command::Admin(Admin::AdoptKey) => commands::admin::adopt_key(&settings),
        Command::Admin(Admin::RotateKeys) => commands::admin::rotate_keys(&settings),
        Command::Audit(Audit::Verify { file: Some(file), .. }) => commands::audit::verify_file(&file),
        Command::Audit(Audit::Verify { expect, file: None }) => {
            commands::audit::verify(&settings, expect.as_deref())
        }
        Command::Audit(Audit::Head) => commands::audit::head(&settings),
        Command::Backup { to } => commands::backup::backup(&settings, &to),
        Command::Restore { from, replace } => commands::backup::restore(&settings, &from, replace),
        Command::Keys(Keys::List) => commands::keys::list(&settings),
        Command::Keys(Keys::Add) => commands::keys::add(&settings),
        Command::Keys(Keys::Rewrap) => commands::keys::rewrap(&settings),
        Command::Keys(Keys::Retire { id }) => commands::keys::retire(&settings, &id),
        Command::Doctor => commands::doctor::examine(&settings),
    }
}
