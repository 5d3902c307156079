//! Imports and exports over a real town, on both engines.

mod books;
mod exporting;
mod files;
mod http;
mod importing;
mod setting;
mod working;
