//! Service accounts and API keys.

use identity::model::sign_in::ApiKey;
use identity::permission::{ManageMachines, OwnSecurity, OwnSession, ReadUsers};
use identity::service::api_keys::{self, Made, NewKey};
use identity::service::machines::{self, NewMachine};
use identity::service::{accounts, by_key, give};
use kernel::error::Outcome;
use kernel::id::User as UserKind;
use kernel::permission::Permit;
use kernel::{Actor, BuiltinRole, Context, Id};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;

use super::setting::{PASSWORD, Realm, Work, code, everywhere};
use super::signing_in::on_runtime;

fn machine(realm: &Realm, by: Id<UserKind>, login: &str, unit: &str) -> Outcome<Id<UserKind>> {
    let (ctx, shared) = (realm.as_user(by), realm.services.clone());
    let new = NewMachine {
        login: login.to_owned(),
        display_name: "Counting lamps".to_owned(),
        unit: realm.unit(unit).id,
        owner: by,
        purpose: "counts the lamps at night".to_owned(),
    };
    realm.write(move |tx| machines::create(tx, &ctx, &shared, &new)).map(|(user, _)| user.id)
}

fn key(realm: &Realm, by: Id<UserKind>, of: Id<UserKind>, new: NewKey) -> Outcome<Made> {
    let (ctx, shared) = (realm.as_user(by), realm.services.clone());
    realm.write(move |tx| api_keys::create(tx, &ctx, &shared, of, &new))
}

fn named(name: &str) -> NewKey {
    NewKey { name: name.to_owned(), ..NewKey::default() }
}

fn may(realm: &Realm, actor: &Actor, unit: &str) -> bool {
    actor.may(Work::PERMISSION, &realm.unit(unit).path, realm.now())
}

fn revoke(realm: &Realm, by: Id<UserKind>, made: &Made) -> Outcome<ApiKey> {
    let (ctx, id) = (realm.as_user(by), made.key.id);
    realm.write(move |tx| api_keys::revoke(tx, &ctx, id, "no longer needed"))
}

#[test]
fn a_machine_holds_grants_like_anybody_and_comes_in_by_its_key_alone() {
    everywhere(|realm| {
        let chief = realm.chief();
        let robot = machine(realm, chief, "robot", "street").unwrap();
        realm.give(chief, realm.gift(robot, BuiltinRole::GridWorker, "street")).unwrap();
        let made = key(realm, chief, robot, named("night")).unwrap();
        let token = made.token.expose_secret().to_owned();
        assert!(token.starts_with("cwk_") && !made.key.hash.contains(&token));
        assert_eq!(made.key.expires_at, realm.now().plus_days(90));
        let (one, two) = (realm.gate(), realm.gate());
        on_runtime(async {
            for gate in [&one, &two] {
                let actor = gate.actor(&token).await.unwrap();
                assert_eq!((actor.user, actor.session), (robot, None));
                assert!(may(realm, &actor, "community") && !may(realm, &actor, "other"));
                assert!(by_key::came(&actor));
            }
            // No way in but its key, even if somebody wrote a password.
            let hash = auth::password::hash(auth::Cost::TESTING, &SecretString::from(PASSWORD)).unwrap();
            realm.db.write(move |tx| identity::store::users::set_hash(tx, robot, &hash)).await.unwrap();
            let tried = one.sign_in("robot", SecretString::from(PASSWORD), None, "r").await;
            assert_eq!(code(tried), "identity.sign_in_failed");
            let used = wait_for_use(realm, robot).await;
            assert_eq!(used, realm.now());
        });
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        let refused =
            realm.write(move |tx| accounts::set_password(tx, &ctx, &shared, robot, None, "$h", "why"));
        assert_eq!(code(refused), "identity.is_a_machine");
        assert_eq!(code(revoke(realm, chief, &made)), "ok");
        on_runtime(async {
            for gate in [&one, &two] {
                assert_eq!(
                    code(gate.actor(&token).await),
                    "identity.signed_out",
                    "on the next request, everywhere"
                );
            }
        });
        assert_eq!(code(revoke(realm, chief, &made)), "identity.key_is_over");
        for action in ["identity.machine.created", "identity.key.created", "identity.key.revoked"] {
            assert!(realm.actions().contains(&action.to_owned()), "{action}");
        }
    });
}

