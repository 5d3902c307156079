//! One's own inbox.

use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::Notice as NoticeKind;
use kernel::{Context, Id, Outcome};
use storage::Tx;

use crate::model::Message;
use crate::store::messages;

/// Notes that the actor read a notice; once is enough. It is in nobody's trail: what somebody reads is their own affair.
pub fn mark_read(tx: &mut Tx<'_>, ctx: &Context, id: Id<NoticeKind>) -> Outcome<Message> {
    let message = messages::find_locked(tx, id, ctx.actor.user)?.or_refuse(&NOT_FOUND)?;
    if message.read_at.is_some() {
        return Ok(message);
    }
    messages::set_read(tx, id, ctx.now)?;
    Ok(Message { read_at: Some(ctx.now), ..message })
}
