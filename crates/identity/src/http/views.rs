//! What is answered: names beside ids, nothing secret.

use std::collections::{BTreeSet, HashMap};

use kernel::permission::Permit;
use kernel::{Context, Id, Outcome, Permission, Risk};
use serde::Serialize;
use storage::Tx;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::model::{Grant, Role, Session, User};
use crate::permission::{ManageGrants, ManageRoles, ManageUsers};
use crate::service::deeds::{Deed, Standing};
use crate::service::{Services, by_key, three};
use crate::store::{approvals, roles, users};

/// A unit by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct GrantUnitView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// A role by its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct GrantRoleView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What people read, in the reader's language.
    pub label: String,
}

/// An account by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct GrantUserView {
    /// Its id.
    pub id: Uuid,
    /// The name shown.
    pub display_name: String,
}

/// An account.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserView {
    /// Its id.
    pub id: Uuid,
    /// What it signs in with.
    pub login: String,
    /// The name shown.
    pub display_name: String,
    /// The unit it belongs to.
    pub unit: GrantUnitView,
    /// `enabled` or `disabled`.
    #[schema(extensions(("x-extensible-enum" = json!(["enabled", "disabled"]))))]
    pub status: String,
    /// Whether it has a password to sign in with.
    pub has_password: bool,
    /// Whether it must choose a new password first.
    pub must_change_password: bool,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: kernel::Instant,
    /// Grows with every change.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What the reader may do with it.
    pub can: Vec<String>,
}

/// A role.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoleView {
    /// Its id.
    pub id: Uuid,
    /// Its name: snake_case.
    pub name: String,
    /// What people read, in the reader's language.
    pub label: String,
    /// What people read, in English.
    pub label_en: String,
    /// What people read, in Chinese.
    pub label_zh: String,
    /// Whether it came with the platform.
    pub builtin: bool,
    /// Whether its holder may give what they do not hold.
    pub gives_all: bool,
    /// The unit a custom role lives in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub unit: Option<GrantUnitView>,
    /// What it allows, by permission name.
    pub permissions: Vec<String>,
    /// Grows with every change.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What the reader may do with it.
    pub can: Vec<String>,
}

/// A role given to somebody, within a unit, for a time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GrantView {
    /// Its id.
    pub id: Uuid,
    /// Who holds it.
    pub user: GrantUserView,
    /// What it gives.
    pub role: GrantRoleView,
    /// Where.
    pub unit: GrantUnitView,
    /// Whether it reaches below the unit.
    pub subtree: bool,
    /// `active`, `pending`, `proposed`, `expired`, `revoked` or `declined`.
    #[schema(extensions(("x-extensible-enum" = json!(["active", "pending", "proposed", "expired", "revoked", "declined"]))))]
    pub state: String,
    /// From when.
    #[schema(value_type = String, format = DateTime)]
    pub starts_at: kernel::Instant,
    /// Until when; absent: until revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<kernel::Instant>,
    /// Why.
    pub reason: String,
    /// The number of the request elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ticket: Option<String>,
    /// Who gave it; absent: the machine's shell.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub granted_by: Option<GrantUserView>,
    /// The giver's own grants it was given under.
    pub granted_under: Vec<Uuid>,
    /// When it was given.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: kernel::Instant,
    /// The second person who approved it, where one was needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub approved_by: Option<GrantUserView>,
    /// When it was revoked or declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<kernel::Instant>,
    /// Who revoked it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub revoked_by: Option<GrantUserView>,
    /// Why it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub revoke_reason: Option<String>,
    /// Grows with every change.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What the reader may do with it.
    pub can: Vec<String>,
}

/// A session. No token is in it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionView {
    /// Its id.
    pub id: Uuid,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: kernel::Instant,
    /// When a token was last refreshed.
    #[schema(value_type = String, format = DateTime)]
    pub last_used_at: kernel::Instant,
    /// When it ends by itself.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: kernel::Instant,
    /// Whether this request came by it.
    pub current: bool,
    /// On what it was opened, in a few words; empty where it is not known.
    pub device: String,
    /// Where from: the network, not the address; empty where it is not known.
    pub place: String,
    /// How its owner signed in.
    #[schema(extensions(("x-extensible-enum" =
        json!(["password", "password_totp", "password_recovery", "oidc", "oidc_trusted", "oidc_totp",
        "oidc_recovery"]))))]
    pub method: String,
}

impl SessionView {
    /// The view of a session.
    pub fn of(ctx: &Context, session: &Session) -> Self {
        Self {
            id: session.id.uuid(),
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.expires_at,
            current: ctx.actor.session == Some(session.id),
            device: session.device.clone(),
            place: session.place.clone(),
            method: session.method.clone(),
        }
    }
}

