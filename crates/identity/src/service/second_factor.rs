//! The second factor: a code of an authenticator app, or a recovery code. Each code is good once.

use std::collections::BTreeSet;

use auth::{Sealer, TotpSecret, totp};
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::User as UserKind;
use kernel::{Context, HeldGrant, Id, Instant, Outcome, Permission};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use storage::{Tx, audit};

use crate::error::{IS_A_MACHINE, NO_SECOND_FACTOR, NOT_YOURSELF, SECOND_FACTOR_THERE, WRONG_CODE};
use crate::model::policies::MfaPolicy;
use crate::model::sign_in::{Totp, method};
use crate::model::{User, fold_login};
use crate::permission::{OwnPassword, OwnSecurity, OwnSession};
use crate::service::accounts;
use crate::service::deeds::Reach;
use crate::service::session::Door;
use crate::service::{Services, by_key, policies};
use crate::store::{challenges, service_accounts, sessions, state, totp as store, users};

/// Who must have a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rule {
    /// Whoever wants one.
    #[default]
    Optional,
    /// Whoever holds a permission of high risk.
    HighRisk,
    /// Everybody.
    Everyone,
}

impl Rule {
    /// The word in the settings.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "optional" => Some(Self::Optional),
            "high_risk" => Some(Self::HighRisk),
            "everyone" => Some(Self::Everyone),
            _ => None,
        }
    }
}

/// Whether the holder of these grants must set up a second factor before anything else: where the realm's policy asks for one, or the
/// setting, below which no policy goes. A machine cannot, and need not.
pub fn must_enrol(
    tx: &mut Tx<'_>,
    shared: &Services,
    user: Id<UserKind>,
    grants: &[HeldGrant],
) -> Outcome<bool> {
    let policy = policies::load(tx)?.mfa;
    Ok(is_asked(shared, &policy, grants.iter())
        && !is_enrolled(tx, user)?
        && service_accounts::find(tx, user)?.is_none())
}

/// What is asked of some people, and who of them need nothing: they have a second factor, or are machines.
#[derive(Debug, Clone)]
pub struct Factors {
    policy: MfaPolicy,
    exempt: BTreeSet<Id<UserKind>>,
}

impl Factors {
    /// Of these people.
    pub fn of(tx: &mut Tx<'_>, people: &[Id<UserKind>]) -> Outcome<Self> {
        let mut exempt = store::proved_of(tx, people)?;
        exempt.extend(service_accounts::of(tx, people)?);
        Ok(Self { policy: policies::load(tx)?.mfa, exempt })
    }

    /// Whether this one of them, who holds these grants, could use a permission at a moment only with a second factor, and has none:
    /// what [`must_enrol`] would say of their request.
    pub fn hold_up(
        &self,
        shared: &Services,
        permission: &Permission,
        user: Id<UserKind>,
        grants: &[HeldGrant],
        at: Instant,
    ) -> bool {
        let then = grants.iter().filter(|grant| grant.until.is_none_or(|until| at < until));
        is_held_up(permission) && !self.exempt.contains(&user) && is_asked(shared, &self.policy, then)
    }
}

/// Whether the setting or the policy asks a second factor of whoever holds these grants.
fn is_asked<'a>(
    shared: &Services,
    policy: &MfaPolicy,
    grants: impl Iterator<Item = &'a HeldGrant> + Clone,
) -> bool {
    let by_setting = match shared.second_factor {
        Rule::Optional => false,
        Rule::Everyone => true,
        Rule::HighRisk => {
            let high = shared.high_risk();
            grants.clone().any(|grant| grant.gives_all || high.iter().any(|name| grant.carries(name)))
        }
    };
    by_setting || policies::mfa_required(policy, shared, grants)
}

/// Whether a permission is held up as long as its holder must set something up first: all but those by which it is set up.
pub fn is_held_up(permission: &Permission) -> bool {
    ![OwnSession::NAME, OwnPassword::NAME, OwnSecurity::NAME].contains(&permission.name)
}

