//! What a plugin that answers HTTP adds to [`kernel::Plugin`].

use kernel::Plugin;

use crate::face::Face;
use crate::registrar::Registrar;

/// A plugin with operations. Its routes are mounted under `/api/v1`; each carries its own piece of the document.
pub trait WebPlugin: Plugin {
    /// Registers its operations and the services they need.
    fn routes(&self, cfg: &mut Registrar<'_>);

    /// Its tags, each with a description, in the order a reader meets them.
    fn tags(&self) -> &'static [(&'static str, &'static str)];

    /// The lists of words its views use.
    fn dictionaries(&self) -> &'static [Dictionary] {
        &[]
    }

    /// Routes outside `/api/v1` that a standard puts there, `/.well-known/…`; not in the document. Data given in
    /// `routes` is not seen here.
    fn root_routes(&self, _cfg: &mut actix_web::web::ServiceConfig) {}

    /// Where errors have the shape of the standard whose routes these are.
    fn face(&self) -> Option<Face> {
        None
    }
}

/// A list of words (字典): the values a field may have, and what to show for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dictionary {
    /// `plugin_noun`, as in the path of `GET /dictionaries/{name}`.
    pub name: &'static str,
    /// Value, English label, Chinese label.
    pub entries: &'static [(&'static str, &'static str, &'static str)],
}
