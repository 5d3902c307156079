//! Where a plugin's operations go: into the routes, or into the document.

use actix_web::dev::HttpServiceFactory;
use actix_web::guard;
use actix_web::web::{ServiceConfig, scope};
use utoipa::openapi::path::{PathItem, Paths};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{Components, OpenApi, OpenApiBuilder, RefOr};
use utoipa_actix_web::OpenApiFactory;

use crate::plugin::WebPlugin;

/// Under what every operation is mounted.
const PREFIX: &str = "/api/v1";

/// What a plugin registers its operations with. One call gives an operation to the routes and to the document, so that
/// neither exists alone; each of the two is made from the same calls when it is wanted, and a worker that only serves does
/// not build a document for itself.
pub struct Registrar<'a> {
    into: Into<'a>,
}

enum Into<'a> {
    Routes { cfg: &'a mut ServiceConfig, by_noun: &'a mut Vec<Noun> },
    Document(&'a mut Gathered),
    Paths(&'a mut dyn FnMut(String, PathItem)),
}

/// The operations on paths that begin with the same word. A router tries pattern after pattern, so a request is first led to
/// the few that begin as it does.
struct Noun {
    word: String,
    operations: Vec<Mount>,
}

type Mount = Box<dyn FnOnce(&mut ServiceConfig)>;

#[derive(Default)]
struct Gathered {
    paths: Paths,
    schemas: Vec<(String, RefOr<Schema>)>,
}

impl Registrar<'_> {
    /// An operation.
    pub fn service<F: HttpServiceFactory + OpenApiFactory + 'static>(&mut self, operation: F) -> &mut Self {
        match &mut self.into {
            Into::Routes { by_noun, .. } => {
                let word =
                    operation.paths().paths.keys().next().map_or("", |path| first_word(path)).to_owned();
                let mount: Mount = Box::new(|cfg| {
                    cfg.service(operation);
                });
                match by_noun.iter_mut().find(|noun| noun.word == word) {
                    Some(noun) => noun.operations.push(mount),
                    None => by_noun.push(Noun { word, operations: vec![mount] }),
                }
            }
            Into::Document(gathered) => {
                gathered.paths.merge(operation.paths());
                operation.schemas(&mut gathered.schemas);
            }
            Into::Paths(see) => {
                operation
                    .paths()
                    .paths
                    .into_iter()
                    .for_each(|(path, item)| see(format!("{PREFIX}{path}"), item));
            }
        }
        self
    }

    /// What the operations need at hand.
    pub fn app_data<D: 'static>(&mut self, data: D) -> &mut Self {
        if let Into::Routes { cfg, .. } = &mut self.into {
            cfg.app_data(data);
        }
        self
    }
}

/// The first word of a path below the prefix.
fn first_word(path: &str) -> &str {
    path.trim_start_matches('/').split('/').next().unwrap_or_default()
}

/// Every plugin's operations as routes.
pub(crate) fn route<P: AsRef<dyn WebPlugin>>(cfg: &mut ServiceConfig, plugins: &[P]) {
    cfg.service(scope(PREFIX).configure(|cfg| {
        let mut by_noun = Vec::new();
        let mut registrar = Registrar { into: Into::Routes { cfg, by_noun: &mut by_noun } };
        plugins.iter().for_each(|plugin| plugin.as_ref().routes(&mut registrar));
        for Noun { word, operations } in by_noun {
            let begins = guard::fn_guard(move |asked| {
                let below = asked.head().uri.path().strip_prefix(PREFIX).unwrap_or_default();
                first_word(below) == word
            });
            cfg.service(
                scope("").guard(begins).configure(|cfg| operations.into_iter().for_each(|mount| mount(cfg))),
            );
        }
    }));
}

/// Every plugin's paths with what they say of themselves, one after another: much less than the document.
pub(crate) fn each_path<P: AsRef<dyn WebPlugin>>(plugins: &[P], mut see: impl FnMut(String, PathItem)) {
    let mut registrar = Registrar { into: Into::Paths(&mut see) };
    plugins.iter().for_each(|plugin| plugin.as_ref().routes(&mut registrar));
}

/// Every plugin's operations as a document.
pub(crate) fn describe<P: AsRef<dyn WebPlugin>>(plugins: &[P]) -> OpenApi {
    let mut gathered = Gathered::default();
    let mut registrar = Registrar { into: Into::Document(&mut gathered) };
    plugins.iter().for_each(|plugin| plugin.as_ref().routes(&mut registrar));
    let mut paths = Paths::new();
    paths.paths =
        gathered.paths.paths.into_iter().map(|(path, item)| (format!("{PREFIX}{path}"), item)).collect();
    let mut components = Components::new();
    components.schemas.extend(gathered.schemas);
    OpenApiBuilder::new().paths(paths).components(Some(components)).build()
}
