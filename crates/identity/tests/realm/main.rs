//! The rules of rights, accounts and sessions on both engines: SQLite always, PostgreSQL where the environment names one.

mod access;
mod explaining;
mod giving;
mod setting;
mod signing_in;
