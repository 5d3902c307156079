//! Pages of a list: keyset cursors, opaque to the client and verified by us.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{BAD_CURSOR, Outcome};

/// Where the next page starts. It says only "after this id, in the list with these filters": whoever alters it gets
/// another place in a list they may read anyway, since rights are part of each query and not of the cursor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The last id of the page before.
    #[serde(rename = "a")]
    pub after: Uuid,
    /// A fingerprint of the list's name and filters; a cursor is refused by any other list.
    #[serde(rename = "f")]
    pub filter: u64,
    /// The sort key before the id, for lists that are not in the order of ids.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl Cursor {
    /// As the client sees it.
    pub fn encode(&self) -> String {
        // A struct of three plain fields always serialises.
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads a client's cursor; refuses one that the list with this fingerprint did not give out.
    pub fn decode(text: &str, filter: u64) -> Outcome<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BAD_CURSOR.fault())?;
        let cursor: Self = serde_json::from_slice(&bytes).map_err(|_| BAD_CURSOR.fault())?;
        if cursor.filter == filter { Ok(cursor) } else { Err(BAD_CURSOR.fault()) }
    }
}

/// Which page of which list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// How many items.
    pub size: PageSize,
    /// Where it starts.
    pub after: Option<Cursor>,
    /// The fingerprint of the list and its filters, for the cursors that are made from the page.
    pub fingerprint: u64,
}

/// The fingerprint of a list and its filters (FNV-1a, 64 bits: stable across builds and machines).
pub fn fingerprint(parts: &[&str]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

/// How many items a page may have: 1 to 200, 50 unless told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(u16);

impl PageSize {
    /// The largest page.
    pub const MAX: u16 = 200;
    /// The page nobody asked a size for.
    pub const DEFAULT: Self = Self(50);

    /// `None` outside 1 to 200.
    pub fn new(size: i64) -> Option<Self> {
        u16::try_from(size).ok().filter(|s| (1..=Self::MAX).contains(s)).map(Self)
    }

    /// Items on the page.
    pub fn get(self) -> usize {
        usize::from(self.0)
    }

    /// Rows to ask the engine for: one more, to know whether there is a next page.
    pub fn probe(self) -> i64 {
        i64::from(self.0) + 1
    }
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Cuts what [`PageSize::probe`] fetched to a page, and makes the cursor from its last item.
    pub fn cut(mut rows: Vec<T>, size: PageSize, cursor: impl FnOnce(&T) -> Cursor) -> Self {
        let more = rows.len() > size.get();
        rows.truncate(size.get());
        let next = if more { rows.last().map(cursor) } else { None };
        Self { items: rows, next }
    }

    /// The same page of something else.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}