/// A permission: what it allows, and how much harm it can do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PermissionView {
    /// `plugin.noun.verb`.
    pub name: String,
    /// The plugin that enforces it.
    pub plugin: String,
    /// What it allows, in the reader's language.
    pub sentence: String,
    /// What it allows, in English.
    pub sentence_en: String,
    /// What it allows, in Chinese.
    pub sentence_zh: String,
    /// `low`, `medium` or `high`.
    #[schema(extensions(("x-extensible-enum" = json!(["low", "medium", "high"]))))]
    pub risk: String,
    /// Whether every account holds it without a grant.
    pub everyone: bool,
    /// The built-in roles that hold it.
    pub builtin_roles: Vec<String>,
    /// The roles that must not meet in one person with one that carries it, by name.
    pub conflicts: Vec<String>,
}

impl PermissionView {
    /// The view of a permission.
    pub fn of(permission: &Permission, chinese: bool) -> Self {
        let risk = match permission.risk {
            Risk::Low => "low",
            Risk::Medium => "medium",
            Risk::High => "high",
        };
        Self {
            name: permission.name.to_owned(),
            plugin: permission.name.split('.').next().unwrap_or_default().to_owned(),
            sentence: (if chinese { permission.zh } else { permission.en }).to_owned(),
            sentence_en: permission.en.to_owned(),
            sentence_zh: permission.zh.to_owned(),
            risk: risk.to_owned(),
            everyone: permission.everyone,
            builtin_roles: permission.roles.iter().map(|role| role.name().to_owned()).collect(),
            conflicts: three::apart_from(permission).iter().map(|role| role.name().to_owned()).collect(),
        }
    }
}

/// The names of units, looked up at once.
pub struct UnitNames(HashMap<Id<kernel::id::Unit>, String>);

impl UnitNames {
    /// The names of these units.
    pub fn of(
        tx: &mut Tx<'_>,
        shared: &Services,
        ids: impl IntoIterator<Item = Id<kernel::id::Unit>>,
    ) -> Outcome<Self> {
        let ids: Vec<_> = ids.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        Ok(Self(shared.tree.units(tx, &ids)?.into_iter().map(|unit| (unit.id, unit.name)).collect()))
    }

    /// A unit with its name.
    pub fn view(&self, id: Id<kernel::id::Unit>) -> GrantUnitView {
        GrantUnitView { id: id.uuid(), name: self.0.get(&id).cloned().unwrap_or_default() }
    }
}

fn words(list: &[(bool, &str)]) -> Vec<String> {
    list.iter().filter(|(may, _)| *may).map(|(_, word)| (*word).to_owned()).collect()
}

/// The views of accounts.
pub fn users(tx: &mut Tx<'_>, ctx: &Context, shared: &Services, list: &[User]) -> Outcome<Vec<UserView>> {
    let names = UnitNames::of(tx, shared, list.iter().map(|user| user.unit_id))?;
    let managed = |user: &&User| ctx.actor.may(ManageUsers::PERMISSION, &user.unit_path, ctx.now);
    let theirs: Vec<_> = list.iter().filter(managed).map(|user| user.id).collect();
    let standing = if theirs.is_empty() { None } else { Some(Standing::of(tx, ctx, shared, &theirs)?) };
    let can = |user: &User, deed: Deed| {
        let of_use = deed != Deed::Unlock || user.failed_count > 0;
        of_use && standing.as_ref().is_some_and(|standing| standing.may(ctx, user, deed))
    };
    Ok(list
        .iter()
        .map(|user| UserView {
            id: user.id.uuid(),
            login: user.login.clone(),
            display_name: user.display_name.clone(),
            unit: names.view(user.unit_id),
            status: user.status.clone(),
            has_password: user.password_hash.is_some(),
            must_change_password: user.must_change_password,
            created_at: user.created_at,
            version: user.version,
            can: words(&Deed::ALL.map(|deed| (can(user, deed), deed.word()))),
        })
        .collect())
}

/// The view of one account.
pub fn user(tx: &mut Tx<'_>, ctx: &Context, shared: &Services, one: &User) -> Outcome<UserView> {
    one_of(users(tx, ctx, shared, std::slice::from_ref(one))?)
}