/// Whether the account has a second factor that was proved.
pub fn is_enrolled(tx: &mut Tx<'_>, user: Id<UserKind>) -> Outcome<bool> {
    Ok(store::find(tx, user)?.is_some_and(|secret| secret.confirmed_at.is_some()))
}

/// How a code was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// By the app.
    Totp,
    /// By a recovery code.
    Recovery,
}

impl Accepted {
    /// How somebody signed in whose first half was proved by `first`.
    pub fn after(self, first: &str) -> &'static str {
        match (self, first == method::OIDC) {
            (Self::Totp, false) => method::PASSWORD_TOTP,
            (Self::Totp, true) => method::OIDC_TOTP,
            (Self::Recovery, false) => method::PASSWORD_RECOVERY,
            (Self::Recovery, true) => method::OIDC_RECOVERY,
        }
    }
}

/// Takes a code of an enrolled account and uses it up; `None`: it is not right, or was used.
pub fn accept(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    user: Id<UserKind>,
    code: &str,
    now: Instant,
) -> Outcome<Option<Accepted>> {
    let Some(kept) = store::find(tx, user)?.filter(|kept| kept.confirmed_at.is_some()) else {
        return Ok(None);
    };
    let code = code.trim();
    if !totp::looks_like_code(code) {
        let used = store::use_code(tx, user, &totp::recovery_hash(code), now)?;
        return Ok(used.then_some(Accepted::Recovery));
    }
    let right = proved(tx, sealer, &kept, code, now)?;
    Ok(right.then_some(Accepted::Totp))
}

/// Whether the code is the secret's, of a step not used before; the step is used up.
fn proved(tx: &mut Tx<'_>, sealer: &Sealer, kept: &Totp, code: &str, now: Instant) -> Outcome<bool> {
    let secret = sealer
        .open(&purpose(kept.user_id), &kept.sealed)
        .and_then(|bytes| TotpSecret::from_bytes(&bytes))
        .ok_or_else(|| kernel::Fault::internal("a second factor's secret cannot be opened"))?;
    match secret.step_of(code, now, kept.last_step)? {
        Some(step) => store::use_step(tx, kept.user_id, step),
        None => Ok(false),
    }
}

fn purpose(user: Id<UserKind>) -> String {
    format!("identity.totp:{user}")
}

/// What is shown once, to be put into an app.
#[derive(Debug, Clone)]
pub struct Setup {
    /// In base32.
    pub secret: SecretString,
    /// As an address.
    pub uri: SecretString,
}

/// Makes a secret for the actor; it counts once a first code proved it.
pub fn begin(tx: &mut Tx<'_>, ctx: &Context, sealer: &Sealer, issuer: &str) -> Outcome<Setup> {
    let user = own(tx, ctx)?;
    if is_enrolled(tx, user.id)? {
        return Err(SECOND_FACTOR_THERE.fault());
    }
    let secret = TotpSecret::generate()?;
    let kept = Totp {
        user_id: user.id,
        sealed: sealer.seal(&purpose(user.id), secret.bytes())?,
        confirmed_at: None,
        last_step: 0,
        created_at: ctx.now,
    };
    store::replace(tx, &kept)?;
    trail(tx, ctx, &user, "identity.totp.begun", json!({}))?;
    Ok(Setup { secret: secret.base32(), uri: secret.uri(issuer, &user.login) })
}

/// Proves the secret with a first code: from now on sign-in asks for one. The actor's other sessions end.
pub fn confirm(tx: &mut Tx<'_>, ctx: &Context, sealer: &Sealer, code: &str) -> Outcome<()> {
    let user = own(tx, ctx)?;
    let kept = store::find(tx, user.id)?.ok_or_else(|| NO_SECOND_FACTOR.fault())?;
    if kept.confirmed_at.is_some() {
        return Err(SECOND_FACTOR_THERE.fault());
    }
    if !proved(tx, sealer, &kept, code.trim(), ctx.now)? {
        return Err(WRONG_CODE.fault());
    }
    store::confirm(tx, user.id, ctx.now)?;
    let ended = sessions::end_all(tx, user.id, ctx.actor.session, ctx.now)?;
    challenges::end_all(tx, user.id)?;
    state::bump(tx, Some(user.id), ctx.now)?;
    trail(tx, ctx, &user, "identity.totp.confirmed", json!({ "sessions_ended": ended }))
}

