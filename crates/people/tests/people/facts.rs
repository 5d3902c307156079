//! Flags, consents and accounts: facts with their dates.

use kernel::{BuiltinRole, Context, Outcome};
use people::model::{ConsentKind, ConsentMeans, FlagKind};
use people::service::consents::{self, NewConsent};
use people::service::flags::{self, NewFlag};
use people::service::{accounts, see};

use crate::world::*;

fn flag(kind: FlagKind, from: Option<kernel::Instant>, until: Option<kernel::Instant>) -> NewFlag {
    NewFlag { kind, from, until, reason: "走访时发现".into() }
}

#[test]
fn a_flag_has_who_from_until_why_and_an_end() {
    for w in World::each() {
        let (person, worker) = (w.entered(C1A, elder()), w.role(BuiltinRole::GridWorker, C1A));
        let id = person.id;
        let set = |who: &Context, new: NewFlag| -> Outcome<flags::Shown> {
            let who = w.now(who);
            w.write(move |tx, s| flags::set(tx, &who, s, id, &new))
        };
        let now = w.db.db.clock().now();
        let made = set(&worker, flag(FlagKind::LivingAlone, None, Some(now.plus_days(90))))
            .map_err(|e| e.to_string());
        let made = made.unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(
            (made.flag.set_by, made.reason.as_str(), made.flag.version),
            (worker.actor.user, "走访时发现", 1)
        );
        assert_eq!(w.see(&worker, id).unwrap().flags, [FlagKind::LivingAlone]);
        assert_eq!(
            code(set(&worker, flag(FlagKind::LivingAlone, Some(now.plus_days(30)), None))),
            "people.flag_set"
        );
        assert!(set(&worker, flag(FlagKind::LivingAlone, Some(now.plus_days(90)), None)).is_ok(), "after it");
        assert!(set(&worker, flag(FlagKind::Disabled, None, None)).is_ok(), "another kind");
        assert_eq!(code(set(&worker, flag(FlagKind::LowIncome, Some(now), Some(now)))), "kernel.invalid");
        assert_eq!(
            code(set(&w.role(BuiltinRole::GridWorker, C2A), flag(FlagKind::LowIncome, None, None))),
            "kernel.not_found"
        );
        let auditor = w.person("李", C1A, &["people.person.read"]);
        assert_eq!(code(set(&auditor, flag(FlagKind::LowIncome, None, None))), "kernel.forbidden");
        let end = |version: i64| {
            let (who, flag) = (w.now(&worker), made.flag.id);
            w.write(move |tx, s| flags::end(tx, &who, s, id, flag, version))
        };
        assert_eq!(code(end(9)), "kernel.stale");
        let ended = end(1).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!((ended.flag.ended_by, ended.reason.as_str()), (Some(worker.actor.user), "走访时发现"));
        assert_eq!(code(end(2)), "people.flag_ended");
        assert_eq!(w.see(&worker, id).unwrap().flags, [FlagKind::Disabled]);
        let other = w.entered(C1A, named("李四")).id;
        let (who, flag) = (w.now(&worker), made.flag.id);
        assert_eq!(
            code(w.write(move |tx, s| flags::end(tx, &who, s, other, flag, 2))),
            "kernel.not_found",
            "another person's flag"
        );
        let who = w.now(&worker);
        let all = w.write(move |tx, s| flags::list(tx, &who, s, id, None, 10)).unwrap();
        assert_eq!(all.len(), 3);
    }
}

#[test]
fn one_flag_set_twice_at_once_is_one() {
    for w in World::each() {
        let (id, worker) = (w.entered(C1A, elder()).id, w.role(BuiltinRole::GridWorker, C1A));
        let done = std::thread::scope(|t| {
            let tries: Vec<_> = (0..6)
                .map(|_| {
                    t.spawn(|| {
                        let who = w.now(&worker);
                        w.write(move |tx, s| {
                            flags::set(tx, &who, s, id, &flag(FlagKind::LowIncome, None, None)).map(drop)
                        })
                    })
                })
                .collect();
            tries.into_iter().map(|one| one.join().unwrap()).filter(Result::is_ok).count()
        });
        assert_eq!(done, 1);
    }
}

