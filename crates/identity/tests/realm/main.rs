//! The rules of rights, accounts and sessions on both engines: SQLite always, PostgreSQL where the environment names one.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod access;
mod awaiting;
mod conflicts;
mod endings;
mod explaining;
mod giving;
mod handing_over;
mod holders;
mod inviting;
mod leaving;
mod listing;
mod machines;
mod many;
#[cfg(feature = "http")]
mod newcomers_over_http;
#[cfg(all(feature = "http", feature = "oidc"))]
mod oidc;
#[cfg(feature = "http")]
#[macro_use]
mod over_http;
#[cfg(feature = "http")]
mod behind_machines;
#[cfg(feature = "http")]
mod held_up;
#[cfg(feature = "http")]
mod keys_and_passwords;
mod policies;
#[cfg(feature = "http")]
mod refusals;
mod registering;
mod resetting;
#[cfg(feature = "http")]
mod role_edits;
#[cfg(feature = "http")]
mod row_words;
mod second_factor;
mod setting;
mod signing_in;
#[cfg(feature = "http")]
mod trap_one;
#[cfg(all(feature = "http", feature = "oidc"))]
mod trap_sixteen;
#[cfg(feature = "http")]
mod trap_ten;
#[cfg(feature = "http")]
mod traps;
#[cfg(feature = "http")]
mod traps_two;
mod watching;
#[cfg(feature = "http")]
mod ways_in;
