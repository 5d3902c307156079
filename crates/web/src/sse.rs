//! Server-sent events: a feed that can be read page by page after a place becomes a stream that goes on from a place.
//!
//! A stream is a task of its own with one page in its hands and one on the way, whatever its reader does; a reader who does
//! not take what is sent loses the stream. At every look the rights are looked up again, and a stream ends when they are no
//! longer those that it began with, as it ends after its time and when the service stops: its reader comes back with
//! `Last-Event-ID` and misses nothing.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue,
};
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse};
use futures_util::future::LocalBoxFuture;
use kernel::error::{BAD_CURSOR, OrRefuse};
use kernel::permission::Permit;
use kernel::{Actor, Context, Cursor, Fault, HeldGrant, Instant, Outcome};
use parking_lot::Mutex;
use storage::{Coalesced, Db, Tx};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::error::{NOT_SIGNED_IN, STREAMS_FULL, TOO_MANY_STREAMS};
use crate::facts::{Facts, Who};
use crate::guard::{Gate, bearer, gateway_of};
use crate::params::{bad, decode};
use crate::problem::Problem;
use crate::realm::{Gateway, Realm};
use crate::settings::Settings;
use crate::site::Shared;

/// The media type of a stream.
pub const MEDIA_TYPE: &str = "text/event-stream";
/// How long a reader waits before it comes back, in milliseconds.
const RETRY: u32 = 2_000;
/// How long a reader may leave what was sent to it, before its stream is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SseEvent {
    /// Its place in the feed.
    pub place: i64,
    /// Its name: what a client listens for.
    pub name: &'static str,
    /// A view as JSON, on one line.
    pub data: String,
}

/// What a feed has after a place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SsePage {
    /// What this reader may see of it, oldest first.
    pub events: Vec<SseEvent>,
    /// Where to go on.
    pub last: i64,
    /// Whether there is more already.
    pub more: bool,
}