/// The use of a key is told aside from the request.
async fn wait_for_use(realm: &Realm, of: Id<UserKind>) -> kernel::Instant {
    for _ in 0..200 {
        let keys = realm.db.read(move |tx| identity::store::api_keys::of(tx, of)).await.unwrap();
        if let Some(at) = keys[0].last_used_at {
            return at;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("nobody told");
}

#[test]
fn a_key_runs_out_is_rotated_with_overlap_and_dies_with_its_account() {
    everywhere(|realm| {
        let chief = realm.chief();
        let robot = machine(realm, chief, "robot", "street").unwrap();
        let short = key(realm, chief, robot, NewKey { days: Some(1), ..named("short") }).unwrap();
        let long = key(realm, chief, robot, NewKey { days: Some(366), ..named("long") }).unwrap();
        for days in [0, 367, -1, i64::MAX] {
            let refused = key(realm, chief, robot, NewKey { days: Some(days), ..named("x") });
            assert_eq!(code(refused), "kernel.invalid", "{days}");
        }
        let gate = realm.gate();
        let asks = |made: &Made| {
            let token = made.token.expose_secret().to_owned();
            on_runtime(async { code(gate.actor(&token).await) })
        };
        assert_eq!((asks(&short), asks(&long)), ("ok", "ok"));
        realm.hand.go(86_400);
        assert_eq!((asks(&short), asks(&long)), ("identity.signed_out", "ok"));
        let rotate = |made: &Made, hours: i64| {
            let (ctx, shared, id) = (realm.as_user(chief), realm.services.clone(), made.key.id);
            realm.write(move |tx| api_keys::rotate(tx, &ctx, &shared, id, hours, None))
        };
        assert_eq!(code(rotate(&long, 73)), "kernel.invalid");
        assert_eq!(code(rotate(&short, 1)), "identity.key_is_over");
        let fresh = rotate(&long, 2).unwrap();
        assert_eq!(code(rotate(&long, 72)), "identity.key_is_over", "an overlap is not made longer");
        assert_eq!((asks(&long), asks(&fresh)), ("ok", "ok"));
        realm.hand.go(7_200);
        assert_eq!((asks(&long), asks(&fresh)), ("identity.signed_out", "ok"));
        let now = rotate(&fresh, 0).unwrap();
        assert_eq!((asks(&fresh), asks(&now)), ("identity.signed_out", "ok"));
        // Unknown, expired, revoked and nonsense are one answer.
        let unknown = auth::one_time::mint("cwk_").unwrap();
        let guessed = format!("cwk_{}_guessed", now.key.handle);
        on_runtime(async {
            for token in [unknown.token.expose_secret(), guessed.as_str(), "cwk_", "cwk_x_y"] {
                assert_eq!(code(gate.actor(token).await), "identity.signed_out");
            }
        });
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        realm.write(move |tx| machines::disable(tx, &ctx, &shared, robot, None, "replaced")).unwrap();
        assert_eq!(asks(&now), "identity.signed_out");
        assert_eq!(code(key(realm, chief, robot, named("late"))), "identity.user_disabled");
    });
}

#[test]
fn nobody_makes_a_key_to_more_than_they_could_give() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (admin, elsewhere) = (realm.person("admin2", "street"), realm.person("admin3", "other"));
        let worker = realm.person("worker", "street");
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        realm.give(chief, realm.gift(elsewhere, BuiltinRole::UnitAdmin, "other")).unwrap();
        assert_eq!(code(machine(realm, worker, "robot0", "street")), "kernel.forbidden");
        assert_eq!(code(machine(realm, admin, "robot1", "town")), "kernel.forbidden");
        assert_eq!(code(machine(realm, admin, "robot2", "other")), "kernel.forbidden");
        let robot = machine(realm, admin, "robot", "street").unwrap();
        assert_eq!(code(machine(realm, admin, "Robot", "street")), "identity.login_taken");
        assert_eq!(code(key(realm, elsewhere, robot, named("theirs"))), "kernel.not_found");
        assert_eq!(code(key(realm, worker, robot, named("mine"))), "kernel.not_found");
        assert_eq!(code(key(realm, admin, worker, named("a person's"))), "kernel.not_found");
        let made = key(realm, admin, robot, named("fine")).unwrap();
        assert_eq!(code(revoke(realm, elsewhere, &made)), "kernel.not_found");
        // What the chief gives it is more than the street's administrator has, so no new key is theirs to make.
        realm.give(chief, realm.gift(robot, BuiltinRole::SystemAdmin, "town")).unwrap();
        assert_eq!(code(key(realm, admin, robot, named("more"))), "identity.above_ceiling");
        let (ctx, shared, id) = (realm.as_user(admin), realm.services.clone(), made.key.id);
        let rotated = realm.write(move |tx| api_keys::rotate(tx, &ctx, &shared, id, 0, None));
        assert_eq!(code(rotated), "identity.above_ceiling");
        // But they may shut it out.
        assert_eq!(code(revoke(realm, admin, &made)), "ok");
        let twin = NewMachine {
            login: "robot9".to_owned(),
            display_name: "x".to_owned(),
            unit: realm.unit("street").id,
            owner: robot,
            purpose: "owned by a machine".to_owned(),
        };
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        assert_eq!(code(realm.write(move |tx| machines::create(tx, &ctx, &shared, &twin))), "kernel.invalid");
    });
}

