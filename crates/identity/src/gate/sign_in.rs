//! Signing in and staying signed in. A stranger gets one answer for every reason, after the same work.

use std::sync::Arc;

use auth::{Failures, Presented, Sealer, ThrottleVerdict};
use kernel::id::User as UserKind;
use kernel::{Id, Instant, Outcome};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use storage::audit;

use super::Gate;
use crate::error::{
    PROOF_NEEDED, REFRESH_REFUSED, SECOND_FACTOR_NEEDED, SECOND_FACTOR_REFUSED, SIGN_IN_FAILED, WRONG_CODE,
    WRONG_PASSWORD,
};
use crate::model::sign_in::{method, outcome};
use crate::model::{User, fold_login};
use crate::service::challenge::{self, Entry};
use crate::service::session::{self, Door, Opened};
use crate::service::sign_ins::{self, Note};
use crate::service::{passwords, seal, second_factor};
use crate::store::{service_accounts, users};
use crate::visit::Visit;

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

/// What a right first half leads to.
#[derive(Debug, Clone)]
pub enum Entered {
    /// Signed in.
    SignedIn(Box<SignedIn>),
    /// A code is asked for.
    Asked {
        /// What goes with the code.
        challenge: SecretString,
        /// Seconds until it runs out.
        expires_in: i64,
    },
}

/// A login looked up.
struct Tried {
    user: Option<User>,
    failures: Failures,
}

impl Tried {
    /// Why it did not work, for the log: a stranger is never told.
    fn reason(&self, locked: bool) -> &'static str {
        match &self.user {
            _ if locked => outcome::LOCKED,
            None => outcome::UNKNOWN_LOGIN,
            Some(user) if !user.is_enabled() => outcome::DISABLED,
            Some(user) if user.password_hash.is_none() => outcome::NO_PASSWORD,
            Some(_) => outcome::WRONG_PASSWORD,
        }
    }
}

impl Gate {
    /// Signs in with a password alone, or refuses: whoever has a second factor signs in by [`Gate::enter`].
    pub async fn sign_in(
        &self,
        login: &str,
        password: SecretString,
        address: Option<&str>,
        request_id: &str,
    ) -> Outcome<SignedIn> {
        match self.enter(login, password, &Visit::new(address, None, request_id)).await? {
            Entered::SignedIn(signed) => Ok(*signed),
            Entered::Asked { .. } => Err(SECOND_FACTOR_NEEDED.fault()),
        }
    }

    /// The first half of a sign-in, or the whole where there is no second; refuses without a reason.
    pub async fn enter(&self, login: &str, password: SecretString, visit: &Visit) -> Outcome<Entered> {
        let now = self.db.clock().now();
        let address = visit.address.as_deref();
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
            && let Some(entry) = self.open(user.id, hash, verified.renewed, visit, now).await?
        {
            return self.entered(entry, now).await;
        }
        self.strangers.address_failed(address, now);
        self.note_failure(&login, &tried, locked, visit, now).await?;
        Err(SIGN_IN_FAILED.fault())
    }

    /// The second half of a sign-in: a code for a challenge. Refuses without a reason.
    pub async fn second_factor(
        &self,
        challenge: &SecretString,
        code: &str,
        visit: &Visit,
    ) -> Outcome<SignedIn> {
        let now = self.db.clock().now();
        let address = visit.address.as_deref();
        self.strangers.refuse_address(address, now)?;
        let sealer = self.sealer().await?;
        let (ids, throttle) = (Arc::clone(self.db.ids()), self.throttle().await?);
        let (challenge, code, seen) = (challenge.clone(), code.to_owned(), visit.clone());
        let opened = self
            .db
            .write(move |tx| {
                let door = Door { now, request_id: &seen.request_id, ids: ids.as_ref() };
                challenge::answer(tx, door, &seen, &sealer, &throttle, &challenge, &code)
            })
            .await?;
        match opened {
            Some(opened) => self.tokens_for(opened, now).await,
            None => {
                self.strangers.address_failed(address, now);
                Err(SECOND_FACTOR_REFUSED.fault())
            }
        }
    }

