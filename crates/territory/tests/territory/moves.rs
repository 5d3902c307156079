//! Moves and their refusals, dissolving, changes of name.

use std::sync::Arc;

use contracts::{MoveEffect, UnitTree};
use kernel::{Fault, Outcome};
use serde_json::json;
use storage::{Db, audit};
use territory::service::create::{self, NewUnit};
use territory::service::update::Changes;
use territory::service::{dissolve, relocate, update};
use territory::{Ports, Unit, Units};
use testkit::{TestDb, context, fresh, grant};

use crate::fakes::{
    Ear, FixedRights, FixedTenants, MANAGE, databases, manager, plant, ports, root, somebody,
};

fn code<T: std::fmt::Debug>(outcome: Outcome<T>) -> &'static str {
    outcome.unwrap_err().code().map_or("no refusal", |c| c.code)
}

fn go(db: &Db, top: &Unit, unit: &Unit, to: &Unit) -> Outcome<Unit> {
    let (ctx, id, version, to) = (manager(db, top), unit.id, unit.version, to.id);
    db.write_blocking(move |tx| relocate::relocate(tx, &ctx, &ports(), id, version, to))
}

fn close(db: &Db, unit: &Unit) -> Outcome<Unit> {
    let (ctx, id, version) = (manager(db, unit), unit.id, unit.version);
    db.write_blocking(move |tx| dissolve::dissolve(tx, &ctx, &ports(), id, version))
}

fn find(db: &Db, unit: &Unit) -> contracts::UnitRef {
    let id = unit.id;
    db.read_blocking(move |tx| Units.unit(tx, id)).unwrap().unwrap()
}

/// country → city → (east, west) districts → town → village
fn town(t: &TestDb) -> (Unit, Unit, Unit, Unit, Unit) {
    let top = root(&t.db);
    let city = plant(&t.db, &top, "市", "city").unwrap();
    let east = plant(&t.db, &city, "东区", "district").unwrap();
    let west = plant(&t.db, &city, "西区", "district").unwrap();
    let street = plant(&t.db, &east, "街道", "town").unwrap();
    let village = plant(&t.db, &street, "村", "community").unwrap();
    (top, east, west, street, village)
}

#[test]
fn a_move_takes_the_whole_subtree_and_tells_who_must_know() {
    for t in databases() {
        let (top, east, west, street, village) = town(&t);
        let ear = Arc::new(Ear::default());
        let listener: territory::Listener = ear.clone();
        let rights = Arc::new(FixedRights(MoveEffect::default()));
        let listening = Ports { rights, listeners: vec![listener], tenants: vec![], people: None };
        let (ctx, id, to, with) = (manager(&t.db, &top), street.id, west.id, listening.clone());
        let seen = t.db.read_blocking(move |tx| relocate::preview(tx, &ctx, &with, id, to)).unwrap();
        assert_eq!((seen.units, seen.from.id, seen.to.id), (2, east.id, west.id));
        let ctx = manager(&t.db, &top);
        let moved =
            t.db.write_blocking(move |tx| relocate::relocate(tx, &ctx, &listening, id, 1, to)).unwrap();
        assert_eq!((moved.parent_id, moved.version), (Some(west.id), 2));
        assert!(west.path.contains(&moved.path) && moved.path.depth() == 4);
        let below = find(&t.db, &village);
        assert!(moved.path.contains(&below.path) && below.path.depth() == 5);
        let heard = ear.0.lock().unwrap().clone();
        assert_eq!(heard.len(), 1);
        assert_eq!((heard[0].from.clone(), heard[0].to.clone()), (street.path, moved.path));
        assert_eq!((heard[0].left.clone(), heard[0].entered.clone()), (vec![east.id], vec![west.id]));
        let unsealed = t.db.read_blocking(audit::has_unsealed).unwrap();
        assert!(unsealed, "the move is on record");
    }
}

