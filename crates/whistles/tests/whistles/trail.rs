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
    let all = [migrate::own(), whistles::plugin::migrations()];
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
        let (secretary, whistle, calls) = w.blow(&[URBAN, MARKET, FIRE]);
        let urban = w.handler(URBAN);
        let call = w.report_in(&urban, &calls[0]).unwrap();
        let call = w.result(&urban, &call, "好了").unwrap();
        assert_eq!(code(w.grade(&urban, &call, 5)), "kernel.forbidden");
        w.grade(&secretary, &call, 5).unwrap();
        let call = w.decline(&w.handler(MARKET), &calls[1], "不去").unwrap();
        let call = w.decide(&secretary, &call, false, "要去").unwrap();
        let call = w.decline(&w.handler(MARKET), &call, "不去").unwrap();
        w.decide(&secretary, &call, true, "").unwrap();
        w.withdraw_all(&secretary, &whistle, "结束").unwrap();
        let wanted = [
            "whistles.whistle.blow",
            "whistles.call.report_in",
            "whistles.call.result",
            "whistles.call.grade",
            "whistles.call.decline",
            "whistles.call.refuse_decline",
            "whistles.call.decline",
            "whistles.call.accept_decline",
            "whistles.call.withdraw",
            "whistles.whistle.withdraw",
        ];
        assert_eq!(actions(&w), wanted);
    }
}
