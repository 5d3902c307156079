//! The deeds: plain functions over a transaction, the context and the ports.

pub mod batch;
pub mod compliance;
pub mod content;
pub mod correct;
pub mod duty;
pub mod follow;
pub mod forms;
pub mod holdings;
pub mod leave;
pub mod located;
pub mod mine;
pub mod miss;
pub mod next;
pub mod plans;
pub mod record;
pub mod rules;
pub mod said;
pub mod see;
pub mod strike;

pub use follow::Follow;
