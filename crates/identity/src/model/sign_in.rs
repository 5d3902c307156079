//! The records of signing in: second factors, challenges, the log, machines and their keys, accounts elsewhere.

use kernel::id::{
    ApiKey as ApiKeyKind, Challenge as ChallengeKind, ExternalIdentity as ExternalKind,
    Session as SessionKind, SignIn as SignInKind, User as UserKind,
};
use kernel::sql::Json;
use kernel::{Id, Instant};

/// How somebody signed in.
pub mod method {
    /// By password alone.
    pub const PASSWORD: &str = "password";
    /// By password and a code of an authenticator app.
    pub const PASSWORD_TOTP: &str = "password_totp";
    /// By password and a recovery code.
    pub const PASSWORD_RECOVERY: &str = "password_recovery";
    /// At an identity provider.
    pub const OIDC: &str = "oidc";
    /// At an identity provider that asks for a second factor itself.
    pub const OIDC_TRUSTED: &str = "oidc_trusted";
    /// At an identity provider, and by a code of an authenticator app.
    pub const OIDC_TOTP: &str = "oidc_totp";
    /// At an identity provider, and by a recovery code.
    pub const OIDC_RECOVERY: &str = "oidc_recovery";
}

/// What became of a try to sign in.
pub mod outcome {
    /// Signed in.
    pub const SIGNED_IN: &str = "signed_in";
    /// The first half was right, the second is asked for.
    pub const SECOND_FACTOR_ASKED: &str = "second_factor_asked";
    /// Nobody has this login.
    pub const UNKNOWN_LOGIN: &str = "unknown_login";
    /// A wrong password.
    pub const WRONG_PASSWORD: &str = "wrong_password";
    /// A wrong code.
    pub const WRONG_CODE: &str = "wrong_code";
    /// Too many wrong ones before.
    pub const LOCKED: &str = "locked";
    /// The account is disabled.
    pub const DISABLED: &str = "disabled";
    /// The account has no password.
    pub const NO_PASSWORD: &str = "no_password";
    /// A refresh token came twice; the session was ended.
    pub const TOKEN_REUSED: &str = "token_reused";
    /// The provider's account is nobody's here.
    pub const NOT_LINKED: &str = "not_linked";
    /// What the provider answered did not hold.
    pub const PROVIDER_REFUSED: &str = "provider_refused";
    /// Signed out.
    pub const SIGNED_OUT: &str = "signed_out";
    /// More failures in one minute than are kept one by one.
    pub const MANY_FAILURES: &str = "many_failures";

    /// All of them with their labels.
    pub const ALL: &[(&str, &str, &str)] = &[
        (SIGNED_IN, "Signed in", "登录成功"),
        (SECOND_FACTOR_ASKED, "Second factor asked for", "等待第二因素验证"),
        (UNKNOWN_LOGIN, "Unknown login", "用户名不存在"),
        (WRONG_PASSWORD, "Wrong password", "密码错误"),
        (WRONG_CODE, "Wrong code", "验证码错误"),
        (LOCKED, "Locked", "已锁定"),
        (DISABLED, "Disabled account", "账号已停用"),
        (NO_PASSWORD, "No password", "未设置密码"),
        (TOKEN_REUSED, "Refresh token used twice", "刷新令牌被重复使用"),
        (NOT_LINKED, "Not linked to an account", "未关联账号"),
        (PROVIDER_REFUSED, "Identity provider's answer refused", "身份提供方应答无效"),
        (SIGNED_OUT, "Signed out", "已退出"),
        (MANY_FAILURES, "Many failures in a minute", "一分钟内多次失败"),
    ];
}

/// A shared secret of an authenticator app.
#[derive(Clone, PartialEq, Eq)]
pub struct Totp {
    /// Whose.
    pub user_id: Id<UserKind>,
    /// The secret, sealed.
    pub sealed: String,
    /// When a first code proved it; until then it counts for nothing.
    pub confirmed_at: Option<Instant>,
    /// The newest step whose code was used.
    pub last_step: i64,
    /// When it was made.
    pub created_at: Instant,
}

