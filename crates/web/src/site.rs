//! The application: one registration gives the routes and the document.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use actix_cors::Cors;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compress, Condition, from_fn};
use actix_web::web::Data;
use actix_web::{App, Error};
use kernel::{IdGen, SystemClock, SystemIds};

use crate::document::{Documents, Published};
use crate::envelope::envelope;
use crate::face::Face;
use crate::limits::RateLimit;
use crate::plugin::WebPlugin;
use crate::realm::{Gateway, Realms};
use crate::registrar::route;
use crate::routes::Routes;
use crate::settings::Settings;
use crate::system::{Catalogue, probes};
use crate::traces::Traces;

/// Writes the present metrics as Prometheus text.
pub type MetricsText = Arc<dyn Fn() -> String + Send + Sync>;

/// What a site is made of.
pub struct Parts {
    /// The plugins that are switched on, [`crate::System`] among them.
    pub plugins: Vec<Arc<dyn WebPlugin>>,
    /// Who knows the realms.
    pub realms: Arc<dyn Realms>,
    /// The limits.
    pub settings: Settings,
    /// The version that the document names.
    pub version: String,
    /// What `/metrics` answers.
    pub metrics: Option<MetricsText>,
    /// Set when the service is going down: `/readyz` says so.
    pub stopping: Arc<AtomicBool>,
}

/// Everything that answers HTTP; cheap to clone into every worker.
#[derive(Clone)]
pub struct Site {
    plugins: Arc<[Arc<dyn WebPlugin>]>,
    gateway: Data<Gateway>,
    shared: Data<Shared>,
    published: Data<Published>,
    catalogue: Data<Catalogue>,
}

/// What the envelope and the probes need.
pub(crate) struct Shared {
    pub gateway: Data<Gateway>,
    pub routes: Routes,
    pub limit: Option<RateLimit>,
    pub ids: Arc<dyn IdGen>,
    pub metrics: Option<MetricsText>,
    pub stopping: Arc<AtomicBool>,
    pub traces: Option<Arc<dyn Traces>>,
    pub faces: Vec<Face>,
}

impl Site {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        Self::traced(parts, None)
    }

    /// [`Site::new`], and every request is told to whoever keeps traces.
    pub fn traced(parts: Parts, traces: Option<Arc<dyn Traces>>) -> Self {
        let limit = RateLimit::of(&parts.settings);
        let gateway = Data::new(Gateway::new(parts.realms, parts.settings));
        let shared = Data::new(Shared {
            gateway: gateway.clone(),
            routes: Routes::of(&parts.plugins),
            faces: parts.plugins.iter().filter_map(|plugin| plugin.face()).collect(),
            limit,
            ids: Arc::new(SystemIds::new(Arc::new(SystemClock))),
            metrics: parts.metrics,
            stopping: parts.stopping,
            traces,
        });
        let catalogue = Data::new(Catalogue::of(&parts.plugins));
        let plugins: Arc<[Arc<dyn WebPlugin>]> = parts.plugins.into();
        let published = Data::new(Published::new(Arc::clone(&plugins), parts.version));
        Self { plugins, gateway, shared, published, catalogue }
    }

    /// The documents it publishes.
    pub fn documents(&self) -> &Documents {
        self.published.documents()
    }

    /// The application, for `HttpServer::new` and for tests.
    pub fn app(
        &self,
    ) -> App<
        impl ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<impl MessageBody + use<>>,
            Error = Error,
            InitError = (),
        > + use<>,
    > {
        let cors = &self.gateway.settings.cors_origins;
        App::new()
            .app_data(self.gateway.clone())
            .app_data(self.shared.clone())
            .app_data(self.published.clone())
            .app_data(self.catalogue.clone())
            .configure(|cfg| {
                // The document is made from the same registration, when it is first asked for.
                route(cfg, &self.plugins);
                self.plugins.iter().for_each(|p| p.root_routes(cfg));
                probes(cfg);
            })
            .wrap(Compress::default())
            .wrap(from_fn(envelope))
            .wrap(Condition::new(!cors.is_empty(), cors_of(cors)))
    }
}

fn cors_of(origins: &[String]) -> Cors {
    let exposed = [
        "etag",
        "link",
        "location",
        "idempotency-replayed",
        "x-request-id",
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
        "retry-after",
        "deprecation",
        "sunset",
        "content-disposition",
        "content-range",
        "accept-ranges",
    ];
    let cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([
            "authorization",
            "content-type",
            "accept",
            "accept-language",
            "if-match",
            "if-none-match",
            "if-range",
            "range",
            "x-file-name",
            "idempotency-key",
            "x-request-id",
            "last-event-id",
            "traceparent",
            "tracestate",
        ])
        .expose_headers(exposed)
        .max_age(3600);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}
