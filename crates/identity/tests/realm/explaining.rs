//! Both answers to "why?".

use identity::service::explain::{self, Question};
use identity::service::give::Gift;
use kernel::BuiltinRole;
use kernel::permission::Permit;

use super::setting::{Work, code, everywhere};

#[test]
fn a_yes_names_its_grant_and_a_no_what_would_do() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (worker, admin) = (realm.person("worker", "street"), realm.person("admin", "street"));
        let end = realm.now().plus_days(5);
        let gift = Gift { until: Some(end), ..realm.gift(worker, BuiltinRole::GridWorker, "street") };
        let grant = realm.give(chief, gift).unwrap();
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        let ask = |by, unit: &str, at| {
            let (ctx, shared) = (realm.as_user(by), realm.services.clone());
            let question =
                Question { user: worker, permission: Work::PERMISSION, unit: realm.unit(unit).id, at };
            realm.db.read_blocking(move |tx| explain::why(tx, &ctx, &shared, question))
        };
        let yes = ask(chief, "community", realm.now()).unwrap();
        assert!(yes.allowed() && yes.nearest_roles.is_empty());
        assert_eq!((yes.paths.len(), yes.paths[0].id, yes.paths[0].until), (1, grant.id, Some(end)));
        assert_eq!(
            yes.lineage.iter().map(|u| u.name.as_str()).collect::<Vec<_>>(),
            ["town", "street", "community"]
        );
        let no = ask(chief, "other", realm.now()).unwrap();
        assert!(!no.allowed());
        assert_eq!(no.decision.blocked_by, [auth::Block::OutsideSubtree]);
        assert_eq!(no.nearest_roles[0].name, "grid_worker");
        assert_eq!(no.could_be_granted_by.iter().map(|u| u.id).collect::<Vec<_>>(), [chief]);
        let late = ask(chief, "community", end).unwrap();
        assert_eq!(late.decision.blocked_by, [auth::Block::GrantExpired]);
        // The street's administrator asks in their street and nowhere else, and is not told of people outside.
        assert_eq!(code(ask(admin, "other", realm.now())), "kernel.not_found");
        let late = ask(admin, "street", end).unwrap();
        assert!(
            late.could_be_granted_by.is_empty(),
            "the chief is nobody the street's administrator may see"
        );
        assert_eq!(code(ask(worker, "street", realm.now())), "kernel.not_found");
    });
}

#[test]
fn many_questions_are_answered_at_once() {
    everywhere(|realm| {
        let chief = realm.chief();
        let worker = realm.person("worker", "street");
        realm.give(chief, realm.gift(worker, BuiltinRole::GridWorker, "street")).unwrap();
        let (ctx, shared, at) = (realm.as_user(chief), realm.services.clone(), realm.now());
        let ask = |unit: &str| Question {
            user: worker,
            permission: Work::PERMISSION,
            unit: realm.unit(unit).id,
            at,
        };
        let questions = [ask("street"), ask("community"), ask("other"), ask("elsewhere")];
        let said = realm.db.read_blocking(move |tx| explain::check(tx, &ctx, &shared, &questions)).unwrap();
        assert_eq!(said.iter().map(|said| said.allowed).collect::<Vec<_>>(), [true, true, false, false]);
        let words: Vec<_> = said.into_iter().map(|said| said.blocked_by.join(" ")).collect();
        assert_eq!(words, ["", "", "outside_subtree", ""], "of another tree the asker is told nothing");
    });
}
