//! What hangs on a person, and how it passes to another. Each domain tells of its own; identity asks all of them.

use kernel::id::{Holding, Unit, User};
use kernel::{Context, Id, Instant, Outcome, Scope};

/// One thing that hangs on a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldItem {
    /// Its id, as its own domain knows it.
    pub id: Id<Holding>,
    /// What it is called, in English where there is a word for it.
    pub label: String,
    /// What it is called, in Chinese.
    pub label_zh: String,
    /// The unit it belongs to.
    pub unit: Id<Unit>,
    /// Since when it hangs on them.
    pub since: Instant,
}

/// How many things of a kind hang on a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeldCount {
    /// Those the asker may see, in the places asked for.
    pub shown: i64,
    /// Those the asker may not see, wherever they are: a count by place would say where.
    pub hidden: i64,
}

/// From whom, to whom and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passing<'a> {
    /// Whose it is.
    pub from: Id<User>,
    /// Whose it will be.
    pub to: Id<User>,
    /// Why; for the trail.
    pub reason: &'a str,
}

/// One kind of thing that hangs on people, within the caller's unit of work `T`. `within` narrows to places; `None` is
/// anywhere. What the asker may not see is counted and not named.
pub trait Holdings<T>: Send + Sync {
    /// The kind, snake_case: `grant`, `incident`, `post`.
    fn kind(&self) -> &'static str;
    /// Whether things of this kind pass one by one. Those that hang on somebody only by a right pass with that right, and are never
    /// handed over by themselves.
    fn passes(&self) -> bool {
        true
    }
    /// How many there are: exact.
    fn count(&self, tx: &mut T, ctx: &Context, user: Id<User>, within: Option<&Scope>) -> Outcome<HeldCount>;
    /// Those the asker may see, the oldest first, after `after`; at most `limit`.
    fn list(
        &self,
        tx: &mut T,
        ctx: &Context,
        user: Id<User>,
        within: Option<&Scope>,
        after: Option<Id<Holding>>,
        limit: i64,
    ) -> Outcome<Vec<HeldItem>>;
    /// Passes one thing on, if it still is `from`'s, the asker may do so and `to` can take it. A refusal leaves it where it
    /// was: the caller runs it in a savepoint.
    fn hand_over(&self, tx: &mut T, ctx: &Context, passing: &Passing<'_>, item: Id<Holding>) -> Outcome<()>;
}