/// A feed with its filters, as one reader follows it.
pub struct Feed {
    /// The feed's name.
    pub name: &'static str,
    /// The fingerprint of the feed and its filters: a place of another is refused.
    pub fingerprint: u64,
    /// The feed's newest place, or more while something waits for its place: asked once for all who follow it here.
    pub tide: fn(&mut Tx<'_>) -> Outcome<i64>,
    /// The page after a place; without one where the feed is now.
    pub next: Next,
}

/// Gets a page for the reader as they are now.
pub type Next = Box<dyn Fn(Db, Context, Option<i64>) -> LocalBoxFuture<'static, Outcome<SsePage>>>;

/// A place as a client sees it.
pub fn mark(place: i64, fingerprint: u64) -> String {
    Cursor { after: Uuid::nil(), filter: fingerprint, key: Some(place.to_string()) }.encode()
}

/// The place in a client's hands; refused if it is not of the feed with this fingerprint.
pub fn place(text: &str, fingerprint: u64) -> Outcome<i64> {
    let cursor = Cursor::decode(text, fingerprint)?;
    cursor.key.and_then(|k| k.parse().ok()).filter(|place| *place >= 0).or_refuse(&BAD_CURSOR)
}

/// A realm's name and a feed's.
type OfRealm = (Arc<str>, &'static str);

/// The streams that are open at this gateway.
#[derive(Default)]
pub(crate) struct Streams {
    open: Arc<Mutex<Open>>,
    tides: Mutex<HashMap<OfRealm, Arc<Coalesced<i64>>>>,
}

#[derive(Default)]
struct Open {
    all: usize,
    by_account: HashMap<Uuid, usize>,
}

/// A stream's place among them; given back when it is dropped.
struct Seat {
    open: Arc<Mutex<Open>>,
    account: Uuid,
}

impl Streams {
    fn enter(&self, account: Uuid, settings: &Settings) -> Outcome<Seat> {
        let mut open = self.open.lock();
        let mine = open.by_account.get(&account).copied().unwrap_or(0);
        if mine >= settings.streams_per_account {
            return Err(TOO_MANY_STREAMS.fault());
        }
        if open.all >= settings.streams {
            return Err(STREAMS_FULL.fault());
        }
        open.all += 1;
        open.by_account.insert(account, mine + 1);
        metrics::gauge!("commonweal_streams_open").increment(1);
        Ok(Seat { open: Arc::clone(&self.open), account })
    }

    /// The question for a realm's feed, one for all who follow it.
    fn tide(&self, realm: &Realm, feed: &Feed) -> Arc<Coalesced<i64>> {
        let mut tides = self.tides.lock();
        let key = (Arc::clone(&realm.name), feed.name);
        Arc::clone(tides.entry(key).or_insert_with(|| Arc::new(Coalesced::new(realm.db.clone(), feed.tide))))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.open.lock();
        open.all = open.all.saturating_sub(1);
        match open.by_account.get(&self.account).copied() {
            Some(many) if many > 1 => {
                open.by_account.insert(self.account, many - 1);
            }
            _ => {
                open.by_account.remove(&self.account);
            }
        }
        metrics::gauge!("commonweal_streams_open").decrement(1);
    }
}

/// What a reader came with; good for as long as it would be on a new request.
enum Pass {
    Token(String),
    Ticket,
}

/// The guard of a stream, in place of [`crate::Allowed`]: whoever holds `P` somewhere, by a token in the `Authorization` header or
/// by `?ticket=`, since a browser's `EventSource` sends no header.
pub struct Listening<P: Permit> {
    reader: Reader<P>,
    gateway: Data<Gateway>,
    shared: Data<Shared>,
    last_event_id: Option<String>,
}

struct Reader<P: Permit> {
    pass: Pass,
    actor: Arc<Actor>,
    realm: Arc<Realm>,
    request_id: Arc<str>,
    permit: PhantomData<fn() -> P>,
}

impl<P: Permit> Reader<P> {
    async fn admit(realm: Arc<Realm>, req: &HttpRequest, request_id: Arc<str>) -> Outcome<Self> {
        let (pass, actor) = match ticket(req.query_string())? {
            Some(_) if req.headers().contains_key(AUTHORIZATION) => {
                return Err(bad("ticket", "not together with an Authorization header").into());
            }
            Some(ticket) => (Pass::Ticket, realm.authenticator.redeem(&ticket).await?),
            None => {
                let token = bearer(req.headers()).ok_or_else(|| NOT_SIGNED_IN.fault())?;
                (Pass::Token(token.to_owned()), realm.authenticator.authenticate(token).await?)
            }
        };
        req.extensions_mut().insert(Who(actor.user.uuid()));
        let reader = Self { pass, actor, realm, request_id, permit: PhantomData };
        reader.judge(&reader.actor, reader.now())?;
        Ok(reader)
    }

    fn now(&self) -> Instant {
        self.realm.db.clock().now()
    }

    fn judge(&self, actor: &Actor, now: Instant) -> Outcome<()> {
        if let Some(fault) = self.realm.authenticator.refuses(actor, P::PERMISSION) {
            return Err(fault);
        }
        if actor.holds(P::PERMISSION, now) {
            Ok(())
        } else {
            Err(kernel::actor::missing(P::PERMISSION).into())
        }
    }

    /// The reader as they are now; nothing if that is not who they were.
    async fn again(&self) -> Option<Context> {
        let authenticator = &self.realm.authenticator;
        let actor = match &self.pass {
            Pass::Token(token) => authenticator.authenticate(token).await,
            Pass::Ticket => authenticator.again(&self.actor).await,
        }
        .ok()?;
        let now = self.now();
        self.judge(&actor, now).ok()?;
        let same = actor.user == self.actor.user && live(&actor, now).eq(self.actor.grants.iter());
        same.then(|| self.context(actor, now))
    }

    fn context(&self, actor: Arc<Actor>, now: Instant) -> Context {
        Context { actor, now, request_id: Arc::clone(&self.request_id), ids: Arc::clone(self.realm.db.ids()) }
    }
}

fn live(actor: &Actor, now: Instant) -> impl Iterator<Item = &HeldGrant> {
    actor.grants.iter().filter(move |grant| grant.is_live(now))
}

/// The ticket of a query, given once.
fn ticket(query: &str) -> Outcome<Option<String>> {
    let mut all = query.split('&').filter_map(|pair| pair.strip_prefix("ticket="));
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        (Some(one), None) => Ok(Some(decode(one).ok_or_else(|| bad("ticket", "not percent-encoded UTF-8"))?)),
        (Some(_), Some(_)) => Err(bad("ticket", "given more than once").into()),
    }
}

impl<P: Permit> FromRequest for Listening<P> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let gate = Gate::close(req);
        let req = req.clone();
        Box::pin(async move {
            let gateway = gateway_of(&req)?;
            let shared = req.app_data::<Data<Shared>>().cloned();
            let shared = shared.ok_or_else(|| Fault::internal("a stream outside the site"))?;
            let realm = gateway.realms.realm(&req)?;
            let facts = Facts::of(&req, gateway.settings.behind_proxy, &**realm.db.ids());
            let mut reader = Reader::<P>::admit(realm, &req, facts.request_id).await?;
            // What holds now is what must hold to the end.
            let now = reader.now();
            let grants: Vec<HeldGrant> = live(&reader.actor, now).cloned().collect();
            reader.actor = Arc::new(Actor { grants: grants.into(), ..Actor::clone(&reader.actor) });
            let last_event_id = match req.headers().get("last-event-id") {
                None => None,
                Some(value) => Some(value.to_str().map_err(|_| BAD_CURSOR.fault())?.to_owned()),
            };
            gate.open();
            Ok(Self { reader, gateway, shared, last_event_id: last_event_id.filter(|id| !id.is_empty()) })
        })
    }
}

