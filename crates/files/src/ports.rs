//! What this crate needs of the domains, and what it offers them.

use std::path::PathBuf;
use std::sync::Arc;

use contracts::{FileGuard, FileRef, Files, Thing, UserDirectory};
use kernel::id::File as FileKind;
use kernel::{Context, Fault, Id, Outcome};
use parking_lot::RwLock;
use storage::Tx;
use uuid::Uuid;

use crate::model::{Hanging, Limits};
use crate::service::attach;
use crate::shelf::Shelf;
use crate::workshop::Workshop;

/// Says who may see the files of a kind of thing.
pub type Guard = Arc<dyn for<'c> FileGuard<Tx<'c>>>;
/// Who somebody is.
pub type Users = Arc<dyn for<'c> UserDirectory<Tx<'c>>>;

/// The guards that the domains registered. A domain needs [`Attachments`] to be made, and its guard needs the domain: so guards are
/// registered when both are there.
#[derive(Clone, Default)]
pub struct Guards(Arc<RwLock<Vec<Guard>>>);

impl Guards {
    /// Takes a guard; the first one for a kind stays.
    pub fn register(&self, guard: Guard) {
        self.0.write().push(guard);
    }

    fn of(&self, kind: &str) -> Option<Guard> {
        self.0.read().iter().find(|guard| guard.kind() == kind).cloned()
    }

    /// Whether the actor may see files that hang so. Where nobody answers for the thing, as with a plugin that is off, nobody may.
    pub fn may_see(&self, tx: &mut Tx<'_>, ctx: &Context, hanging: &Hanging) -> Outcome<bool> {
        match self.of(&hanging.kind) {
            Some(guard) => guard.may_see(tx, ctx, hanging.id, &hanging.label),
            None => Ok(false),
        }
    }

    /// Whether the actor may add files to a thing and take them from it.
    pub(crate) fn may_add(&self, tx: &mut Tx<'_>, ctx: &Context, thing: Thing, label: &str) -> Outcome<bool> {
        let guard = self
            .of(thing.kind)
            .ok_or_else(|| Fault::internal(format!("nobody answers for files of {}", thing.kind)))?;
        guard.may_add(tx, ctx, thing.id, label)
    }
}

/// Where bytes are kept and worked on.
#[derive(Clone)]
pub struct Keep {
    /// Where they are kept.
    pub shelf: Shelf,
    /// The folder for what is under way: unnamed temporary files.
    pub scratch: PathBuf,
}

/// What every deed of this crate stands on.
#[derive(Clone)]
pub struct FileServices {
    /// Who may see what.
    pub guards: Guards,
    /// Who somebody is.
    pub users: Users,
    /// Where bytes are kept; `None` where only documents and checks are made.
    pub keep: Option<Keep>,
    /// How much is taken.
    pub limits: Limits,
    /// Where photos are worked on.
    pub workshop: Workshop,
}

impl FileServices {
    /// With these accounts, this place and these limits.
    pub fn new(users: Users, keep: Option<Keep>, limits: Limits) -> Self {
        Self { guards: Guards::default(), users, keep, limits, workshop: Workshop::new(limits) }
    }

    /// What domains attach files by.
    pub fn attachments(&self) -> Attachments {
        Attachments { guards: self.guards.clone() }
    }
}

/// The port by which domains attach files.
#[derive(Clone, Default)]
pub struct Attachments {
    guards: Guards,
}

impl<'c> Files<Tx<'c>> for Attachments {
    fn attach(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        file: Id<FileKind>,
        thing: Thing,
        label: &'static str,
    ) -> Outcome<FileRef> {
        attach::attach(tx, ctx, &self.guards, file, thing, label)
    }

    fn detach(&self, tx: &mut Tx<'c>, ctx: &Context, file: Id<FileKind>, thing: Thing) -> Outcome<()> {
        attach::detach(tx, ctx, &self.guards, file, thing)
    }

    fn list(&self, tx: &mut Tx<'c>, thing: Thing) -> Outcome<Vec<FileRef>> {
        attach::list(tx, thing)
    }
}

/// The key below which an object lies: the realm's random name, two letters of the digest, the digest, and the object's id, so that no
/// key is ever used for a second object.
pub(crate) fn key(realm: &str, sha256: &str, object: Uuid) -> String {
    let first: String = sha256.chars().take(2).collect();
    format!("{realm}/{first}/{sha256}-{}", object.simple())
}
