//! One chunk of a load: some rows of one file, in one job.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use kernel::id::DivisionImport;
use kernel::{Context, Fault, Id, Outcome, UnitPath, id};
use storage::Tx;

use super::{Renamed, conflict, keyed};
use crate::divisions::{Division, Divisions, Tier};
use crate::model::Unit;
use crate::store::{tree, units};

/// What the job needs. It may be run again, so it changes nothing of its own.
pub(super) struct Chunk {
    pub divisions: Arc<Divisions>,
    pub index: usize,
    pub tier: &'static Tier,
    pub rows: Range<usize>,
    /// The ids of the tier above, in the order of its codes.
    pub parents: Arc<Vec<Id<id::Unit>>>,
    pub import: Id<DivisionImport>,
    pub ctx: Context,
}

/// What came of it.
#[derive(Default)]
pub(super) struct Done {
    /// The units' ids, in the order of the rows.
    pub ids: Vec<Id<id::Unit>>,
    pub inserted: u64,
    pub matched: u64,
    pub elsewhere: u64,
    pub renames: Vec<Renamed>,
}

impl Chunk {
    /// Matches the rows by their codes and writes those that are not there.
    pub(super) fn write(&self, tx: &mut Tx<'_>) -> Outcome<Done> {
        tree::lock(tx)?;
        let rows = self.divisions.tier(self.index).get(self.rows.clone()).unwrap_or_default();
        let codes: Vec<String> = rows.iter().map(|r| self.tier.code(r)).collect();
        let there: HashMap<String, Unit> = units::by_codes(tx, &codes)?
            .into_iter()
            .filter_map(|u| u.code.clone().map(|code| (code, u)))
            .collect();
        let mut places = self.places(tx, rows, &codes, &there)?;
        let mut done = Done::default();
        let mut new = Vec::new();
        for (row, code) in rows.iter().zip(codes) {
            let parent = self.parent(row)?;
            let name = self.divisions.name(row);
            if let Some(unit) = there.get(&code) {
                done.ids.push(unit.id);
                // A row that an earlier run of this load wrote is new all the same.
                if unit.import_id == Some(self.import) {
                    done.inserted += 1;
                    continue;
                }
                done.matched += 1;
                done.elsewhere += u64::from(unit.parent_id != Some(parent));
                if unit.name != name && unit.closed_at.is_none() {
                    done.renames.push((unit.id, name.to_owned()));
                }
                continue;
            }
            let place =
                places.get_mut(&parent).ok_or_else(|| Fault::internal("a parent that is not there"))?;
            let unit = self.unit(code, name, parent, place.next(row)?);
            done.ids.push(unit.id);
            done.inserted += 1;
            new.push(unit);
        }
        units::insert_many(tx, &new)?;
        Ok(done)
    }

    fn unit(&self, code: String, name: &str, parent: Id<id::Unit>, path: UnitPath) -> Unit {
        Unit {
            id: self.ctx.id(),
            parent_id: Some(parent),
            path,
            name: name.to_owned(),
            kind: self.tier.level.name().to_owned(),
            code: Some(code),
            since: self.ctx.now,
            closed_at: None,
            version: 1,
            created_at: self.ctx.now,
            import_id: Some(self.import),
        }
    }

    fn parent(&self, row: &Division) -> Outcome<Id<id::Unit>> {
        let place = usize::try_from(row.parent).ok();
        let parent = place.and_then(|p| self.parents.get(p).copied());
        parent.ok_or_else(|| Fault::internal("a division whose parent was not loaded"))
    }

    /// Where the parents of the rows to be written stand now, and which places below them are taken.
    fn places(
        &self,
        tx: &mut Tx<'_>,
        rows: &[Division],
        codes: &[String],
        there: &HashMap<String, Unit>,
    ) -> Outcome<HashMap<Id<id::Unit>, Place>> {
        let mut wanted = BTreeSet::new();
        for (row, code) in rows.iter().zip(codes) {
            if !there.contains_key(code) {
                wanted.insert(self.parent(row)?);
            }
        }
        if wanted.is_empty() {
            return Ok(HashMap::new());
        }
        let wanted: Vec<Id<id::Unit>> = wanted.into_iter().collect();
        let mut places = HashMap::with_capacity(wanted.len());
        for (id, parent) in keyed(units::any_by_ids(tx, &wanted)?) {
            if parent.closed_at.is_some() {
                return Err(conflict(format!(
                    "{} was dissolved here, and the files have units below it",
                    parent.name
                )));
            }
            if parent.level().has_rank() && parent.level() >= self.tier.level {
                let words = format!(
                    "{} is a {} here, and a {} is to stand below it",
                    parent.name,
                    parent.kind,
                    self.tier.level.name()
                );
                return Err(conflict(words));
            }
            // Below a unit of this very load nobody else has put anything: its children are numbered as the files have them.
            let taken = if parent.import_id == Some(self.import) {
                None
            } else {
                Some(units::child_paths(tx, id)?.into_iter().collect())
            };
            places.insert(id, Place { path: parent.path, taken, next: 1 });
        }
        Ok(places)
    }
}

/// Where the next children of a parent go.
struct Place {
    path: UnitPath,
    /// The places that are taken, where the load is not alone.
    taken: Option<HashSet<UnitPath>>,
    next: u64,
}

impl Place {
    fn next(&mut self, row: &Division) -> Outcome<UnitPath> {
        let number = |n| {
            UnitPath::numbered(Some(&self.path), n)
                .ok_or_else(|| conflict("the tree would become too deep".to_owned()))
        };
        match &mut self.taken {
            None => number(u64::from(row.number)),
            Some(taken) => loop {
                let path = number(self.next)?;
                self.next += 1;
                if taken.insert(path.clone()) {
                    return Ok(path);
                }
            },
        }
    }
}
