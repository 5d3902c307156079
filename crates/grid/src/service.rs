//! The deeds: plain functions over a transaction, the context and the ports. Each file is one deed or a close family.

pub mod act;
pub mod categories;
pub mod categorise;
pub mod category_rules;
pub mod changes;
pub mod clock;
pub mod draw;
pub mod due;
pub mod escalate;
pub mod follow;
pub mod holdings;
pub mod list;
pub mod locate;
pub mod located;
pub mod make;
pub mod on_duty;
pub mod place;
pub mod post;
pub mod report;
pub mod requests;
pub mod resolve;
pub mod see;
pub mod transfer;

pub use follow::Follow;
