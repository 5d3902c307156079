//! An answer in the format that the address ends in.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use kernel::Outcome;
use kernel::error::OrRefuse;
use web::Problem;

use super::node::Node;
use crate::error::FORMAT_UNKNOWN;

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// XML, without which no endpoint is one.
    Xml,
    /// JSON.
    Json,
}

impl Format {
    /// The format that an address ends in.
    pub fn of(ending: &str) -> Outcome<Self> {
        Self::read(ending).or_refuse(&FORMAT_UNKNOWN)
    }

    /// The format of an error at a path: XML where nothing better is said.
    pub fn of_path(path: &str) -> Self {
        path.rsplit_once('.').and_then(|(_, ending)| Self::read(ending)).unwrap_or(Self::Xml)
    }

    fn read(ending: &str) -> Option<Self> {
        match ending {
            "xml" => Some(Self::Xml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// What it is sent as.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Xml => "text/xml; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// A document; `root` is what XML puts around it.
    pub fn document(self, status: StatusCode, root: &str, node: &Node) -> Outcome<HttpResponse> {
        let body = match self {
            Self::Xml => node.xml(root)?,
            Self::Json => node.json().to_string().into_bytes(),
        };
        Ok(HttpResponse::build(status)
            .insert_header((CONTENT_TYPE, HeaderValue::from_static(self.media_type())))
            .body(body))
    }

    /// A document that is as it should be.
    pub fn ok(self, root: &str, node: &Node) -> Result<HttpResponse, Problem> {
        Ok(self.document(StatusCode::OK, root, node)?)
    }
}
