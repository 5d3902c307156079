//! Who sees what, and what nobody finds where it does not belong.

use diesel::prelude::*;
use kernel::id::Household;
use kernel::{BuiltinRole, Context, Id, PageSize};
use storage::with_conn;
use visits::service::mine;
use visits::service::see::Query;
use visits::store::visits::Filter;

use crate::world::*;

fn mine_of(w: &World, who: &Context) -> kernel::Outcome<Vec<String>> {
    let who = w.now(who);
    let page = w.write(move |tx, s| mine::list(tx, &who, s, None, PageSize::DEFAULT, 0))?;
    Ok(page.items.into_iter().map(|visit| visit.on.to_string()).collect())
}

#[test]
fn workers_see_the_visits_of_their_grids_and_managers_those_below() {
    for w in World::each() {
        let (worker, colleague, other) = (w.worker1(), w.worker1(), w.worker(C2, w.grids[1]));
        let (home, _) = w.home(C1, Some(HERE));
        let made = w.record(&worker, &call(home)).unwrap();
        let seen = |who: &Context| (w.see(who, made.id).is_ok(), w.list(who, Query::default()).len() == 1);
        for (who, sees) in [
            (&worker, true),
            (&colleague, true),
            (&other, false),
            (&w.manager(C1), true),
            (&w.manager(DISTRICT), true),
            (&w.manager(C2), false),
            (&w.role(BuiltinRole::AuditAdmin, DISTRICT), true),
            (&w.role(BuiltinRole::Resident, C1), false),
            (&w.role(BuiltinRole::GridWorker, C1), false),
        ] {
            assert_eq!(seen(who), (sees, sees));
        }
        let without_right = w.person(C1, &[]);
        w.post(without_right.actor.user, w.grids[0], "2020-01-01T00:00:00+08:00", None);
        assert_eq!(seen(&without_right), (false, false), "a post without the right shows nothing");
        w.posts.posts.lock().clear();
        assert_eq!(seen(&colleague), (false, false), "nor the right without the post");
        assert_eq!(seen(&worker), (true, true), "one's own visit stays one's own");
    }
}

#[test]
fn reading_what_was_said_is_a_permission_of_its_own_and_leaves_a_record() {
    for w in World::each() {
        let (worker, colleague) = (w.worker1(), w.worker1());
        let (home, _) = w.home(C1, Some(HERE));
        let mut new = call(home);
        new.said.note = Some("欠费停水".into());
        let made = w.record(&worker, &new).unwrap();
        assert_eq!(code(w.read(&w.role(kernel::BuiltinRole::Inspector, C1), made.id)), "kernel.forbidden");
        assert_eq!(code(w.read(&w.worker(C2, w.grids[1]), made.id)), "kernel.not_found");
        w.read(&worker, made.id).unwrap();
        w.read(&colleague, made.id).unwrap();
        let readers = w.write(|tx, _| {
            use storage::schema::storage_audit_records as records;
            let found: Vec<Option<Id<kernel::id::User>>> = with_conn!(tx, |c| records::table
                .filter(records::action.eq("visits.content.read"))
                .select(records::actor_id)
                .load(c))?;
            Ok(found)
        });
        assert_eq!(readers.unwrap(), [Some(colleague.actor.user)], "of another's visit, not of one's own");
    }
}

#[test]
fn what_was_said_is_nowhere_in_the_clear() {
    for w in World::each() {
        let worker = w.worker1();
        let (home, person) = w.home(C1, Some(HERE));
        let mut new = call(home);
        new.said.note = Some("SECRETNOTE".into());
        new.said.met = vec![person];
        new.case = Some(visits::model::SentCase {
            title: "SECRETNOTE".into(),
            description: "SECRETNOTE".into(),
            category: None,
        });
        let made = w.record(&worker, &new).unwrap();
        let mut again = said("2026-11-24T15:00:00+08:00");
        again.note = Some("SECRETNOTE".into());
        let changed = w.correct(&worker, &made, again).unwrap();
        w.strike(&w.manager(C1), &changed).unwrap();
        let (trail, told, kept) = w
            .write(|tx, _| {
                use storage::schema::{storage_audit_records as records, storage_events as events};
                use visits::store::schema::visits_editions as editions;
                let trail: Vec<String> = with_conn!(tx, |c| records::table.select(records::body).load(c))?;
                let told: Vec<storage::Json> =
                    with_conn!(tx, |c| events::table.select(events::payload).load(c))?;
                let kept: Vec<Option<Vec<u8>>> =
                    with_conn!(tx, |c| editions::table.select(editions::content).load(c))?;
                Ok((trail, told, kept))
            })
            .unwrap();
        assert_eq!((trail.len(), told.len(), kept.len()), (3, 3, 2));
        let told: Vec<String> = told.iter().map(|json| json.0.to_string()).collect();
        for text in trail.iter().chain(&told) {
            assert!(!text.contains("SECRETNOTE") && !text.contains(&person.to_string()), "{text}");
        }
        let clear = |bytes: Option<Vec<u8>>| String::from_utf8_lossy(&bytes.unwrap()).contains("SECRETNOTE");
        assert!(!kept.into_iter().any(clear));
    }
}

