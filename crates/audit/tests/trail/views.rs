//! What is found by which question, and by whom.

use audit::model::Wanted;
use audit::service::look::{self, ENCRYPTED, Names, changes};
use kernel::error::{FORBIDDEN, INVALID, NOT_FOUND};
use kernel::{Context, ErrorCode, Id, Outcome, PageSize};
use storage::audit::{self as trail, GENESIS, Record};

use crate::setting::Town;

fn found(t: &Town, ctx: &Context, wanted: &Wanted) -> Outcome<Vec<Record>> {
    let (ctx, tree, wanted) = (ctx.clone(), t.tree.clone(), wanted.clone());
    t.db.db.read_blocking(move |tx| {
        let filter = look::allowed(tx, &ctx, &tree, &wanted)?.filter();
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = trail::list(tx, &filter, after, PageSize::new(2).unwrap(), 7)?;
            all.extend(page.items);
            match page.next {
                Some(next) => after = Some(Id::from_uuid(next.after)),
                None => return Ok(all),
            }
        }
    })
}

#[expect(clippy::needless_pass_by_value, reason = "reads as the question that is asked")]
fn actions(t: &Town, ctx: &Context, wanted: Wanted) -> Vec<String> {
    found(t, ctx, &wanted).unwrap().into_iter().map(|record| record.action).collect()
}

fn code(outcome: Outcome<Vec<Record>>) -> Option<&'static ErrorCode> {
    outcome.err().and_then(|fault| fault.code())
}

#[test]
fn each_question_finds_its_records_newest_first_page_by_page() {
    for t in Town::each() {
        t.did(t.wang, "test.one", t.li, &t.community);
        let between = t.db.db.clock().now();
        t.did(t.li, "test.two", t.wang, &t.other);
        t.did(t.wang, "test.three", t.wang, &t.street);
        t.did_for(t.wang, t.li, &t.community);
        t.seal();
        let all = t.auditor(&t.root, true);
        let none = Wanted::default();
        let cases: Vec<(&str, Wanted, Vec<&str>)> = vec![
            ("all", none.clone(), vec!["test.thing.signed", "test.three", "test.two", "test.one"]),
            (
                "actor",
                Wanted { actor: Some(t.wang.uuid()), ..none.clone() },
                vec!["test.thing.signed", "test.three", "test.one"],
            ),
            (
                "on_behalf_of",
                Wanted { on_behalf_of: Some(t.li.uuid()), ..none.clone() },
                vec!["test.thing.signed"],
            ),
            (
                "object",
                Wanted { object_id: Some(t.wang.uuid()), ..none.clone() },
                vec!["test.three", "test.two"],
            ),
            (
                "object_kind",
                Wanted { object_kind: Some("thing".into()), ..none.clone() },
                vec!["test.thing.signed"],
            ),
            ("action", Wanted { action: Some("test.two".into()), ..none.clone() }, vec!["test.two"]),
            ("unit", Wanted { unit: Some(t.street.id.uuid()), ..none.clone() }, vec!["test.three"]),
            (
                "subtree",
                Wanted { unit: Some(t.street.id.uuid()), subtree: true, ..none.clone() },
                vec!["test.thing.signed", "test.three", "test.one"],
            ),
            (
                "subtree and actor and action",
                Wanted {
                    unit: Some(t.street.id.uuid()),
                    subtree: true,
                    action: Some("test.one".into()),
                    actor: Some(t.wang.uuid()),
                    ..none.clone()
                },
                vec!["test.one"],
            ),
            (
                "from",
                Wanted { from_micros: Some(between.micros()), ..none.clone() },
                vec!["test.thing.signed", "test.three", "test.two"],
            ),
            ("to", Wanted { to_micros: Some(between.micros()), ..none.clone() }, vec!["test.one"]),
        ];
        for (name, wanted, expected) in cases {
            assert_eq!(actions(&t, &all, wanted), expected, "{} by {name}", t.db.config.engine.name());
        }
    }
}

#[test]
fn an_auditor_of_a_part_sees_that_part() {
    for t in Town::each() {
        t.did(t.wang, "test.here", t.li, &t.community);
        t.did(t.wang, "test.there", t.li, &t.other);
        t.seal();
        let part = t.auditor(&t.street, true);
        let flat = t.auditor(&t.street, false);
        let of = |unit: &contracts::UnitRef, subtree| Wanted {
            unit: Some(unit.id.uuid()),
            subtree,
            ..Wanted::default()
        };
        assert_eq!(code(found(&t, &part, &Wanted::default())).unwrap().code, "audit.unit_needed");
        assert_eq!(actions(&t, &part, of(&t.street, true)), ["test.here"]);
        assert_eq!(actions(&t, &part, of(&t.community, false)), ["test.here"]);
        for wrong in [of(&t.root, true), of(&t.root, false), of(&t.other, false), of(&t.other, true)] {
            assert_eq!(code(found(&t, &part, &wrong)), Some(&FORBIDDEN));
        }
        assert_eq!(
            code(found(&t, &flat, &of(&t.street, true))),
            Some(&FORBIDDEN),
            "its own unit is not its subtree"
        );
        assert_eq!(actions(&t, &flat, of(&t.street, false)), Vec::<String>::new());
        let nowhere = Wanted { subtree: true, ..Wanted::default() };
        assert_eq!(code(found(&t, &t.auditor(&t.root, true), &nowhere)), Some(&INVALID));
        let everything = found(&t, &t.auditor(&t.root, true), &Wanted::default()).unwrap();
        let read = |ctx: &Context, id| {
            let (ctx, tree) = (ctx.clone(), t.tree.clone());
            t.db.db.read_blocking(move |tx| look::find(tx, &ctx, &tree, id))
        };
        let (there, here) = (everything[0].id, everything[1].id);
        assert_eq!(read(&part, here).unwrap().action, "test.here");
        assert_eq!(read(&part, there).unwrap_err().code(), Some(&NOT_FOUND));
    }
}

