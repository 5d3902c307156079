//! The rows of signing in, like those in [`super::rows`].

use diesel::backend::Backend;
use diesel::deserialize;
use diesel::prelude::*;
use kernel::id::{
    ApiKey as ApiKeyKind, Challenge as ChallengeKind, ExternalIdentity as ExternalKind,
    Session as SessionKind, SignIn as SignInKind, User as UserKind,
};
use kernel::sql::Json;
use kernel::{Id, Instant};

use super::rows::rows;
use super::schema::{
    identity_api_keys, identity_challenges, identity_external, identity_service_accounts, identity_sign_ins,
    identity_totp,
};
use crate::model::sign_in::{ApiKey, Challenge, ExternalIdentity, ServiceAccount, SignIn, Totp};

rows! {
    TotpRow = Totp in identity_totp {
        user_id: Id<UserKind>,
        sealed: String,
        confirmed_at: Option<Instant>,
        last_step: i64,
        created_at: Instant,
    }
    ChallengeRow = Challenge in identity_challenges {
        id: Id<ChallengeKind>,
        handle: String,
        hash: String,
        kind: String,
        user_id: Id<UserKind>,
        user_version: i64,
        method: String,
        attempts: i32,
        created_at: Instant,
        expires_at: Instant,
        used_at: Option<Instant>,
    }
    SignInRow = SignIn in identity_sign_ins {
        id: Id<SignInKind>,
        at: Instant,
        minute: i64,
        user_id: Option<Id<UserKind>>,
        login_digest: Option<String>,
        outcome: String,
        method: String,
        device: String,
        place: String,
        session_id: Option<Id<SessionKind>>,
        tries: i64,
    }
    ServiceAccountRow = ServiceAccount in identity_service_accounts {
        user_id: Id<UserKind>,
        owner_id: Id<UserKind>,
        purpose: String,
        created_by: Option<Id<UserKind>>,
        created_at: Instant,
    }
    ApiKeyRow = ApiKey in identity_api_keys {
        id: Id<ApiKeyKind>,
        user_id: Id<UserKind>,
        name: String,
        handle: String,
        hash: String,
        permissions: Option<Json>,
        created_by: Option<Id<UserKind>>,
        created_at: Instant,
        expires_at: Instant,
        last_used_at: Option<Instant>,
        rotated_at: Option<Instant>,
        revoked_at: Option<Instant>,
        revoked_by: Option<Id<UserKind>>,
        revoke_reason: Option<String>,
        version: i64,
    }
    ExternalRow = ExternalIdentity in identity_external {
        id: Id<ExternalKind>,
        provider: String,
        issuer: String,
        subject: String,
        user_id: Id<UserKind>,
        linked_by: Option<Id<UserKind>>,
        linked_at: Instant,
        last_used_at: Option<Instant>,
    }
}
