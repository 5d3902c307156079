//! The load of divisions, on both engines: whole or not at all, again and again.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use kernel::{Fault, PageSize};
use storage::Db;
use territory::service::look_up::{self, Filter, Placed};
use territory::service::{create, history, relocate};
use territory::{Divisions, ImportReport, NoProgress, Progress, import_bundled, import_divisions, load};
use testkit::TestDb;

use crate::fakes::{databases, manager, ports, somebody};

fn find(db: &Db, filter: Filter) -> Vec<Placed> {
    let ctx = somebody(db);
    db.read_blocking(move |tx| look_up::list(tx, &ctx, &filter, None, PageSize::new(200).unwrap(), 0))
        .unwrap()
        .items
}

fn by_code(db: &Db, code: &str) -> Option<Placed> {
    find(db, Filter { code: Some(code.to_owned()), ..Filter::default() }).into_iter().next()
}

/// The bundled slice, written out as a folder, for tests that spoil it.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/divisions");
    for file in ["provinces", "cities", "areas", "streets", "villages"] {
        std::fs::copy(from.join(format!("{file}.csv")), dir.path().join(format!("{file}.csv"))).unwrap();
    }
    dir
}

fn replace(dir: &Path, file: &str, from: &str, to: &str) {
    let path = dir.join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn the_five_places_come_with_the_program() {
    for t in databases() {
        let report = import_bundled(&t.db, &somebody(&t.db), &NoProgress).unwrap();
        assert_eq!(report, ImportReport { inserted: 5 + 5 + 13 + 155 + 2_281, ..ImportReport::default() });
        let hengli = by_code(&t.db, "441900106").unwrap();
        assert_eq!(hengli.unit.name, "横沥镇");
        let above: Vec<&str> = hengli.above.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(above, ["中国", "广东省", "东莞市", "东莞市"]);
        let villages = find(&t.db, Filter { parent_id: Some(hengli.unit.id), ..Filter::default() });
        assert_eq!(villages.len(), 18);
        assert!(villages.windows(2).all(|w| w[0].unit.code < w[1].unit.code), "in the order of codes");
        assert!(villages.windows(2).all(|w| w[0].unit.path < w[1].unit.path));
        assert!(
            villages.iter().all(|v| hengli.unit.path.contains(&v.unit.path) && v.unit.kind == "community")
        );
        let roots = find(&t.db, Filter::default());
        assert_eq!((roots.len(), roots[0].unit.name.as_str()), (1, "中国"));
        let named = find(&t.db, Filter { name_prefix: Some("横沥".into()), ..Filter::default() });
        assert!(
            named.iter().any(|u| u.unit.id == hengli.unit.id)
                && named.iter().all(|u| u.unit.name.starts_with("横沥"))
        );
    }
}

#[test]
fn a_small_folder_is_loaded_once_and_again_and_a_broken_row_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let write = |file: &str, text: &str| std::fs::write(dir.path().join(file), text).unwrap();
    write("provinces.csv", "code,name\n77,海中省\n");
    write("cities.csv", "code,name,provinceCode\n7701,一市,77\n");
    write("areas.csv", "code,name,cityCode,provinceCode\n770101,东区,7701,77\n770102,西区,7701,77\n");
    write("streets.csv", "code,name,areaCode,provinceCode,cityCode\n770101001,甲镇,770101,77,7701\n");
    let villages = "code,name,streetCode,provinceCode,cityCode,areaCode\n";
    let rows = "770101001001,一村,770101001,77,7701,770101\n770101001002,二村,770101001,77,7701,770101\n";
    for t in databases() {
        // The town of the last row is not there.
        write("villages.csv", &format!("{villages}{rows}770101009003,三村,770101009,77,7701,770101\n"));
        let fault = import_divisions(&t.db, &somebody(&t.db), dir.path(), &NoProgress).unwrap_err();
        let Fault::Refused(refusal) = &fault else { panic!("{fault}") };
        assert_eq!(
            (refusal.code.code, &refusal.extra.as_ref().unwrap()["line"]),
            ("territory.import_broken_file", &4.into())
        );
        assert!(by_code(&t.db, "77").is_none(), "nothing is half there");
        write("villages.csv", &format!("{villages}{rows}"));
        let first = import_divisions(&t.db, &somebody(&t.db), dir.path(), &NoProgress).unwrap();
        assert_eq!(first, ImportReport { inserted: 7, ..ImportReport::default() });
        let seen = || -> Vec<Placed> {
            ["77", "7701", "770101", "770102", "770101001", "770101001001", "770101001002"]
                .into_iter()
                .map(|code| by_code(&t.db, code).unwrap())
                .collect()
        };
        let before = seen();
        let again = import_divisions(&t.db, &somebody(&t.db), dir.path(), &NoProgress).unwrap();
        assert_eq!(again, ImportReport { matched: 7, ..ImportReport::default() });
        assert_eq!(seen(), before, "{}", t.db.engine().name());
    }
}

