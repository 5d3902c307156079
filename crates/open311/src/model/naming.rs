//! What categories are called outside: a client tells services by their names, so that no two may have the same.

use std::collections::{BTreeMap, BTreeSet};

use grid::model::Category;
use kernel::Id;
use kernel::id::Category as CategoryId;

use super::Service;

/// `service_code` of a category.
pub fn code(category: &Category) -> String {
    category.code.clone().unwrap_or_else(|| category.id.to_string())
}

/// Whether a text could be a code: digits, or an id. Nothing else is looked for.
pub fn is_code(text: &str) -> bool {
    (1..=36).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// The categories that nothing stands below, each under a name of its own: with its group's where another has the same, and with its
/// code where that does not help.
pub fn services(all: &[Category]) -> Vec<Service> {
    let by_id: BTreeMap<Id<CategoryId>, &Category> = all.iter().map(|c| (c.id, c)).collect();
    let parents: BTreeSet<Id<CategoryId>> = all.iter().filter_map(|c| c.parent).collect();
    let leaves: Vec<&Category> = all.iter().filter(|c| !parents.contains(&c.id)).collect();
    let group = |c: &Category| c.parent.and_then(|id| by_id.get(&id)).map(|p| p.name.trim().to_owned());
    let plain = |c: &Category| c.name.trim().to_owned();
    let grouped = |c: &Category| match group(c) {
        Some(group) => format!("{} ({group})", plain(c)),
        None => plain(c),
    };
    let (plainly, in_groups) = (counted(&leaves, plain), counted(&leaves, grouped));
    let once = |names: &BTreeMap<String, usize>, name: &str| names.get(name).is_none_or(|n| *n == 1);
    leaves
        .into_iter()
        .map(|c| {
            let (own, in_group) = (plain(c), grouped(c));
            let name = if once(&plainly, &own) {
                own
            } else if once(&in_groups, &in_group) && !plainly.contains_key(&in_group) {
                in_group
            } else {
                format!("{in_group} [{}]", code(c))
            };
            Service {
                category: c.id,
                code: code(c),
                name,
                description: path(c, &by_id),
                group: group(c),
                keyword: c.kind.word(),
            }
        })
        .collect()
}

fn counted(all: &[&Category], name: impl Fn(&Category) -> String) -> BTreeMap<String, usize> {
    let mut names = BTreeMap::new();
    for category in all {
        *names.entry(name(category)).or_insert(0) += 1;
    }
    names
}

/// The names from the top down to the category.
fn path(category: &Category, by_id: &BTreeMap<Id<CategoryId>, &Category>) -> String {
    let mut names = vec![category.name.trim()];
    let mut above = category.parent;
    while let Some(parent) = above.and_then(|id| by_id.get(&id)).filter(|_| names.len() < 8) {
        names.push(parent.name.trim());
        above = parent.parent;
    }
    names.reverse();
    names.join(" / ")
}
