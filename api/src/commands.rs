//! The subcommands, a file each.

pub mod admin;
pub mod audit;
pub mod backup;
pub mod doctor;
pub mod import;
pub mod keys;
pub mod migrate;
pub mod openapi;
pub mod reference;
pub mod seed;
pub mod serve;
