//! Roles that must not meet in one person, and the second person.

use std::sync::{Arc, Barrier};

use contracts::RightsWatch;
use identity::model::conflict::{Mode, Place, RoleConflict};
use identity::ports::Rights;
use identity::service::amend::{Amendment, amend};
use identity::service::approve::{approve, decline};
use identity::service::builtin::role_id;
use identity::service::conflicts::{self, NewConflict};
use identity::service::explain::{self, Question};
use identity::service::give::Gift;
use identity::service::revoke::revoke;
use identity::store::conflicts as store;
use kernel::id::User;
use kernel::permission::Permit;
use kernel::{BuiltinRole, Fault, Id, Outcome, PageSize};

use super::setting::{Realm, Work, code, everywhere};

pub fn apart(
    realm: &Realm,
    by: Id<User>,
    a: BuiltinRole,
    b: BuiltinRole,
    place: Place,
    mode: Mode,
) -> Outcome<RoleConflict> {
    let (ctx, shared) = (realm.as_user(by), realm.services.clone());
    let new = NewConflict { a: role_id(a), b: role_id(b), place, mode, reason: "four eyes".to_owned() };
    realm.write(move |tx| conflicts::create(tx, &ctx, &shared, &new))
}

/// A chief of both roots: a rule about built-in roles binds the whole realm.
pub fn chief_of_all(realm: &Realm) -> Id<User> {
    let chief = realm.chief();
    let (now, ids, root) = (realm.now(), Arc::clone(&realm.ids), realm.unit("elsewhere"));
    realm
        .write(move |tx| {
            let door = identity::service::session::Door { now, request_id: "test", ids: ids.as_ref() };
            identity::service::bootstrap::grant_role(
                tx,
                door,
                "chief",
                BuiltinRole::PlatformAdmin,
                &root,
                "all",
            )
        })
        .unwrap();
    chief
}

const T: BuiltinRole = BuiltinRole::FundTreasurer;
const A: BuiltinRole = BuiltinRole::FundApprover;

#[test]
fn two_roles_that_must_not_meet_do_not_where_the_rule_says() {
    everywhere(|realm| {
        let chief = chief_of_all(realm);
        let wang = realm.person("wang", "street");
        let rule = apart(realm, chief, T, A, Place::Line, Mode::Forbid).unwrap();
        assert!(rule.role_a_id < rule.role_b_id);
        assert_eq!(
            code(apart(realm, chief, A, T, Place::Anywhere, Mode::Forbid)),
            "identity.conflict_exists"
        );
        assert_eq!(code(apart(realm, chief, A, A, Place::Anywhere, Mode::Forbid)), "kernel.invalid");
        let held = realm.give(chief, realm.gift(wang, T, "street")).unwrap();
        for unit in ["street", "community", "town"] {
            let refused = realm.give(chief, realm.gift(wang, A, unit)).unwrap_err();
            let Fault::Refused(refusal) = refused else { panic!("{refused}") };
            assert_eq!(refusal.code.code, "identity.roles_conflict");
            let named = &refusal.extra.unwrap()["conflict"];
            assert_eq!(named["roles"], serde_json::json!(["fund_approver", "fund_treasurer"]));
        }
        realm.give(chief, realm.gift(wang, A, "other")).unwrap();
        // What begins after the other has ended does not meet it; what begins before does.
        let end = realm.now().plus_days(10);
        let ctx = realm.as_user(chief);
        let change = Amendment { until: Some(Some(end)), reason: None };
        let (id, version) = (held.id, held.version);
        realm.write(move |tx| amend(tx, &ctx, id, version, &change)).unwrap();
        let later = Gift { from: Some(end), ..realm.gift(wang, A, "street") };
        let early = Gift { from: Some(end.plus_seconds(-1)), ..later.clone() };
        assert_eq!(code(realm.give(chief, early)), "identity.roles_conflict");
        realm.give(chief, later).unwrap();
        // A longer end would make them meet.
        let ctx = realm.as_user(chief);
        let longer = Amendment { until: Some(Some(end.plus_days(1))), reason: None };
        let refused = realm.write(move |tx| amend(tx, &ctx, id, version + 1, &longer));
        assert_eq!(code(refused), "identity.roles_conflict");
        let ctx = realm.as_user(chief);
        realm.write(move |tx| revoke(tx, &ctx, id, None, "over")).unwrap();
        let (ctx, shared, rule) = (realm.as_user(chief), realm.services.clone(), rule.id);
        realm.write(move |tx| conflicts::remove(tx, &ctx, &shared, rule)).unwrap();
        realm.give(chief, realm.gift(wang, T, "town")).unwrap();
    });
}

