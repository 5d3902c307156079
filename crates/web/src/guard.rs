//! The guards: no handler gets at the database but through one of these.

use std::cell::Cell;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue, IF_MATCH};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::future::LocalBoxFuture;
use kernel::permission::Permit;
use kernel::{Actor, Context, Fault, IdGen, Instant, Outcome};
use storage::{Db, Tx};
use tokio::sync::Notify;

use crate::error::NOT_SIGNED_IN;
use crate::facts::{Facts, Who};
use crate::idempotency;
use crate::precondition;
use crate::problem::Problem;
use crate::realm::{Gateway, Realm};

/// Who signed in and holds `P` somewhere. Where exactly is for the service to ask: `ctx.require(..)`, `Scope`.
pub struct Allowed<P: Permit> {
    context: Context,
    realm: Arc<Realm>,
    pub(crate) gateway: Data<Gateway>,
    pub(crate) head: Head,
    chinese: bool,
    peer: Arc<str>,
    permit: PhantomData<fn() -> P>,
}

/// What a write needs of the request's head.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub method: String,
    pub target: String,
    if_match: Vec<HeaderValue>,
    pub keys: Vec<HeaderValue>,
}

impl Head {
    fn of(req: &HttpRequest) -> Self {
        let all = |name: &str| req.headers().get_all(name).cloned().collect();
        Self {
            method: req.method().as_str().to_owned(),
            target: req.uri().path_and_query().map_or_else(|| req.path().to_owned(), ToString::to_string),
            if_match: all(IF_MATCH.as_str()),
            keys: all(idempotency::KEY),
        }
    }
}

impl<P: Permit> Allowed<P> {
    /// Who, when, under which request.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The realm's database.
    pub fn db(&self) -> &Db {
        &self.realm.db
    }

    /// The realm.
    pub fn realm(&self) -> &Realm {
        &self.realm
    }

    /// Who is asking.
    pub fn actor(&self) -> &Actor {
        &self.context.actor
    }

    /// Whether the reader prefers Chinese.
    pub fn chinese(&self) -> bool {
        self.chinese
    }

    /// The client's address.
    pub fn peer(&self) -> &str {
        &self.peer
    }

    /// Reads, in one snapshot where the engine gives one.
    pub async fn read<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Tx<'_>, &Context) -> Outcome<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let context = self.context.clone();
        self.realm.db.read(move |tx| f(tx, &context)).await.map_err(Problem::from)
    }

    /// The version the client holds: `If-Match: "7"` or `version` in the body; without either 428.
    pub fn expected_version(&self, in_body: Option<i64>) -> Outcome<i64> {
        precondition::expected_version(&self.head.if_match, in_body)
    }
}

/// For operations that need no sign-in.
pub struct Public {
    /// The realm's database.
    pub db: Db,
    /// The realm.
    pub realm: Arc<Realm>,
    /// The request's id.
    pub request_id: Arc<str>,
    /// The moment the request is judged at.
    pub now: Instant,
    /// Fresh ids.
    pub ids: Arc<dyn IdGen>,
    /// The client's address.
    pub peer: Arc<str>,
    /// Whether the reader prefers Chinese.
    pub chinese: bool,
}

impl Public {
    /// Who a key belongs to that came another way than in the header, as an outside standard has it, if they hold `P` somewhere:
    /// the same account with the same rights as by the header. Whoever calls this keeps the key out of what is written down.
    pub async fn known_by<P: Permit>(&self, req: &HttpRequest, key: &str) -> Outcome<Context> {
        let actor = self.realm.authenticator.authenticate(key).await?;
        req.extensions_mut().insert(Who(actor.user.uuid()));
        if let Some(fault) = self.realm.authenticator.refuses(&actor, P::PERMISSION) {
            return Err(fault);
        }
        if !actor.holds(P::PERMISSION, self.now) {
            return Err(kernel::actor::missing(P::PERMISSION).into());
        }
        Ok(Context {
            actor,
            now: self.now,
            request_id: Arc::clone(&self.request_id),
            ids: Arc::clone(&self.ids),
        })
    }
}

pub(crate) fn gateway_of(req: &HttpRequest) -> Outcome<Data<Gateway>> {
    req.app_data::<Data<Gateway>>()
        .cloned()
        .ok_or_else(|| Fault::internal("the application has no Data<Gateway>"))
}

impl FromRequest for Public {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let made = || {
            let gateway = gateway_of(req)?;
            let realm = gateway.realms.realm(req)?;
            let ids = Arc::clone(realm.db.ids());
            let facts = Facts::of(req, gateway.settings.behind_proxy, &*ids);
            Ok(Self {
                db: realm.db.clone(),
                request_id: facts.request_id,
                now: realm.db.clock().now(),
                ids,
                peer: facts.peer,
                chinese: facts.chinese,
                realm,
            })
        };
        std::future::ready(made().map_err(|fault: Fault| fault.into()))
    }
}

impl<P: Permit> FromRequest for Allowed<P> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let gate = Gate::close(req);
        let req = req.clone();
        Box::pin(async move {
            let gateway = gateway_of(&req)?;
            let realm = gateway.realms.realm(&req)?;
            let token = bearer(req.headers()).ok_or_else(|| NOT_SIGNED_IN.fault())?;
            let actor = realm.authenticator.authenticate(token).await?;
            req.extensions_mut().insert(Who(actor.user.uuid()));
            if let Some(fault) = realm.authenticator.refuses(&actor, P::PERMISSION) {
                return Err(fault.into());
            }
            let now = realm.db.clock().now();
            if !actor.holds(P::PERMISSION, now) {
                return Err(kernel::actor::missing(P::PERMISSION).into());
            }
            let ids = Arc::clone(realm.db.ids());
            let facts = Facts::of(&req, gateway.settings.behind_proxy, &*ids);
            let allowed = Self {
                context: Context { actor, now, request_id: facts.request_id, ids },
                realm,
                gateway,
                head: Head::of(&req),
                chinese: facts.chinese,
                peer: facts.peer,
                permit: PhantomData,
            };
            gate.open();
            Ok(allowed)
        })
    }
}

/// The bearer token of the `Authorization` header, if there is one and only one.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(AUTHORIZATION);
    let (scheme, token) = all.next()?.to_str().ok()?.split_once(' ')?;
    (all.next().is_none() && scheme.eq_ignore_ascii_case("bearer"))
        .then_some(token.trim())
        .filter(|t| !t.is_empty())
}

/// Keeps the other extractors of a request waiting until its guard has passed: a stranger is not told what is wrong with
/// a body that is none of their business.
#[derive(Clone, Default)]
pub(crate) struct Gate {
    open: Rc<Cell<bool>>,
    opened: Rc<Notify>,
}

impl Gate {
    pub(crate) fn close(req: &HttpRequest) -> Self {
        let gate = Self::default();
        req.extensions_mut().insert(gate.clone());
        gate
    }

    pub(crate) fn open(&self) {
        self.open.set(true);
        self.opened.notify_waiters();
    }
}

/// Waits for the guard of this request, if there is one before.
pub(crate) async fn after_guard(req: &HttpRequest) {
    let gate = req.extensions().get::<Gate>().cloned();
    if let Some(gate) = gate {
        while !gate.open.get() {
            gate.opened.notified().await;
        }
    }
}
