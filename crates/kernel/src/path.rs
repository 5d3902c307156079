//! Where a unit stands in the tree, as one string: the labels of its ancestors and its own, one after the other. A subtree
//! is a range of such strings, so "everything below X" is one range of an index and never a recursion.

use std::fmt;

use rand::Rng;
use serde::{Deserialize, Serialize};

/// The letters of a label, in byte order. All lie below `~`, which closes a range.
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Letters of one label: 62⁶ ≈ 5.7 × 10¹⁰ places below one parent.
pub const LABEL: usize = 6;
/// The deepest tree: nine levels are in use (`domain.md`, territory); twenty leave room.
pub const MAX_DEPTH: usize = 20;

/// A place in the unit tree. Byte order is tree order: parents before children, subtrees together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnitPath(String);

impl UnitPath {
    /// Reads a path from storage; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let sound = !text.is_empty()
            && text.len().is_multiple_of(LABEL)
            && text.len() <= LABEL * MAX_DEPTH
            && text.bytes().all(|b| b.is_ascii_alphanumeric());
        sound.then(|| Self(text.to_owned()))
    }

    /// The path of a root (`None`) or of a child below `parent`, under a label drawn at random; the unique constraint on
    /// the path refuses the rare double. `None` if the tree would become too deep.
    pub fn draw(parent: Option<&Self>) -> Option<Self> {
        let mut rng = rand::rng();
        let n = rng.random_range(0..62_u64.pow(6));
        Self::numbered(parent, n)
    }

    /// The path of the `n`th child below `parent`: for bulk loads, where the caller counts. `None` if too deep or too many.
    pub fn numbered(parent: Option<&Self>, n: u64) -> Option<Self> {
        let mut label = [b'0'; LABEL];
        let mut rest = n;
        for slot in label.iter_mut().rev() {
            let digit = usize::try_from(rest % 62).ok()?;
            *slot = *ALPHABET.get(digit)?;
            rest /= 62;
        }
        if rest > 0 {
            return None;
        }
        let mut text = parent.map_or_else(String::new, |p| p.0.clone());
        text.push_str(std::str::from_utf8(&label).ok()?);
        Self::parse(&text)
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// 1 for a root.
    pub fn depth(&self) -> usize {
        self.0.len() / LABEL
    }

    /// Whether `other` is this unit or lies below it.
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// The parent's path; `None` for a root.
    pub fn parent(&self) -> Option<Self> {
        let end = self.0.len().checked_sub(LABEL)?;
        self.0.get(..end).and_then(Self::parse)
    }

    /// This unit and all above it, the root first.
    pub fn lineage(&self) -> Vec<Self> {
        (1..=self.depth()).filter_map(|d| self.0.get(..d * LABEL)).map(|s| Self(s.to_owned())).collect()
    }

    /// The range of the subtree, own path included: `low <= path < high`.
    pub fn range(&self) -> (String, String) {
        (self.0.clone(), format!("{}~", self.0))
    }

    /// The same place after `from` (this path or one above it) was hung below `to`'s place. `None` if `from` is not above.
    pub fn rebased(&self, from: &Self, to: &Self) -> Option<Self> {
        let tail = self.0.strip_prefix(&from.0)?;
        Self::parse(&format!("{}{tail}", to.0))
    }
}

impl fmt::Display for UnitPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn path() -> impl Strategy<Value = UnitPath> {
        proptest::collection::vec(0_u64..4, 1..6).prop_map(|labels| {
            labels
                .into_iter()
                .fold(None, |parent: Option<UnitPath>, n| UnitPath::numbered(parent.as_ref(), n))
                .expect("a shallow path")
        })
    }

    proptest! {
        #[test]
        fn containing_is_lying_in_the_range(a in path(), b in path()) {
            let (low, high) = a.range();
            prop_assert_eq!(a.contains(&b), low.as_str() <= b.as_str() && b.as_str() < high.as_str());
            prop_assert_eq!(a.contains(&b), b.lineage().contains(&a));
        }
    }

    #[test]
    fn a_tree_deeper_than_twenty_is_refused() {
        let mut at = UnitPath::numbered(None, 1);
        for _ in 1..MAX_DEPTH {
            at = UnitPath::numbered(at.as_ref(), 1);
        }
        assert!(at.is_some() && UnitPath::draw(at.as_ref()).is_none());
    }
}
