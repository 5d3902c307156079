//! Lists, and the tree that moves under them.

use contracts::{MoveListener, UnitTenant};
use kernel::id::{Unit, WhistleCall};
use kernel::{Context, Cursor, Id, Page, PageSize, UnitPath};
use whistles::Follow;
use whistles::model::{Call, State, Whistle};
use whistles::service::deadline::Wanted;
use whistles::service::list::{self, Query};

use crate::world::*;

fn mine(w: &World, who: &Context, after: Option<Cursor>, size: i64) -> Page<(Whistle, Call)> {
    let (who, size) = (w.now(who), PageSize::new(size).unwrap());
    w.write(move |tx, s| list::calls_of_mine(tx, &who, s, None, None, after.as_ref(), size, 7)).unwrap()
}

fn ids(w: &World, who: &Context) -> Vec<Id<WhistleCall>> {
    mine(w, who, None, 200).items.into_iter().map(|(_, call)| call.id).collect()
}

fn blown(w: &World, who: &Context, query: Query) -> usize {
    let who = w.now(who);
    w.write(move |tx, s| list::whistles(tx, &who, s, &query, None, PageSize::DEFAULT, 7)).unwrap().items.len()
}

/// Moves a unit with all below it, as territory does.
fn move_to(w: &World, unit: usize, below: usize, n: u64) {
    let (from, to) = (w.path(unit), UnitPath::numbered(Some(&w.path(below)), n).unwrap());
    for u in w.tree.0.lock().values_mut() {
        if let Some(path) = u.path.rebased(&from, &to) {
            u.path = path;
        }
    }
    let (who, id): (_, Id<Unit>) = (w.now(&w.secretary()), w.unit(unit));
    w.write(move |tx, _| Follow.unit_moved(tx, &who, id, &from, &to, &[], &[])).unwrap();
}

#[test]
fn a_department_reads_what_it_is_called_to_the_first_to_be_due_first() {
    for w in World::each() {
        let secretary = w.secretary();
        let mut wanted = Vec::new();
        for hours in [5, 1, 3] {
            let mut new = w.wanted(w.case(C1), &[URBAN, MARKET]);
            new.report = Wanted { at: None, within: Some((hours, contracts::SpanUnit::WorkingHours)) };
            let (_, calls) = w.blow_as(&secretary, new).unwrap();
            wanted.push((hours, calls.into_iter().find(|c| c.unit == w.unit(URBAN)).unwrap()));
        }
        wanted.sort_by_key(|(hours, _)| *hours);
        let wanted: Vec<Call> = wanted.into_iter().map(|(_, call)| call).collect();
        let urban = w.handler(URBAN);
        assert_eq!(ids(&w, &urban), wanted.iter().map(|c| c.id).collect::<Vec<_>>());
        let page = mine(&w, &urban, None, 2);
        let rest = mine(&w, &urban, page.next, 2);
        assert_eq!((page.items.len(), rest.items.len(), rest.next), (2, 1, None));
        assert_eq!(rest.items[0].1.id, wanted[2].id);
        // Who has come owes the result, which is due later.
        w.report_in(&urban, &wanted[0]).unwrap();
        assert_eq!(ids(&w, &urban), vec![wanted[1].id, wanted[2].id, wanted[0].id]);
        w.withdraw(&secretary, &wanted[1], "不要").unwrap();
        assert_eq!(ids(&w, &urban), vec![wanted[2].id, wanted[0].id], "what is over is not there");
        let who = w.now(&urban);
        let one = w.write(move |tx, s| {
            list::calls_of_mine(tx, &who, s, None, Some(State::Reported), None, PageSize::DEFAULT, 7)
        });
        assert_eq!(one.unwrap().items.len(), 1);
        assert_eq!(ids(&w, &secretary).len() + ids(&w, &w.handler(FIRE)).len(), 0);
        for key in
            [Some("x".to_owned()), None, Some(i64::MIN.to_string()), Some("-8000000000000000000".into())]
        {
            let forged = Cursor { after: testkit::fresh::<WhistleCall>().uuid(), filter: 7, key };
            let who = w.now(&urban);
            let refused = w.write(move |tx, s| {
                list::calls_of_mine(tx, &who, s, None, None, Some(&forged), PageSize::DEFAULT, 7)
            });
            assert_eq!(code(refused), "kernel.bad_cursor");
        }
    }
}