impl<P: Permit> Listening<P> {
    /// Answers with the stream of a feed: after `Last-Event-ID`, after `after`, or from now on.
    pub async fn answer(self, feed: Feed, after: Option<&str>) -> Result<HttpResponse, Problem> {
        let after = self.last_event_id.as_deref().or(after);
        let after = after.map(|text| place(text, feed.fingerprint)).transpose()?;
        let settings = &self.gateway.settings;
        let seat = self.gateway.streams.enter(self.reader.actor.user.uuid(), settings)?;
        let db = self.reader.realm.db.clone();
        let from = match after {
            Some(place) => place,
            None => {
                let context = self.reader.context(Arc::clone(&self.reader.actor), self.reader.now());
                (feed.next)(db, context, None).await?.last
            }
        };
        let tide = self.gateway.streams.tide(&self.reader.realm, &feed);
        let (sender, mut receiver) = mpsc::channel(1);
        let pump = Pump {
            reader: self.reader,
            gateway: self.gateway,
            shared: self.shared,
            feed,
            tide,
            sender,
            _seat: seat,
        };
        actix_web::rt::spawn(pump.run(from));
        let body = futures_util::stream::poll_fn(move |cx| {
            receiver.poll_recv(cx).map(|chunk| chunk.map(Ok::<Bytes, Problem>))
        });
        Ok(HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE)))
            // Neither here nor on the way is it to be compressed or gathered.
            .insert_header((CONTENT_ENCODING, HeaderValue::from_static("identity")))
            .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform")))
            .insert_header((HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")))
            .streaming(body))
    }
}

/// What writes a stream.
struct Pump<P: Permit> {
    reader: Reader<P>,
    gateway: Data<Gateway>,
    shared: Data<Shared>,
    feed: Feed,
    tide: Arc<Coalesced<i64>>,
    sender: mpsc::Sender<Bytes>,
    _seat: Seat,
}

