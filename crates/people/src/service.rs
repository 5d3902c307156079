//! The deeds: plain functions over a transaction, the context and the ports. Each file is one deed or a close family.

pub mod accounts;
pub mod change;
pub mod consents;
pub mod create;
pub mod erase;
pub mod flags;
pub mod follow;
pub mod import;
pub mod keys;
pub mod list;
pub mod look_up;
mod meter;
pub mod readings;
pub mod see;
pub mod taken;
pub mod trail;
pub mod unmask;

pub use follow::Follow;
