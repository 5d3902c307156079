//! A write: the deed and its idempotency record in one transaction, and the answer made from what was committed.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LOCATION};
use kernel::id::User;
use kernel::permission::Permit;
use kernel::sql::Json;
use kernel::{Context, Fault, Id, Instant, Outcome};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use storage::{Db, Tx, idempotency as kept};

use crate::body::Fingerprint;
use crate::error::{IDEMPOTENCY_KEY_REUSED, OUTCOME_UNKNOWN, SHOWN_ONCE};
use crate::guard::Allowed;
use crate::idempotency::{REPLAYED, fingerprint, read_key};
use crate::problem::Problem;

/// How long an answer is kept under its idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// 30 days: longer than any client tries again.
    AMonth,
    /// As long as the database: for what must never be done twice.
    ForLife,
}

impl Keep {
    fn until(self, now: Instant) -> Option<Instant> {
        match self {
            Self::AMonth => Some(now.plus_days(30)),
            Self::ForLife => None,
        }
    }
}

/// What a deed answers: the view of what it made or changed.
#[derive(Debug, Clone)]
pub struct Answer<V> {
    /// The view; `()` where nothing is answered.
    pub body: V,
    /// Its version, for the `ETag`.
    pub version: Option<i64>,
    /// Where a new thing is, for `Location`.
    pub location: Option<String>,
    /// Whether a secret is in it, which is shown once and never kept.
    pub once: bool,
}

impl<V> Answer<V> {
    /// An answer with this body.
    pub fn of(body: V) -> Self {
        Self { body, version: None, location: None, once: false }
    }

    /// Says the version.
    #[must_use]
    pub fn version(mut self, version: i64) -> Self {
        self.version = Some(version);
        self
    }

    /// Says that a secret is in it: whoever repeats the request is told that it was done, and not the secret.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// Says where the new thing is.
    #[must_use]
    pub fn location(mut self, path: impl Into<String>) -> Self {
        self.location = Some(path.into());
        self
    }
}

/// An answer ready to be sent, or to be kept and sent again.
#[derive(Debug, Clone)]
pub(crate) struct Ready {
    status: StatusCode,
    headers: Map<String, Value>,
    body: String,
    replayed: bool,
    once: bool,
}

impl Ready {
    fn of<V: Serialize>(status: StatusCode, answer: &Answer<V>) -> Outcome<Self> {
        let mut headers = Map::new();
        if let Some(version) = answer.version {
            headers.insert(ETAG.to_string(), format!("\"{version}\"").into());
        }
        if let Some(location) = &answer.location {
            headers.insert(LOCATION.to_string(), location.clone().into());
        }
        if answer.once {
            headers.insert(CACHE_CONTROL.to_string(), "no-store".into());
        }
        let body = if status == StatusCode::NO_CONTENT {
            String::new()
        } else {
            serde_json::to_string(&answer.body).map_err(Fault::internal)?
        };
        Ok(Self { status, headers, body, replayed: false, once: answer.once })
    }

    /// What is kept of it: all, unless a secret is in it.
    fn kept(&self) -> Self {
        if !self.once {
            return self.clone();
        }
        Self { status: StatusCode::GONE, headers: Map::new(), body: String::new(), ..*self }
    }

    fn again(kept: kept::Answer) -> Outcome<Self> {
        if kept.status == i32::from(StatusCode::GONE.as_u16()) {
            return Err(SHOWN_ONCE.fault());
        }
        let status = u16::try_from(kept.status).ok().and_then(|s| StatusCode::from_u16(s).ok());
        let Some(status) = status.filter(StatusCode::is_success) else {
            return Err(Fault::internal("a kept answer has no status"));
        };
        let headers = match kept.headers.0 {
            Value::Object(headers) => headers,
            _ => Map::new(),
        };
        Ok(Self { status, headers, body: kept.body, replayed: true, once: false })
    }

    pub(crate) fn send(self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        for (name, value) in &self.headers {
            let name = HeaderName::try_from(name.as_str());
            let value = value.as_str().map(HeaderValue::try_from);
            if let (Ok(name), Some(Ok(value))) = (name, value) {
                response.insert_header((name, value));
            }
        }
        if self.replayed {
            response.insert_header((HeaderName::from_static(REPLAYED), HeaderValue::from_static("true")));
        }
        if self.status == StatusCode::NO_CONTENT {
            return response.finish();
        }
        response.insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")));
        response.body(self.body)
    }
}

