//! The deeds: plain functions over a transaction, the context and the ports. Each file is one deed or a close family.

pub mod act;
pub mod anonymous;
pub mod answers;
pub mod cases;
pub mod categories;
pub mod categorise;
pub mod category_rules;
pub mod changes;
pub mod clock;
pub mod drafts;
pub mod draw;
pub mod due;
mod duty;
pub mod escalate;
pub mod evidence;
pub mod field;
pub mod follow;
pub mod holdings;
pub mod list;
pub mod locate;
pub mod located;
pub mod make;
pub mod me_too;
pub mod merge;
pub mod place;
pub mod post;
pub mod rate;
pub mod report;
pub mod requests;
pub mod resolve;
pub mod see;
pub mod self_handled;
pub mod similar;
pub mod tell_people;
pub mod transfer;

pub use follow::Follow;
