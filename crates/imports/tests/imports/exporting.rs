//! What an export holds, and that an import takes it back.

use imports::model::State;
use imports::service::export;
use imports::write::csv;
use kernel::BuiltinRole;
use kernel::id::User;
use kernel::{Id, Outcome};

use crate::setting::{Town, counts};

/// The whole list as a file.
fn exported(t: &Town, by: Id<User>, kind: &str) -> Outcome<String> {
    let source = t.s.source(kind)?.clone();
    let (ctx, s, name) = (t.as_user(by), t.s.clone(), kind.to_owned());
    t.db.db.write_blocking(move |tx| export::begin(tx, &ctx, &s, &name))?;
    let mut rows = vec![source.columns().iter().map(|c| c.name.to_owned()).collect::<Vec<_>>()];
    let mut after: Option<String> = None;
    loop {
        let (ctx, s, source, from) = (t.as_user(by), t.s.clone(), source.clone(), after.clone());
        let page = t.db.db.read_blocking(move |tx| export::page(tx, &ctx, &s, &source, from.as_deref()))?;
        rows.extend(page.rows);
        match page.next {
            Some(next) => after = Some(next),
            None => return csv(rows.iter().map(|row| row.iter().map(String::as_str).collect())),
        }
    }
}

#[test]
fn an_export_holds_what_its_asker_may_see_and_not_a_row_more() {
    for t in Town::each() {
        let admin = t.person("admin1", t.here, Some(BuiltinRole::UnitAdmin));
        for n in 0..205 {
            t.person(&format!("here{n:03}"), t.here, None);
        }
        t.person("elsewhere", t.there, Some(BuiltinRole::UnitAdmin));
        let users = exported(&t, admin, "users").unwrap();
        assert_eq!(users.lines().count(), 1 + 206, "{}: pages join without a gap", t.engine());
        assert!(!users.contains("elsewhere") && !users.contains("chief"));
        assert!(users.contains("here000,here000,441900106001,恒泉社区,enabled"), "{users}");
        let grants = exported(&t, admin, "grants").unwrap();
        assert!(
            grants.contains("admin1,admin1,unit_admin,441900106001,恒泉社区,yes,")
                && !grants.contains("elsewhere")
        );
        let units = exported(&t, admin, "units").unwrap();
        assert!(
            units.contains("恒泉社区,community,441900106001,441900106,横沥镇,") && !units.contains("田头村")
        );
        let worker = t.person("worker", t.here, Some(BuiltinRole::GridWorker));
        for kind in ["users", "units", "grants"] {
            assert_eq!(
                exported(&t, worker, kind).unwrap_err().code(),
                Some(&kernel::error::FORBIDDEN),
                "{kind}"
            );
        }
        assert_eq!(exported(&t, worker, "secrets").unwrap_err().code(), Some(&kernel::error::NOT_FOUND));
    }
}

#[test]
fn what_was_exported_can_be_imported() {
    for t in Town::each() {
        t.unit(t.here, "=1+1组", "group", None);
        let units = exported(&t, t.chief, "units").unwrap();
        assert!(units.contains("'=1+1组"), "{units}");
        let users = exported(&t, t.chief, "users").unwrap().replace("chief,", "chief2,");
        let import = t.checked(t.chief, "users", true, &users);
        assert_eq!(counts(&import), (State::Checked, 1, 0, 0), "{:?}", t.failures(t.chief, &import));
        t.apply(t.chief, &import).unwrap();
        let wang = t.person("wang", t.here, Some(BuiltinRole::GridWorker));
        let li = t.person("lisi", t.here, None);
        let grants = exported(&t, t.chief, "grants").unwrap();
        let mine: String = grants
            .lines()
            .filter(|l| l.starts_with("login") || l.starts_with("wang"))
            .map(|l| format!("{l}\r\n"))
            .collect();
        let import = t.checked(t.chief, "grants", true, &mine.replace("wang", "lisi"));
        assert_eq!(counts(&import), (State::Checked, 1, 0, 0), "{:?}", t.failures(t.chief, &import));
        t.apply(t.chief, &import).unwrap();
        let held = |user| {
            t.as_user(user)
                .actor
                .grants
                .iter()
                .map(|g| (g.role_name.clone(), g.unit, g.subtree))
                .collect::<Vec<_>>()
        };
        assert_eq!(held(wang), held(li), "{}", t.engine());
        // Another realm's tree, and the names keep what they begin with.
        let below = units
            .lines()
            .filter(|l| l.starts_with("name,") || l.contains("组"))
            .map(|l| format!("{l}\r\n"))
            .collect::<String>();
        let import = t.checked(t.chief, "units", true, &below.replace("1+1", "2+2"));
        let done = t.apply(t.chief, &import).unwrap();
        assert_eq!(counts(&done), (State::Applied, 0, 1, 0), "{:?}", t.failures(t.chief, &done));
        assert!(exported(&t, t.chief, "units").unwrap().contains("'=2+2组,group,,441900106001,恒泉社区,"));
    }
}
