//! Many: batches, long lists, roles that many hold.

use std::collections::BTreeSet;

use identity::model::{ENABLED, Grant, User};
use identity::service::batch::{Fate, Manner, give_all};
use identity::service::foresee;
use identity::service::give::Gift;
use identity::service::reach::{self, Asked};
use identity::service::roles::{self, NewRole, RoleChange};
use identity::store::{grant_lists, grants, users};
use kernel::id::{Role, User as UserKind};
use kernel::permission::Permit;
use kernel::sql::Json;
use kernel::{BuiltinRole, Id, PageSize, Root, Scope, UnitPath};

use super::setting::{Realm, Work, code, everywhere};

fn people(realm: &Realm, count: usize, home: &str, role: Id<Role>, at: &[&str]) -> Vec<Id<UserKind>> {
    let (home, now) = (realm.unit(home), realm.now());
    let made: Vec<(User, Grant)> = (0..count)
        .map(|n| {
            let unit = realm.unit(at[n % at.len()]);
            let id: Id<UserKind> = realm.ids.id();
            let user = User {
                id,
                login: format!("{}", id.uuid()),
                display_name: format!("P{n}"),
                unit_id: home.id,
                unit_path: home.path.clone(),
                status: ENABLED.to_owned(),
                password_hash: None,
                must_change_password: false,
                failed_count: 0,
                last_failed_at: None,
                created_at: now,
                version: 1,
            };
            let grant = Grant {
                id: realm.ids.id(),
                user_id: id,
                role_id: role,
                unit_id: unit.id,
                unit_path: unit.path,
                subtree: n % 7 != 0,
                valid_from: now.plus_days(if n % 11 == 0 { 5 } else { -1 }),
                valid_until: (n % 5 == 0).then(|| now.plus_days(20)),
                reason: "many".to_owned(),
                ticket: None,
                granted_by: None,
                granted_under: Json(serde_json::json!([])),
                created_at: now,
                revoked_at: (n % 13 == 0).then_some(now),
                revoked_by: None,
                revoke_reason: None,
                version: 1,
                awaits_approval: n % 17 == 0,
                notice_due_at: None,
            };
            (user, grant)
        })
        .collect();
    let ids = made.iter().map(|(user, _)| user.id).collect();
    realm
        .write(move |tx| {
            for (user, grant) in &made {
                users::insert(tx, user)?;
                grants::insert(tx, grant)?;
            }
            Ok(())
        })
        .unwrap();
    ids
}

fn who_can(realm: &Realm, by: Id<UserKind>, unit: &str) -> Vec<Id<UserKind>> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let (ctx, shared, unit) = (realm.as_user(by), realm.services.clone(), realm.unit(unit).id);
        let asked = Asked { after, size: PageSize::new(170).unwrap(), fingerprint: 3 };
        let page = realm
            .db
            .read_blocking(move |tx| reach::who_can(tx, &ctx, &shared, Work::PERMISSION, unit, &asked))
            .unwrap();
        assert!(page.items.iter().all(|able| able.grants.len() == 1));
        all.extend(page.items.iter().map(|able| able.user.id));
        match page.next {
            Some(next) => after = Some(next),
            None => return all,
        }
    }
}

#[test]
fn who_can_is_complete_beyond_a_thousand_and_names_nobody_the_asker_may_not_know() {
    everywhere(|realm| {
        let chief = realm.chief();
        let worker = identity::service::builtin::role_id(BuiltinRole::GridWorker);
        let mut all =
            people(realm, 2_000, "town", worker, &["town", "street", "community", "other", "street"]);
        let locals = people(realm, 400, "street", worker, &["town", "community"]);
        all.extend(&locals);
        let path = realm.unit("community").path;
        // By hand, one after the other.
        let able: BTreeSet<_> = all
            .iter()
            .copied()
            .filter(|id| {
                let ctx = realm.as_user(*id);
                ctx.actor.may(Work::PERMISSION, &path, ctx.now)
            })
            .collect();
        let found = who_can(realm, chief, "community");
        assert!(able.len() > 1_000, "{}", able.len());
        assert_eq!(found.len(), able.len(), "nobody twice");
        assert_eq!(found.iter().copied().collect::<BTreeSet<_>>(), able);
        assert!(found.is_sorted());
        // The street's administrator knows who lives in the street or was given it there, and nobody else.
        let admin = realm.person("admin", "street");
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        let seen: BTreeSet<_> = who_can(realm, admin, "community").into_iter().collect();
        let street = realm.unit("street").path;
        let known: BTreeSet<_> = able
            .iter()
            .copied()
            .filter(|id| {
                let ctx = realm.as_user(*id);
                locals.contains(id) || ctx.actor.grants.iter().any(|grant| street.contains(&grant.path))
            })
            .collect();
        assert_eq!(seen, known);
        assert!(known.len() < able.len());
        let (ctx, shared, unit) = (realm.as_user(admin), realm.services.clone(), realm.unit("other").id);
        let asked = Asked { after: None, size: PageSize::DEFAULT, fingerprint: 3 };
        let hidden = realm
            .db
            .read_blocking(move |tx| reach::who_can(tx, &ctx, &shared, Work::PERMISSION, unit, &asked));
        assert_eq!(code(hidden), "kernel.not_found");
    });
}

