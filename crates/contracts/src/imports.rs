//! Lists from a file and to a file. What can be imported or exported registers itself by these ports; the crate that reads
//! files knows no domain, and no domain knows a file.

use std::collections::BTreeMap;

use kernel::error::{FIELD_UNKNOWN_REFERENCE, INVALID};
use kernel::id::{Unit, User};
use kernel::{Actor, Context, ErrorCode, Id, Instant, Outcome, Permission, Refusal};
use uuid::Uuid;

use crate::UnitRef;

/// How a cell is read before its target sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As it stands, trimmed.
    Text,
    /// `yes` or `no`, in the words people use.
    Flag,
    /// A moment; a day is taken from its beginning. The target gets RFC 3339 in UTC.
    Start,
    /// A moment; a day counts to its end. The target gets RFC 3339 in UTC.
    End,
}

/// One column of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its header: a snake_case word.
    pub name: &'static str,
    /// The headers people write in Chinese; the first is shown.
    pub zh: &'static [&'static str],
    /// Whether every row must have it.
    pub required: bool,
    /// Whether it is only told: written by an export, ignored by an import.
    pub told: bool,
    /// How its cells are read.
    pub form: Form,
    /// The pointers by which a refusal names this column's field.
    pub pointers: &'static [&'static str],
    /// What belongs there, in English.
    pub en: &'static str,
    /// What belongs there, in Chinese.
    pub zh_text: &'static str,
}

/// A row as its target sees it: what is there, by column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportRow(pub BTreeMap<&'static str, String>);

impl ImportRow {
    /// What stands in a column; `None` where nothing does.
    pub fn get(&self, column: &str) -> Option<&str> {
        self.0.get(column).map(String::as_str)
    }

    /// What stands in a column that every row has.
    pub fn text(&self, column: &str) -> &str {
        self.get(column).unwrap_or_default()
    }
}

/// How a row hangs together with others of its file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ties {
    /// What may be there only once in a file.
    pub key: Option<String>,
    /// By what names later rows lean on this one.
    pub gives: Vec<String>,
    /// On what it leans, by several names, the most exact first: earlier rows that give the first of them that any row gives are
    /// tried before it in a dry run.
    pub wants: Vec<String>,
}

/// Something that can be imported, within the caller's unit of work `T`.
pub trait ImportTarget<T>: Send + Sync {
    /// Its word in the API: `users`.
    fn kind(&self) -> &'static str;
    /// What one must hold somewhere to import it at all. Each row is judged by the deed behind it besides.
    fn permission(&self) -> &'static Permission;
    /// Its columns, in the order an export writes them.
    fn columns(&self) -> &'static [Column];
    /// How a row hangs together with others.
    fn ties(&self, row: &ImportRow) -> Ties;
    /// Does what the row says, by the same deed as a request would: with its rules, its record on the trail and its refusals.
    /// Answers the id of what came of it.
    fn apply(&self, tx: &mut T, ctx: &Context, row: &ImportRow) -> Outcome<Uuid>;
    /// Does several rows at once, where that is cheaper: what becomes of each, in their order, as [`Self::apply`] would say it; a row
    /// that is refused keeps none of the others out. `None` where one by one is just as cheap.
    fn apply_many(&self, _tx: &mut T, _ctx: &Context, _rows: &[ImportRow]) -> Outcome<Option<Results>> {
        Ok(None)
    }
    /// The tables that grow by its rows: what an engine keeps of them for its plans is out of date soon.
    fn grows(&self) -> &'static [&'static str] {
        &[]
    }
    /// Refusals that tell the asker something which must stay on the record, though what their rows did is undone.
    fn heeded(&self) -> &'static [&'static ErrorCode] {
        &[]
    }
    /// Hears of the rows that were refused by one of [`Self::heeded`], in a dry run too; what it writes is kept.
    fn refused(&self, _tx: &mut T, _ctx: &Context, _rows: &[ImportRow]) -> Outcome<()> {
        Ok(())
    }
}

/// What became of rows, in their order.
pub type Results = Vec<Result<Uuid, Box<Refusal>>>;

/// A page of an export.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exported {
    /// A text for each column of the target of the same kind.
    pub rows: Vec<Vec<String>>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<String>,
}

/// Something that can be exported, within the caller's unit of work `T`.
pub trait ExportSource<T>: Send + Sync {
    /// Its word in the API.
    fn kind(&self) -> &'static str;
    /// What decides what the asker gets: only what lies in its scope.
    fn permission(&self) -> &'static Permission;
    /// Its columns: the import's.
    fn columns(&self) -> &'static [Column];
    /// Up to `limit` rows after `after`, of those in the asker's scope.
    fn page(&self, tx: &mut T, ctx: &Context, after: Option<&str>, limit: i64) -> Outcome<Exported>;
}

/// Who somebody is and what they hold **now**: for work that goes on after their request.
pub trait ActorLoader<T>: Send + Sync {
    /// The account with its grants; `None` if it cannot act.
    fn actor(&self, tx: &mut T, user: Id<User>, now: Instant) -> Outcome<Option<Actor>>;
    /// Refuses to have a list of this kind applied later, under the account alone, to whoever may do less by the way they came.
    fn refuse_later(&self, ctx: &Context, kind: &str) -> Outcome<()>;
}

/// How a unit is called in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitWord {
    /// The unit.
    pub id: Id<Unit>,
    /// Its division code, or its id.
    pub word: String,
    /// Its name.
    pub name: String,
}

/// Units by what people write in a list.
pub trait UnitFinder<T>: Send + Sync {
    /// The units meant by a text: an id, a division code, a name, or names from above separated by `/`. More than one: it is
    /// not clear which.
    fn by_text(&self, tx: &mut T, text: &str) -> Outcome<Vec<UnitRef>>;
    /// How these units are called; unknown ids are left out.
    fn words(&self, tx: &mut T, ids: &[Id<Unit>]) -> Outcome<Vec<UnitWord>>;
}

/// The only one that a text means; refused at `pointer` where there is none, or where it is not clear which.
pub fn only<T>(mut found: Vec<T>, pointer: &'static str) -> Result<T, Refusal> {
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(_), false) => Err(INVALID.refusal().at_with(
            pointer,
            &FIELD_UNKNOWN_REFERENCE,
            "more than one is called so: give its code or id",
        )),
        (None, _) => Err(INVALID.refusal().at(pointer, &FIELD_UNKNOWN_REFERENCE)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_taken_none_and_two_are_refused() {
        assert_eq!(only(vec![7], "/unit_id"), Ok(7));
        for (found, told) in
            [(vec![], None), (vec![1, 2], Some("more than one is called so: give its code or id"))]
        {
            let refusal = only(found, "/unit_id").unwrap_err();
            let field = &refusal.fields[0];
            assert_eq!(
                (field.pointer.as_ref(), field.code.code),
                ("/unit_id", "kernel.field_unknown_reference")
            );
            assert_eq!(field.detail.as_deref(), told);
        }
    }
}
