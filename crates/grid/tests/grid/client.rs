//! A gateway over the made-up town, and a client that calls it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::http::StatusCode;
use grid::GridPlugin;
use kernel::{Actor, Outcome};
use serde_json::Value;
use web::{Authenticator, OneRealm, Parts, Realm, Settings, Site, System, WebPlugin};

use crate::world::*;

/// A token is the id of whoever carries it.
struct Tokens(Arc<FakeUsers>);

impl Authenticator for Tokens {
    fn authenticate<'a>(&'a self, token: &'a str) -> Pin<Box<dyn Future<Output = Outcome<Arc<Actor>>> + 'a>> {
        Box::pin(async move {
            let user = token.parse().map_err(|_| kernel::error::FORBIDDEN.fault())?;
            let (name, grants) =
                self.0.0.lock().get(&user).cloned().ok_or_else(|| kernel::error::FORBIDDEN.fault())?;
            Ok(Arc::new(Actor { user, display_name: name.into(), session: None, grants: grants.into() }))
        })
    }
}

pub fn site(w: &World) -> Site {
    let realm = Realm {
        name: "test".into(),
        db: w.db.db.clone(),
        time_zone: chrono_tz::Asia::Shanghai,
        authenticator: Arc::new(Tokens(w.users.clone())),
    };
    Site::new(Parts {
        plugins: plugins(w),
        realms: Arc::new(OneRealm(Arc::new(realm))),
        settings: Settings { rate_per_second: 0, ..Settings::default() },
        version: "0".into(),
        metrics: None,
        stopping: Arc::default(),
    })
}

pub fn plugins(w: &World) -> Vec<Arc<dyn WebPlugin>> {
    vec![Arc::new(System), Arc::new(GridPlugin::new(w.s.clone()))]
}

/// What came back.
pub struct Got {
    pub status: StatusCode,
    pub etag: Option<String>,
    pub body: Value,
}

impl Got {
    pub fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_default()
    }
}

macro_rules! client {
    ($w:expr, $call:ident) => {
        let app = actix_web::test::init_service($crate::client::site(&$w).app()).await;
        let $call = async |who: &kernel::Context,
                           method: actix_web::http::Method,
                           path: &str,
                           if_match: Option<i64>,
                           body: serde_json::Value|
               -> $crate::client::Got {
            let mut request = actix_web::test::TestRequest::with_uri(&format!("/api/v1{path}"))
                .method(method.clone())
                .peer_addr(std::net::SocketAddr::from(([127, 0, 0, 1], 4000)));
            if !who.actor.user.uuid().is_nil() {
                request = request.insert_header(("authorization", format!("Bearer {}", who.actor.user)));
            }
            if let Some(version) = if_match {
                request = request.insert_header(("if-match", format!("\"{version}\"")));
            }
            if method != actix_web::http::Method::GET {
                request = request.set_json(body);
            }
            let response = actix_web::test::call_service(&app, request.to_request()).await;
            let etag = response.headers().get("etag").map(|v| v.to_str().unwrap().to_owned());
            let status = response.status();
            let bytes = actix_web::test::read_body(response).await;
            $crate::client::Got {
                status,
                etag,
                body: serde_json::from_slice(&bytes).unwrap_or(serde_json::Value::Null),
            }
        };
    };
}

pub(crate) use client;