#[test]
fn a_record_stays_where_its_unit_stood() {
    for t in Town::each() {
        t.did(t.wang, "test.before", t.li, &t.community);
        t.seal();
        let moved = kernel::UnitPath::numbered(Some(&t.other.path), 1).unwrap();
        t.units.0.lock().get_mut(&t.community.id).unwrap().path = moved;
        t.did(t.wang, "test.after", t.li, &t.community);
        t.seal();
        let all = t.auditor(&t.root, true);
        let under = |unit: &contracts::UnitRef| Wanted {
            unit: Some(unit.id.uuid()),
            subtree: true,
            ..Wanted::default()
        };
        assert_eq!(actions(&t, &all, under(&t.street)), ["test.before"]);
        assert_eq!(actions(&t, &all, under(&t.other)), ["test.after"]);
    }
}

#[test]
fn before_and_after_are_shown_and_personal_data_is_not() {
    for t in Town::each() {
        t.did(t.wang, "test.one", t.li, &t.community);
        let ctx = t.auditor(&t.root, true);
        let records = found(&t, &ctx, &Wanted::default()).unwrap();
        let shown = changes(&records[0]);
        let of = |field: &str| shown.iter().find(|c| c.field == field).cloned().unwrap();
        assert_eq!((of("unit").before.as_deref(), of("unit").after.as_deref()), (Some("a"), Some("b")));
        assert_eq!(
            (of("phone").before.as_deref(), of("phone").after.as_deref()),
            (Some(ENCRYPTED), Some(ENCRYPTED))
        );
        assert_eq!(of("note").after.as_deref(), Some("打 138****5678"));
        let (tree, users, asked) = (t.tree.clone(), t.users.clone(), records.clone());
        let names = t.db.db.read_blocking(move |tx| Names::of(tx, &tree, &users, &asked)).unwrap();
        assert_eq!(names.object(&records[0]), Some(format!("name of {}", t.li)));
        assert_eq!(names.unit(records[0].unit_id).as_deref(), Some("community"));
    }
}

#[test]
fn records_of_the_first_version_keep_verifying_beside_those_of_the_second() {
    for t in Town::each() {
        t.did(t.wang, "test.old", t.li, &t.community);
        // As the release before wrote it.
        run(&t, "update storage_audit_records set schema = 1");
        t.seal();
        t.did_for(t.wang, t.li, &t.community);
        t.seal();
        let verify =
            |t: &Town| t.db.db.read_blocking(|tx| trail::verify(tx, (0, GENESIS.to_owned()), 100)).unwrap();
        let sound = verify(&t);
        assert_eq!((sound.checked, sound.complete, sound.broken), (2, true, None));
        let records = found(&t, &t.auditor(&t.root, true), &Wanted::default()).unwrap();
        let old = &records[1];
        let header = format!("commonweal-audit\n1\n1\n{GENESIS}\n{}", old.body);
        use sha2::Digest;
        let hash: String = sha2::Sha256::digest(header).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(old.hash.as_deref(), Some(hash.as_str()), "the hash of version 1 is what it was");
        // Version, place and on whose behalf are all held by the hash.
        for (sql, at) in [
            ("update storage_audit_records set schema = 2 where seq = 1", 1),
            ("update storage_audit_records set schema = 1 where seq = 2", 2),
            ("update storage_audit_records set unit_path = '0' where seq = 2", 2),
            ("update storage_audit_records set on_behalf_of = null where seq = 2", 2),
        ] {
            let t = Town::each()
                .into_iter()
                .find(|other| other.db.config.engine.name() == t.db.config.engine.name())
                .unwrap();
            t.did(t.wang, "test.old", t.li, &t.community);
            run(&t, "update storage_audit_records set schema = 1");
            t.seal();
            t.did_for(t.wang, t.li, &t.community);
            t.seal();
            run(&t, &sql.replace("'0'", "'000000'"));
            assert_eq!(verify(&t).broken.map(|b| b.seq), Some(at), "{sql}");
        }
    }
}

fn run(t: &Town, sql: &str) {
    use diesel::prelude::*;
    let sql = sql.to_owned();
    t.db.db
        .write_blocking(move |tx| {
            storage::with_conn!(tx, |c| diesel::sql_query(sql.clone()).execute(c))?;
            Ok(())
        })
        .unwrap();
}