#[test]
fn only_who_manages_a_role_everywhere_makes_a_rule_about_it() {
    everywhere(|realm| {
        let chief = realm.chief();
        let guard = realm.person("guard", "street");
        realm.give(chief, realm.gift(guard, BuiltinRole::SecurityAdmin, "street")).unwrap();
        // The other root is not theirs, and a built-in role can be given there.
        assert_eq!(code(apart(realm, guard, T, A, Place::Line, Mode::Forbid)), "kernel.forbidden");
        assert_eq!(code(apart(realm, chief, T, A, Place::Line, Mode::Forbid)), "kernel.forbidden");
    });
}

#[test]
fn a_second_person_approves_and_nobody_else() {
    everywhere(|realm| {
        let chief = chief_of_all(realm);
        let (wang, guard, other) =
            (realm.person("wang", "street"), realm.person("guard", "town"), realm.person("other", "town"));
        realm.give(chief, realm.gift(guard, BuiltinRole::SecurityAdmin, "town")).unwrap();
        realm.give(chief, realm.gift(other, BuiltinRole::SecurityAdmin, "other")).unwrap();
        let worker = BuiltinRole::GridWorker;
        apart(realm, chief, worker, A, Place::Anywhere, Mode::NeedsSecond).unwrap();
        realm.give(chief, realm.gift(wang, A, "other")).unwrap();
        let proposed = realm.give(chief, realm.gift(wang, worker, "street")).unwrap();
        assert_eq!(proposed.state(realm.now()), "proposed");
        let path = realm.unit("street").path;
        let may = || {
            let ctx = realm.as_user(wang);
            ctx.actor.may(Work::PERMISSION, &path, ctx.now)
        };
        assert!(!may(), "it holds for nobody before it is approved");
        let ask = |by| {
            let (ctx, shared, id) = (realm.as_user(by), realm.services.clone(), proposed.id);
            code(realm.write(move |tx| approve(tx, &ctx, &shared, id, None, "both looked")))
        };
        assert_eq!(ask(chief), "identity.second_person_needed");
        assert_eq!(ask(other), "kernel.not_found", "elsewhere it is not there");
        let question = Question {
            user: wang,
            permission: Work::PERMISSION,
            unit: realm.unit("street").id,
            at: realm.now(),
        };
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        let why = realm.db.read_blocking(move |tx| explain::why(tx, &ctx, &shared, question)).unwrap();
        assert!(why.awaits_approval && !why.conflict && !why.allowed());
        realm.hand.go(60);
        assert_eq!(ask(guard), "ok");
        assert!(may());
        assert_eq!(ask(guard), "identity.nothing_to_approve");
        let id = proposed.id;
        let held = realm.write(move |tx| identity::store::grants::find(tx, id)).unwrap().unwrap();
        assert_eq!(held.valid_from, realm.now(), "it holds from the approval and not from before");
        let approved = realm.write(move |tx| identity::store::approvals::of(tx, &[id])).unwrap();
        assert_eq!(approved[0].approved_by, guard);
        // What was approved is no violation; what was declined never holds.
        assert_eq!(violations(realm, chief), 0);
        let again = realm.give(chief, realm.gift(wang, worker, "town")).unwrap();
        let ctx = realm.as_user(guard);
        let declined = realm.write(move |tx| decline(tx, &ctx, again.id, None, "not him")).unwrap();
        assert_eq!(declined.state(realm.now()), "declined");
        let (ctx, shared) = (realm.as_user(guard), realm.services.clone());
        let late = realm.write(move |tx| approve(tx, &ctx, &shared, again.id, None, "after all"));
        assert_eq!(code(late), "identity.already_revoked");
    });
}

#[test]
fn who_would_hold_it_does_not_approve_it() {
    everywhere(|realm| {
        let chief = chief_of_all(realm);
        let (boss, second) = (realm.person("boss", "town"), realm.person("second", "town"));
        realm.give(chief, realm.gift(boss, BuiltinRole::PlatformAdmin, "town")).unwrap();
        realm.give(chief, realm.gift(second, BuiltinRole::PlatformAdmin, "town")).unwrap();
        apart(realm, chief, BuiltinRole::PlatformAdmin, T, Place::Line, Mode::NeedsSecond).unwrap();
        let proposed = realm.give(chief, realm.gift(boss, T, "street")).unwrap();
        let ask = |by| {
            let (ctx, shared) = (realm.as_user(by), realm.services.clone());
            code(realm.write(move |tx| approve(tx, &ctx, &shared, proposed.id, None, "looked")))
        };
        assert_eq!(ask(boss), "identity.second_person_needed");
        assert_eq!(ask(second), "ok");
    });
}

