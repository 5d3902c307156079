//! The trail as auditors see it, and its exports, on both engines.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod exports;
mod setting;
mod views;