/// A sign-in whose first half was right (`second_factor`), or one that only has to be collected (`ticket`).
#[derive(Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Its id.
    pub id: Id<ChallengeKind>,
    /// The public part of its token.
    pub handle: String,
    /// The hash of its token.
    pub hash: String,
    /// [`SECOND_FACTOR`] or [`TICKET`].
    pub kind: String,
    /// Whose.
    pub user_id: Id<UserKind>,
    /// The account's version when it was made: it dies with any change of the account.
    pub user_version: i64,
    /// How the first half was proved.
    pub method: String,
    /// Wrong codes given for it.
    pub attempts: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it dies by itself.
    pub expires_at: Instant,
    /// When it was used.
    pub used_at: Option<Instant>,
}

/// `kind` of a challenge that asks for a code.
pub const SECOND_FACTOR: &str = "second_factor";
/// `kind` of a challenge that asks for nothing more.
pub const TICKET: &str = "ticket";

/// A try to sign in, or several alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// Its id.
    pub id: Id<SignInKind>,
    /// When; the last of several.
    pub at: Instant,
    /// The minute it fell in, counted from 1970.
    pub minute: i64,
    /// Whose account, if it is known.
    pub user_id: Option<Id<UserKind>>,
    /// A keyed digest of the login that was tried, if it is nobody's.
    pub login_digest: Option<String>,
    /// One of [`outcome`].
    pub outcome: String,
    /// One of [`method`].
    pub method: String,
    /// On what.
    pub device: String,
    /// Where from.
    pub place: String,
    /// The session that was opened or ended.
    pub session_id: Option<Id<SessionKind>>,
    /// How many tries it stands for.
    pub tries: i64,
}

/// What makes an account a machine's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    /// The account that holds its grants.
    pub user_id: Id<UserKind>,
    /// The person who answers for it.
    pub owner_id: Id<UserKind>,
    /// What it is for.
    pub purpose: String,
    /// Who made it; `None`: the shell.
    pub created_by: Option<Id<UserKind>>,
    /// When it was made.
    pub created_at: Instant,
}

/// A key that a program signs in with.
#[derive(Clone, PartialEq)]
pub struct ApiKey {
    /// Its id.
    pub id: Id<ApiKeyKind>,
    /// The account it acts as.
    pub user_id: Id<UserKind>,
    /// What its maker calls it.
    pub name: String,
    /// Its public part.
    pub handle: String,
    /// The hash of the whole.
    pub hash: String,
    /// The only permissions it carries, an array of names; `None`: all that the account holds.
    pub permissions: Option<Json>,
    /// Who made it.
    pub created_by: Option<Id<UserKind>>,
    /// When it was made.
    pub created_at: Instant,
    /// Until when (exclusive) it holds.
    pub expires_at: Instant,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Instant>,
    /// When another took its place.
    pub rotated_at: Option<Instant>,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
    /// By whom.
    pub revoked_by: Option<Id<UserKind>>,
    /// Why.
    pub revoke_reason: Option<String>,
    /// Grows with every change.
    pub version: i64,
}

impl ApiKey {
    /// Whether it lets anybody in.
    pub fn is_live(&self, now: Instant) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }

    /// The word in the API.
    pub fn state(&self, now: Instant) -> &'static str {
        if self.revoked_at.is_some() {
            "revoked"
        } else if now >= self.expires_at {
            "expired"
        } else if self.rotated_at.is_some() {
            "rotated"
        } else {
            "active"
        }
    }

    /// The only permissions it carries.
    pub fn only(&self) -> Option<std::collections::BTreeSet<String>> {
        // A list that cannot be read carries nothing.
        self.permissions.as_ref().map(|list| serde_json::from_value(list.0.clone()).unwrap_or_default())
    }
}

/// An account at an identity provider that somebody here signs in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalIdentity {
    /// Its id.
    pub id: Id<ExternalKind>,
    /// The provider's name in the settings.
    pub provider: String,
    /// The provider's issuer.
    pub issuer: String,
    /// The account there.
    pub subject: String,
    /// The account here.
    pub user_id: Id<UserKind>,
    /// Who tied them; the person themselves, or an administrator.
    pub linked_by: Option<Id<UserKind>>,
    /// When.
    pub linked_at: Instant,
    /// When it was last signed in with.
    pub last_used_at: Option<Instant>,
}

macro_rules! opaque {
    ($($ty:ident),+) => {$(
        impl std::fmt::Debug for $ty {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($ty)).field("user_id", &self.user_id).finish_non_exhaustive()
            }
        }
    )+};
}
opaque!(Totp, Challenge, ApiKey);
