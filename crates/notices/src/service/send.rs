//! Sending: into an inbox at once, to an address outside by way of the outbox.

use std::sync::Arc;

use auth::Secrets;
use contracts::{AddressKind, Language, Notice, Notices, Recipient};
use kernel::id::Notice as NoticeKind;
use kernel::{Fault, Id, IdGen, Instant, Outcome};
use secrecy::ExposeSecret;
use serde_json::json;
use storage::Tx;
use storage::outbox::{self, Event};
use uuid::Uuid;

use crate::channel::{Channel, Content};
use crate::error::NO_CHANNEL;
use crate::model::{Message, Outgoing, WAITING, fill, plain};
use crate::store::{messages, outgoing};

/// The topic under which a message waits in the outbox.
pub const DUE: &str = "notices.message.due";
/// What the content of a message is sealed for.
pub const SEALED_FOR: &str = "notices.outgoing";

/// The port as this crate offers it.
#[derive(Clone)]
pub struct Sender {
    pub(crate) secrets: Arc<Secrets>,
    pub(crate) channel: Option<Arc<dyn Channel>>,
}

impl Sender {
    /// Over the realm's key, and its channel if it has one.
    pub fn new(secrets: Arc<Secrets>, channel: Option<Arc<dyn Channel>>) -> Self {
        Self { secrets, channel }
    }
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender").field("channel", &self.channel.is_some()).finish_non_exhaustive()
    }
}

impl<'c> Notices<Tx<'c>> for Sender {
    fn reaches(&self, kind: AddressKind) -> bool {
        self.channel.as_ref().is_some_and(|channel| channel.takes(kind))
    }

    fn send(&self, tx: &mut Tx<'c>, now: Instant, ids: &dyn IdGen, notice: &Notice) -> Outcome<()> {
        let id: Id<NoticeKind> = ids.id();
        let (template, parameters) = (notice.template, &notice.parameters);
        match &notice.to {
            Recipient::User(user) => {
                let (en, zh) =
                    (fill(template, Language::En, parameters), fill(template, Language::Zh, parameters));
                messages::insert(
                    tx,
                    &Message {
                        id,
                        user_id: *user,
                        kind: template.kind.to_owned(),
                        title_en: en.title,
                        title_zh: zh.title,
                        body_en: en.body,
                        body_zh: zh.body,
                        created_at: now,
                        read_at: None,
                    },
                )
            }
            Recipient::Address { kind, address, language, expires_at } => {
                if !Notices::<Tx<'c>>::reaches(self, *kind) {
                    return Err(NO_CHANNEL.fault());
                }
                let told = fill(template, *language, parameters);
                let content = Content {
                    id: id.uuid(),
                    kind: template.kind.to_owned(),
                    address_kind: kind.name().to_owned(),
                    address: address.expose_secret().to_owned(),
                    language: language.name().to_owned(),
                    title: told.title,
                    body: told.body,
                    parameters: parameters
                        .iter()
                        .map(|(name, value)| ((*name).to_owned(), plain(value).collect()))
                        .collect(),
                    expires_at: *expires_at,
                };
                let content = serde_json::to_string(&content).map_err(Fault::internal)?;
                let row = Outgoing {
                    id,
                    kind: template.kind.to_owned(),
                    address_kind: kind.name().to_owned(),
                    state: WAITING.to_owned(),
                    content: Some(self.secrets.seal(SEALED_FOR, &content)?),
                    created_at: now,
                    expires_at: *expires_at,
                    ended_at: None,
                };
                outgoing::insert(tx, &row)?;
                let recipient = self.recipient(*kind, address.expose_secret())?;
                let (topic, payload) = (DUE, json!({ "message": id }));
                let event = Event { topic, object: recipient, object_seq: now.micros(), payload };
                outbox::emit_at(tx, now, ids.id(), &event)
            }
        }
    }
}

impl Sender {
    /// What keeps the messages to one address in order, and tells nobody which address it is.
    fn recipient(&self, kind: AddressKind, address: &str) -> Outcome<Uuid> {
        let hash = self.secrets.hash("notices.recipient", &format!("{}:{address}", kind.name()))?;
        let half = hash.get(..32).and_then(|half| u128::from_str_radix(half, 16).ok());
        half.map(|n| uuid::Builder::from_custom_bytes(n.to_be_bytes()).into_uuid())
            .ok_or_else(|| Fault::internal("a hash is no hash"))
    }
}
