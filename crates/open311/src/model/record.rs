//! The things of the standard.

use kernel::id::{Category, Incident, IncidentStep, Open311Remark, User};
use kernel::{Id, Instant};

use super::Word;

/// What is offered: a category without others below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The category.
    pub category: Id<Category>,
    /// `service_code`: the category's code, else its id.
    pub code: String,
    /// `service_name`: no two are the same.
    pub name: String,
    /// The names of the categories above it and its own.
    pub description: String,
    /// The name of the category above it.
    pub group: Option<String>,
    /// Its kind.
    pub keyword: &'static str,
}

/// A field of a service's definition. Its kind is a line of text; its value comes from the client's server and not from a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// What it is sent as: `attribute[code]`.
    pub code: &'static str,
    /// Whether a report without it is refused.
    pub required: bool,
    /// What it is for.
    pub description: &'static str,
}

/// A case that was reported through Open311: what grid does not know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The case.
    pub incident: Id<Incident>,
    /// The service account that reported it.
    pub account: Id<User>,
    /// What the account calls it; it is one case under that name, however often it is sent.
    pub external: Option<String>,
    /// Where pictures of it are, as sent; nobody here fetches them.
    pub media: Vec<String>,
    /// When it was reported.
    pub reported_at: Instant,
}

/// A case as the standard shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// `service_request_id`.
    pub number: String,
    /// Whether it is `open`; else `closed`.
    pub open: bool,
    /// The result, or why it was rejected.
    pub notes: Option<String>,
    /// The category's name.
    pub service_name: Option<String>,
    /// The category's code.
    pub service_code: Option<String>,
    /// What was reported.
    pub description: Option<String>,
    /// The unit that deals with it.
    pub agency: Option<String>,
    /// When it was reported.
    pub requested_at: Instant,
    /// When it last changed; for one that is closed, when it was.
    pub updated_at: Instant,
    /// By when it is to be dealt with.
    pub expected_at: Option<Instant>,
    /// Where, in words: only for who may see the case.
    pub address: Option<String>,
    /// Latitude and longitude.
    pub point: Option<(f64, f64)>,
    /// Where a picture of it is.
    pub media: Option<String>,
}

/// Something that happened to a case, as it is told to who reported it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// `update_id`: the step's.
    pub step: Id<IncidentStep>,
    /// `service_request_id`.
    pub number: String,
    /// How far it is.
    pub word: Word,
    /// What may be told of it.
    pub text: Option<String>,
    /// When.
    pub at: Instant,
}

/// What who reported a case says besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Its id; what is answered as `update_id`.
    pub id: Id<Open311Remark>,
    /// The case.
    pub incident: Id<Incident>,
    /// The service account it came from.
    pub account: Id<User>,
    /// What the account calls it.
    pub update_id: String,
    /// How the sender has the case: a word of the extension, in capitals.
    pub status: String,
    /// What is said.
    pub text: String,
    /// Where pictures are, as sent; nobody here fetches them.
    pub media: Vec<String>,
    /// Whether the case was taken up again by it.
    pub reopened: bool,
    /// When it was said, says the sender.
    pub said_at: Instant,
    /// When it came.
    pub received_at: Instant,
}
