//! Invitations: the ceiling at both times, the code that is good once.

use std::sync::{Arc, Barrier};

use auth::LinkCode;
use identity::model::User;
use identity::model::address::Address;
use identity::model::newcomers::Invitation;
use identity::service::accept::accept;
use identity::service::builtin::role_id;
use identity::service::invite::{self, NewInvitation, NewInvitationRole, invite};
use identity::service::newcomer::Newcomer;
use identity::service::revoke::revoke;
use identity::service::{accounts, give::Gift};
use identity::store::{contacts, grant_lists, users};
use kernel::error::Outcome;
use kernel::id::User as UserKind;
use kernel::permission::Permit;
use kernel::{BuiltinRole, Id};
use secrecy::{ExposeSecret, SecretString};

use super::setting::{Realm, code, everywhere};

const INVITED: &str = "identity.invited";

fn plain(realm: &Realm, unit: &str) -> NewInvitation {
    NewInvitation {
        address: Address::parse("13800138000").unwrap(),
        login: None,
        display_name: "Li Na".to_owned(),
        unit: realm.unit(unit).id,
        role: None,
        reason: "new in the street".to_owned(),
        language: contracts::Language::Zh,
    }
}

fn with_role(realm: &Realm, unit: &str, role: BuiltinRole, place: &str) -> NewInvitation {
    let role = NewInvitationRole {
        role: role_id(role),
        unit: Some(realm.unit(place).id),
        subtree: true,
        until: None,
    };
    NewInvitation { role: Some(role), ..plain(realm, unit) }
}

fn send(realm: &Realm, by: Id<UserKind>, new: NewInvitation) -> Outcome<Invitation> {
    let (ctx, shared) = (realm.as_user(by), realm.services.clone());
    realm.write(move |tx| invite(tx, &ctx, &shared, &new))
}

fn newcomer(login: &str) -> Newcomer {
    Newcomer { login: login.to_owned(), display_name: "Li Na".to_owned(), password_hash: "hash".to_owned() }
}

fn take(realm: &Realm, told: &SecretString, login: &str) -> Outcome<User> {
    let (visit, shared, code) =
        (realm.doorstep(), realm.services.clone(), LinkCode::parse(told.expose_secret()));
    let newcomer = newcomer(login);
    realm.write(move |tx| accept(tx, &visit, &shared, code.as_ref(), &newcomer))
}

/// A street's administrator.
fn admin(realm: &Realm) -> (Id<UserKind>, Id<UserKind>) {
    let chief = realm.chief();
    let admin = realm.person("admin", "street");
    realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
    (chief, admin)
}

#[test]
fn an_invitation_becomes_an_account_with_its_role_and_its_address() {
    everywhere(|realm| {
        let (_, admin) = admin(realm);
        let sent =
            send(realm, admin, with_role(realm, "street", BuiltinRole::UnitAdmin, "community")).unwrap();
        assert_eq!(
            (sent.address_masked.as_str(), sent.state.as_str(), sent.version),
            ("138****8000", "pending", 1)
        );
        let told = realm.post.code(INVITED);
        assert!(!sent.code_digest.contains(&told.expose_secret()[4..]), "only a digest is kept");
        let user = take(realm, &told, "li.na").unwrap();
        assert_eq!((user.unit_id, user.must_change_password), (realm.unit("street").id, false));
        let (id, now) = (user.id, realm.now());
        let held = realm.db.read_blocking(move |tx| {
            let filter = grant_lists::Filter { user: Some(id), ..grant_lists::Filter::default() };
            let scope = kernel::Scope::of(
                [kernel::Root {
                    unit: Id::from_uuid(uuid::Uuid::nil()),
                    path: kernel::UnitPath::numbered(None, 1).unwrap(),
                    subtree: true,
                }],
                None,
            );
            grant_lists::list(tx, &scope, &filter, now, None, kernel::PageSize::DEFAULT, 0)
        });
        let held = held.unwrap().items;
        assert_eq!(held.len(), 1);
        assert_eq!((held[0].granted_by, held[0].unit_id), (Some(admin), realm.unit("community").id));
        assert_eq!(
            held[0].granted_under.0.as_array().unwrap().len(),
            1,
            "the chain to what the inviter holds"
        );
        let kept = realm.db.read_blocking(move |tx| contacts::of(tx, id)).unwrap();
        assert!(kept[0].verified_at.is_some() && !kept[0].address_sealed.contains("138"));
        realm.post.last("identity.invitation_accepted");
        // Once, and every reason sounds the same.
        for told in
            [told, SecretString::from("cwl_nonsense"), LinkCode::draw(sent.id.uuid()).unwrap().token()]
        {
            assert_eq!(code(take(realm, &told, "li.na2")), "identity.invitation_refused");
        }
    });
}