    /// Collects a sign-in that was made elsewhere, for its ticket.
    pub async fn redeem(&self, ticket: &SecretString, visit: &Visit) -> Outcome<Entered> {
        let now = self.db.clock().now();
        let address = visit.address.as_deref();
        self.strangers.refuse_address(address, now)?;
        let (ids, ticket, seen) = (Arc::clone(self.db.ids()), ticket.clone(), visit.clone());
        let entry = self
            .db
            .write(move |tx| {
                let door = Door { now, request_id: &seen.request_id, ids: ids.as_ref() };
                challenge::redeem(tx, door, &seen, &ticket)
            })
            .await?;
        match entry {
            Some(entry) => self.entered(entry, now).await,
            None => {
                self.strangers.address_failed(address, now);
                Err(SECOND_FACTOR_REFUSED.fault())
            }
        }
    }

    /// Proves that whoever is signed in is the account's owner, by password or by a code of their second factor, before
    /// something that a stolen token must not do. Wrong ones count towards the lock-out. An account with neither has nothing
    /// to prove by. Machines and keys are turned away later, by the deed.
    pub async fn prove(
        &self,
        id: Id<UserKind>,
        password: Option<SecretString>,
        code: Option<&str>,
        visit: &Visit,
    ) -> Outcome<()> {
        if let Some(password) = password {
            return self.verify_own(id, password, visit).await.map(drop);
        }
        let now = self.db.clock().now();
        let Some(code) = code.map(str::to_owned) else {
            let bare = self
                .db
                .read(move |tx| {
                    let by_password = users::find(tx, id)?.is_some_and(|user| user.password_hash.is_some());
                    Ok(!by_password && !second_factor::is_enrolled(tx, id)?)
                })
                .await?;
            return if bare { Ok(()) } else { Err(PROOF_NEEDED.fault()) };
        };
        let sealer = self.sealer().await?;
        let (ids, throttle, seen) = (Arc::clone(self.db.ids()), self.throttle().await?, visit.clone());
        let right = self
            .db
            .write(move |tx| {
                let Some(user) = users::find_locked(tx, id)? else { return Ok(false) };
                let failures = Failures { count: user.failed_count, last: user.last_failed_at };
                let locked = matches!(throttle.judge(failures, now), ThrottleVerdict::Locked { .. });
                if !locked && second_factor::accept(tx, &sealer, id, &code, now)?.is_some() {
                    return Ok(true);
                }
                if !locked {
                    users::set_failures(tx, id, throttle.failed(failures, now))?;
                }
                let outcome = if locked { outcome::LOCKED } else { outcome::WRONG_CODE };
                let note = Note { user: Some(id), login_digest: None, outcome, method: "", session: None };
                sign_ins::note(tx, ids.as_ref(), now, &seen, note)?;
                Ok(false)
            })
            .await?;
        if right { Ok(()) } else { Err(WRONG_CODE.fault()) }
    }

    /// What seals the small secrets of this realm.
    pub async fn sealer(&self) -> Outcome<Arc<Sealer>> {
        let known = self.sealer.read().clone();
        if let Some(sealer) = known {
            return Ok(sealer);
        }
        let now = self.db.clock().now();
        let there = self.db.read(seal::load).await?;
        let sealer = match there {
            Some(sealer) => sealer,
            None => self.db.write(move |tx| seal::load_or_create(tx, now)).await?,
        };
        let sealer = Arc::new(sealer);
        *self.sealer.write() = Some(Arc::clone(&sealer));
        Ok(sealer)
    }

