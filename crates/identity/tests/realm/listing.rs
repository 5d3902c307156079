//! The list of grants against the check: it holds what the reader may read by the very answer of `check`, all of it, in the order of
//! the tree, however the pages are cut.

use std::collections::BTreeMap;
use std::sync::Arc;

use identity::model::{GRANT_STATES, Grant};
use identity::permission::ReadGrants;
use identity::service::builtin::role_id;
use identity::service::explain::{self, Question};
use identity::store::grant_lists::{self, Filter};
use identity::store::grants;
use kernel::id::{Grant as GrantKind, Unit, User};
use kernel::permission::Permit;
use kernel::sql::Json;
use kernel::{BuiltinRole, Cursor, Id, PageSize};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use super::setting::{Realm, everywhere};

/// Some of these carry the right to read grants, some do not.
const ROLES: [BuiltinRole; 5] = [
    BuiltinRole::PlatformAdmin,
    BuiltinRole::SecurityAdmin,
    BuiltinRole::UnitAdmin,
    BuiltinRole::SystemAdmin,
    BuiltinRole::GridWorker,
];

/// A grant of the model.
#[derive(Debug, Clone)]
struct Held {
    role: usize,
    unit: usize,
    subtree: bool,
    /// Days from now: from when, and until when.
    from: i64,
    until: Option<i64>,
    /// Whether it was revoked, or waits for a second person.
    revoked: bool,
    waits: bool,
}

fn held() -> impl Strategy<Value = Held> {
    let rarely = || prop_oneof![5 => Just(false), 1 => Just(true)];
    let span = prop_oneof![
        3 => Just((-2_i64, None)),
        2 => Just((-2, Some(9_i64))),
        1 => Just((-2, Some(-1))),
        1 => Just((1, None)),
        1 => Just((1, Some(9))),
    ];
    (0..ROLES.len(), 0..5_usize, any::<bool>(), span, rarely(), rarely()).prop_map(
        |(role, unit, subtree, (from, until), revoked, waits)| Held {
            role,
            unit,
            subtree,
            from,
            until,
            revoked,
            waits,
        },
    )
}

/// Writes it down for somebody, past every rule of giving.
fn write(realm: &Realm, to: Id<User>, by: Id<User>, held: &Held) -> Grant {
    let unit = realm.tree.0[held.unit].clone();
    let grant = Grant {
        id: realm.ids.id(),
        user_id: to,
        role_id: role_id(ROLES[held.role]),
        unit_id: unit.id,
        unit_path: unit.path,
        subtree: held.subtree,
        valid_from: realm.now().plus_days(held.from),
        valid_until: held.until.map(|days| realm.now().plus_days(days)),
        reason: "for the test".to_owned(),
        ticket: None,
        granted_by: Some(by),
        granted_under: Json(json!([])),
        created_at: realm.now(),
        revoked_at: held.revoked.then(|| realm.now()),
        revoked_by: held.revoked.then_some(by),
        revoke_reason: held.revoked.then(|| "over".to_owned()),
        version: 1,
        awaits_approval: held.waits,
        notice_due_at: None,
    };
    let row = grant.clone();
    realm.write(move |tx| grants::insert(tx, &row)).unwrap();
    grant
}

/// Where somebody may read grants, as `check` answers it.
fn readable(realm: &Realm, reader: Id<User>) -> BTreeMap<Id<Unit>, bool> {
    let (ctx, shared) = (realm.as_user(reader), realm.services.clone());
    let units: Vec<Id<Unit>> = realm.tree.0.iter().map(|unit| unit.id).collect();
    let questions: Vec<Question> = units
        .iter()
        .map(|unit| Question { user: reader, permission: ReadGrants::PERMISSION, unit: *unit, at: ctx.now })
        .collect();
    let said = realm.db.read_blocking(move |tx| explain::check(tx, &ctx, &shared, &questions)).unwrap();
    units.into_iter().zip(said.into_iter().map(|said| said.allowed)).collect()
}

#[test]
fn the_list_of_grants_holds_what_check_allows_and_not_a_row_more() {
    everywhere(|realm| {
        let chief = realm.chief();
        let mut known = Vec::new();
        for (n, role) in [0, 2, 4, 2, 3, 1, 4, 4].into_iter().cycle().take(40).enumerate() {
            let (to, revoked) = (realm.person(&format!("p{n}"), "street"), n % 7 == 3);
            let until = [None, Some(30), Some(-1)][n % 3];
            let one =
                Held { role, unit: n % 5, subtree: n % 2 == 0, from: -3, until, revoked, waits: n % 9 == 4 };
            known.push(write(realm, to, chief, &one));
        }
        known.extend(realm.as_user(chief).actor.grants.iter().map(|grant| {
            let id = grant.id;
            realm.write(move |tx| grants::find(tx, id)).unwrap().unwrap()
        }));
        let (known, count) = (parking_lot::Mutex::new(known), std::cell::Cell::new(0));
        let case = (
            proptest::collection::vec(held(), 0..5),
            proptest::option::of(0..5_usize),
            proptest::option::of(0..GRANT_STATES.len()),
            proptest::option::of(0..ROLES.len()),
            1..12_i64,
        );
        TestRunner::new(Config { cases: 40, failure_persistence: None, ..Config::default() })
            .run(&case, |(grants, below, state, role, size)| {
                count.set(count.get() + 1);
                let reader = realm.person(&format!("reader{}", count.get()), "street");
                let mut all = known.lock();
                all.extend(grants.iter().map(|held| write(realm, reader, chief, held)));
                let allowed = readable(realm, reader);
                let below = below.map(|n| realm.tree.0[n].clone());
                let filter = Filter {
                    state: state.map(|n| GRANT_STATES[n].to_owned()),
                    role: role.map(|n| role_id(ROLES[n])),
                    ..Filter::default()
                };
                let mut wanted: Vec<_> = all
                    .iter()
                    .filter(|grant| allowed[&grant.unit_id])
                    .filter(|grant| below.as_ref().is_none_or(|unit| unit.path.contains(&grant.unit_path)))
                    .filter(|grant| filter.state.as_deref().is_none_or(|s| s == grant.state(realm.now())))
                    .filter(|grant| filter.role.is_none_or(|role| role == grant.role_id))
                    .map(|grant| (grant.unit_path.clone(), grant.id.uuid()))
                    .collect();
                wanted.sort();
                let ctx = Arc::new(realm.as_user(reader));
                let mut scope = ctx.actor.scope(ReadGrants::PERMISSION, false, ctx.now);
                if let Some(unit) = &below {
                    scope = scope.within(unit.id, &unit.path);
                }
                let (mut got, mut after): (Vec<Id<GrantKind>>, Option<Cursor>) = (Vec::new(), None);
                loop {
                    let (scope, filter, now) = (scope.clone(), filter.clone(), realm.now());
                    let size = PageSize::new(size).unwrap();
                    let page = realm
                        .db
                        .read_blocking(move |tx| {
                            grant_lists::list(tx, &scope, &filter, now, after.as_ref(), size, 7)
                        })
                        .unwrap();
                    got.extend(page.items.iter().map(|grant| grant.id));
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
                let got: Vec<_> = got.into_iter().map(Id::uuid).collect();
                prop_assert_eq!(got, wanted.into_iter().map(|(_, id)| id).collect::<Vec<_>>());
                Ok(())
            })
            .unwrap();
    });
}
