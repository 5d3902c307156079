//! Exports: written, gone on with by another, checked without us, removed.

use std::os::unix::fs::PermissionsExt;

use audit::lines::Checked;
use audit::model::{Export, ExportState, Format, KEPT_DAYS, MAX_WAITING, Wanted};
use audit::service::{export, write};
use audit::store::exports;
use audit::worker;
use kernel::error::NOT_FOUND;
use kernel::{Context, Outcome};

use crate::setting::Town;

fn request(t: &Town, ctx: &Context, format: Format, wanted: &Wanted) -> Outcome<Export> {
    let (ctx, tree, wanted) = (ctx.clone(), t.tree.clone(), wanted.clone());
    t.db.db.write_blocking(move |tx| export::request(tx, &ctx, &tree, format, &wanted))
}

fn stored(t: &Town, of: &Export) -> Export {
    let id = of.id;
    t.db.db.read_blocking(move |tx| exports::find(tx, id)).unwrap().unwrap()
}

fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn check(text: &str) -> Result<Checked, String> {
    let mut checked = Checked::default();
    text.lines().try_for_each(|line| checked.take(line)).map(|()| checked)
}

#[test]
fn an_export_is_what_was_sealed_and_proves_itself() {
    for t in Town::each() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..30 {
            t.did(t.wang, "test.one", t.li, &t.community);
            t.did(t.li, "test.two", t.wang, &t.other);
        }
        t.seal();
        let auditor = t.auditor(&t.root, true);
        let whole = request(&t, &auditor, Format::Jsonl, &Wanted::default()).unwrap();
        let part = request(
            &t,
            &auditor,
            Format::Jsonl,
            &Wanted { unit: Some(t.street.id.uuid()), subtree: true, ..Wanted::default() },
        )
        .unwrap();
        let table = request(
            &t,
            &auditor,
            Format::Csv,
            &Wanted { action: Some("test.two".into()), ..Wanted::default() },
        )
        .unwrap();
        block(async { while worker::once(&t.db.db, "one", folder.path()).await.unwrap() {} });
        let whole = stored(&t, &whole);
        assert_eq!(
            (whole.state, whole.rows_written),
            (ExportState::Done, 60),
            "{}",
            t.db.config.engine.name()
        );
        let path = worker::file_of(folder.path(), whole.id, Format::Jsonl);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(&path).unwrap();
        let sound = check(&text).unwrap();
        assert_eq!((sound.records, sound.gaps, sound.span), (60, 0, Some((1, 60))));
        // Whatever is changed, taken out or put in another place shows.
        let lines: Vec<&str> = text.lines().collect();
        assert!(check(&text.replacen("test.one", "test.ONE", 1)).is_err());
        assert!(check(&[&lines[1..2], &lines[0..1]].concat().join("\n")).is_err());
        assert_eq!(check(&[&lines[..5], &lines[6..]].concat().join("\n")).unwrap().gaps, 1);
        assert!(check("{}").is_err());
        let part = std::fs::read_to_string(worker::file_of(folder.path(), part.id, Format::Jsonl)).unwrap();
        assert_eq!(check(&part).map(|c| (c.records, c.gaps)), Ok((30, 29)));
        let table = std::fs::read_to_string(worker::file_of(folder.path(), table.id, Format::Csv)).unwrap();
        assert!(
            table.starts_with("seq,at,actor_id,on_behalf_of,action,") && table.lines().count() == 31,
            "{table}"
        );
        // Who exports what is on the trail, and so is who takes it away.
        let (ctx, id) = (auditor.clone(), whole.id);
        t.db.db.write_blocking(move |tx| export::fetch(tx, &ctx, id)).unwrap();
        let filter = storage::audit::Filter { object: Some(id.uuid()), ..Default::default() };
        let told = t
            .db
            .db
            .read_blocking(move |tx| storage::audit::list(tx, &filter, None, kernel::PageSize::DEFAULT, 0))
            .unwrap();
        let told: Vec<&str> = told.items.iter().map(|r| r.action.as_str()).collect();
        assert_eq!(told, ["audit.export.fetched", "audit.export.finished", "audit.export.requested"]);
    }
}

