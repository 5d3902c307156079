//! The rules of rights, accounts and sessions on both engines: SQLite always, PostgreSQL where the environment names one.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

mod access;
mod conflicts;
mod endings;
mod explaining;
mod giving;
mod many;
#[cfg(feature = "http")]
#[macro_use]
mod over_http;
mod setting;
mod signing_in;
#[cfg(feature = "http")]
mod trap_one;
#[cfg(feature = "http")]
mod traps;