#[test]
fn residents_see_that_and_when_somebody_called_on_their_own_household() {
    for w in World::each() {
        let worker = w.worker1();
        let (home, person) = w.home(C1, Some(HERE));
        let (neighbour, _) = w.home(C1, Some(HERE));
        let resident = w.person(C1, &[]);
        assert_eq!(code(mine_of(&w, &resident)), "kernel.not_found", "tied to nobody");
        w.users.persons.lock().insert(resident.actor.user, person);
        w.record(&worker, &call_at(home, "2026-11-23T09:00:00+08:00")).unwrap();
        let struck = w.record(&worker, &call_at(home, "2026-11-24T09:00:00+08:00")).unwrap();
        w.record(&worker, &call(neighbour)).unwrap();
        w.record(&worker, &call(home)).unwrap();
        w.strike(&w.manager(C1), &struck).unwrap();
        assert_eq!(mine_of(&w, &resident).unwrap(), ["2026-11-25", "2026-11-23"]);
        let newcomer = w.person(C1, &[]);
        w.users.persons.lock().insert(newcomer.actor.user, w.moves_in(home, "2026-11-24"));
        assert_eq!(mine_of(&w, &newcomer).unwrap(), ["2026-11-25"], "not what was before their time");
    }
}

#[test]
fn a_list_is_narrowed_and_paged_from_the_newest_on() {
    for w in World::each() {
        let worker = w.worker1();
        let homes: Vec<Id<Household>> = (0..5).map(|_| w.home(C1, Some(HERE)).0).collect();
        for (n, home) in homes.iter().enumerate() {
            // Two of them at one moment: the id decides.
            let moment = format!("2026-11-{}T09:00:00+08:00", 20 + n.min(3));
            w.record(&worker, &call_at(*home, &moment)).unwrap();
        }
        let count = |filter: Filter| w.list(&worker, Query { unit: None, filter }).len();
        assert_eq!(count(Filter { household: Some(homes[0]), ..Filter::default() }), 1);
        assert_eq!(count(Filter { from: Some(day("2026-11-22")), ..Filter::default() }), 3);
        assert_eq!(count(Filter { to: Some(day("2026-11-22")), ..Filter::default() }), 2);
        assert_eq!(count(Filter { struck: Some(true), ..Filter::default() }), 0);
        assert_eq!(count(Filter { way: Some(visits::model::Way::Phone), ..Filter::default() }), 0);
        assert_eq!(w.list(&worker, Query { unit: Some(w.unit(TOWN2)), filter: Filter::default() }).len(), 0);
        assert_eq!(w.list(&worker, Query { unit: Some(w.unit(TOWN1)), filter: Filter::default() }).len(), 5);
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let (who, place) = (w.now(&worker), after.clone());
            let page = w
                .write(move |tx, s| {
                    let after = visits::service::see::moment(place.as_ref())?;
                    let query = Query { unit: None, filter: Filter { after, ..Filter::default() } };
                    visits::service::see::list(tx, &who, s, &query, PageSize::new(2).unwrap(), 0)
                })
                .unwrap();
            seen.extend(page.items.iter().map(|shown| (shown.visit.at, shown.visit.id)));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 5);
        assert!(seen.windows(2).all(|pair| pair[0] > pair[1]));
    }
}

#[test]
fn visits_move_with_their_unit() {
    for w in World::each() {
        let worker = w.worker1();
        let (home, _) = w.home(C1, Some(HERE));
        let made = w.record(&worker, &call(home)).unwrap();
        let (from, to) = (w.path(C1), kernel::UnitPath::numbered(Some(&w.path(TOWN2)), 9).unwrap());
        let (ctx, unit, moved) = (worker, w.unit(C1), to.clone());
        w.write(move |tx, _| {
            use contracts::MoveListener;
            visits::service::Follow.unit_moved(tx, &ctx, unit, &from, &moved, &[], &[])
        })
        .unwrap();
        let there = w.see(&w.manager(TOWN2), made.id).unwrap();
        assert_eq!(there.path, to);
        assert_eq!(code(w.see(&w.manager(TOWN1), made.id)), "kernel.not_found");
    }
}

#[test]
fn what_decides_about_a_thing_is_told_to_who_sees_it() {
    for w in World::each() {
        let worker = w.worker1();
        let (home, _) = w.home(C1, Some(HERE));
        let visit = w.record(&worker, &call(home)).unwrap().id.uuid();
        let plan = w.plan(&worker, None, home, "2026-11-26").unwrap().id.uuid();
        let questions = vec![question("a", visits::model::QuestionKind::Text)];
        let form = w.form(&w.manager(TOWN1), TOWN1, questions).unwrap().form.id.uuid();
        let told = |who: &Context, object| {
            let who = w.now(who);
            w.write(move |tx, s| {
                use contracts::Located;
                use kernel::permission::Permit;
                let permission = visits::permission::StrikeVisits::PERMISSION;
                visits::service::located::Places(s.clone()).deciding_unit(tx, &who, object, permission)
            })
            .unwrap()
        };
        let places = [visit, plan, form].map(|object| told(&worker, object));
        assert_eq!(places, [Some(w.unit(C1)), Some(w.unit(C1)), Some(w.unit(TOWN1))]);
        let outsider = w.worker(C2, w.grids[1]);
        assert_eq!([visit, plan, form].map(|object| told(&outsider, object)), [None; 3]);
    }
}

#[test]
fn the_tables_go_up_down_and_up_again() {
    for w in World::each() {
        let (engine, all) = (&w.db.config.engine, [storage::migrate::own(), visits::plugin::migrations()]);
        storage::migrate::revert_all(engine, &all).unwrap();
        storage::migrate::run(engine, &all).unwrap();
        assert_eq!(storage::migrate::missing(engine, &all).unwrap(), Vec::<String>::new());
    }
}