#[test]
fn a_second_load_changes_nothing() {
    for t in databases() {
        import_bundled(&t.db, &somebody(&t.db), &NoProgress).unwrap();
        let before = by_code(&t.db, "350205003").unwrap();
        let again = import_bundled(&t.db, &somebody(&t.db), &NoProgress).unwrap();
        assert_eq!(again, ImportReport { matched: 2_459, ..ImportReport::default() });
        assert_eq!(by_code(&t.db, "350205003").unwrap(), before);
    }
}

#[test]
fn other_names_come_with_their_history_new_rows_are_added_and_missing_ones_stay() {
    for t in databases() {
        let ctx = somebody(&t.db);
        import_bundled(&t.db, &ctx, &NoProgress).unwrap();
        let hengli = by_code(&t.db, "441900106").unwrap();
        let at = t.db.clock().now();
        let dir = folder();
        replace(dir.path(), "streets.csv", "横沥镇", "横沥街道");
        let villages = std::fs::read_to_string(dir.path().join("villages.csv")).unwrap();
        let gone = "441900106002";
        let mut kept: Vec<&str> = villages.lines().filter(|l| !l.starts_with(gone)).collect();
        kept.push("441900106999,新社区居委会,441900106,44,4419,441900");
        std::fs::write(dir.path().join("villages.csv"), kept.join("\n")).unwrap();
        let report = import_divisions(&t.db, &somebody(&t.db), dir.path(), &NoProgress).unwrap();
        assert_eq!((report.inserted, report.matched, report.renamed, report.elsewhere), (1, 2_458, 1, 0));
        assert_eq!((report.missing, report.missing_codes), (1, vec![gone.to_owned()]));
        let now = by_code(&t.db, "441900106").unwrap().unit;
        assert_eq!((now.name.as_str(), now.version, now.id), ("横沥街道", 2, hengli.unit.id));
        let id = now.id;
        let (then, above) = t.db.read_blocking(move |tx| history::as_of(tx, &ctx, id, at)).unwrap();
        assert_eq!((then.name.as_str(), above.len()), ("横沥镇", 4));
        let new = by_code(&t.db, "441900106999").unwrap();
        assert_eq!(new.unit.parent_id, Some(id));
        assert!(by_code(&t.db, gone).is_some());
    }
}

#[test]
fn what_was_moved_here_stays_where_it_is() {
    for t in databases() {
        import_bundled(&t.db, &somebody(&t.db), &NoProgress).unwrap();
        let (town, district) =
            (by_code(&t.db, "441900106").unwrap().unit, by_code(&t.db, "350205").unwrap().unit);
        let root = find(&t.db, Filter::default()).remove(0).unit;
        let ctx = manager(&t.db, &root);
        t.db.write_blocking(move |tx| relocate::relocate(tx, &ctx, &ports(), town.id, 1, district.id))
            .unwrap();
        let report = import_bundled(&t.db, &somebody(&t.db), &NoProgress).unwrap();
        assert_eq!((report.matched, report.elsewhere, report.inserted), (2_459, 1, 0));
        assert_eq!(by_code(&t.db, "441900106").unwrap().unit.parent_id, Some(district.id));
    }
}