#[test]
fn where_is_the_places_and_only_where_the_asker_may_ask() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (wang, admin) = (realm.person("wang", "other"), realm.person("admin", "street"));
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        let worker = BuiltinRole::GridWorker;
        realm.give(chief, Gift { subtree: false, ..realm.gift(wang, worker, "town") }).unwrap();
        realm.give(chief, realm.gift(wang, worker, "street")).unwrap();
        realm.give(chief, realm.gift(wang, worker, "community")).unwrap();
        realm.give(chief, realm.gift(wang, worker, "other")).unwrap();
        let ask = |by| {
            let (mut all, mut after) = (Vec::new(), None);
            loop {
                let (ctx, shared) = (realm.as_user(by), realm.services.clone());
                let asked = Asked { after, size: PageSize::new(1).unwrap(), fingerprint: 4 };
                let found = realm
                    .db
                    .read_blocking(move |tx| reach::places(tx, &ctx, &shared, wang, Work::PERMISSION, &asked))
                    .unwrap();
                assert!(!found.everywhere && !found.user_disabled && !found.mfa_required);
                let page = found.page;
                all.extend(page.items.into_iter().map(|root| (root.path, root.subtree)));
                match page.next {
                    Some(next) => after = Some(next),
                    None => return all,
                }
            }
        };
        let at = |name: &str| realm.unit(name).path;
        assert_eq!(ask(chief), [(at("town"), false), (at("street"), true), (at("other"), true)]);
        assert_eq!(ask(wang), ask(chief));
        assert_eq!(ask(admin), [(at("street"), true)]);
    });
}

#[test]
fn a_batch_is_all_or_each_and_a_dry_run_counts_what_the_real_one_does() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (admin, a, b) =
            (realm.person("admin", "street"), realm.person("a", "street"), realm.person("b", "street"));
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        let gifts = [
            realm.gift(a, BuiltinRole::UnitAdmin, "community"),
            realm.gift(a, BuiltinRole::PlatformAdmin, "street"),
            realm.gift(admin, BuiltinRole::UnitAdmin, "street"),
            realm.gift(b, BuiltinRole::UnitAdmin, "street"),
            Gift { reason: String::new(), ..realm.gift(b, BuiltinRole::UnitAdmin, "street") },
        ];
        let give = |manner| {
            let (ctx, shared, gifts) = (realm.as_user(admin), realm.services.clone(), gifts.to_vec());
            let fates = realm.write(move |tx| give_all(tx, &ctx, &shared, &gifts, manner)).unwrap();
            fates
                .iter()
                .map(|fate| match fate {
                    Fate::Given(_) => "given",
                    Fate::Refused(refusal) => refusal.code.code,
                    Fate::Undone => "undone",
                })
                .collect::<Vec<_>>()
        };
        let held = || realm.as_user(a).actor.grants.len() + realm.as_user(b).actor.grants.len();
        let refused = ["identity.above_ceiling", "identity.grant_to_self", "kernel.invalid"];
        let each = ["given", refused[0], refused[1], "given", refused[2]];
        assert_eq!(give(Manner { dry_run: true, atomic: false }), each);
        assert_eq!(held(), 0, "a dry run gives nothing");
        let none = ["undone", refused[0], refused[1], "undone", refused[2]];
        assert_eq!(give(Manner { dry_run: true, atomic: true }), none);
        assert_eq!(give(Manner { dry_run: false, atomic: true }), none);
        assert_eq!(held(), 0, "all or none");
        assert_eq!(give(Manner::default()), each);
        assert_eq!(held(), 2);
    });
}