#[test]
fn a_move_is_refused_where_it_cannot_be() {
    for t in databases() {
        let (top, east, west, street, village) = town(&t);
        assert_eq!(code(go(&t.db, &top, &east, &village)), "territory.move_into_own_subtree");
        assert_eq!(code(go(&t.db, &top, &east, &east)), "territory.move_into_own_subtree");
        assert_eq!(code(go(&t.db, &top, &top, &east)), "territory.root_stays");
        assert_eq!(
            code(go(&t.db, &top, &west, &east)),
            "territory.kind_order",
            "a district below a district"
        );
        assert_eq!(code(go(&t.db, &top, &street, &east)), "kernel.invalid", "it stands there already");
        let stale = Unit { version: 7, ..street.clone() };
        assert_eq!(code(go(&t.db, &top, &stale, &west)), "kernel.stale");
        close(&t.db, &west).unwrap();
        assert_eq!(code(go(&t.db, &top, &street, &west)), "territory.unit_closed");
        assert_eq!(find(&t.db, &village).path, village.path, "nothing has moved");
    }
}

#[test]
fn a_unit_without_a_level_is_judged_by_what_is_below_it() {
    for t in databases() {
        let (top, east, west, _, village) = town(&t);
        let zone = plant(&t.db, &east, "开发区", "custom").unwrap();
        let inner = plant(&t.db, &zone, "园区", "custom").unwrap();
        assert_eq!(code(plant(&t.db, &inner, "区", "district")), "territory.kind_order");
        plant(&t.db, &inner, "镇", "town").unwrap();
        assert_eq!(code(go(&t.db, &top, &zone, &village)), "territory.kind_order");
        let moved = go(&t.db, &top, &zone, &west).unwrap();
        assert!(west.path.contains(&moved.path));
    }
}

#[test]
fn a_tree_too_deep_is_refused_whether_planted_or_moved() {
    for t in databases() {
        let top = root(&t.db);
        let mut at = top.clone();
        for n in 2..=20 {
            at = plant(&t.db, &at, &format!("第{n}层"), "custom").unwrap();
        }
        assert_eq!(code(plant(&t.db, &at, "太深", "custom")), "territory.too_deep");
        let branch = plant(&t.db, &top, "枝", "custom").unwrap();
        let leaf = plant(&t.db, &branch, "叶", "custom").unwrap();
        assert_eq!(code(go(&t.db, &top, &leaf, &at)), "territory.too_deep");
        let above = find(&t.db, &at).path.parent().unwrap();
        let above = t.db.read_blocking(move |tx| Units.lineage(tx, &above)).unwrap().pop().unwrap();
        let above = Unit { id: above.id, ..top.clone() };
        assert_eq!(code(go(&t.db, &top, &branch, &above)), "territory.too_deep");
        go(&t.db, &top, &leaf, &above).unwrap();
    }
}

#[test]
fn a_move_needs_the_permission_at_the_unit_its_parent_and_the_new_one() {
    for t in databases() {
        let (top, east, west, street, _) = town(&t);
        for (held, refused) in [
            (vec![&street], true),
            (vec![&east], true),
            (vec![&west], true),
            (vec![&street, &west], true),
            (vec![&east, &west], false),
        ] {
            let grants = held.iter().map(|u| grant(u.id, &u.path, &[MANAGE])).collect();
            let (ctx, id, to) = (context(&t.db, fresh(), grants), street.id, west.id);
            let seen = t.db.read_blocking(move |tx| relocate::preview(tx, &ctx, &ports(), id, to));
            assert_eq!(seen.is_err(), refused, "{held:?}");
            if refused {
                assert_eq!(code(seen), "kernel.forbidden");
            }
        }
        let (ctx, id) = (somebody(&t.db), street.id);
        assert_eq!(
            code(t.db.write_blocking(move |tx| dissolve::dissolve(tx, &ctx, &ports(), id, 1))),
            "kernel.forbidden"
        );
        drop(top);
    }
}

#[test]
fn a_move_that_gives_more_than_the_mover_may_give_is_refused() {
    for t in databases() {
        let (top, _, west, street, _) = town(&t);
        let effect = MoveEffect { breaches: vec!["fund.grant.approve".into()], ..MoveEffect::default() };
        let rights =
            Ports { rights: Arc::new(FixedRights(effect)), listeners: vec![], tenants: vec![], people: None };
        let (ctx, id, to, with) = (manager(&t.db, &top), street.id, west.id, rights.clone());
        let seen = t.db.read_blocking(move |tx| relocate::preview(tx, &ctx, &with, id, to)).unwrap();
        assert_eq!(seen.effect.breaches, ["fund.grant.approve"], "the preview shows it");
        let ctx = manager(&t.db, &top);
        let refused = t.db.write_blocking(move |tx| relocate::relocate(tx, &ctx, &rights, id, 1, to));
        assert_eq!(code(refused), "territory.move_above_ceiling");
        assert_eq!(find(&t.db, &street).path, street.path);
    }
}