/// `rights.md`, trap 1: an invitation is no side path around the ceiling.
#[test]
fn nobody_invites_to_what_they_could_not_give() {
    everywhere(|realm| {
        let (chief, admin) = admin(realm);
        for (role, place) in [
            (BuiltinRole::PlatformAdmin, "street"),
            (BuiltinRole::GridWorker, "street"),
            (BuiltinRole::UnitAdmin, "town"),
            (BuiltinRole::UnitAdmin, "other"),
            (BuiltinRole::Merchant, "other"),
        ] {
            let refused = send(realm, admin, with_role(realm, "street", role, place));
            assert_eq!(code(refused), "identity.above_ceiling", "{role:?} at {place}");
        }
        assert_eq!(code(send(realm, admin, plain(realm, "other"))), "kernel.forbidden");
        let system = realm.person("system", "town");
        realm.give(chief, realm.gift(system, BuiltinRole::SystemAdmin, "town")).unwrap();
        let refused = send(realm, system, with_role(realm, "street", BuiltinRole::SecurityAdmin, "town"));
        assert_eq!(code(refused), "identity.above_ceiling", "who makes accounts gives no rights");
        assert_eq!(code(send(realm, system, plain(realm, "street"))), "ok");
        // Beyond the end of what the inviter holds.
        let short = realm.person("short", "street");
        let end = realm.now().plus_days(3);
        realm
            .give(chief, Gift { until: Some(end), ..realm.gift(short, BuiltinRole::UnitAdmin, "street") })
            .unwrap();
        let forever = with_role(realm, "street", BuiltinRole::UnitAdmin, "community");
        assert_eq!(code(send(realm, short, forever.clone())), "identity.above_ceiling");
        let role = NewInvitationRole { until: Some(end), ..forever.role.clone().unwrap() };
        assert_eq!(code(send(realm, short, NewInvitation { role: Some(role), ..forever })), "ok");
        assert_eq!(realm.post.count(INVITED), 2, "what was refused was not sent");
        let nobody = realm.db.read_blocking(|tx| users::find_by_login(tx, "li.na")).unwrap();
        assert!(nobody.is_none(), "trying out leaves nothing behind");
    });
}

#[test]
fn what_the_inviter_has_lost_since_nobody_gets() {
    everywhere(|realm| {
        let (chief, admin) = admin(realm);
        let new = with_role(realm, "street", BuiltinRole::UnitAdmin, "community");
        send(realm, admin, new.clone()).unwrap();
        let by_admin = realm.post.code(INVITED);
        // A role that must not meet with another is judged then, too.
        let ctx = realm.as_user(chief);
        let grant = realm
            .db
            .read_blocking(move |tx| {
                identity::service::held::of(tx, None, admin, identity::service::held::Which::All)
            })
            .unwrap()[0]
            .id;
        realm.write(move |tx| revoke(tx, &ctx, grant, None, "moved away")).unwrap();
        assert_eq!(code(take(realm, &by_admin, "li.na")), "identity.invitation_void");
        let gone = realm.db.read_blocking(|tx| users::find_by_login(tx, "li.na")).unwrap();
        assert!(gone.is_none(), "neither the account nor the role");

        // Disabled inviters give nothing either; nor does an invitation without a role.
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        send(realm, admin, plain(realm, "street")).unwrap();
        let (without, ctx, shared) = (realm.post.code(INVITED), realm.as_user(chief), realm.services.clone());
        realm.write(move |tx| accounts::disable(tx, &ctx, &shared, admin, None, "left")).unwrap();
        assert_eq!(code(take(realm, &without, "li.na")), "identity.invitation_void");
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        realm.write(move |tx| accounts::enable(tx, &ctx, &shared, admin, None, "back")).unwrap();
        assert_eq!(code(take(realm, &by_admin, "li.na")), "ok", "who has it again gives it again");
    });
}

