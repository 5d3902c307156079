//! Signing in and staying signed in. A stranger gets one answer for every reason, after the same work.

use auth::{Failures, Presented, ThrottleVerdict};
use kernel::id::User as UserKind;
use kernel::{Id, Instant, Outcome};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use storage::audit;

use super::Gate;
use super::strangers::login_digest;
use crate::error::{REFRESH_REFUSED, SIGN_IN_FAILED, WRONG_PASSWORD};
use crate::model::{User, fold_login};
use crate::service::passwords;
use crate::service::session::{self, Door, Opened};
use crate::store::users;

/// Longer is no password of ours, and not worth hashing.
const MAX_PASSWORD: usize = 1_024;

/// What a sign-in or a refresh gives.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The access token.
    pub access_token: SecretString,
    /// Seconds until it runs out.
    pub expires_in: i64,
    /// The refresh token.
    pub refresh_token: SecretString,
    /// The account.
    pub user: User,
}

/// A login looked up.
struct Tried {
    user: Option<User>,
    failures: Failures,
}

impl Gate {
    /// Signs in, or refuses without a reason. `address` is the client's.
    pub async fn sign_in(
        &self,
        login: &str,
        password: SecretString,
        address: Option<&str>,
        request_id: &str,
    ) -> Outcome<SignedIn> {
        let now = self.db.clock().now();
        self.strangers.refuse_address(address, now)?;
        let login = fold_login(login);
        // The place is held until the result is stored: whoever guesses many at once is counted after a few.
        let place = self.hasher.place().await?;
        let now = self.db.clock().now();
        let throttle = self.throttle().await?;
        let tried = self.look_up(&login).await?;
        let locked = matches!(throttle.judge(tried.failures, now), ThrottleVerdict::Locked { .. });
        let usable = tried.user.as_ref().filter(|user| user.is_enabled() && !locked);
        let too_long = password.expose_secret().len() > MAX_PASSWORD;
        let hash = usable.filter(|_| !too_long).and_then(|user| user.password_hash.clone());
        let password = if too_long { SecretString::from("x") } else { password };
        let verified = self.hasher.verify(&place, hash.clone(), password).await?;
        if let (true, Some(user), Some(hash)) = (verified.right, usable, hash)
            && let Some(opened) = self.open(user.id, hash, verified.renewed, request_id, now).await?
        {
            return self.tokens_for(opened, now).await;
        }
        self.strangers.address_failed(address, now);
        self.note_failure(&login, &tried, locked, request_id, now).await?;
        Err(SIGN_IN_FAILED.fault())
    }

    async fn look_up(&self, login: &str) -> Outcome<Tried> {
        let wanted = login.to_owned();
        let user = self.db.read(move |tx| users::find_by_login(tx, &wanted)).await?;
        let failures = match &user {
            Some(user) => Failures { count: user.failed_count, last: user.last_failed_at },
            None => self.strangers.failures(login),
        };
        Ok(Tried { user, failures })
    }

    /// Opens the session, if the account is still what was verified.
    async fn open(
        &self,
        id: Id<UserKind>,
        hash: String,
        renewed: Option<String>,
        request_id: &str,
        now: Instant,
    ) -> Outcome<Option<Opened>> {
        let (ids, request_id) = (std::sync::Arc::clone(self.db.ids()), request_id.to_owned());
        self.db
            .write(move |tx| {
                let user = users::find_locked(tx, id)?;
                let Some(user) =
                    user.filter(|user| user.is_enabled() && user.password_hash.as_deref() == Some(&hash))
                else {
                    return Ok(None);
                };
                if let Some(renewed) = &renewed {
                    users::set_hash(tx, id, renewed)?;
                }
                let user = passwords::of_age(tx, user, now)?;
                session::open(tx, Door { now, request_id: &request_id, ids: ids.as_ref() }, &user).map(Some)
            })
            .await
    }

    /// Counts a wrong password and writes it down. A try at a locked door is written down and not counted.
    async fn note_failure(
        &self,
        login: &str,
        tried: &Tried,
        locked: bool,
        request_id: &str,
        now: Instant,
    ) -> Outcome<()> {
        let user = tried.user.as_ref().map(|user| user.id);
        if user.is_none() && !locked {
            self.strangers.failed(login, now);
        }
        let (digest, request_id, id) = (login_digest(login), request_id.to_owned(), self.db.ids().id());
        let throttle = self.throttle().await?;
        self.db
            .write(move |tx| {
                if let Some(user) = user.filter(|_| !locked)
                    && let Some(user) = users::find_locked(tx, user)?
                {
                    let before = Failures { count: user.failed_count, last: user.last_failed_at };
                    users::set_failures(tx, user.id, throttle.failed(before, now))?;
                }
                let entry = audit::Entry {
                    action: "identity.sign_in.failed",
                    object_kind: "login",
                    object: None,
                    unit: None,
                    before: None,
                    after: Some(json!({ "login_digest": digest, "locked": locked })),
                };
                audit::record_as(tx, None, now, &request_id, id, entry)
            })
            .await
    }

    /// Refreshes, or refuses without a reason.
    pub async fn refresh(&self, token: &SecretString, request_id: &str) -> Outcome<SignedIn> {
        let now = self.db.clock().now();
        let presented = Presented::parse(token.expose_secret()).ok_or_else(|| REFRESH_REFUSED.fault())?;
        let (ids, request_id) = (std::sync::Arc::clone(self.db.ids()), request_id.to_owned());
        let opened = self
            .db
            .write(move |tx| {
                session::refresh(tx, Door { now, request_id: &request_id, ids: ids.as_ref() }, &presented)
            })
            .await?
            .ok_or_else(|| REFRESH_REFUSED.fault())?;
        self.tokens_for(opened, now).await
    }

    async fn tokens_for(&self, opened: Opened, now: Instant) -> Outcome<SignedIn> {
        let ring = self.ring.fresh(&self.db).await?;
        let rules = &self.settings.tokens;
        let issued = rules.issue(&ring, opened.user.id, opened.session, self.db.ids().uuid(), now)?;
        Ok(SignedIn {
            access_token: issued.token,
            expires_in: rules.life_seconds,
            refresh_token: opened.refresh_token,
            user: opened.user,
        })
    }

    /// Verifies the password of somebody signed in, for changing it: counted and locked like a sign-in. Answers the hash.
    pub async fn verify_own(
        &self,
        id: Id<UserKind>,
        password: SecretString,
        request_id: &str,
    ) -> Outcome<(User, String)> {
        let place = self.hasher.place().await?;
        let now = self.db.clock().now();
        let user =
            self.db.read(move |tx| users::find(tx, id)).await?.ok_or_else(|| WRONG_PASSWORD.fault())?;
        let failures = Failures { count: user.failed_count, last: user.last_failed_at };
        let locked = matches!(self.throttle().await?.judge(failures, now), ThrottleVerdict::Locked { .. });
        let too_long = password.expose_secret().len() > MAX_PASSWORD;
        let hash = user.password_hash.clone().filter(|_| !locked && !too_long);
        let verified = self.hasher.verify(&place, hash.clone(), password).await?;
        match hash.filter(|_| verified.right) {
            Some(hash) => Ok((user, hash)),
            None => {
                let login = user.login.clone();
                let tried = Tried { user: Some(user), failures };
                self.note_failure(&login, &tried, locked, request_id, now).await?;
                Err(WRONG_PASSWORD.fault())
            }
        }
    }
}