#[test]
fn a_unit_with_open_children_is_not_dissolved_and_a_dissolved_one_takes_nothing_new() {
    for t in databases() {
        let (top, _, _, street, village) = town(&t);
        assert_eq!(code(close(&t.db, &top)), "territory.root_stays");
        assert_eq!(code(close(&t.db, &street)), "territory.has_open_children");
        let closed = close(&t.db, &village).unwrap();
        assert_eq!((closed.version, closed.closed_at.is_some()), (2, true));
        assert_eq!(code(close(&t.db, &closed)), "territory.unit_closed");
        assert_eq!(code(plant(&t.db, &village, "组", "group")), "territory.unit_closed");
        let (ctx, id) = (manager(&t.db, &top), village.id);
        let changes = Changes { name: Some("别名".into()), ..Changes::default() };
        let renamed = t.db.write_blocking(move |tx| update::update(tx, &ctx, id, 2, &changes));
        assert_eq!(code(renamed), "territory.unit_closed");
        close(&t.db, &street).unwrap();
        assert!(find(&t.db, &street).closed);
    }
}

#[test]
fn what_hangs_on_a_unit_keeps_it_and_is_named_with_how_many() {
    for t in databases() {
        let (_, _, _, street, village) = town(&t);
        let busy = Ports {
            tenants: vec![
                Arc::new(FixedTenants(vec![("grids", 2), ("incidents", 7)])),
                Arc::new(FixedTenants(vec![])),
                Arc::new(FixedTenants(vec![("accounts", 1)])),
            ],
            ..ports()
        };
        let close_in = |unit: &Unit, with: &Ports| {
            let (ctx, id, version, with) = (manager(&t.db, unit), unit.id, unit.version, with.clone());
            t.db.write_blocking(move |tx| dissolve::dissolve(tx, &ctx, &with, id, version))
        };
        let Err(Fault::Refused(refused)) = close_in(&village, &busy) else { panic!("it is in use") };
        assert_eq!(refused.code.code, "territory.unit_in_use");
        assert_eq!(refused.detail.as_deref(), Some("2 grids, 7 incidents, 1 accounts"));
        let wanted = json!([{ "what": "grids", "count": 2 }, { "what": "incidents", "count": 7 }, { "what": "accounts", "count": 1 }]);
        assert_eq!(refused.extra.unwrap()["in_use"], wanted);
        let Err(Fault::Refused(refused)) = close_in(&street, &busy) else { panic!("it has a village") };
        assert_eq!(refused.code.code, "territory.has_open_children");
        assert_eq!(refused.detail.as_deref(), Some("1 units, 2 grids, 7 incidents, 1 accounts"));
        assert!(!find(&t.db, &village).closed);
        // A plugin that is off keeps nothing.
        assert!(close_in(&village, &ports()).is_ok());
    }
}

#[test]
fn codes_are_unique_have_their_shape_and_continue_the_parents() {
    for t in databases() {
        let top = root(&t.db);
        let new = |parent: &Unit, kind: &str, code: &str| NewUnit {
            parent_id: Some(parent.id),
            name: "某地".into(),
            kind: kind.into(),
            code: Some(code.into()),
        };
        let make = |new: NewUnit| {
            let ctx = manager(&t.db, &top);
            t.db.write_blocking(move |tx| create::create(tx, &ctx, &new))
        };
        let province = make(new(&top, "province", "44")).unwrap();
        assert_eq!(code(make(new(&top, "province", "44"))), "territory.code_taken");
        assert_eq!(code(make(new(&top, "province", "444"))), "kernel.invalid");
        assert_eq!(code(make(new(&province, "city", "4501"))), "territory.code_prefix");
        let city = make(new(&province, "city", "4401")).unwrap();
        let change = |id, version, changes: Changes| {
            let ctx = manager(&t.db, &top);
            t.db.write_blocking(move |tx| update::update(tx, &ctx, id, version, &changes))
        };
        let taken = Changes { code: Some("44".into()), ..Changes::default() };
        assert_eq!(code(change(city.id, 1, taken)), "territory.code_prefix");
        let other = make(new(&province, "city", "4402")).unwrap();
        let taken = Changes { code: Some("4401".into()), ..Changes::default() };
        assert_eq!(code(change(other.id, 1, taken)), "territory.code_taken");
        let cleared = change(city.id, 1, Changes { clear_code: true, ..Changes::default() }).unwrap();
        assert_eq!((cleared.code, cleared.version), (None, 2));
        assert_eq!(
            code(change(city.id, 1, Changes { name: Some("新名".into()), ..Changes::default() })),
            "kernel.stale"
        );
    }
}