#[test]
fn an_edit_of_a_role_that_many_hold_counts_them_all_and_names_only_the_known() {
    everywhere(|realm| {
        let chief = realm.chief();
        let guard = realm.person("guard", "street");
        realm.give(chief, realm.gift(guard, BuiltinRole::SecurityAdmin, "street")).unwrap();
        let new = NewRole {
            name: "helper".to_owned(),
            label_en: "Helper".to_owned(),
            label_zh: "助手".to_owned(),
            unit: realm.unit("town").id,
            permissions: BTreeSet::from([Work::NAME.to_owned()]),
        };
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        let role = realm.write(move |tx| roles::create(tx, &ctx, &shared, &new)).unwrap().id;
        let all = people(realm, 700, "town", role, &["town", "street", "community", "other"]);
        let (now, one) = (realm.now(), all[1]);
        let expected = all
            .iter()
            .filter(|id| {
                let ctx = realm.as_user(**id);
                !ctx.actor.grants.is_empty()
            })
            .count();
        // One of them has it besides, by another role that reaches as far: the edit takes nothing from them.
        let gift = realm.gift(one, BuiltinRole::GridWorker, "town");
        realm.give(chief, Gift { from: Some(now.plus_days(-10)), ..gift }).unwrap();
        let after = BTreeSet::from([identity::permission::ReadUsers::NAME.to_owned()]);
        let look = |by| {
            let (ctx, shared, after) = (realm.as_user(by), realm.services.clone(), after.clone());
            realm.db.read_blocking(move |tx| foresee::role(tx, &ctx, &shared, role, &after))
        };
        let edit = look(chief).unwrap();
        assert_eq!(usize::try_from(edit.holders).unwrap(), expected);
        let count = |name: &str| edit.changes.iter().find(|c| c.permission == name).unwrap().people;
        assert_eq!(usize::try_from(count(identity::permission::ReadUsers::NAME)).unwrap(), expected);
        assert_eq!(usize::try_from(count(Work::NAME)).unwrap(), expected - 1);
        assert_eq!(edit.people.len(), 50);
        assert!(edit.breaches.is_empty());
        assert!(edit.people.iter().all(|p| p.loses.len() == usize::from(p.user.id != one)));
        // Who manages roles in the street only may not touch one of the town.
        assert_eq!(code(look(guard)), "kernel.forbidden");
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        let change = RoleChange { permissions: Some(after.clone()), ..RoleChange::default() };
        realm.write(move |tx| roles::edit(tx, &ctx, &shared, role, 1, &change)).unwrap();
        let scope =
            realm.as_user(chief).actor.scope(identity::permission::ReadGrants::PERMISSION, false, now);
        let holders = realm
            .db
            .read_blocking(move |tx| grant_lists::holders(tx, role, &scope, now, None, 10_000))
            .unwrap();
        assert_eq!(holders.len(), expected);
    });
}

#[test]
fn an_edit_above_the_editors_ceiling_anywhere_it_is_held_is_refused() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (guard, wang) = (realm.person("guard", "street"), realm.person("wang", "street"));
        let end = realm.now().plus_days(30);
        let office = Gift { until: Some(end), ..realm.gift(guard, BuiltinRole::SecurityAdmin, "street") };
        realm.give(chief, office).unwrap();
        let new = NewRole {
            name: "helper".to_owned(),
            label_en: "Helper".to_owned(),
            label_zh: "助手".to_owned(),
            unit: realm.unit("street").id,
            permissions: BTreeSet::from([Work::NAME.to_owned()]),
        };
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        let role = realm.write(move |tx| roles::create(tx, &ctx, &shared, &new)).unwrap().id;
        let gift = Gift { role, ..realm.gift(wang, BuiltinRole::Merchant, "community") };
        realm.give(chief, Gift { until: Some(end.plus_days(-1)), ..gift.clone() }).unwrap();
        realm.give(chief, gift).unwrap();
        let more = RoleChange {
            permissions: Some(BTreeSet::from([Work::NAME.to_owned(), "identity.user.read".to_owned()])),
            ..RoleChange::default()
        };
        let (ctx, shared) = (realm.as_user(guard), realm.services.clone());
        let refused = realm.write(move |tx| roles::edit(tx, &ctx, &shared, role, 1, &more));
        assert_eq!(
            code(refused),
            "identity.above_ceiling",
            "it is held for longer than the editor's office lasts"
        );
    });
}