    async fn entered(&self, entry: Entry, now: Instant) -> Outcome<Entered> {
        Ok(match entry {
            Entry::Opened(opened) => Entered::SignedIn(Box::new(self.tokens_for(*opened, now).await?)),
            Entry::Asked(challenge) => Entered::Asked { challenge, expires_in: challenge::LIFE_SECONDS },
        })
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

    /// Opens the session or asks for a code, if the account is still what was verified. A machine never signs in, whoever gave
    /// it a password.
    async fn open(
        &self,
        id: Id<UserKind>,
        hash: String,
        renewed: Option<String>,
        visit: &Visit,
        now: Instant,
    ) -> Outcome<Option<Entry>> {
        let (ids, visit) = (Arc::clone(self.db.ids()), visit.clone());
        self.db
            .write(move |tx| {
                let user = users::find_locked(tx, id)?;
                let Some(user) =
                    user.filter(|user| user.is_enabled() && user.password_hash.as_deref() == Some(&hash))
                else {
                    return Ok(None);
                };
                if service_accounts::find(tx, id)?.is_some() {
                    return Ok(None);
                }
                if let Some(renewed) = &renewed {
                    users::set_hash(tx, id, renewed)?;
                }
                let user = passwords::of_age(tx, user, now)?;
                let door = Door { now, request_id: &visit.request_id, ids: ids.as_ref() };
                challenge::enter(tx, door, &visit, &user, method::PASSWORD).map(Some)
            })
            .await
    }

    /// Counts a wrong password and writes it down. A try at a locked door is written down and not counted. Of a flood, the
    /// trail keeps what the log of sign-ins keeps one by one.
    async fn note_failure(
        &self,
        login: &str,
        tried: &Tried,
        locked: bool,
        visit: &Visit,
        now: Instant,
    ) -> Outcome<()> {
        let user = tried.user.as_ref().map(|user| user.id);
        let throttle = self.throttle().await?;
        if user.is_none() && !locked {
            self.strangers.failed(&throttle, login, now);
        }
        let sealer = self.sealer().await?;
        let digest = sealer.digest("identity.login", login)?;
        let (ids, id, visit) = (Arc::clone(self.db.ids()), self.db.ids().id(), visit.clone());
        let reason = tried.reason(locked);
        self.db
            .write(move |tx| {
                if let Some(user) = user.filter(|_| !locked)
                    && let Some(user) = users::find_locked(tx, user)?
                {
                    let before = Failures { count: user.failed_count, last: user.last_failed_at };
                    users::set_failures(tx, user.id, throttle.failed(before, now))?;
                }
                let note = Note {
                    user,
                    login_digest: user.is_none().then_some(digest.as_str()),
                    outcome: reason,
                    method: method::PASSWORD,
                    session: None,
                };
                if !sign_ins::note(tx, ids.as_ref(), now, &visit, note)? {
                    return Ok(());
                }
                let entry = audit::Entry {
                    action: "identity.sign_in.failed",
                    object_kind: "login",
                    object: None,
                    unit: None,
                    before: None,
                    after: Some(json!({ "login_digest": digest, "locked": locked })),
                };
                audit::record_as(tx, None, now, &visit.request_id, id, entry)
            })
            .await
    }

    /// Refreshes, or refuses without a reason.
    pub async fn refresh(&self, token: &SecretString, visit: impl Into<Visit>) -> Outcome<SignedIn> {
        let now = self.db.clock().now();
        let presented = Presented::parse(token.expose_secret()).ok_or_else(|| REFRESH_REFUSED.fault())?;
        let (ids, visit) = (Arc::clone(self.db.ids()), visit.into());
        let opened = self
            .db
            .write(move |tx| {
                let door = Door { now, request_id: &visit.request_id, ids: ids.as_ref() };
                session::refresh(tx, door, &visit, &presented)
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
        visit: impl Into<Visit>,
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
                self.note_failure(&login, &tried, locked, &visit.into(), now).await?;
                Err(WRONG_PASSWORD.fault())
            }
        }
    }
}
