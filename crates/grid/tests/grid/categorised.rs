//! Incidents that have a category: what a report must bring, how one gets another, who gets it, and the lists.

use std::collections::BTreeMap;

use grid::model::{Category, Priority, Requirement, Says, State};
use grid::service::act::Deed;
use grid::service::list::{self, Query};
use grid::service::report::NewIncident;
use grid::service::see;
use kernel::id::Incident;
use kernel::{Context, Id, PageSize};

use crate::categories::*;
use crate::world::*;

fn lamp(w: &World, unit: usize, category: &Category) -> NewIncident {
    NewIncident {
        title: "路灯不亮".into(),
        unit: Some(w.unit(unit)),
        category: Some(category.id),
        ..NewIncident::default()
    }
}

#[test]
fn a_report_of_a_category_brings_what_its_rules_ask() {
    for w in World::each() {
        let (boss, resident) = (manager(&w, DISTRICT), w.resident());
        let it = make(&w, &boss, local(&w, "路灯", DISTRICT, None)).unwrap();
        let east = make(&w, &boss, local(&w, "集市", TOWN1, None)).unwrap();
        let plain = w.report(&resident, lamp(&w, C1A, &it)).unwrap();
        assert_eq!((plain.incident.category, plain.incident.priority), (Some(it.id), None));
        assert_eq!(plain.category_name.as_deref(), Some("路灯"));
        let says = Says { requires: Some(Requirement::ALL.to_vec()), ..priority(Priority::Urgent) };
        put(&w, &boss, &it, TOWN1, 0, says).unwrap();
        let fields = ["/lat", "/lng", "/address", "/description"].map(str::to_owned).to_vec();
        assert_eq!(told(w.report(&resident, lamp(&w, C1A, &it))), ("grid.category_requires", fields));
        let half =
            NewIncident { address: Some("新城路".into()), description: " ".into(), ..lamp(&w, C1A, &it) };
        let fields = ["/lat", "/lng", "/description"].map(str::to_owned).to_vec();
        assert_eq!(told(w.report(&resident, half)), ("grid.category_requires", fields));
        let whole = NewIncident {
            address: Some("新城路".into()),
            description: "三号楼前".into(),
            lat: Some(23.0),
            lng: Some(113.0),
            ..lamp(&w, C1A, &it)
        };
        assert_eq!(w.report(&resident, whole).unwrap().incident.priority, Some(Priority::Urgent));
        w.report(&resident, lamp(&w, C2A, &it)).unwrap();
        let at = |code: &'static str| (code, vec!["/category_id".to_owned()]);
        assert_eq!(told(w.report(&resident, lamp(&w, C2A, &east))), at("grid.category_not_here"));
        let unknown = NewIncident { category: Some(testkit::fresh()), ..lamp(&w, C2A, &it) };
        assert_eq!(told(w.report(&resident, unknown)), at("kernel.invalid"));
        retire(&w, &boss, &it).unwrap();
        assert_eq!(told(w.report(&resident, lamp(&w, C2A, &it))), at("grid.category_retired"));
    }
}

#[test]
fn an_open_incident_is_given_a_category_and_its_history_says_so() {
    for w in World::each() {
        let (boss, resident, worker) = (manager(&w, DISTRICT), w.resident(), w.worker());
        let it = make(&w, &boss, local(&w, "路灯", DISTRICT, None)).unwrap();
        let other = make(&w, &boss, local(&w, "井盖", TOWN1, None)).unwrap();
        let west = make(&w, &boss, local(&w, "西", TOWN2, None)).unwrap();
        put(&w, &boss, &other, TOWN1, 0, priority(Priority::High)).unwrap();
        let bare = w.reported_in(&resident, C1A);
        assert!(!bare.may_categorise);
        assert_eq!(code(give(&w, &resident, &bare, &it)), "kernel.forbidden");
        assert_eq!(code(give(&w, &boss, &bare, &it)), "kernel.not_found");
        assert_eq!(
            told(give(&w, &worker, &bare, &west)),
            ("grid.category_not_here", vec!["/category_id".into()])
        );
        let first = give(&w, &worker, &bare, &it).unwrap();
        assert!(first.may_categorise);
        assert_eq!(code(give(&w, &worker, &bare, &other)), "kernel.stale");
        let second = give(&w, &worker, &first, &other).unwrap();
        let i = &second.incident;
        assert_eq!((i.category, i.priority, i.version), (Some(other.id), Some(Priority::High), 3));
        assert_eq!((i.state, i.state_since), (State::Reported, bare.incident.state_since));
        let (id, reader) = (i.id, w.now(&worker));
        let steps = w
            .read(move |tx, s| see::history(tx, &reader, s, id, 0, PageSize::new(50).unwrap(), 1))
            .unwrap()
            .items;
        let told: Vec<_> = steps
            .iter()
            .map(|s| (s.step.action.as_str(), s.from_category_name.as_deref(), s.to_category_name.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                ("report", None, None),
                ("categorise", None, Some("路灯")),
                ("categorise", Some("路灯"), Some("井盖"))
            ]
        );
        assert!(steps.iter().skip(1).all(|s| s.step.from == Some(State::Reported)));
        let retired = retire(&w, &boss, &it).unwrap();
        assert_eq!(code(give(&w, &worker, &second, &retired)), "grid.category_retired");
        let over = w.act(&worker, id, 3, Deed::Reject { reason: "重复".into() }).unwrap();
        assert!(!over.may_categorise);
        assert_eq!(code(give(&w, &worker, &over, &other)), "grid.incident_over");
        retire(&w, &boss, &other).unwrap();
        let reader = w.now(&worker);
        let kept = w.read(move |tx, s| see::find(tx, &reader, s, id)).unwrap();
        assert_eq!(kept.category_name.as_deref(), Some("井盖"), "it keeps what it has");
    }
}