fn own_key(realm: &Realm, of: Id<UserKind>, new: NewKey) -> Outcome<Made> {
    let (ctx, shared) = (realm.as_user(of), realm.services.clone());
    realm.write(move |tx| api_keys::create_own(tx, &ctx, &shared, &new))
}

#[test]
fn a_persons_key_is_never_worth_more_than_they_and_may_be_worth_less() {
    everywhere(|realm| {
        let chief = realm.chief();
        let admin = realm.person("admin2", "street");
        let worker = realm.person("worker", "street");
        let grant = realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        let whole = own_key(realm, admin, named("whole")).unwrap();
        let only = vec![ReadUsers::NAME.to_owned(), "identity.grant.manage".to_owned()];
        let narrow = own_key(realm, admin, NewKey { only: Some(only), ..named("narrow") }).unwrap();
        for stranger in ["identity.nothing.known", OwnSecurity::NAME, ManageMachines::NAME] {
            let refused =
                own_key(realm, admin, NewKey { only: Some(vec![stranger.to_owned()]), ..named("x") });
            assert_eq!(code(refused), "kernel.invalid", "{stranger}");
        }
        let gate = realm.gate();
        let come = |made: &Made| {
            let token = made.token.expose_secret().to_owned();
            on_runtime(async { gate.actor(&token).await })
        };
        let context = |actor: Arc<Actor>| Context {
            actor,
            now: realm.now(),
            request_id: "test".into(),
            ids: Arc::clone(&realm.ids),
        };
        let holds = |actor: &Actor, name: &str| {
            actor.grants.iter().any(|g| g.is_live(realm.now()) && g.carries(name))
        };
        let (by_whole, by_narrow) = (come(&whole).unwrap(), come(&narrow).unwrap());
        assert!(holds(&by_whole, "identity.user.manage") && !holds(&by_narrow, "identity.user.manage"));
        assert!(holds(&by_narrow, ReadUsers::NAME));
        // The ways in are not a key's, whatever its account may.
        for by in [&by_whole, &by_narrow] {
            assert!(
                by_key::refuses(by, OwnSecurity::PERMISSION)
                    && by_key::refuses(by, ManageMachines::PERMISSION)
            );
        }
        assert!(!by_key::refuses(&by_whole, OwnSession::PERMISSION));
        assert!(by_key::refuses(&by_narrow, OwnSession::PERMISSION), "a narrow key carries what it lists");
        let (ctx, shared) = (context(Arc::clone(&by_whole)), realm.services.clone());
        let more = realm.write(move |tx| api_keys::create_own(tx, &ctx, &shared, &named("another")));
        assert_eq!(code(more), "identity.not_by_key");
        let (ctx, shared) = (context(Arc::clone(&by_whole)), realm.services.clone());
        let set = realm.write(move |tx| accounts::set_password(tx, &ctx, &shared, worker, None, "$h", "why"));
        assert_eq!(code(set), "identity.not_by_key");
        // The ceiling knows the key: what its owner may give and it does not carry, it does not give.
        let gift = realm.gift(worker, BuiltinRole::UnitAdmin, "street");
        let (ctx, shared, wanted) = (context(Arc::clone(&by_narrow)), realm.services.clone(), gift.clone());
        assert_eq!(
            code(realm.write(move |tx| give::give(tx, &ctx, &shared, &wanted))),
            "identity.above_ceiling"
        );
        let (ctx, shared) = (context(by_whole), realm.services.clone());
        assert_eq!(code(realm.write(move |tx| give::give(tx, &ctx, &shared, &gift))), "ok");
        // What the person loses, the key loses, on the next request.
        let ctx = realm.as_user(chief);
        realm.write(move |tx| identity::service::revoke::revoke(tx, &ctx, grant.id, None, "over")).unwrap();
        assert!(!holds(&come(&whole).unwrap(), ReadUsers::NAME));
        let (ctx, id) = (realm.as_user(worker), whole.key.id);
        assert_eq!(
            code(realm.write(move |tx| api_keys::revoke_own(tx, &ctx, id))),
            "kernel.not_found",
            "another's"
        );
        let (ctx, id) = (realm.as_user(admin), whole.key.id);
        realm.write(move |tx| api_keys::revoke_own(tx, &ctx, id)).unwrap();
        assert_eq!(code(come(&whole)), "identity.signed_out");
        for n in 0..50 {
            let made = own_key(realm, worker, named(&format!("key {n}")));
            assert_eq!(code(made), "ok");
        }
        assert_eq!(code(own_key(realm, worker, named("one too many"))), "identity.too_many_keys");
    });
}

