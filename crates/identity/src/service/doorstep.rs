//! Somebody at the door: what a deed without anybody signed in stands on. What a request tells of its device and place is a
//! [`crate::visit::Visit`].

use std::sync::Arc;

use kernel::id::User as UserKind;
use kernel::{Actor, Context, Id, IdGen, Instant, Outcome};
use storage::{Tx, audit};

use crate::service::session::Door;

/// The moment, the request, fresh ids.
#[derive(Clone)]
pub struct Doorstep {
    /// The moment the request is judged at.
    pub now: Instant,
    /// The request's id.
    pub request_id: Arc<str>,
    /// Fresh ids.
    pub ids: Arc<dyn IdGen>,
}

impl Doorstep {
    /// The doorstep behind a request of somebody signed in.
    pub fn of(ctx: &Context) -> Self {
        Self { now: ctx.now, request_id: Arc::clone(&ctx.request_id), ids: Arc::clone(&ctx.ids) }
    }

    /// A fresh typed id.
    pub fn id<T>(&self) -> Id<T> {
        self.ids.id()
    }

    /// The same, as sessions know it.
    pub fn door(&self) -> Door<'_> {
        Door { now: self.now, request_id: &self.request_id, ids: self.ids.as_ref() }
    }

    /// A context in which an account acts without any rights that were looked up: what it may do is looked up in the transaction.
    pub fn acting(&self, user: Id<UserKind>) -> Context {
        let actor = Actor { user, display_name: Arc::from(""), session: None, grants: Arc::new([]) };
        Context {
            actor: Arc::new(actor),
            now: self.now,
            request_id: Arc::clone(&self.request_id),
            ids: Arc::clone(&self.ids),
        }
    }

    /// Leaves a record on the trail; `None`: a stranger's.
    pub fn record(
        &self,
        tx: &mut Tx<'_>,
        actor: Option<Id<UserKind>>,
        entry: audit::Entry<'_>,
    ) -> Outcome<()> {
        audit::record_as(tx, actor, self.now, &self.request_id, self.id(), entry)
    }
}

impl std::fmt::Debug for Doorstep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Doorstep").field("request_id", &self.request_id).finish_non_exhaustive()
    }
}
