//! Whistles.
