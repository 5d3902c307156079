//! What rows may do and what they may not.

use imports::model::{RowOutcome, State};
use kernel::BuiltinRole;

use crate::setting::{Town, counts};

const USERS: &str = "登录名,姓名,所属单元\nwang,王网格,441900106001\nlisi,李网格,横沥镇/田头村\n";

#[test]
fn a_checked_import_did_nothing_and_an_applied_one_did_all_of_it() {
    for t in Town::each() {
        let import = t.checked(t.chief, "users", true, USERS);
        assert_eq!(counts(&import), (State::Checked, 2, 0, 0), "{}", t.engine());
        assert_eq!(t.accounts("wang"), 0, "a dry run leaves nothing");
        let rows = t.rows(t.chief, &import, Some(RowOutcome::Passed));
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 3]);
        let done = t.apply(t.chief, &import).unwrap();
        assert_eq!(counts(&done), (State::Applied, 0, 2, 0), "the count of the check is the count applied");
        assert_eq!((t.accounts("wang"), t.accounts("lisi")), (1, 1));
        assert!(t.rows(t.chief, &done, None).iter().all(|row| row.object_id.is_some()));
        // Once more is too late, and its file is no longer taken.
        assert_eq!(t.apply(t.chief, &done).unwrap_err().code().unwrap().code, "imports.state");
        assert_eq!(
            t.send(t.chief, done.id, USERS.as_bytes()).unwrap_err().code().unwrap().code,
            "imports.state"
        );
    }
}

#[test]
fn nobody_imported_can_sign_in_by_a_password() {
    for t in Town::each() {
        let import = t.checked(t.chief, "users", true, USERS);
        t.apply(t.chief, &import).unwrap();
        let user =
            t.db.db.read_blocking(|tx| identity::store::users::find_by_login(tx, "wang")).unwrap().unwrap();
        assert_eq!(user.password_hash, None);
        let id = t.make(t.chief, "users", true, true).unwrap().id;
        let file = "login,display_name,unit,password\nx1x,X,441900106001,secret\n";
        let refused = t.send(t.chief, id, file.as_bytes()).unwrap_err();
        assert_eq!(
            refused.code().unwrap().code,
            "imports.header_unknown",
            "passwords have no place in a file"
        );
    }
}

#[test]
fn all_or_nothing_is_nothing_where_a_row_fails() {
    for t in Town::each() {
        let file = format!("{USERS}bad login,赵,441900106001\n");
        let import = t.checked(t.chief, "users", true, &file);
        assert_eq!(counts(&import), (State::Checked, 2, 0, 1), "{}", t.engine());
        assert_eq!(
            t.failures(t.chief, &import),
            [(4, "kernel.invalid login=kernel.field_characters".to_owned())]
        );
        assert_eq!(t.apply(t.chief, &import).unwrap_err().code().unwrap().code, "imports.rows_failed");
        // A mended file may take its place.
        let again = t.send(t.chief, import.id, USERS.as_bytes()).unwrap();
        assert_eq!(again.state, State::Checking);
        t.work();
        let again = t.find(t.chief, import.id);
        assert_eq!(counts(&again), (State::Checked, 2, 0, 0));
        // The version that was looked at before is stale now.
        assert_eq!(t.apply(t.chief, &import).unwrap_err().code().unwrap().code, "kernel.stale");
        // What changed after the check undoes all: somebody took a login.
        t.person("lisi", t.here, None);
        let failed = t.apply(t.chief, &again).unwrap();
        assert_eq!(counts(&failed), (State::Failed, 1, 0, 1));
        assert_eq!(failed.problem_code.as_deref(), Some("identity.login_taken"));
        assert_eq!(t.accounts("wang"), 0, "nothing is half applied");
    }
}

#[test]
fn what_can_be_applied_is_where_that_was_asked_for() {
    for t in Town::each() {
        let file = format!("{USERS}bad login,赵,441900106001\nzhao,赵,999999\n");
        let import = t.checked(t.chief, "users", false, &file);
        assert_eq!(counts(&import), (State::Checked, 2, 0, 2));
        t.person("lisi", t.here, None);
        let done = t.apply(t.chief, &import).unwrap();
        assert_eq!(counts(&done), (State::Applied, 0, 1, 3), "{}", t.engine());
        assert_eq!(
            t.failures(t.chief, &done),
            [
                (3, "identity.login_taken".to_owned()),
                (4, "kernel.invalid login=kernel.field_characters".to_owned()),
                (5, "kernel.invalid unit=kernel.field_unknown_reference".to_owned()),
            ]
        );
        // Without a dry run it goes on by itself.
        let id = t.make(t.chief, "users", false, false).unwrap().id;
        t.send(t.chief, id, b"login,display_name,unit\nqian1,Q,441900106001\nbad login,Q,441900106001\n")
            .unwrap();
        t.work();
        assert_eq!(counts(&t.find(t.chief, id)), (State::Applied, 0, 1, 1));
        // All or nothing and a bad row: it stops after the check.
        let id = t.make(t.chief, "users", false, true).unwrap().id;
        t.send(t.chief, id, b"login,display_name,unit\nsun1,S,441900106001\nbad login,Q,441900106001\n")
            .unwrap();
        t.work();
        assert_eq!(counts(&t.find(t.chief, id)), (State::Checked, 1, 0, 1));
        assert_eq!(t.accounts("sun1"), 0);
    }
}