#[test]
fn another_goes_on_where_one_died() {
    for t in Town::each() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..(write::LINKS / 50 + 10) {
            for _ in 0..100 {
                t.did(t.wang, "test.one", t.li, &t.community);
            }
        }
        t.seal();
        let asked = request(&t, &t.auditor(&t.root, true), Format::Jsonl, &Wanted::default()).unwrap();
        let claim = |owner: &'static str, later: i64| {
            let now = t.db.db.clock().now().plus_seconds(later);
            t.db.db.write_blocking(move |tx| write::claim(tx, owner, now)).unwrap()
        };
        let one = claim("one", 0).unwrap();
        assert!(claim("two", 0).is_none(), "one works while another looks on");
        let one = block(worker::part(&t.db.db, folder.path(), one)).unwrap().unwrap();
        assert!(stored(&t, &asked).rows_written > 0);
        let two = claim("two", write::LEASE_SECONDS + 1).unwrap();
        let two = block(worker::part(&t.db.db, folder.path(), two)).unwrap().unwrap();
        // The first one wakes up: it is too late, and does no harm.
        assert_eq!(block(worker::part(&t.db.db, folder.path(), one)).unwrap(), None);
        // And what was written but never written down is cut off.
        let file = folder.path().join(format!("{}.{}.part", two.id, two.fence));
        let mut bytes = std::fs::read(&file).unwrap();
        bytes.extend(b"half a li");
        std::fs::write(&file, bytes).unwrap();
        let mut next = Some(two);
        while let Some(export) = next {
            next = block(worker::part(&t.db.db, folder.path(), export)).unwrap();
        }
        let done = stored(&t, &asked);
        let text = std::fs::read_to_string(worker::file_of(folder.path(), asked.id, Format::Jsonl)).unwrap();
        let sound = check(&text).unwrap();
        assert_eq!(
            (done.state, sound.records, sound.gaps),
            (ExportState::Done, done.upto_seq, 0),
            "{}",
            t.db.config.engine.name()
        );
    }
}

#[test]
fn an_export_is_its_askers_alone_within_their_part_and_their_time() {
    for t in Town::each() {
        let folder = tempfile::tempdir().unwrap();
        t.did(t.wang, "test.one", t.li, &t.community);
        t.seal();
        let part = t.auditor(&t.street, true);
        assert_eq!(
            request(&t, &part, Format::Csv, &Wanted::default()).unwrap_err().code().unwrap().code,
            "audit.unit_needed"
        );
        let elsewhere = Wanted { unit: Some(t.other.id.uuid()), ..Wanted::default() };
        assert_eq!(
            request(&t, &part, Format::Csv, &elsewhere).unwrap_err().code(),
            Some(&kernel::error::FORBIDDEN)
        );
        let here = Wanted { unit: Some(t.street.id.uuid()), subtree: true, ..Wanted::default() };
        let asked = request(&t, &part, Format::Csv, &here).unwrap();
        let fetch = |ctx: &Context| {
            let (ctx, id) = (ctx.clone(), asked.id);
            t.db.db.write_blocking(move |tx| export::fetch(tx, &ctx, id))
        };
        assert_eq!(fetch(&part).unwrap_err().code().unwrap().code, "audit.export_not_ready");
        block(async { while worker::once(&t.db.db, "one", folder.path()).await.unwrap() {} });
        assert!(fetch(&part).is_ok());
        assert_eq!(fetch(&t.auditor(&t.root, true)).unwrap_err().code(), Some(&NOT_FOUND));
        let late = Context { now: part.now.plus_days(KEPT_DAYS + 1), ..part.clone() };
        assert_eq!(fetch(&late).unwrap_err().code().unwrap().code, "audit.export_not_ready");
        // Its time is over.
        let mut old = stored(&t, &asked);
        old.kept_until = t.db.db.clock().now().plus_seconds(-1);
        t.db.db.write_blocking(move |tx| exports::save(tx, &old, old.created_at)).unwrap();
        block(async { while worker::once(&t.db.db, "one", folder.path()).await.unwrap() {} });
        assert_eq!(stored(&t, &asked).state, ExportState::Purged);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left on the disk");
        for _ in 0..MAX_WAITING {
            request(&t, &part, Format::Csv, &here).unwrap();
        }
        assert_eq!(
            request(&t, &part, Format::Csv, &here).unwrap_err().code().unwrap().code,
            "audit.too_many_exports"
        );
    }
}