#[test]
fn where_nobody_is_named_the_department_of_the_category_gets_it() {
    for w in World::each() {
        let (boss, resident, worker) = (manager(&w, DISTRICT), w.resident(), w.worker());
        let it = make(&w, &boss, local(&w, "路灯", DISTRICT, None)).unwrap();
        let accepted = || {
            let i = w.report(&resident, lamp(&w, C1A, &it)).unwrap().incident;
            w.act(&worker, i.id, 1, Deed::Accept { note: None }).unwrap().incident
        };
        let to =
            |unit: Option<usize>| Deed::Dispatch { unit: unit.map(|n| w.unit(n)), person: None, note: None };
        let i = accepted();
        assert_eq!(code(w.act(&worker, i.id, 2, to(None))), "grid.assignee_required");
        let says = Says { department: Some(w.unit(DEPARTMENT)), ..Says::default() };
        put(&w, &boss, &it, TOWN1, 0, says).unwrap();
        let given = w.act(&worker, i.id, 2, to(None)).unwrap();
        assert_eq!(given.incident.assignee_unit, Some(w.unit(DEPARTMENT)));
        assert_eq!(given.assignee_unit_name.as_deref(), Some("城管局"));
        let named = w.act(&worker, accepted().id, 2, to(Some(C1A))).unwrap();
        assert_eq!(named.incident.assignee_unit, Some(w.unit(C1A)), "who is named goes before");
        w.tree.0.lock().get_mut(&w.unit(DEPARTMENT)).unwrap().closed = true;
        assert_eq!(code(w.act(&worker, accepted().id, 2, to(None))), "grid.unit_closed");
    }
}

#[test]
fn a_list_by_category_has_its_subtree_page_by_page() {
    for w in World::each() {
        let (boss, resident, worker) = (manager(&w, DISTRICT), w.resident(), w.worker());
        let top = make(&w, &boss, local(&w, "上", DISTRICT, None)).unwrap();
        let low = make(&w, &boss, local(&w, "下", DISTRICT, Some(&top))).unwrap();
        let side = make(&w, &boss, local(&w, "旁", DISTRICT, None)).unwrap();
        let mut made: BTreeMap<usize, Vec<Id<Incident>>> = BTreeMap::new();
        for n in 0..24 {
            let category = [Some(&top), Some(&low), Some(&side), None][n % 4];
            let unit = if n % 3 == 0 { C2A } else { C1A };
            let new = NewIncident { category: category.map(|c| c.id), ..lamp(&w, unit, &top) };
            let id = w.report(&resident, new).unwrap().incident.id;
            if unit == C1A {
                made.entry(n % 4).or_default().push(id);
            }
        }
        let listed = |who: &Context, category: &Category, unit: Option<usize>| {
            let base =
                Query { category: Some(category.id), unit: unit.map(|n| w.unit(n)), ..Query::default() };
            let (mut query, mut all) = (base, Vec::new());
            loop {
                let (who, q) = (w.now(who), query);
                let page =
                    w.read(move |tx, s| list::list(tx, &who, s, &q, PageSize::new(3).unwrap(), 7)).unwrap();
                all.extend(page.items.iter().map(|i| i.incident.id));
                match page.next {
                    Some(cursor) => query.after = Some(Id::from_uuid(cursor.after)),
                    None => return all,
                }
            }
        };
        let newest = |of: &[usize]| {
            let mut all: Vec<_> = of.iter().flat_map(|n| made[n].clone()).collect();
            all.sort_unstable_by(|a, b| b.cmp(a));
            all
        };
        assert_eq!(listed(&worker, &top, None), newest(&[0, 1]));
        assert_eq!(listed(&worker, &low, Some(C1A)), newest(&[1]));
        assert_eq!(listed(&worker, &side, None), newest(&[2]));
        assert!(listed(&worker, &top, Some(TOWN2)).is_empty());
        hang(&w, &boss, &side, Some(&low)).unwrap();
        assert_eq!(listed(&worker, &top, None), newest(&[0, 1, 2]), "what was moved below it is in it");
        let bystander = w.person("旁人", C2B, &["grid.incident.read"]);
        assert!(listed(&bystander, &top, None).is_empty());
    }
}

#[test]
fn other_domains_are_told_which_categories_there_are_and_what_stands_above_each() {
    use contracts::CategoryTree;
    use grid::service::category_tree::Categories;
    for w in World::each() {
        let boss = manager(&w, DISTRICT);
        let top = make(&w, &boss, local(&w, "市容", DISTRICT, None)).unwrap();
        let leaf = make(&w, &boss, local(&w, "集市", TOWN1, Some(&top))).unwrap();
        let gone = make(&w, &boss, local(&w, "旧", DISTRICT, None)).unwrap();
        retire(&w, &boss, &gone).unwrap();
        let (top, leaf, gone) = (top.id, leaf.id, gone.id);
        let asked = [leaf, gone, testkit::fresh(), leaf];
        let mut found = w.read(move |tx, _| Categories.categories(tx, &asked)).unwrap();
        found.sort_by_key(|c| c.id);
        let told: Vec<_> = found.iter().map(|c| (c.id, c.name.as_str(), c.unit, c.retired)).collect();
        assert_eq!(told, vec![(leaf, "集市", w.unit(TOWN1), false), (gone, "旧", w.unit(DISTRICT), true)]);
        let above = |id| w.read(move |tx, _| Categories.above(tx, id)).unwrap();
        assert_eq!((above(leaf), above(top)), (vec![leaf, top], vec![top]));
        assert_eq!(above(testkit::fresh()), vec![]);
        assert!(w.read(|tx, _| Categories.categories(tx, &[])).unwrap().is_empty());
    }
}