#[test]
fn a_row_gives_no_more_than_its_importer_could_give() {
    for t in Town::each() {
        let admin = t.person("admin1", t.here, Some(BuiltinRole::UnitAdmin));
        t.person("wang", t.here, None);
        t.person("outsider", t.there, None);
        let header = "login,role,unit,ends_at,reason\n";
        let rows = [
            // A right one does not hold oneself.
            ("wang,security_admin,441900106001,,raise", "identity.above_ceiling"),
            ("wang,platform_admin,441900106001,,raise", "identity.above_ceiling"),
            // A place one does not hold it in.
            ("wang,unit_admin,441900106,,upwards", "identity.above_ceiling"),
            ("wang,unit_admin,横沥镇/田头村,,sideways", "identity.above_ceiling"),
            // Oneself.
            ("admin1,unit_admin,441900106001,,myself", "identity.grant_to_self"),
            // Somebody one may not know of is nobody.
            ("outsider,grid_worker,441900106001,,x1", "kernel.invalid login=kernel.field_unknown_reference"),
            ("nobody,grid_worker,441900106001,,x1", "kernel.invalid login=kernel.field_unknown_reference"),
            // Fields.
            ("wang,no_such_role,441900106001,,x1", "kernel.invalid role=kernel.field_unknown_reference"),
            ("wang,grid_worker,441900106001,2001-01-01,x1", "kernel.invalid ends_at=kernel.field_order"),
            ("wang,grid_worker,,,x1", "imports.row_invalid unit=kernel.field_required"),
            ("wang,grid_worker,441900106001,someday,x1", "imports.row_invalid ends_at=imports.not_a_date"),
        ];
        let text: String = rows.iter().map(|(row, _)| format!("{row}\n")).collect();
        let import = t.checked(admin, "grants", false, &format!("{header}{text}"));
        let failures = t.failures(admin, &import);
        let expected: Vec<(i64, String)> =
            rows.iter().zip(2_i64..).map(|((_, code), line)| (line, (*code).to_owned())).collect();
        assert_eq!(failures, expected, "{}", t.engine());
        // What they can give, they can import, by the words people use.
        let good = t.checked(
            admin,
            "grants",
            true,
            "用户名,角色,单元,含下级,有效期至,授权理由\nwang,单元管理员,恒泉社区,否,2099年12月31日,任命\n",
        );
        assert_eq!(counts(&good), (State::Checked, 1, 0, 0), "{:?}", t.failures(admin, &good));
        let done = t.apply(admin, &good).unwrap();
        let grant = t.rows(admin, &done, None)[0].object_id.unwrap();
        let grant =
            t.db.db
                .read_blocking(move |tx| identity::store::grants::find(tx, grant.into()))
                .unwrap()
                .unwrap();
        assert_eq!(
            (grant.subtree, grant.valid_until.unwrap().to_string().as_str()),
            (false, "2099-12-31T16:00:00Z")
        );
        assert_eq!(grant.granted_by, Some(admin));
    }
}

#[test]
fn three_administrators_do_not_meet_through_a_file_however_long_it_is() {
    for t in Town::each() {
        t.person("wang", t.here, None);
        let mut file = String::from("login,role,unit,reason\nwang,system_admin,中国,first\n");
        for n in 0..150 {
            t.person(&format!("p{n:03}"), t.here, None);
            file.push_str(&format!("p{n:03},grid_worker,441900106001,filler\n"));
        }
        file.push_str("wang,security_admin,中国,second\n");
        let import = t.checked(t.chief, "grants", true, &file);
        assert_eq!(
            t.failures(t.chief, &import),
            [(153, "identity.administrators_are_three".to_owned())],
            "{}",
            t.engine()
        );
        assert_eq!(import.rows_passed, 151);
    }
}

