//! What every deed leaves behind, and tables that go as they came.

use storage::audit::{self, Filter};
use storage::migrate;
use testkit::TestDb;

use crate::world::*;

fn actions(w: &World) -> Vec<String> {
    let page = w.db.db.read_blocking(|tx| {
        audit::list(tx, &Filter::default(), None, kernel::PageSize::new(200).unwrap(), 0)
    });
    let mut all: Vec<String> = page.unwrap().items.into_iter().map(|record| record.action).collect();
    all.reverse();
    all
}

#[test]
fn the_tables_go_down_and_up_again() {
    let all = [migrate::own(), duties::plugin::migrations()];
    for test in TestDb::each(&all) {
        test.db.close();
        let engine = &test.config.engine;
        let first = migrate::missing(engine, &all).unwrap();
        migrate::revert_all(engine, &all).unwrap();
        assert!(!migrate::missing(engine, &all).unwrap().is_empty());
        migrate::run(engine, &all).unwrap();
        assert_eq!((first.len(), migrate::missing(engine, &all).unwrap().len()), (0, 0));
    }
}

#[test]
fn every_deed_is_on_record_and_none_that_was_refused() {
    for w in World::each() {
        let c = w.category(DISTRICT, None);
        let (one, other) = (w.admin(DISTRICT), w.admin(DISTRICT));
        let list = w.create(&one, DISTRICT, "community").unwrap();
        let coming = w.in_force(&list, &[c], Some(w.pass(0).plus_days(5)));
        w.recall(&other, &coming).unwrap();
        let asked = w.ask(&one, C1, c, 3).unwrap();
        assert_eq!(code(w.decide(&one, &asked, true, "")), "duties.own_request");
        let admitted = w.decide(&other, &asked, true, "").unwrap();
        w.withdraw(&one, &admitted, "结束").unwrap();
        let wanted = [
            "duties.list.create",
            "duties.version.draft",
            "duties.version.put_items",
            "duties.version.enforce",
            "duties.version.recall",
            "duties.admission.ask",
            "duties.admission.decide",
            "duties.admission.withdraw",
        ];
        assert_eq!(actions(&w), wanted);
    }
}

#[test]
fn what_decides_about_a_thing_is_where_it_lies() {
    use contracts::Located;
    use duties::service::located::Places;
    use kernel::permission::Permit;
    for w in World::each() {
        let c = w.category(DISTRICT, None);
        let list = w.create(&w.admin(DISTRICT), TOWN1, "community").unwrap();
        let version = w.in_force(&list, &[c], None);
        let asked = w.ask(&w.admin(TOWN1), C1, c, 3).unwrap();
        let lies = |object: uuid::Uuid| {
            let (who, permission) = (w.now(&w.admin(C2)), duties::permission::ManageLists::PERMISSION);
            w.write(move |tx, _| Places.deciding_unit(tx, &who, object, permission)).unwrap()
        };
        assert_eq!(lies(list.id.uuid()), Some(w.unit(TOWN1)));
        assert_eq!(lies(version.id.uuid()), Some(w.unit(TOWN1)));
        assert_eq!(lies(asked.id.uuid()), Some(w.unit(C1)));
        assert_eq!(lies(c.uuid()), None);
    }
}
