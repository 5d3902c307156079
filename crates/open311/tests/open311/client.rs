//! A client over HTTP, through the whole application.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::http::Method;
use actix_web::test;
use kernel::{Actor, Fault, Outcome, Permission};
use web::{Authenticator, OneRealm, Parts, Realm, Settings, Site, System, WebPlugin};

use crate::town::Users;
use crate::world::World;

/// `key-` and the id of the account; `session-` and the id of somebody who signed in.
pub struct Keys(pub Arc<Users>);

impl Authenticator for Keys {
    fn authenticate<'a>(&'a self, token: &'a str) -> Pin<Box<dyn Future<Output = Outcome<Arc<Actor>>> + 'a>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let unknown = || web::error::NOT_SIGNED_IN.fault();
            let (session, id) = match token.split_once('-').ok_or_else(unknown)? {
                ("key" | "narrow", id) => (None, id),
                ("session", id) => (Some(testkit::fresh()), id),
                _ => return Err(unknown()),
            };
            let user = id.parse().map_err(|_| unknown())?;
            let grants = self.0.0.lock().get(&user).cloned().ok_or_else(unknown)?;
            let name = if token.starts_with("narrow") { "窄" } else { "王五" };
            Ok(Arc::new(Actor { user, display_name: name.into(), session, grants: grants.into() }))
        })
    }

    /// `narrow-` is the key of the same account that was made for reporting only.
    fn refuses(&self, actor: &Actor, permission: &Permission) -> Option<Fault> {
        let narrow = &*actor.display_name == "窄" && permission.name != "grid.incident.report";
        narrow.then(|| kernel::actor::missing(permission).into())
    }
}

pub fn plugins(w: &World) -> Vec<Arc<dyn WebPlugin>> {
    vec![Arc::new(System), w.plugin()]
}

pub fn site(w: &World, settings: Settings) -> Site {
    let realm = Realm {
        name: "test".into(),
        db: w.db.db.clone(),
        time_zone: chrono_tz::Asia::Shanghai,
        authenticator: Arc::new(Keys(w.users.clone())),
    };
    Site::new(Parts {
        plugins: plugins(w),
        realms: Arc::new(OneRealm(Arc::new(realm))),
        settings,
        version: "0".into(),
        metrics: None,
        stopping: Arc::default(),
    })
}

/// What came back.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub media: String,
    pub retry: Option<String>,
    pub body: String,
}

impl Got {
    /// The texts of all elements of this name.
    pub fn all(&self, name: &str) -> Vec<String> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let each = self.body.split(&open).skip(1);
        each.map(|rest| rest.split(&close).next().unwrap_or_default().to_owned()).collect()
    }

    /// The text of the one element of this name.
    pub fn one(&self, name: &str) -> String {
        let all = self.all(name);
        assert_eq!(all.len(), 1, "{name} in {}", self.body);
        all[0].clone()
    }
}

/// A request as it is sent.
#[derive(Debug, Clone)]
pub struct Sent {
    pub method: Method,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

pub fn get(target: impl Into<String>) -> Sent {
    Sent { method: Method::GET, target: target.into(), headers: Vec::new(), body: Vec::new() }
}

pub fn post(target: &str, body: impl Into<Vec<u8>>) -> Sent {
    let kind = ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned());
    Sent { method: Method::POST, target: target.into(), headers: vec![kind], body: body.into() }
}

impl Sent {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn request(self) -> test::TestRequest {
        let mut request = test::TestRequest::with_uri(&self.target)
            .method(self.method)
            .peer_addr("192.0.2.1:4711".parse().unwrap());
        for (name, value) in self.headers {
            request = request.insert_header((name, value));
        }
        if !self.body.is_empty() {
            request = request.set_payload(self.body);
        }
        request
    }
}

/// `client!(w, call)`: `call(sent).await` answers what came back.
#[macro_export]
macro_rules! client {
    ($w:expr, $call:ident) => {
        client!($w, $call, web::Settings { rate_burst: 0, ..web::Settings::default() })
    };
    ($w:expr, $call:ident, $settings:expr) => {
        let app = actix_web::test::init_service($crate::client::site(&$w, $settings).app()).await;
        let $call = async |sent: $crate::client::Sent| -> $crate::client::Got {
            let answered = actix_web::test::try_call_service(&app, sent.request().to_request()).await;
            let response = match answered {
                Ok(response) => response.into_parts().1.map_into_boxed_body(),
                Err(error) => actix_web::HttpResponse::from_error(error),
            };
            let header = |name: &str| response.headers().get(name).map(|v| v.to_str().unwrap().to_owned());
            let (status, media, retry) = (
                response.status().as_u16(),
                header("content-type").unwrap_or_default(),
                header("retry-after"),
            );
            let bytes = actix_web::body::to_bytes(response.into_body()).await.ok().unwrap();
            let body = String::from_utf8(bytes.to_vec()).expect("an answer is UTF-8");
            $crate::client::Got { status, media, retry, body }
        };
    };
}

/// A value as a form carries it.
pub fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'.' | b'_' | b'~' => char::from(b).to_string(),
            _ => format!("%{b:02X}"),
        })
        .collect()
}

/// A form.
pub fn form(fields: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{}={}", encoded(name), encoded(value));
    fields.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// A report of a lamp, and what is said of it besides.
pub fn lamp(w: &World, more: &[(&str, &str)]) -> Sent {
    let mut fields = vec![
        ("api_key", w.key()),
        ("service_code", "0101000000"),
        ("lat", "23.005000"),
        ("long", "113.005000"),
        ("description", "路灯不亮\n\n三天了\n\nhttps://fms.example/report/7"),
    ];
    fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    fields.extend_from_slice(more);
    post("/open311/v2/requests.xml", form(&fields))
}