/// Each spoilt file: what is spoilt, the file, and the line that the refusal must name.
#[test]
fn a_broken_file_is_refused_with_its_line_and_nothing_is_loaded() {
    type Spoil = fn(&Path);
    let cases: [(&str, u64, Spoil); 12] = [
        ("villages.csv", 2, |d| replace(d, "villages.csv", "130404001008", "13040400100")),
        ("villages.csv", 2, |d| replace(d, "villages.csv", "130404001008", "13040400100x")),
        ("areas.csv", 3, |d| replace(d, "areas.csv", "320205", "130404")),
        ("areas.csv", 5, |d| replace(d, "areas.csv", ",4210,", ",9999,")),
        ("areas.csv", 4, |d| replace(d, "areas.csv", "海沧区", " ")),
        ("cities.csv", 3, |d| replace(d, "cities.csv", "无锡市,32", "无锡市")),
        ("cities.csv", 1, |d| replace(d, "cities.csv", "provinceCode", "province")),
        ("cities.csv", 2, |d| replace(d, "cities.csv", "邯郸市", &"长".repeat(101))),
        ("provinces.csv", 1, |d| std::fs::write(d.join("provinces.csv"), "").unwrap()),
        ("streets.csv", 2, |d| {
            let mut bytes = std::fs::read(d.join("streets.csv")).unwrap();
            let line = bytes.iter().position(|b| *b == b'\n').unwrap();
            bytes[line + 12] = 0xff;
            std::fs::write(d.join("streets.csv"), bytes).unwrap();
        }),
        ("villages.csv.gz", 1, |d| {
            std::fs::remove_file(d.join("villages.csv")).unwrap();
            std::fs::write(d.join("villages.csv.gz"), b"no gzip at all").unwrap();
        }),
        ("streets.csv", 0, |d| std::fs::remove_file(d.join("streets.csv")).unwrap()),
    ];
    for t in databases() {
        for (file, line, spoil) in cases {
            let dir = folder();
            spoil(dir.path());
            let fault = import_divisions(&t.db, &somebody(&t.db), dir.path(), &NoProgress).unwrap_err();
            let Fault::Refused(refusal) = &fault else { panic!("{file}: {fault}") };
            assert_eq!(refusal.code.code, "territory.import_broken_file", "{fault}");
            let extra = refusal.extra.as_ref().unwrap();
            assert_eq!(extra["file"], file, "{fault}");
            assert_eq!(extra.get("line").and_then(serde_json::Value::as_u64).unwrap_or(0), line, "{fault}");
            assert_eq!(find(&t.db, Filter::default()).len(), 0, "{fault}");
        }
    }
}

#[test]
fn a_cut_off_gzip_file_is_refused_and_a_whole_one_is_read() {
    let dir = folder();
    let text = std::fs::read(dir.path().join("villages.csv")).unwrap();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&text).unwrap();
    let packed = packer.finish().unwrap();
    std::fs::remove_file(dir.path().join("villages.csv")).unwrap();
    let path = dir.path().join("villages.csv.gz");
    std::fs::write(&path, &packed[..packed.len() / 2]).unwrap();
    let fault = Divisions::read(dir.path(), &NoProgress).unwrap_err();
    assert_eq!(fault.code().unwrap().code, "territory.import_broken_file", "{fault}");
    std::fs::write(&path, &packed).unwrap();
    assert_eq!(Divisions::read(dir.path(), &NoProgress).unwrap().len(), 2_459);
}

/// Breaks a load off by closing the database under it.
struct Breaker {
    db: Db,
    after: u64,
    seen: AtomicU64,
}