/// Removes the actor's second factor; they proved themselves before.
pub fn remove(tx: &mut Tx<'_>, ctx: &Context) -> Outcome<()> {
    let user = own(tx, ctx)?;
    if !store::remove(tx, user.id)? {
        return Err(NO_SECOND_FACTOR.fault());
    }
    state::bump(tx, Some(user.id), ctx.now)?;
    trail(tx, ctx, &user, "identity.totp.removed", json!({}))
}

/// Fresh recovery codes for the actor, in place of those before.
pub fn new_codes(tx: &mut Tx<'_>, ctx: &Context) -> Outcome<Vec<SecretString>> {
    let user = own(tx, ctx)?;
    if !is_enrolled(tx, user.id)? {
        return Err(NO_SECOND_FACTOR.fault());
    }
    let codes = totp::recovery_codes()?;
    let hashes: Vec<String> = codes.iter().map(|code| totp::recovery_hash(code.expose_secret())).collect();
    store::set_codes(tx, user.id, &hashes, ctx.now)?;
    trail(tx, ctx, &user, "identity.recovery_codes.made", json!({ "codes": codes.len() }))?;
    Ok(codes)
}

/// Removes another's second factor, for whoever lost it: as far a reach as a new password. Their sessions end.
pub fn reset(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    id: Id<UserKind>,
    version: Option<i64>,
    reason: &str,
) -> Outcome<User> {
    by_key::refuse(ctx)?;
    accounts::check_reason(reason)?;
    if id == ctx.actor.user {
        return Err(NOT_YOURSELF.fault());
    }
    let user = accounts::managed(tx, ctx, shared, id, Reach::Over)?;
    let version = version.unwrap_or(user.version);
    if !store::remove(tx, id)? {
        return Err(NO_SECOND_FACTOR.fault());
    }
    challenges::end_all(tx, id)?;
    let ended = sessions::end_all(tx, id, None, ctx.now)?;
    let after = json!({ "reason": reason.trim(), "sessions_ended": ended });
    accounts::store(tx, ctx, user, version, "identity.user.mfa_reset", None, after)
}

/// [`reset`] from the machine's shell, for the last administrator who lost theirs.
pub fn reset_from_shell(tx: &mut Tx<'_>, door: Door<'_>, login: &str) -> Outcome<User> {
    state::lock(tx)?;
    let user = users::find_by_login(tx, &fold_login(login))?.or_refuse(&NOT_FOUND)?;
    if !store::remove(tx, user.id)? {
        return Err(NO_SECOND_FACTOR.fault());
    }
    challenges::end_all(tx, user.id)?;
    let ended = sessions::end_all(tx, user.id, None, door.now)?;
    state::bump(tx, Some(user.id), door.now)?;
    let entry = audit::Entry {
        action: "identity.user.mfa_reset",
        object_kind: "user",
        object: Some(user.id.uuid()),
        unit: Some(user.unit_id),
        before: None,
        after: Some(json!({ "by": "shell", "sessions_ended": ended })),
    };
    audit::record_as(tx, None, door.now, door.request_id, door.ids.id(), entry)?;
    Ok(user)
}

/// The actor's own account, locked; a machine has no ways in but its keys.
pub fn own(tx: &mut Tx<'_>, ctx: &Context) -> Outcome<User> {
    by_key::refuse(ctx)?;
    let user = users::find_locked(tx, ctx.actor.user)?.or_refuse(&NOT_FOUND)?;
    if service_accounts::find(tx, user.id)?.is_some() {
        return Err(IS_A_MACHINE.fault());
    }
    Ok(user)
}

fn trail(tx: &mut Tx<'_>, ctx: &Context, user: &User, action: &str, after: serde_json::Value) -> Outcome<()> {
    let entry = audit::Entry {
        action,
        object_kind: "user",
        object: Some(user.id.uuid()),
        unit: Some(user.unit_id),
        before: None,
        after: Some(after),
    };
    audit::record(tx, ctx, entry)
}