/// A key and what it was sent with.
#[derive(Debug, Clone)]
pub(crate) struct Keyed {
    pub user: Id<User>,
    pub key: String,
    pub fingerprint: String,
    pub keep: Keep,
}

impl Keyed {
    /// The record, claimed with an empty answer or filled with a ready one.
    fn record(&self, ready: Option<&Ready>, now: Instant) -> kept::Answer {
        kept::Answer {
            user_id: self.user,
            idempotency_key: self.key.clone(),
            fingerprint: self.fingerprint.clone(),
            status: ready.map_or(0, |r| i32::from(r.status.as_u16())),
            headers: Json(Value::Object(ready.map(|r| r.headers.clone()).unwrap_or_default())),
            body: ready.map(|r| r.body.clone()).unwrap_or_default(),
            created_at: now,
            kept_until: self.keep.until(now),
        }
    }

    fn claim(&self, tx: &mut Tx<'_>, now: Instant) -> Outcome<Option<Ready>> {
        if kept::claim(tx, &self.record(None, now))? {
            return Ok(None);
        }
        self.find(tx)?
            .map(Some)
            .ok_or_else(|| Fault::Transient("an idempotency record was purged just now".to_owned()))
    }

    fn find(&self, tx: &mut Tx<'_>) -> Outcome<Option<Ready>> {
        match kept::find(tx, self.user, &self.key)? {
            None => Ok(None),
            Some(kept) if kept.fingerprint == self.fingerprint => Ready::again(kept).map(Some),
            Some(_) => Err(IDEMPOTENCY_KEY_REUSED.fault()),
        }
    }

    /// What became of a write whose commit was sent and not answered.
    pub(crate) async fn ask_again(self, db: &Db) -> Outcome<Ready> {
        let found = db.read(move |tx| self.find(tx)).await;
        match found {
            Ok(Some(ready)) => Ok(ready),
            Err(fault @ Fault::Refused(_)) => Err(fault),
            Ok(None) | Err(_) => Err(OUTCOME_UNKNOWN.fault()),
        }
    }
}

impl<P: Permit> Allowed<P> {
    /// Runs `f` in one write transaction together with the record of its `Idempotency-Key`, if one was sent, and answers
    /// `status` with the view, its `ETag` and `Location`. `f` may be run again, so it touches nothing but its `Tx`.
    pub async fn write<V: Serialize + Send + 'static>(
        &self,
        status: StatusCode,
        body: &impl Fingerprint,
        f: impl Fn(&mut Tx<'_>, &Context) -> Outcome<Answer<V>> + Send + 'static,
    ) -> Result<HttpResponse, Problem> {
        self.write_keeping(Keep::AMonth, status, body, f).await
    }

    /// [`Self::write`] for money, points and hours: the record of the key is kept for life, so that a request which
    /// comes again after years does not move them a second time.
    pub async fn write_for_life<V: Serialize + Send + 'static>(
        &self,
        status: StatusCode,
        body: &impl Fingerprint,
        f: impl Fn(&mut Tx<'_>, &Context) -> Outcome<Answer<V>> + Send + 'static,
    ) -> Result<HttpResponse, Problem> {
        self.write_keeping(Keep::ForLife, status, body, f).await
    }

    async fn write_keeping<V: Serialize + Send + 'static>(
        &self,
        keep: Keep,
        status: StatusCode,
        body: &impl Fingerprint,
        f: impl Fn(&mut Tx<'_>, &Context) -> Outcome<Answer<V>> + Send + 'static,
    ) -> Result<HttpResponse, Problem> {
        let context = self.context().clone();
        let user = context.actor.user;
        let keyed = read_key(&self.head.keys)?.map(|key| Keyed {
            user,
            key,
            fingerprint: fingerprint(&self.head.method, &self.head.target, body.bytes()),
            keep,
        });
        // Held to the end of this request; a client that goes away frees it, and the engine keeps order then.
        let _held = keyed.as_ref().map(|k| self.gateway.in_flight.enter(user, &k.key)).transpose()?;
        let claimed = keyed.clone();
        let written = self
            .db()
            .write(move |tx| {
                if let Some(keyed) = &claimed
                    && let Some(before) = keyed.claim(tx, context.now)?
                {
                    return Ok(before);
                }
                let ready = Ready::of(status, &f(tx, &context)?)?;
                if let Some(keyed) = &claimed {
                    kept::fill(tx, &keyed.record(Some(&ready.kept()), context.now))?;
                }
                Ok(ready)
            })
            .await;
        let ready = match (written, keyed) {
            (Err(Fault::Unknown(why)), Some(keyed)) => {
                tracing::warn!(why, "the outcome of a commit is not known; looking it up");
                keyed.ask_again(self.db()).await
            }
            (outcome, _) => outcome,
        };
        Ok(ready?.send())
    }
}

