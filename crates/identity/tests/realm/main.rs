//! The rules of rights, accounts and sessions on both engines: SQLite always, PostgreSQL where the environment names one.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

mod access;
mod explaining;
mod giving;
mod handing_over;
mod leaving;
#[cfg(feature = "http")]
mod over_http;
mod setting;
mod signing_in;
