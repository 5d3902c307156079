//! What changes of rights do to the very next request, on whichever gateway it comes in.

use contracts::{RightsWatch, UserDirectory};
use identity::ports::{Directory, Rights};
use identity::service::{accounts, bootstrap, revoke::revoke, session};
use kernel::BuiltinRole;
use kernel::permission::Permit;
use secrecy::{ExposeSecret, SecretString};

use super::setting::{PASSWORD, Work, code, everywhere};
use super::signing_in::on_runtime;

#[test]
fn what_is_revoked_is_gone_on_the_next_request_on_every_gateway() {
    everywhere(|realm| {
        let chief = realm.chief();
        let worker = realm.person("worker", "street");
        let (one, two) = (realm.gate(), realm.gate());
        on_runtime(async {
            let signed = one.sign_in("worker", SecretString::from(PASSWORD), None, "r").await.unwrap();
            let token = signed.access_token.expose_secret();
            let may = |actor: &kernel::Actor| {
                actor.may(Work::PERMISSION, &realm.unit("community").path, realm.now())
            };
            for gate in [&one, &two] {
                assert!(!may(&gate.actor(token).await.unwrap()));
            }
            let ctx = realm_as(realm, chief).await;
            let (shared, gift) =
                (realm.services.clone(), realm.gift(worker, BuiltinRole::GridWorker, "street"));
            let grant = realm
                .db
                .write(move |tx| identity::service::give::give(tx, &ctx, &shared, &gift))
                .await
                .unwrap();
            for gate in [&one, &two, &one] {
                assert!(may(&gate.actor(token).await.unwrap()));
            }
            let ctx = realm_as(realm, chief).await;
            realm.db.write(move |tx| revoke(tx, &ctx, grant.id, None, "over")).await.unwrap();
            for gate in [&one, &two] {
                assert!(!may(&gate.actor(token).await.unwrap()));
            }
            let (ctx, shared) = (realm_as(realm, chief).await, realm.services.clone());
            realm
                .db
                .write(move |tx| accounts::disable(tx, &ctx, &shared, worker, None, "left"))
                .await
                .unwrap();
            for gate in [&one, &two] {
                assert_eq!(code(gate.actor(token).await), "identity.signed_out");
            }
        });
    });
}

#[test]
fn a_session_that_was_ended_lets_nobody_in_and_the_others_stay() {
    everywhere(|realm| {
        let chief = realm.chief();
        let gate = realm.gate();
        on_runtime(async {
            let a = gate.sign_in("chief", SecretString::from(PASSWORD), None, "r").await.unwrap();
            let b = gate.sign_in("chief", SecretString::from(PASSWORD), None, "r").await.unwrap();
            let actor = gate.actor(a.access_token.expose_secret()).await.unwrap();
            let id = actor.session.unwrap();
            let ctx = realm_as(realm, chief).await;
            let own = realm.db.read(move |tx| session::own(tx, &ctx)).await.unwrap();
            assert_eq!(own.len(), 2);
            let ctx = realm_as(realm, chief).await;
            realm.db.write(move |tx| session::end_own(tx, &ctx, id)).await.unwrap();
            assert_eq!(code(gate.actor(a.access_token.expose_secret()).await), "identity.signed_out");
            assert!(gate.actor(b.access_token.expose_secret()).await.is_ok());
            assert_eq!(code(gate.refresh(&a.refresh_token, "r").await), "identity.refresh_refused");
            // A log that was purged makes gateways load everything anew instead of missing a change.
            let now = realm.now().plus_days(40);
            realm.db.write(move |tx| identity::store::state::purge(tx, now)).await.unwrap();
            let other = realm.gate();
            assert_eq!(code(other.actor(a.access_token.expose_secret()).await), "identity.signed_out");
            assert!(other.actor(b.access_token.expose_secret()).await.is_ok());
            let ctx = realm_as(realm, chief).await;
            realm.db.write(move |tx| Rights.tree_changed(tx, &ctx)).await.unwrap();
            assert!(gate.actor(b.access_token.expose_secret()).await.is_ok());
            assert_eq!(code(gate.actor("no.token.atall").await), "identity.signed_out");
        });
    });
}

#[test]
fn the_directory_knows_who_holds_what() {
    everywhere(|realm| {
        let chief = realm.chief();
        let worker = realm.person("worker", "street");
        realm.give(chief, realm.gift(worker, BuiltinRole::GridWorker, "street")).unwrap();
        let (here, there, now) = (realm.unit("community").path, realm.unit("other").path, realm.now());
        let said = realm
            .db
            .read_blocking(move |tx| {
                Ok((
                    Directory.holds(tx, worker, Work::NAME, &here, now)?,
                    Directory.holds(tx, worker, Work::NAME, &there, now)?,
                    Directory.users(tx, &[worker, chief])?.len(),
                ))
            })
            .unwrap();
        assert_eq!(said, (true, false, 2));
    });
}

#[test]
fn a_realm_is_founded_once_and_recovered_from_the_shell() {
    everywhere(|realm| {
        realm.chief();
        let worker = realm.person("worker", "street");
        let (now, ids, root) = (realm.now(), std::sync::Arc::clone(&realm.ids), realm.unit("town"));
        let again = realm.write(move |tx| {
            let door = session::Door { now, request_id: "shell", ids: ids.as_ref() };
            bootstrap::first_administrator(tx, door, "second", "Second", "$hash", &root)
        });
        assert_eq!(code(again), "identity.already_founded");
        let (now, ids, root) = (realm.now(), std::sync::Arc::clone(&realm.ids), realm.unit("town"));
        let grant = realm
            .write(move |tx| {
                let door = session::Door { now, request_id: "shell", ids: ids.as_ref() };
                bootstrap::grant_role(tx, door, "Worker", BuiltinRole::SecurityAdmin, &root, "recovery")
            })
            .unwrap();
        assert_eq!((grant.user_id, grant.granted_by), (worker, None));
    });
}

async fn realm_as(realm: &super::setting::Realm, user: kernel::Id<kernel::id::User>) -> kernel::Context {
    let realm = realm.clone();
    tokio::task::spawn_blocking(move || realm.as_user(user)).await.unwrap()
}
