//! The endpoint at `/open311/v2/`, and what of it staff read in the API.

pub mod answer;
pub mod discovery;
pub mod face;
pub mod form;
pub mod key;
pub mod multipart;
pub mod node;
pub mod remarks;
pub mod requests;
pub mod services;
pub mod take;
pub mod updates;

use actix_web::web::{self as actix, Data, ServiceConfig, get, post, scope};
use actix_web::{HttpResponse, Resource};
use web::{Face, Problem, Registrar, WebPlugin};

use crate::error::METHOD_NOT_TAKEN;
use crate::plugin::Open311Plugin;

/// Where the endpoint is; a client hangs the names of resources behind it.
pub const PREFIX: &str = "/open311/v2/";

impl WebPlugin for Open311Plugin {
    fn routes(&self, cfg: &mut Registrar<'_>) {
        cfg.app_data(Data::new(self.services().clone()));
        cfg.service(remarks::list);
    }

    fn tags(&self) -> &'static [(&'static str, &'static str)] {
        &[(
            "open311",
            "What senders add to the incidents they reported through Open311. The endpoint itself is at /open311/v2/.",
        )]
    }

    fn root_routes(&self, cfg: &mut ServiceConfig) {
        cfg.service(
            scope("/open311/v2")
                .app_data(Data::new(self.services().clone()))
                .service(at("/discovery.{format}").route(get().to(discovery::show)))
                .service(at("/services.{format}").route(get().to(services::list)))
                .service(at("/services/{code}.{format}").route(get().to(services::show)))
                .service(
                    at("/requests.{format}").route(get().to(requests::list)).route(post().to(take::request)),
                )
                .service(at("/requests/{id}.{format}").route(get().to(requests::show)))
                .service(at("/tokens/{token}.{format}").route(get().to(requests::token)))
                .service(
                    at("/servicerequestupdates.{format}")
                        .route(get().to(updates::list))
                        .route(post().to(updates::receive)),
                ),
        );
    }

    fn face(&self) -> Option<Face> {
        Some(Face { prefix: PREFIX, render: face::render })
    }
}

/// An address that answers every other method as the standard has it.
fn at(pattern: &str) -> Resource {
    actix::resource(pattern).default_service(actix::to(other_method))
}

async fn other_method() -> Result<HttpResponse, Problem> {
    Err(Problem::from(&METHOD_NOT_TAKEN))
}
