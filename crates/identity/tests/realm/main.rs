//! The rules of rights, accounts and sessions on both engines: SQLite always, PostgreSQL where the environment names one.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

mod access;
mod explaining;
mod giving;
mod inviting;
#[cfg(feature = "http")]
mod newcomers_over_http;
#[cfg(feature = "http")]
mod over_http;
mod policies;
mod registering;
mod resetting;
mod setting;
mod signing_in;
