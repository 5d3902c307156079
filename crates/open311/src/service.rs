//! The deeds: plain functions over a transaction, the context and grid's own deeds.

pub mod catalogue;
pub mod feed;
pub mod number;
pub mod receive;
pub mod remark;
pub mod show;
pub mod tell;
pub mod window;