#[test]
fn units_may_stand_below_units_of_the_same_file() {
    for t in Town::each() {
        let mut file = String::from(
            "name,kind,code,parent\n新村,社区/村,441900106002,441900106\n一组,小组/小区,,441900106002\n",
        );
        for n in 0..250 {
            file.push_str(&format!("{n}栋,cluster,,新村/一组\n"));
        }
        file.push_str("甲联户,link,,新村/一组/249栋\n乙,link,,没有/的\n一组,group,,441900106002\n");
        let import = t.checked(t.chief, "units", false, &file);
        assert_eq!(
            t.failures(t.chief, &import),
            [
                (255, "kernel.invalid parent=kernel.field_unknown_reference".to_owned()),
                (256, "imports.row_twice".to_owned())
            ],
            "{}: what was tried in an earlier part is tried again below",
            t.engine()
        );
        assert_eq!(import.rows_passed, 253);
        let done = t.apply(t.chief, &import).unwrap();
        assert_eq!(counts(&done), (State::Applied, 0, 253, 2));
    }
}

#[test]
fn rights_are_those_of_the_moment_it_is_applied() {
    for t in Town::each() {
        let admin = t.person("admin1", t.here, Some(BuiltinRole::UnitAdmin));
        let file = "login,display_name,unit\nwang,王,441900106001\n";
        let import = t.checked(admin, "users", true, file);
        assert_eq!(import.rows_passed, 1);
        // More rights are other rights too: what was looked at was checked with others.
        t.give(t.chief, admin, BuiltinRole::GridWorker, t.here).unwrap();
        assert_eq!(t.apply(admin, &import).unwrap_err().code().unwrap().code, "imports.rights_changed");
        let id = import.id;
        t.send(admin, id, file.as_bytes()).unwrap();
        t.work();
        let import = t.find(admin, id);
        // Taken away between the asking and the doing.
        let (ctx, s, version) = (t.as_user(admin), t.s.clone(), import.version);
        t.db.db.write_blocking(move |tx| imports::service::apply::apply(tx, &ctx, &s, id, version)).unwrap();
        let (ctx, shared) = (t.as_user(t.chief), t.identity.clone());
        t.db.db
            .write_blocking(move |tx| {
                identity::service::accounts::disable(tx, &ctx, &shared, admin, None, "left the town")
            })
            .unwrap();
        t.work();
        let chief = t.as_user(t.chief);
        let gone = t.db.db.read_blocking(move |tx| imports::store::imports::find(tx, id)).unwrap().unwrap();
        assert_eq!((gone.state, gone.problem_code.as_deref()), (State::Failed, Some("imports.owner_gone")));
        assert_eq!(t.accounts("wang"), 0);
        assert!(
            chief.actor.holds(
                <identity::permission::ManageUsers as kernel::permission::Permit>::PERMISSION,
                chief.now
            )
        );
    }
}

#[test]
fn an_import_is_its_owners_alone_and_for_whoever_may_do_it_somewhere() {
    for t in Town::each() {
        let worker = t.person("worker", t.here, Some(BuiltinRole::GridWorker));
        for kind in ["users", "units", "grants"] {
            assert_eq!(
                t.make(worker, kind, true, true).unwrap_err().code(),
                Some(&kernel::error::FORBIDDEN),
                "{kind}"
            );
        }
        assert_eq!(t.make(t.chief, "money", true, true).unwrap_err().code(), Some(&kernel::error::INVALID));
        let admin = t.person("admin1", t.here, Some(BuiltinRole::UnitAdmin));
        let import = t.checked(t.chief, "users", true, USERS);
        let (ctx, id) = (t.as_user(admin), import.id);
        let other = t.db.db.read_blocking(move |tx| imports::service::look::find(tx, &ctx, id));
        assert_eq!(other.unwrap_err().code(), Some(&kernel::error::NOT_FOUND));
        assert_eq!(t.send(admin, id, USERS.as_bytes()).unwrap_err().code(), Some(&kernel::error::NOT_FOUND));
        assert_eq!(t.apply(admin, &import).unwrap_err().code(), Some(&kernel::error::NOT_FOUND));
        for _ in 1..imports::model::MAX_OPEN {
            t.make(t.chief, "users", true, true).unwrap();
        }
        assert_eq!(
            t.make(t.chief, "users", true, true).unwrap_err().code().unwrap().code,
            "imports.too_many_open"
        );
    }
}

#[test]
fn too_many_rows_for_one_transaction_are_refused_before_any_is_stored() {
    for t in Town::each() {
        let mut file = String::from("login,display_name,unit\n");
        for n in 0..=imports::model::MAX_AT_ONCE {
            file.push_str(&format!("u{n:05},U,441900106001\n"));
        }
        let id = t.make(t.chief, "users", true, true).unwrap().id;
        assert_eq!(
            t.send(t.chief, id, file.as_bytes()).unwrap_err().code().unwrap().code,
            "imports.too_many_for_one"
        );
        assert_eq!(t.find(t.chief, id).state, State::AwaitingFile);
        let id = t.make(t.chief, "users", true, false).unwrap().id;
        assert_eq!(t.send(t.chief, id, file.as_bytes()).unwrap().rows_total, 501);
    }
}