/// The views of roles.
pub fn roles(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    chinese: bool,
    list: &[Role],
) -> Outcome<Vec<RoleView>> {
    let names = UnitNames::of(tx, shared, list.iter().filter_map(|role| role.unit_id))?;
    let ids: Vec<_> = list.iter().map(|role| role.id).collect();
    let mut allowed = roles::permissions_of_all(tx, &ids)?;
    Ok(list
        .iter()
        .map(|role| {
            let home = role.unit_path.as_ref().filter(|_| !role.builtin && !role.retired);
            let may = home.is_some_and(|path| ctx.actor.may(ManageRoles::PERMISSION, path, ctx.now));
            RoleView {
                id: role.id.uuid(),
                name: role.name.clone(),
                label: (if chinese { &role.label_zh } else { &role.label_en }).clone(),
                label_en: role.label_en.clone(),
                label_zh: role.label_zh.clone(),
                builtin: role.builtin,
                gives_all: role.gives_all,
                unit: role.unit_id.map(|unit| names.view(unit)),
                permissions: allowed.remove(&role.id).unwrap_or_default().into_iter().collect(),
                version: role.version,
                can: words(&[(may, "update"), (may, "delete")]),
            }
        })
        .collect())
}

/// The view of one role.
pub fn role(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    chinese: bool,
    one: &Role,
) -> Outcome<RoleView> {
    one_of(roles(tx, ctx, shared, chinese, std::slice::from_ref(one))?)
}

/// The views of grants.
pub fn grants(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    chinese: bool,
    list: &[Grant],
) -> Outcome<Vec<GrantView>> {
    let units = UnitNames::of(tx, shared, list.iter().map(|grant| grant.unit_id))?;
    let ids: Vec<_> = list.iter().map(|grant| grant.id).collect();
    let approved: HashMap<_, _> =
        approvals::of(tx, &ids)?.into_iter().map(|one| (one.grant_id, one.approved_by)).collect();
    let people: BTreeSet<_> = list
        .iter()
        .flat_map(|g| [Some(g.user_id), g.granted_by, g.revoked_by, approved.get(&g.id).copied()])
        .flatten()
        .collect();
    let people = users::find_all(tx, &people.into_iter().collect::<Vec<_>>())?;
    let people: HashMap<_, _> = people.into_iter().map(|user| (user.id, user.display_name)).collect();
    let ids: BTreeSet<_> = list.iter().map(|grant| grant.role_id).collect();
    let named = roles::find_all(tx, &ids.into_iter().collect::<Vec<_>>())?;
    let named: HashMap<_, _> = named.into_iter().map(|role| (role.id, role)).collect();
    let person = |id: Id<kernel::id::User>| GrantUserView {
        id: id.uuid(),
        display_name: people.get(&id).cloned().unwrap_or_default(),
    };
    Ok(list
        .iter()
        .map(|grant| {
            let may =
                !grant.is_over(ctx.now) && ctx.actor.may(ManageGrants::PERMISSION, &grant.unit_path, ctx.now);
            let me = ctx.actor.user;
            let another = grant.user_id != me && grant.granted_by != Some(me) && !by_key::came(&ctx.actor);
            GrantView {
                id: grant.id.uuid(),
                user: person(grant.user_id),
                role: role_ref(named.get(&grant.role_id), grant.role_id.uuid(), chinese),
                unit: units.view(grant.unit_id),
                subtree: grant.subtree,
                state: grant.state(ctx.now).to_owned(),
                starts_at: grant.valid_from,
                ends_at: grant.valid_until,
                reason: grant.reason.clone(),
                ticket: grant.ticket.clone(),
                granted_by: grant.granted_by.map(person),
                granted_under: serde_json::from_value(grant.granted_under.0.clone()).unwrap_or_default(),
                created_at: grant.created_at,
                approved_by: approved.get(&grant.id).copied().map(person),
                revoked_at: grant.revoked_at,
                revoked_by: grant.revoked_by.map(person),
                revoke_reason: grant.revoke_reason.clone(),
                version: grant.version,
                can: words(&[
                    (may, "update"),
                    (may, "revoke"),
                    (may && another && grant.awaits_approval, "approve"),
                    (may && grant.awaits_approval, "decline"),
                ]),
            }
        })
        .collect())
}

/// The view of one grant.
pub fn grant(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    chinese: bool,
    one: &Grant,
) -> Outcome<GrantView> {
    one_of(grants(tx, ctx, shared, chinese, std::slice::from_ref(one))?)
}

/// A role by its names.
pub fn role_ref(role: Option<&Role>, id: Uuid, chinese: bool) -> GrantRoleView {
    GrantRoleView {
        id,
        name: role.map(|role| role.name.clone()).unwrap_or_default(),
        label: role
            .map(|role| if chinese { role.label_zh.clone() } else { role.label_en.clone() })
            .unwrap_or_default(),
    }
}

fn one_of<V>(views: Vec<V>) -> Outcome<V> {
    views.into_iter().next().ok_or_else(|| kernel::Fault::internal("a view got lost"))
}
