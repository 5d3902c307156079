//! What others would bring: rights that say what they are told to, and a listener that keeps what it hears.

use std::sync::{Arc, Mutex};

use contracts::{MoveEffect, MoveListener, RightsWatch, Tenants, UnitTenant};
use kernel::id::Unit as UnitId;
use kernel::{Context, Id, Outcome, UnitPath};
use storage::{Db, migrate};
use territory::service::create::{self, NewUnit};
use territory::{Ports, Unit};
use testkit::{TestDb, context, fresh, grant};

/// The permission to change the tree.
pub const MANAGE: &str = "territory.unit.manage";

/// A database on each engine that is here.
pub fn databases() -> Vec<TestDb> {
    TestDb::each(&[migrate::own(), territory::plugin::migrations()])
}

/// Somebody with no grant.
pub fn somebody(db: &Db) -> Context {
    context(db, fresh(), vec![])
}

/// Somebody who may change the tree from this unit down.
pub fn manager(db: &Db, unit: &Unit) -> Context {
    context(db, fresh(), vec![grant(unit.id, &unit.path, &[MANAGE])])
}

/// The root, planted if it is not there.
pub fn root(db: &Db) -> Unit {
    let ctx = somebody(db);
    db.write_blocking(move |tx| create::ensure_root(tx, &ctx)).unwrap()
}

/// A new unit.
pub fn plant(db: &Db, parent: &Unit, name: &str, kind: &str) -> Outcome<Unit> {
    let ctx = manager(db, parent);
    let new =
        NewUnit { parent_id: Some(parent.id), name: name.to_owned(), kind: kind.to_owned(), code: None };
    db.write_blocking(move |tx| create::create(tx, &ctx, &new))
}

/// Rights that no move touches, and nobody who listens.
pub fn ports() -> Ports {
    Ports {
        rights: Arc::new(FixedRights(MoveEffect::default())),
        listeners: Vec::new(),
        tenants: Vec::new(),
        people: None,
    }
}

/// Rights to which every move does this.
pub struct FixedRights(pub MoveEffect);

impl<T> RightsWatch<T> for FixedRights {
    fn preview_move(
        &self,
        _: &mut T,
        _: &Context,
        _: &UnitPath,
        _: Option<&UnitPath>,
    ) -> Outcome<MoveEffect> {
        Ok(self.0.clone())
    }

    fn tree_changed(&self, _: &mut T, _: &Context) -> Outcome<()> {
        Ok(())
    }
}

/// What hangs on every unit.
pub struct FixedTenants(pub Vec<(&'static str, i64)>);

impl<T> UnitTenant<T> for FixedTenants {
    fn tenants(&self, _: &mut T, _: &Context, _: Id<UnitId>) -> Outcome<Vec<Tenants>> {
        Ok(self.0.iter().filter_map(|(what, count)| Tenants::some(what, *count)).collect())
    }
}

/// A move, as a listener hears of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    pub unit: Id<UnitId>,
    pub from: UnitPath,
    pub to: UnitPath,
    pub left: Vec<Id<UnitId>>,
    pub entered: Vec<Id<UnitId>>,
}

/// Keeps what it hears.
#[derive(Default)]
pub struct Ear(pub Mutex<Vec<Heard>>);

impl<T> MoveListener<T> for Ear {
    fn unit_moved(
        &self,
        _: &mut T,
        _: &Context,
        unit: Id<UnitId>,
        from: &UnitPath,
        to: &UnitPath,
        left: &[Id<UnitId>],
        entered: &[Id<UnitId>],
    ) -> Outcome<()> {
        let heard = Heard {
            unit,
            from: from.clone(),
            to: to.clone(),
            left: left.to_vec(),
            entered: entered.to_vec(),
        };
        self.0.lock().unwrap().push(heard);
        Ok(())
    }
}
