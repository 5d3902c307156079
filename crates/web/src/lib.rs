#![doc = include_str!("../README.md")]

pub mod authenticator;
pub mod body;
pub mod check;
pub mod document;
mod envelope;
pub mod error;
pub mod face;
pub mod facts;
pub mod guard;
pub mod idempotency;
mod limits;
pub mod lint;
pub mod pages;
pub mod params;
pub mod path;
pub mod plugin;
pub mod precondition;
pub mod problem;
pub mod raw;
pub mod realm;
mod redact;
pub mod registrar;
mod retirement;
mod routes;
pub mod settings;
pub mod site;
pub mod sse;
mod strict;
pub mod system;
pub mod traces;
pub mod upload;
pub mod write;

pub use authenticator::Authenticator;
pub use body::{Body, Fingerprint, NoBody};
pub use check::check;
pub use face::Face;
pub use guard::{Allowed, Public};
pub use pages::{PageRequest, page, page_request, view};
pub use params::Params;
pub use path::{PathId, PathPair};
pub use plugin::{Dictionary, WebPlugin};
pub use problem::Problem;
pub use raw::Raw;
pub use realm::{Gateway, OneRealm, Realm, Realms};
pub use registrar::Registrar;
pub use settings::Settings;
pub use site::{Parts, Site};
pub use sse::Listening;
pub use system::System;
pub use upload::Upload;
pub use write::Answer;

#[doc(hidden)]
pub use kernel;

#[cfg(test)]
mod tests;
