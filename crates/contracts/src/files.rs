//! What files offers: photos and documents that hang on a thing of a domain. The bytes are uploaded first, by whoever is to attach
//! them; a domain attaches them in the transaction of its own deed, and says who may see them.

use kernel::id::{File, User};
use kernel::{Context, Id, Instant, Outcome};
use uuid::Uuid;

/// What a file hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thing {
    /// Its kind, `plugin.noun`: a guard is registered under it.
    pub kind: &'static str,
    /// Which one.
    pub id: Uuid,
}

/// A file as the domain shows it that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRef {
    /// The file.
    pub id: Id<File>,
    /// What it was called, cleaned.
    pub name: String,
    /// What it is: `image/jpeg`.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// SHA-256 of the bytes, hex.
    pub sha256: String,
    /// Width and height of a photo, in pixels.
    pub pixels: Option<(i32, i32)>,
    /// What it is for there: `before`, `after`.
    pub label: String,
    /// Who uploaded it.
    pub owner: Id<User>,
    /// When it was attached.
    pub attached_at: Instant,
}

/// Says of one kind of thing who may see its files and who may add some. Each domain registers one for each kind it has; whoever
/// may not see the thing may not see its files, so this asks the thing's own rules.
pub trait FileGuard<T>: Send + Sync {
    /// The kind it answers for.
    fn kind(&self) -> &'static str;
    /// Whether the actor may see the files of this thing that have this label.
    fn may_see(&self, tx: &mut T, ctx: &Context, thing: Uuid, label: &str) -> Outcome<bool>;
    /// Whether the actor may add files to this thing, or take them from it.
    fn may_add(&self, tx: &mut T, ctx: &Context, thing: Uuid, label: &str) -> Outcome<bool>;
}

/// Attached files, within the caller's unit of work `T`.
pub trait Files<T>: Send + Sync {
    /// Hangs a file on a thing: one that the actor uploaded and that hangs on nothing yet. `label` is a word of the domain's own,
    /// snake_case, or empty.
    fn attach(
        &self,
        tx: &mut T,
        ctx: &Context,
        file: Id<File>,
        thing: Thing,
        label: &'static str,
    ) -> Outcome<FileRef>;
    /// Takes a file from the thing it hangs on. It is its owner's alone again, for a day, unless it is attached anew.
    fn detach(&self, tx: &mut T, ctx: &Context, file: Id<File>, thing: Thing) -> Outcome<()>;
    /// The files of a thing, in the order they were attached. Asks nobody: the caller knows who may see the thing.
    fn list(&self, tx: &mut T, thing: Thing) -> Outcome<Vec<FileRef>>;
}