#[test]
fn the_whistles_of_a_case_and_of_a_unit_are_those_of_ones_own_places() {
    for w in World::each() {
        let (secretary, first, calls) = w.blow(&[URBAN]);
        w.blow(&[MARKET]);
        let open = Query { open: true, ..Query::default() };
        let of_case = Query { incident: Some(first.incident), ..Query::default() };
        assert_eq!((blown(&w, &secretary, Query::default()), blown(&w, &secretary, of_case)), (2, 1));
        w.withdraw(&secretary, &calls[0], "误报").unwrap();
        assert_eq!((blown(&w, &secretary, open), blown(&w, &secretary, Query::default())), (1, 2));
        let stranger = w.role(kernel::BuiltinRole::UnitAdmin, C2);
        assert_eq!((blown(&w, &stranger, Query::default()), blown(&w, &stranger, of_case)), (0, 0));
        assert_eq!(
            blown(&w, &w.handler(URBAN), of_case),
            0,
            "a department reads what it is called to elsewhere"
        );
        let above = w.role(kernel::BuiltinRole::UnitAdmin, TOWN);
        let here = |unit| Query { unit: Some(w.unit(unit)), ..Query::default() };
        assert_eq!(
            (blown(&w, &above, here(C1)), blown(&w, &above, here(C2)), blown(&w, &above, here(CITY))),
            (2, 0, 2)
        );
        let many = w.with(vec![
            testkit::grant(w.unit(C1), &w.path(C1), &["whistles.whistle.read"]),
            testkit::grant(w.unit(URBAN), &w.path(URBAN), &["whistles.whistle.read"]),
        ]);
        assert_eq!(blown(&w, &many, Query::default()), 2);
    }
}

#[test]
fn a_unit_that_moves_takes_its_whistles_and_calls_along() {
    for w in World::each() {
        let (_, _, calls) = w.blow(&[URBAN]);
        let (town, other) = (w.role(kernel::BuiltinRole::UnitAdmin, TOWN), w.handler(OTHER));
        assert_eq!((ids(&w, &other).len(), blown(&w, &town, Query::default())), (0, 1));
        move_to(&w, URBAN, OTHER, 9);
        assert_eq!(ids(&w, &other), vec![calls[0].id]);
        move_to(&w, C1, OTHER, 8);
        assert_eq!(blown(&w, &town, Query::default()), 0);
        let (whistle, call) = w.call(calls[0].id);
        assert_eq!((whistle.path, call.path.clone()), (w.path(C1), w.path(URBAN)));
        assert!(w.report_in(&other, &call).is_ok());
        // A branch whose path begins with the same letters is another branch.
        assert_eq!(w.call(calls[0].id).1.path, w.path(URBAN));
    }
}

#[test]
fn a_unit_that_calls_or_is_called_is_not_dissolved_before_it_is_over() {
    for w in World::each() {
        let (secretary, whistle, _) = w.blow(&[URBAN]);
        let tenants = |unit: usize| {
            let (who, id) = (w.now(&secretary), w.unit(unit));
            let found = w.write(move |tx, _| Follow.tenants(tx, &who, id)).unwrap();
            found.into_iter().map(|t| (t.what, t.count)).collect::<Vec<_>>()
        };
        assert_eq!(tenants(C1), vec![("whistles", 1)]);
        assert_eq!(tenants(URBAN), vec![("whistle_calls", 1)]);
        assert_eq!(tenants(MARKET), vec![]);
        w.withdraw_all(&secretary, &whistle, "误报").unwrap();
        assert_eq!((tenants(C1), tenants(URBAN)), (vec![], vec![]));
    }
}