impl Progress for Breaker {
    fn begin(&self, _: &'static str, _: Option<u64>) {}
    fn advance(&self, by: u64) {
        if self.seen.fetch_add(by, Ordering::SeqCst) + by >= self.after {
            self.db.close();
        }
    }
}

/// Loads until some rows are written and breaks off there.
fn broken_off(t: &TestDb, divisions: Divisions) {
    let db = t.again();
    let breaker = Breaker { db: db.clone(), after: 1_100, seen: AtomicU64::new(0) };
    assert!(load(&db, &somebody(&db), divisions, &breaker).is_err());
}

#[test]
fn a_load_that_was_broken_off_shows_nothing_and_goes_on_where_it_stopped() {
    for t in databases() {
        broken_off(&t, Divisions::bundled().unwrap());
        assert!(by_code(&t.db, "44").is_none() && by_code(&t.db, "441900106").is_none());
        let root = find(&t.db, Filter::default()).remove(0).unit;
        assert!(find(&t.db, Filter { parent_id: Some(root.id), ..Filter::default() }).is_empty());
        assert!(find(&t.db, Filter { name_prefix: Some("广东".into()), ..Filter::default() }).is_empty());
        let report = import_bundled(&t.db, &somebody(&t.db), &NoProgress).unwrap();
        assert_eq!(report, ImportReport { inserted: 2_459, ..ImportReport::default() });
        let again = import_bundled(&t.db, &somebody(&t.db), &NoProgress).unwrap();
        assert_eq!((again.inserted, again.matched), (0, 2_459));
    }
}

#[test]
fn what_a_broken_off_load_of_other_files_left_is_cleared_away() {
    for t in databases() {
        let dir = folder();
        replace(dir.path(), "provinces.csv", "42,湖北省", "42,湖北省\n99,不存在省");
        broken_off(&t, Divisions::read(dir.path(), &NoProgress).unwrap());
        let report = import_bundled(&t.db, &somebody(&t.db), &NoProgress).unwrap();
        assert_eq!(report, ImportReport { inserted: 2_459, ..ImportReport::default() });
        assert!(by_code(&t.db, "99").is_none());
    }
}

#[test]
fn divisions_that_do_not_go_with_the_tree_are_refused_and_leave_nothing() {
    for t in databases() {
        let ctx = somebody(&t.db);
        let root = t.db.write_blocking(move |tx| create::ensure_root(tx, &ctx)).unwrap();
        // A household that was given the code of a town.
        let ctx = manager(&t.db, &root);
        let new = create::NewUnit {
            parent_id: Some(root.id),
            name: "张家".into(),
            kind: "household".into(),
            code: Some("441900106".into()),
        };
        t.db.write_blocking(move |tx| create::create(tx, &ctx, &new)).unwrap();
        let fault = import_bundled(&t.db, &somebody(&t.db), &NoProgress).unwrap_err();
        assert_eq!(fault.code().unwrap().code, "territory.import_conflict", "{fault}");
        let below = find(&t.db, Filter { parent_id: Some(root.id), ..Filter::default() });
        assert_eq!(below.len(), 1);
        // Nothing hidden holds on to a code either.
        let ctx = manager(&t.db, &root);
        let new = create::NewUnit {
            parent_id: Some(root.id),
            name: "广东省".into(),
            kind: "province".into(),
            code: Some("44".into()),
        };
        t.db.write_blocking(move |tx| create::create(tx, &ctx, &new)).unwrap();
    }
}

/// The whole country, where a folder with it is named: `COMMONWEAL_DIVISIONS=DIR cargo nextest run -p territory --run-ignored all`.
#[test]
#[ignore = "takes the whole country from COMMONWEAL_DIVISIONS"]
fn the_whole_country_loads() {
    let dir = std::env::var("COMMONWEAL_DIVISIONS").unwrap();
    for t in databases() {
        let started = std::time::Instant::now();
        let report = import_divisions(&t.db, &somebody(&t.db), Path::new(&dir), &NoProgress).unwrap();
        println!("{}: {:?}: {report:?}", t.db.engine().name(), started.elapsed());
        assert_eq!(report.inserted, 665_276);
        let started = std::time::Instant::now();
        let report = import_divisions(&t.db, &somebody(&t.db), Path::new(&dir), &NoProgress).unwrap();
        println!("{}: again: {:?}: {report:?}", t.db.engine().name(), started.elapsed());
        assert_eq!((report.inserted, report.matched), (0, 665_276));
    }
}