#[test]
fn there_is_one_root() {
    for t in databases() {
        let new = NewUnit { parent_id: None, name: "中国".into(), kind: "country".into(), code: None };
        let ctx = somebody(&t.db);
        let first = new.clone();
        t.db.write_blocking(move |tx| create::create(tx, &ctx, &first)).unwrap();
        let ctx = somebody(&t.db);
        assert_eq!(
            code(t.db.write_blocking(move |tx| create::create(tx, &ctx, &new))),
            "territory.root_exists"
        );
        let again = root(&t.db);
        assert_eq!(t.db.read_blocking(|tx| Units.roots(tx)).unwrap()[0].id, again.id);
    }
}

/// Two branches each go below the other, many times at once: whoever wins, the tree stays a tree.
#[test]
fn moves_that_race_never_close_a_ring() {
    for t in databases() {
        let top = root(&t.db);
        for round in 0..8 {
            let a = plant(&t.db, &top, &format!("甲{round}"), "custom").unwrap();
            let b = plant(&t.db, &top, &format!("乙{round}"), "custom").unwrap();
            let c = plant(&t.db, &top, &format!("丙{round}"), "custom").unwrap();
            let outcomes: Vec<Outcome<Unit>> = std::thread::scope(|s| {
                let runs =
                    [(&a, &b), (&b, &c), (&c, &a)].map(|(unit, to)| s.spawn(|| go(&t.db, &top, unit, to)));
                runs.into_iter().map(|r| r.join().unwrap()).collect()
            });
            assert_eq!(
                outcomes.iter().filter(|o| o.is_ok()).count(),
                2,
                "two go, the third would close the ring"
            );
            for unit in [&a, &b, &c] {
                let path = find(&t.db, unit).path;
                let lineage = t.db.read_blocking(move |tx| Units.lineage(tx, &path)).unwrap();
                assert_eq!(lineage.first().map(|u| u.id), Some(top.id));
                assert_eq!(lineage.last().map(|u| u.id), Some(unit.id));
                assert_eq!(lineage.len(), lineage.last().unwrap().path.depth(), "nobody is missing above it");
            }
        }
    }
}

/// Children are planted while their parent moves: none is left behind at the old place.
#[test]
fn a_child_planted_during_a_move_goes_along() {
    for t in databases() {
        let top = root(&t.db);
        let (a, b) =
            (plant(&t.db, &top, "甲", "custom").unwrap(), plant(&t.db, &top, "乙", "custom").unwrap());
        let mut at = plant(&t.db, &a, "丙", "custom").unwrap();
        for round in 0..6 {
            let to = if round % 2 == 0 { &b } else { &a };
            let (moved, child) = std::thread::scope(|s| {
                let ctx = manager(&t.db, &top);
                let new = NewUnit {
                    parent_id: Some(at.id),
                    name: format!("丁{round}"),
                    kind: "custom".into(),
                    code: None,
                };
                let db = &t.db;
                let planting = s.spawn(move || db.write_blocking(move |tx| create::create(tx, &ctx, &new)));
                let moving = s.spawn(|| go(&t.db, &top, &at, to));
                (moving.join().unwrap().unwrap(), planting.join().unwrap().unwrap())
            });
            assert!(moved.path.contains(&find(&t.db, &child).path), "{}", t.db.engine().name());
            at = moved;
        }
    }
}