#[test]
fn many_who_hold_an_edited_role_are_kept_from_what_must_not_meet() {
    everywhere(|realm| {
        let chief = realm.chief();
        let wang = realm.person("wang", "town");
        let new = NewRole {
            name: "helper".to_owned(),
            label_en: "Helper".to_owned(),
            label_zh: "助手".to_owned(),
            unit: realm.unit("town").id,
            permissions: BTreeSet::from([Work::NAME.to_owned()]),
        };
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        let role = realm.write(move |tx| roles::create(tx, &ctx, &shared, &new)).unwrap().id;
        people(realm, 300, "town", role, &["town", "street"]);
        realm.give(chief, Gift { role, ..realm.gift(wang, BuiltinRole::Merchant, "town") }).unwrap();
        realm.give(chief, realm.gift(wang, BuiltinRole::SystemAdmin, "other")).unwrap();
        let audits = RoleChange {
            permissions: Some(BTreeSet::from(["test.audit.read".to_owned()])),
            ..RoleChange::default()
        };
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        let refused = realm.write(move |tx| roles::edit(tx, &ctx, &shared, role, 1, &audits));
        assert_eq!(code(refused), "identity.administrators_are_three");
    });
}

/// Numbers without a pattern, the same at every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

#[test]
fn a_list_holds_exactly_what_the_check_lets_through_row_by_row() {
    everywhere(|realm| {
        let worker = identity::service::builtin::role_id(BuiltinRole::GridWorker);
        let mut numbers = Numbers(7);
        // Three levels below the town, many places.
        let town = realm.unit("town").path;
        let mut places = vec![town.clone()];
        for _ in 0..60 {
            let above =
                places[usize::try_from(numbers.below(u64::try_from(places.len()).unwrap())).unwrap()].clone();
            places.extend(UnitPath::numbered(Some(&above), 10 + numbers.below(4)));
        }
        places.sort();
        places.dedup();
        let pick = |numbers: &mut Numbers| {
            places[usize::try_from(numbers.below(u64::try_from(places.len()).unwrap())).unwrap()].clone()
        };
        let mut homes = Vec::new();
        for id in people(realm, 2_600, "street", worker, &["street"]) {
            homes.push((id, pick(&mut numbers)));
        }
        let rows = homes.clone();
        realm
            .write(move |tx| {
                for (id, path) in &rows {
                    let mut user = users::find(tx, *id)?.unwrap();
                    user.unit_path = path.clone();
                    users::update(tx, &user, 1)?;
                }
                Ok(())
            })
            .unwrap();
        for round in 0..12 {
            let count = 1 + numbers.below(5);
            let roots: Vec<Root> = (0..count)
                .map(|_| Root {
                    unit: realm.ids.id(),
                    path: pick(&mut numbers),
                    subtree: numbers.below(3) > 0,
                })
                .collect();
            // Now and then everything, so that the list is walked and not sorted.
            let all = Root { unit: realm.ids.id(), path: town.clone(), subtree: true };
            let scope = Scope::of(if round % 4 == 0 { vec![all] } else { roots }, None);
            let expected: BTreeSet<_> =
                homes.iter().filter(|(_, path)| scope.covers(path, None)).map(|(id, _)| *id).collect();
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let (scope, from) = (scope.clone(), after.clone());
                let page = realm
                    .db
                    .read_blocking(move |tx| {
                        let filter = users::Filter::default();
                        users::list(tx, &scope, &filter, from.as_ref(), PageSize::new(37).unwrap(), 1)
                    })
                    .unwrap();
                found.extend(page.items.iter().map(|user| user.id));
                match page.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
            assert_eq!(found.len(), expected.len(), "nobody twice: {scope:?}");
            assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected, "{scope:?}");
        }
    });
}

#[test]
fn grants_are_listed_in_the_order_of_the_tree_once_each() {
    everywhere(|realm| {
        let worker = identity::service::builtin::role_id(BuiltinRole::GridWorker);
        people(realm, 2_300, "town", worker, &["street", "community", "other"]);
        let now = realm.now();
        for (roots, expected) in
            [(&["town"][..], 2_300), (&["street", "other"], 2_300), (&["community"], 767)]
        {
            let roots = roots.iter().map(|name| {
                let unit = realm.unit(name);
                Root { unit: unit.id, path: unit.path, subtree: true }
            });
            let scope = Scope::of(roots, None);
            let (mut found, mut after): (Vec<Grant>, Option<kernel::Cursor>) = (Vec::new(), None);
            loop {
                let (scope, from) = (scope.clone(), after.clone());
                let page = realm
                    .db
                    .read_blocking(move |tx| {
                        let filter = grant_lists::Filter::default();
                        let size = PageSize::new(200).unwrap();
                        grant_lists::list(tx, &scope, &filter, now, from.as_ref(), size, 1)
                    })
                    .unwrap();
                found.extend(page.items);
                match page.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
            assert!(found.is_sorted_by(|a, b| (&a.unit_path, a.id) < (&b.unit_path, b.id)));
            assert_eq!(found.len(), expected);
        }
    });
}