#[test]
fn a_consent_is_given_and_taken_back_and_given_again() {
    for w in World::each() {
        let (id, worker) = (w.entered(C1A, elder()).id, w.role(BuiltinRole::GridWorker, C1A));
        let record = |kind, given_at| {
            let who = w.now(&worker);
            let new = NewConsent { kind, means: ConsentMeans::Paper, given_at };
            w.write(move |tx, s| consents::record(tx, &who, s, id, new))
        };
        let yesterday = w.db.db.clock().now().plus_days(-1);
        let made = record(ConsentKind::Sharing, Some(yesterday)).unwrap();
        assert_eq!((made.given_at, made.recorded_by), (yesterday, worker.actor.user));
        assert_eq!(code(record(ConsentKind::Sharing, None)), "people.consent_given");
        assert_eq!(code(record(ConsentKind::Notices, Some(yesterday.plus_days(3)))), "kernel.invalid");
        let withdraw = |version| {
            let (who, consent) = (w.now(&worker), made.id);
            w.write(move |tx, s| consents::withdraw(tx, &who, s, id, consent, version))
        };
        assert_eq!(code(withdraw(2)), "kernel.stale");
        assert!(withdraw(1).unwrap().withdrawn_at.is_some());
        assert_eq!(code(withdraw(2)), "people.consent_withdrawn");
        assert!(record(ConsentKind::Sharing, None).is_ok());
        let who = w.now(&worker);
        assert_eq!(w.write(move |tx, _| consents::list(tx, &who, id, None, 10)).unwrap().len(), 2);
    }
}

#[test]
fn an_account_is_tied_by_somebody_else_and_gives_no_right() {
    for w in World::each() {
        let (id, clerk) = (w.entered(C1A, elder()).id, w.clerk());
        let login = w.person("三丰", C1A, &[]);
        let tie = |who: &Context, user| {
            let who = w.now(who);
            w.write(move |tx, s| accounts::tie(tx, &who, s, id, user))
        };
        assert_eq!(code(tie(&clerk, clerk.actor.user)), "people.account_own");
        assert_eq!(code(tie(&clerk, testkit::fresh())), "kernel.invalid");
        assert_eq!(code(tie(&w.role(BuiltinRole::GridWorker, C1A), login.actor.user)), "kernel.forbidden");
        let (made, name) = tie(&clerk, login.actor.user).unwrap();
        assert_eq!(name, "三丰");
        assert_eq!(code(tie(&clerk, login.actor.user)), "people.account_tied");
        let me = w.now(&login);
        let own = w.write(move |tx, s| see::oneself(tx, &me, s)).unwrap();
        assert_eq!(
            (own.person.id, own.name.as_str()),
            (id, "张**"),
            "whoever ties an account to a stranger reads nothing whole"
        );
        assert_eq!(code(w.see(&login, id)), "kernel.not_found", "and has no other right");
        let untie = |version| {
            let (who, tie) = (w.now(&clerk), made.id);
            w.write(move |tx, s| accounts::untie(tx, &who, s, id, tie, version))
        };
        assert!(untie(1).unwrap().0.untied_at.is_some());
        assert_eq!(code(untie(2)), "people.account_untied");
        let me = w.now(&login);
        assert_eq!(code(w.write(move |tx, s| see::oneself(tx, &me, s))), "kernel.not_found");
        assert!(tie(&clerk, login.actor.user).is_ok(), "and again");
    }
}

#[test]
fn every_kind_of_flag_and_consent_is_one_the_database_takes() {
    for w in World::each() {
        let (id, worker) = (w.entered(C1A, elder()).id, w.role(BuiltinRole::GridWorker, C1A));
        for kind in FlagKind::ALL {
            let who = w.now(&worker);
            w.write(move |tx, s| flags::set(tx, &who, s, id, &flag(*kind, None, None)).map(drop)).unwrap();
        }
        assert_eq!(w.see(&worker, id).unwrap().flags, FlagKind::ALL);
        for (kind, means) in ConsentKind::ALL.iter().zip(ConsentMeans::ALL.iter().cycle()) {
            let (who, new) = (w.now(&worker), NewConsent { kind: *kind, means: *means, given_at: None });
            w.write(move |tx, s| consents::record(tx, &who, s, id, new)).unwrap();
        }
    }
}
