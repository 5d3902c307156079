//! The way of one message from the outbox to the channel. The world is spoken to outside any transaction.

use std::sync::Arc;

use kernel::id::Notice as NoticeKind;
use kernel::{Fault, Id, Outcome};
use secrecy::ExposeSecret;
use storage::outbox::Delivered;
use storage::plugin::AfterFn;
use storage::{Db, Errand};

use crate::Sender;
use crate::channel::Content;
use crate::model::{EXPIRED, Outgoing, SENT};
use crate::service::send::{DUE, SEALED_FOR};
use crate::store::outgoing;

/// The errand of a gateway with a channel.
pub fn errand(sender: &Sender) -> Option<Errand> {
    sender.channel.as_ref()?;
    let sender = sender.clone();
    Some(Errand {
        consumer: "notices.deliver",
        topics: &[DUE],
        run: Arc::new(move |db, event| {
            let sender = sender.clone();
            Box::pin(async move { deliver(&sender, &db, &event).await })
        }),
    })
}

async fn deliver(sender: &Sender, db: &Db, event: &Delivered) -> Outcome<AfterFn> {
    let named = event.payload.0.get("message").cloned().unwrap_or_default();
    let id: Id<NoticeKind> = serde_json::from_value(named).map_err(Fault::internal)?;
    let found = db.read(move |tx| outgoing::find(tx, id)).await?;
    // Gone, sent or expired: there is nothing to do, and it is done.
    let Some(Outgoing { content: Some(content), kind, expires_at, .. }) = found else {
        return Ok(Arc::new(|_| Ok(())));
    };
    let clock = Arc::clone(db.clock());
    if expires_at <= clock.now() {
        tracing::info!(%id, kind, "a message ran out before it could be sent");
        return Ok(Arc::new(move |tx| outgoing::end(tx, id, EXPIRED, clock.now())));
    }
    let channel = sender.channel.as_ref().ok_or_else(|| Fault::internal("there is no channel here"))?;
    let content = sender.secrets.open(SEALED_FOR, &content)?;
    let content: Content = serde_json::from_str(content.expose_secret())
        .map_err(|_| Fault::internal("a message's content cannot be read"))?;
    channel.deliver(&content, clock.now()).await?;
    Ok(Arc::new(move |tx| outgoing::end(tx, id, SENT, clock.now())))
}