impl<P: Permit> Allowed<P> {
    /// [`Allowed::write`] for answers with personal data, which must not lie about beside the idempotency key: kept is only what
    /// `deed` answers, an id for instance, and `show` makes the view of it, now and again when the key is replayed. A replay shows
    /// the thing as it is by then, to whom may still see it.
    pub async fn write_shown<K: Serialize + DeserializeOwned + 'static, V: Serialize + Send + 'static>(
        &self,
        status: StatusCode,
        body: &impl Fingerprint,
        deed: impl Fn(&mut Tx<'_>, &Context) -> Outcome<K> + Send + 'static,
        show: impl Fn(&mut Tx<'_>, &Context, &K) -> Outcome<Answer<V>> + Send + Sync + 'static,
    ) -> Result<HttpResponse, Problem> {
        let context = self.context().clone();
        let user = context.actor.user;
        let keyed = read_key(&self.head.keys)?.map(|key| Keyed {
            user,
            key,
            fingerprint: fingerprint(&self.head.method, &self.head.target, body.bytes()),
            keep: Keep::AMonth,
        });
        let _held = keyed.as_ref().map(|k| self.gateway.in_flight.enter(user, &k.key)).transpose()?;
        let again = {
            let context = context.clone();
            Arc::new(move |tx: &mut Tx<'_>, kept: &Ready| {
                let kept: K = serde_json::from_str(&kept.body).map_err(Fault::internal)?;
                let ready = Ready::of(status, &show(tx, &context, &kept)?)?;
                Ok::<_, Fault>(ready)
            })
        };
        let (claimed, shown) = (keyed.clone(), Arc::clone(&again));
        let written = self
            .db()
            .write(move |tx| {
                if let Some(keyed) = &claimed
                    && let Some(before) = keyed.claim(tx, context.now)?
                {
                    return Ok(Ready { replayed: true, ..shown(tx, &before)? });
                }
                let made = serde_json::to_string(&deed(tx, &context)?).map_err(Fault::internal)?;
                let reference =
                    Ready { status, headers: Map::new(), body: made, replayed: false, once: false };
                let ready = shown(tx, &reference)?;
                if let Some(keyed) = &claimed {
                    kept::fill(tx, &keyed.record(Some(&reference), context.now))?;
                }
                Ok(ready)
            })
            .await;
        let ready = match (written, keyed) {
            (Err(Fault::Unknown(why)), Some(keyed)) => {
                tracing::warn!(why, "the outcome of a commit is not known; looking it up");
                let reference = keyed.ask_again(self.db()).await?;
                self.db().read(move |tx| again(tx, &reference)).await
            }
            (outcome, _) => outcome,
        };
        Ok(ready?.send())
    }

    /// A write whose answer is kept nowhere: a logged reading of what is private. An `Idempotency-Key` does not bear on it; the same
    /// request again is another reading and is logged again.
    pub async fn write_unkept<V: Serialize + Send + 'static>(
        &self,
        f: impl Fn(&mut Tx<'_>, &Context) -> Outcome<V> + Send + 'static,
    ) -> Result<HttpResponse, Problem> {
        let context = self.context().clone();
        let written =
            self.db().write(move |tx| Ready::of(StatusCode::OK, &Answer::of(f(tx, &context)?))).await?;
        let mut response = written.send();
        let no_store = HeaderValue::from_static("no-store");
        response.headers_mut().insert(actix_web::http::header::CACHE_CONTROL, no_store);
        Ok(response)
    }
}