#[test]
fn a_machine_has_no_contact_and_no_new_password_and_a_key_invites_nobody() {
    use contracts::Language;
    use identity::model::address::Address;
    use identity::service::invite::{NewInvitation, invite};
    use identity::service::{codes, contacts, reset};
    everywhere(|realm| {
        let chief = realm.chief();
        let robot = machine(realm, chief, "robot", "street").unwrap();
        realm.give(chief, realm.gift(robot, BuiltinRole::GridWorker, "street")).unwrap();
        let address = Address::parse("robot@town.example").unwrap();
        let add = |ctx: Context| {
            let (shared, address) = (realm.services.clone(), address.clone());
            realm.write(move |tx| contacts::add(tx, &ctx, &shared, &address, Language::En))
        };
        assert_eq!(code(add(realm.as_user(robot))), "identity.is_a_machine");
        // Even with a contact from before: nothing is sent.
        let ids = Arc::clone(&realm.ids);
        let (shared, door, kept) = (realm.services.clone(), realm.doorstep(), address.clone());
        realm
            .write(move |tx| {
                let outside = shared.outside()?;
                let contact = identity::model::newcomers::Contact {
                    id: ids.id(),
                    user_id: robot,
                    kind: "mail".to_owned(),
                    address_hash: outside.address_hash(&kept)?,
                    address_masked: kept.masked(),
                    address_sealed: outside.seal(&kept)?,
                    claim: None,
                    verified_at: Some(door.now),
                    created_at: door.now,
                };
                identity::store::contacts::insert(tx, &contact)
            })
            .unwrap();
        let (door, shared) = (realm.doorstep(), realm.services.clone());
        realm
            .write(move |tx| {
                let asked = reset::ask(tx, &door, &shared, "robot", Language::En)?;
                codes::send_asked(tx, &door, &shared, asked.id)
            })
            .unwrap();
        assert_eq!(realm.post.count("identity.password_reset"), 0);

        // The chief's own key carries one small right, the chief's account all of them: nobody is invited by the key.
        let only = NewKey { only: Some(vec![Work::NAME.to_owned()]), ..named("small") };
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        let made = realm.write(move |tx| api_keys::create_own(tx, &ctx, &shared, &only)).unwrap();
        let gate = realm.gate();
        let actor = on_runtime(async { gate.actor(made.token.expose_secret()).await.unwrap() });
        let by_key = Context { actor, ..realm.as_user(chief) };
        assert_eq!(code(add(by_key.clone())), "identity.not_by_key");
        let new = NewInvitation {
            address: address.clone(),
            login: None,
            display_name: "Li Na".to_owned(),
            unit: realm.unit("street").id,
            role: None,
            reason: "new in the street".to_owned(),
            language: Language::En,
        };
        let shared = realm.services.clone();
        assert_eq!(code(realm.write(move |tx| invite(tx, &by_key, &shared, &new))), "identity.not_by_key");
    });
}