fn violations(realm: &Realm, by: Id<User>) -> usize {
    let (ctx, now) = (realm.as_user(by), realm.now());
    let scope = ctx.actor.scope(identity::permission::ReadGrants::PERMISSION, false, now);
    let (mut seen, mut after) = (0, None);
    loop {
        let (scope, from) = (scope.clone(), after.clone());
        let page = realm
            .db
            .read_blocking(move |tx| {
                store::violations(tx, &scope, now, from.as_ref(), PageSize::new(1).unwrap(), 7)
            })
            .unwrap();
        seen += page.items.len();
        match page.next {
            Some(next) => after = Some(next),
            None => return seen,
        }
    }
}

#[test]
fn what_was_there_before_a_rule_is_listed_page_by_page() {
    everywhere(|realm| {
        let chief = chief_of_all(realm);
        let guard = realm.person("guard", "street");
        realm.give(chief, realm.gift(guard, BuiltinRole::SecurityAdmin, "street")).unwrap();
        for n in 0..3 {
            let both = realm.person(&format!("both{n}"), "street");
            realm.give(chief, realm.gift(both, T, "street")).unwrap();
            realm.give(chief, realm.gift(both, A, "community")).unwrap();
        }
        let outside = realm.person("outside", "other");
        realm.give(chief, realm.gift(outside, T, "other")).unwrap();
        realm.give(chief, realm.gift(outside, A, "other")).unwrap();
        assert_eq!(violations(realm, chief), 0);
        apart(realm, chief, T, A, Place::Line, Mode::Forbid).unwrap();
        assert_eq!(violations(realm, chief), 4);
        assert_eq!(violations(realm, guard), 3, "of the street's, and nobody else's");
    });
}

#[test]
fn of_two_grants_that_together_conflict_one_is_refused_however_they_race() {
    everywhere(|realm| {
        let chief = chief_of_all(realm);
        let second = realm.person("second", "town");
        realm.give(chief, realm.gift(second, BuiltinRole::PlatformAdmin, "town")).unwrap();
        apart(realm, chief, T, A, Place::Anywhere, Mode::Forbid).unwrap();
        for n in 0..5 {
            let wang = realm.person(&format!("wang{n}"), "street");
            let start = Arc::new(Barrier::new(2));
            let threads: Vec<_> = [(chief, T, "street"), (second, A, "other")]
                .into_iter()
                .map(|(by, role, unit)| {
                    let (realm, start) = (realm.clone(), Arc::clone(&start));
                    std::thread::spawn(move || {
                        let gift = realm.gift(wang, role, unit);
                        start.wait();
                        code(realm.give(by, gift))
                    })
                })
                .collect();
            let mut said: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
            said.sort_unstable();
            assert_eq!(said, ["identity.roles_conflict", "ok"]);
        }
        assert_eq!(violations(realm, chief), 0);
    });
}

#[test]
fn a_move_brings_no_two_roles_into_one_line_that_must_not_meet_there() {
    everywhere(|realm| {
        let chief = chief_of_all(realm);
        let wang = realm.person("wang", "street");
        apart(realm, chief, T, A, Place::Line, Mode::Forbid).unwrap();
        realm.give(chief, realm.gift(wang, T, "community")).unwrap();
        realm.give(chief, realm.gift(wang, A, "other")).unwrap();
        let preview = |from: &str, to: &str| {
            let (ctx, from, to) = (realm.as_user(chief), realm.unit(from).path, realm.unit(to).path);
            realm.write(move |tx| Rights.preview_move(tx, &ctx, &from, Some(&to))).unwrap().conflicts
        };
        let met = preview("community", "other");
        assert_eq!(met.len(), 1);
        assert_eq!(
            (met[0].user, met[0].role_above.as_str(), met[0].role_below.as_str()),
            (wang, "fund_approver", "fund_treasurer")
        );
        assert!(preview("community", "elsewhere").is_empty());
        assert_eq!(preview("other", "community").len(), 1, "and the other way round");
    });
}

#[test]
fn a_no_says_that_a_role_would_conflict() {
    everywhere(|realm| {
        let chief = chief_of_all(realm);
        let wang = realm.person("wang", "street");
        apart(realm, chief, BuiltinRole::GridWorker, A, Place::Anywhere, Mode::Forbid).unwrap();
        realm.give(chief, realm.gift(wang, A, "other")).unwrap();
        let question = Question {
            user: wang,
            permission: Work::PERMISSION,
            unit: realm.unit("street").id,
            at: realm.now(),
        };
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        let why = realm.db.read_blocking(move |tx| explain::why(tx, &ctx, &shared, question)).unwrap();
        assert!(
            why.conflict && why.nearest_roles.is_empty(),
            "the only role that would do is out of the question"
        );
    });
}
