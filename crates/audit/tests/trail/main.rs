//! The trail as auditors see it, and its exports, on both engines.

mod exports;
mod setting;
mod views;
