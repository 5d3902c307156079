//! What a role would become: looked at before and tried it is one judgement, and no role joins what must not meet.

use std::collections::BTreeSet;

use identity::model::Role;
use identity::model::conflict::{Mode, Place};
use identity::service::conflicts::{self, NewConflict};
use identity::service::explain::{self, Question};
use identity::service::foresee;
use identity::service::give::Gift;
use identity::service::roles::{self, NewRole, RoleChange};
use kernel::error::Outcome;
use kernel::id::{Role as RoleKind, User as UserKind};
use kernel::permission::Permit;
use kernel::{BuiltinRole, Fault, Id};

use super::setting::{Realm, Work, code, everywhere};

const WORK: &str = "test.work.do";
const RUN: &str = "test.system.run";
const AUDIT: &str = "test.audit.read";
const GIVE: &str = "identity.grant.manage";
const READ: &str = "identity.role.read";

fn names(permissions: &[&str]) -> BTreeSet<String> {
    permissions.iter().map(|name| (*name).to_owned()).collect()
}

fn make(realm: &Realm, by: Id<UserKind>, name: &str, permissions: &[&str]) -> Outcome<Role> {
    let new = NewRole {
        name: name.to_owned(),
        label_en: name.to_owned(),
        label_zh: name.to_owned(),
        unit: realm.unit("town").id,
        permissions: names(permissions),
    };
    let (ctx, shared) = (realm.as_user(by), realm.services.clone());
    realm.write(move |tx| roles::create(tx, &ctx, &shared, &new))
}

fn hold(realm: &Realm, by: Id<UserKind>, who: Id<UserKind>, role: Id<RoleKind>) {
    realm.give(by, Gift { role, ..realm.gift(who, BuiltinRole::Merchant, "street") }).unwrap();
}

/// Looks at an edit and tries it; both say the same, and it is said here.
fn both_ways(realm: &Realm, by: Id<UserKind>, role: Id<RoleKind>, after: &[&str]) -> &'static str {
    let (ctx, shared, wanted) = (realm.as_user(by), realm.services.clone(), names(after));
    let look = realm.db.read_blocking(move |tx| foresee::role(tx, &ctx, &shared, role, &wanted)).unwrap();
    let seen = look.refusals.first().map_or("ok", |refusal| refusal.code.code);
    let change = RoleChange { permissions: Some(names(after)), ..RoleChange::default() };
    let (ctx, shared) = (realm.as_user(by), realm.services.clone());
    let kept = realm.db.read_blocking(move |tx| identity::store::roles::find(tx, role)).unwrap().unwrap();
    let tried = code(realm.write(move |tx| roles::edit(tx, &ctx, &shared, role, kept.version, &change)));
    assert_eq!(seen, tried, "{after:?}");
    assert_eq!(
        look.breaches.is_empty(),
        !look.refusals.iter().any(|r| r.code.code == "identity.above_ceiling")
    );
    tried
}

#[test]
fn the_look_at_an_edit_says_what_the_edit_says() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (guard, wang) = (realm.person("guard", "town"), realm.person("wang", "street"));
        let until = Some(realm.now().plus_days(5));
        realm.give(chief, Gift { until, ..realm.gift(guard, BuiltinRole::SecurityAdmin, "town") }).unwrap();
        let (plain, held) =
            (make(realm, chief, "plain", &[WORK]).unwrap(), make(realm, chief, "held", &[WORK]).unwrap());
        let mine = make(realm, chief, "mine", &[WORK]).unwrap();
        hold(realm, chief, wang, held.id);
        hold(realm, chief, guard, mine.id);
        realm.give(chief, realm.gift(wang, BuiltinRole::SystemAdmin, "other")).unwrap();
        let apart = "identity.administrators_are_three";
        let said = [
            (chief, held.id, &[WORK, AUDIT][..], apart),
            (chief, held.id, &[AUDIT][..], apart),
            (chief, held.id, &[GIVE][..], apart),
            (chief, held.id, &[RUN][..], "ok"),
            (chief, held.id, &[RUN][..], "ok"),
            (chief, plain.id, &[RUN, AUDIT][..], "identity.role_against_itself"),
            (chief, plain.id, &[AUDIT][..], "ok"),
            (guard, held.id, &[RUN, WORK][..], "identity.above_ceiling"),
            (guard, mine.id, &[WORK, READ][..], "identity.grant_to_self"),
            (guard, plain.id, &[AUDIT, READ][..], "identity.above_ceiling"),
        ];
        for (by, role, after, expected) in said {
            assert_eq!(both_ways(realm, by, role, after), expected, "{after:?}");
        }
    });
}

#[test]
fn no_role_holds_both_sides_of_a_rule() {
    everywhere(|realm| {
        let chief = realm.chief();
        super::trap_one::over_all_trees(realm);
        let (pays, approves) = (
            make(realm, chief, "pays", &[WORK, READ]).unwrap(),
            make(realm, chief, "approves", &[RUN, READ]).unwrap(),
        );
        let before = make(realm, chief, "both_before", &[WORK, RUN]).unwrap();
        let rule = NewConflict {
            a: pays.id,
            b: approves.id,
            place: Place::SameUnit,
            mode: Mode::NeedsSecond,
            reason: "four eyes".to_owned(),
        };
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        realm.write(move |tx| conflicts::create(tx, &ctx, &shared, &rule)).unwrap();
        let Err(Fault::Refused(refusal)) = make(realm, chief, "both", &[WORK, RUN]) else {
            panic!("both sides")
        };
        assert_eq!(refusal.code.code, "identity.role_against_itself");
        let named = &refusal.extra.unwrap()["conflict"];
        assert_eq!(
            *named,
            serde_json::json!({ "roles": ["approves", "pays"], "where": "same_unit", "mode": "needs_second" })
        );
        // What both allow is no side, and one side is one side.
        let one = make(realm, chief, "one", &[WORK, READ]).unwrap();
        let against = "identity.role_against_itself";
        assert_eq!(both_ways(realm, chief, one.id, &[WORK, READ, RUN]), against);
        assert_eq!(both_ways(realm, chief, pays.id, &[WORK, READ, RUN]), against, "nor the rule's own roles");
        assert_eq!(both_ways(realm, chief, one.id, &[RUN, READ]), "ok");
        assert_eq!(
            both_ways(realm, chief, before.id, &[WORK, RUN, READ]),
            against,
            "from before, and edited"
        );
    });
}

#[test]
fn a_role_that_nobody_can_hold_is_no_conflict_of_whoever_asks_why() {
    everywhere(|realm| {
        let chief = realm.chief();
        let wang = realm.person("wang", "street");
        let role = make(realm, chief, "from_before", &[WORK]).unwrap();
        let (id, both) = (role.id, names(&[WORK, RUN, AUDIT]));
        realm.write(move |tx| identity::store::roles::set_permissions(tx, id, &both)).unwrap();
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        let question = Question {
            user: wang,
            permission: Work::PERMISSION,
            unit: realm.unit("street").id,
            at: realm.now(),
        };
        let why = realm.db.read_blocking(move |tx| explain::why(tx, &ctx, &shared, question)).unwrap();
        assert_eq!(why.blocked_by(), ["no_role"]);
        assert!(why.nearest_roles.iter().all(|near| near.id != role.id));
        assert_eq!(
            code(
                realm
                    .give(chief, Gift { role: role.id, ..realm.gift(wang, BuiltinRole::Merchant, "street") })
            ),
            "identity.administrators_are_three"
        );
    });
}