impl<P: Permit> Pump<P> {
    async fn run(self, from: i64) {
        let settings = &self.gateway.settings;
        let (began, mut spoke) = (tokio::time::Instant::now(), tokio::time::Instant::now());
        let mut at = from;
        // A reader who loses the stream before the first event knows where it began.
        if !self.send(format!("retry: {RETRY}\nid: {}\n\n", mark(at, self.feed.fingerprint))).await {
            return;
        }
        while !self.shared.stopping.load(Ordering::Acquire)
            && began.elapsed() < settings.stream_life
            && !self.sender.is_closed()
        {
            let Some(context) = self.reader.again().await else { return };
            let page = match self.page(context, at).await {
                Ok(page) => page,
                Err(fault) => {
                    tracing::debug!(%fault, feed = self.feed.name, "a stream ended");
                    return;
                }
            };
            at = page.last;
            let mut text: String = page.events.iter().map(|e| write(e, self.feed.fingerprint)).collect();
            if text.is_empty() && spoke.elapsed() >= settings.stream_beat {
                text = format!(": \nid: {}\n\n", mark(at, self.feed.fingerprint));
            }
            if !text.is_empty() {
                spoke = tokio::time::Instant::now();
                if !self.send(text).await {
                    return;
                }
            }
            if !page.more {
                tokio::select! {
                    () = tokio::time::sleep(settings.stream_poll) => {}
                    () = self.sender.closed() => return,
                }
            }
        }
    }

    /// What came after a place; asked of the feed itself only where there may be something.
    async fn page(&self, context: Context, at: i64) -> Outcome<SsePage> {
        if self.tide.ask().await? <= at {
            return Ok(SsePage { last: at, ..SsePage::default() });
        }
        (self.feed.next)(self.reader.realm.db.clone(), context, Some(at)).await
    }

    /// Whether it was taken.
    async fn send(&self, text: String) -> bool {
        matches!(tokio::time::timeout(PATIENCE, self.sender.send(Bytes::from(text))).await, Ok(Ok(())))
    }
}

fn write(event: &SseEvent, fingerprint: u64) -> String {
    let mut text = format!("id: {}\nevent: {}\n", mark(event.place, fingerprint), event.name);
    // JSON has no line breaks of its own; a line that has one would end the field.
    for line in event.data.split(['\n', '\r']).filter(|line| !line.is_empty()) {
        text.push_str("data: ");
        text.push_str(line);
        text.push('\n');
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_good_for_its_own_feed_and_is_no_number_below_nought() {
        assert_eq!(place(&mark(7, 1), 1).ok(), Some(7));
        assert!(place(&mark(7, 1), 2).is_err());
        assert!(place(&mark(-7, 1), 1).is_err());
        assert!(place("x", 1).is_err());
    }

    #[test]
    fn an_event_cannot_break_out_of_its_frame() {
        let event = SseEvent { place: 3, name: "a", data: "x\nid: 9\r\nretry: 1".to_owned() };
        let id = mark(3, 1);
        assert_eq!(write(&event, 1), format!("id: {id}\nevent: a\ndata: x\ndata: id: 9\ndata: retry: 1\n\n"));
    }

    #[test]
    fn seats_are_counted_by_account_and_in_all_and_given_back() {
        let settings = Settings { streams_per_account: 2, streams: 3, ..Settings::default() };
        let (streams, a, b) = (Streams::default(), Uuid::from_u128(1), Uuid::from_u128(2));
        let code = |outcome: Outcome<Seat>| outcome.err().and_then(|f| f.code().map(|c| c.code));
        let one = streams.enter(a, &settings);
        let two = streams.enter(a, &settings);
        assert!(one.is_ok() && two.is_ok());
        assert_eq!(code(streams.enter(a, &settings)), Some("web.too_many_streams"));
        let three = streams.enter(b, &settings);
        assert!(three.is_ok());
        assert_eq!(code(streams.enter(b, &settings)), Some("web.streams_full"));
        drop((one, two, three));
        let open = streams.open.lock();
        assert!(open.all == 0 && open.by_account.is_empty());
    }

    #[test]
    fn a_ticket_is_given_once() {
        assert_eq!(ticket("after=x&ticket=a.b").ok().flatten().as_deref(), Some("a.b"));
        assert!(ticket("limit=1").is_ok_and(|t| t.is_none()));
        assert!(ticket("ticket=a&ticket=b").is_err() && ticket("ticket=%zz").is_err());
    }
}