#[test]
fn a_new_code_ends_the_one_before_and_a_withdrawn_invitation_opens_nothing() {
    everywhere(|realm| {
        let (_, admin) = admin(realm);
        let sent = send(realm, admin, plain(realm, "street")).unwrap();
        let first = realm.post.code(INVITED);
        let resend = |realm: &Realm| {
            let (ctx, shared) = (realm.as_user(admin), realm.services.clone());
            realm.write(move |tx| invite::resend(tx, &ctx, &shared, sent.id, None))
        };
        assert_eq!(code(resend(realm)), "identity.sent_lately");
        realm.hand.go(61);
        assert_eq!(resend(realm).unwrap().version, 2);
        assert_eq!(code(take(realm, &first, "li.na")), "identity.invitation_refused");
        let second = realm.post.code(INVITED);
        realm.hand.go(7 * 86_400);
        assert_eq!(code(take(realm, &second, "li.na")), "identity.invitation_refused", "it ran out");
        assert_eq!(code(resend(realm)), "ok", "and can be sent again");
        let third = realm.post.code(INVITED);
        let ctx = realm.as_user(admin);
        assert_eq!(code(realm.write(move |tx| invite::withdraw(tx, &ctx, sent.id, Some(1)))), "kernel.stale");
        let ctx = realm.as_user(admin);
        realm.write(move |tx| invite::withdraw(tx, &ctx, sent.id, Some(3))).unwrap();
        assert_eq!(code(take(realm, &third, "li.na")), "identity.invitation_refused");
        assert_eq!(code(resend(realm)), "identity.invitation_over");
        let (ctx, id) = (realm.as_user(admin), sent.id);
        let kept = realm
            .db
            .read_blocking(move |tx| {
                invite::visible(tx, &ctx, id, identity::permission::ReadUsers::PERMISSION)
            })
            .unwrap();
        assert_eq!(
            (kept.state.as_str(), kept.address_sealed, kept.ended_by),
            ("withdrawn", None, Some(admin))
        );
    });
}

#[test]
fn invitations_of_another_street_are_not_there() {
    everywhere(|realm| {
        let (chief, admin) = admin(realm);
        let other = realm.person("other.admin", "other");
        realm.give(chief, realm.gift(other, BuiltinRole::UnitAdmin, "other")).unwrap();
        let sent = send(realm, admin, plain(realm, "street")).unwrap();
        let ctx = realm.as_user(other);
        assert_eq!(
            code(realm.write(move |tx| invite::withdraw(tx, &ctx, sent.id, None))),
            "kernel.not_found"
        );
        let (ctx, shared) = (realm.as_user(other), realm.services.clone());
        let refused = realm.write(move |tx| invite::resend(tx, &ctx, &shared, sent.id, None));
        assert_eq!(code(refused), "kernel.not_found");
        realm.post.close();
        assert_eq!(code(send(realm, admin, plain(realm, "street"))), "identity.no_channel");
    });
}

#[test]
fn a_login_that_was_chosen_for_somebody_is_theirs() {
    everywhere(|realm| {
        let (_, admin) = admin(realm);
        let new = NewInvitation { login: Some("Li.Na".to_owned()), ..plain(realm, "street") };
        send(realm, admin, new.clone()).unwrap();
        let told = realm.post.code(INVITED);
        assert_eq!(code(take(realm, &told, "another")), "identity.invitation_refused");
        assert_eq!(take(realm, &told, "li.na").unwrap().login, "li.na");
        assert_eq!(code(send(realm, admin, new)), "identity.login_taken");
        send(realm, admin, plain(realm, "street")).unwrap();
        let told = realm.post.code(INVITED);
        assert_eq!(code(take(realm, &told, "li.na")), "identity.login_taken");
        assert_eq!(code(take(realm, &told, "li.na2")), "ok", "a login that is taken uses nothing up");
    });
}

#[test]
fn two_who_accept_one_code_at_once_make_one_account() {
    everywhere(|realm| {
        let (_, admin) = admin(realm);
        for round in 0..5 {
            send(realm, admin, plain(realm, "street")).unwrap();
            let told = realm.post.code(INVITED);
            let barrier = Arc::new(Barrier::new(2));
            let outcomes: Vec<&str> = std::thread::scope(|scope| {
                let all: Vec<_> = (0..2)
                    .map(|n| {
                        let (barrier, told) = (Arc::clone(&barrier), told.clone());
                        scope.spawn(move || {
                            barrier.wait();
                            code(take(realm, &told, &format!("li.na{round}{n}")))
                        })
                    })
                    .collect();
                all.into_iter().map(|one| one.join().unwrap()).collect()
            });
            let made = outcomes.iter().filter(|o| **o == "ok").count();
            let refused = outcomes.iter().filter(|o| **o == "identity.invitation_refused").count();
            assert_eq!((made, refused), (1, 1), "{outcomes:?}");
        }
    });
}
