//! Signing in at an identity provider: what is asked of it, and what its answer is worth. Nothing an answer says makes an
//! account or a right: it names a subject, and the subject is tied to somebody here, or it is refused.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use kernel::id::Session as SessionKind;
use kernel::{Context, Fault, Id, Instant, Outcome};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreJwsSigningAlgorithm as Alg, CoreProviderMetadata,
};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse,
    IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, TokenResponse,
};
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::Gate;
use crate::error::{PROVIDER_REFUSED, PROVIDER_SILENT, SIGNED_OUT};
use crate::model::sign_in::{method, outcome};
use crate::oidc::{Asked, LIFE_SECONDS, Provider, SecondFactor, check_return};
use crate::service::challenge;
use crate::service::external::{self, Subject};
use crate::service::session::{self, Door};
use crate::service::sign_ins::{self, Note};
use crate::store::challenges;
use crate::visit::Visit;

/// How long what a provider says of itself is believed.
const KEPT_SECONDS: i64 = 600;
/// A key that is not known makes us ask again, and not sooner than after so long.
const ASK_AGAIN_SECONDS: i64 = 10;
/// The longest answer a provider may give.
const MAX_ANSWER: usize = 1024 * 1024;
/// What the cookie is sealed for.
const PURPOSE: &str = "identity.oidc";

/// What providers said of themselves, and how to reach them.
pub struct Oidc {
    http: reqwest::Client,
    said: Mutex<HashMap<String, (Arc<CoreProviderMetadata>, Instant)>>,
}

/// Where to send somebody, and the cookie that goes with them.
#[derive(Debug, Clone)]
pub struct Start {
    /// The provider's page.
    pub url: String,
    /// The sealed cookie's value.
    pub cookie: String,
}

/// What an answer came to.
#[derive(Debug, Clone)]
pub enum Finished {
    /// Signed in; the ticket is to be redeemed.
    Ticket(SecretString),
    /// The subject is tied to whoever asked.
    Linked,
}

/// An answer as it came in.
#[derive(Debug, Clone, Default)]
pub struct Answered {
    /// The code, if it was a yes.
    pub code: Option<SecretString>,
    /// What came back as `state`.
    pub state: String,
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unreachable(String);

impl Oidc {
    /// Ready to ask; nobody is asked before somebody signs in.
    pub fn new() -> Outcome<Self> {
        let http = reqwest::Client::builder()
            // An answer is taken from whom it was asked of, and from nowhere it points to.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(10))
            .connect_timeout(Duration::from_secs(5))
            .build()
            .map_err(|_| Fault::internal("no client for identity providers"))?;
        Ok(Self { http, said: Mutex::default() })
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, Unreachable> {
        let fail = |e: &dyn std::fmt::Display| Unreachable(e.to_string());
        let request = reqwest::Request::try_from(request).map_err(|e| fail(&e))?;
        let mut response = self.http.execute(request).await.map_err(|e| fail(&e.without_url()))?;
        let mut answer = openidconnect::http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|e| fail(&e.without_url()))? {
            if body.len() + part.len() > MAX_ANSWER {
                return Err(Unreachable("the answer is too long".to_owned()));
            }
            body.extend_from_slice(&part);
        }
        answer.body(body).map_err(|e| fail(&e))
    }

    /// What a provider says of itself, asked anew if it was asked longer than `age` ago.
    async fn said(&self, provider: &Provider, now: Instant, age: i64) -> Outcome<Arc<CoreProviderMetadata>> {
        let known = self.said.lock().get(&provider.name).cloned();
        if let Some((said, _)) = known.filter(|(_, at)| now < at.plus_seconds(age)) {
            return Ok(said);
        }
        let issuer = IssuerUrl::new(provider.issuer.clone()).map_err(|_| PROVIDER_SILENT.fault())?;
        let said = CoreProviderMetadata::discover_async(issuer, &|request| self.ask(request)).await;
        let said = said.map_err(|error| {
            tracing::warn!(provider = provider.name, %error, "an identity provider cannot be asked what it is");
            PROVIDER_SILENT.fault()
        })?;
        let said = Arc::new(said);
        self.said.lock().insert(provider.name.clone(), (Arc::clone(&said), now));
        Ok(said)
    }
}

impl std::fmt::Debug for Oidc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Oidc").finish_non_exhaustive()
    }
}

/// The provider's client, as this library has it: its type says which endpoints are known, and has no name worth writing.
macro_rules! client {
    ($gate:expr, $provider:expr, $said:expr) => {{
        let secret = ClientSecret::new($provider.client_secret.expose_secret().to_owned());
        let back = RedirectUrl::new($gate.settings.providers.redirect_uri(&$provider.name))
            .map_err(|_| Fault::internal("public_url is no address"))?;
        let id = ClientId::new($provider.client_id.clone());
        CoreClient::from_provider_metadata(CoreProviderMetadata::clone(&$said), id, Some(secret))
            .set_redirect_uri(back)
    }};
}

impl Gate {
    /// Sends somebody to a provider: to sign in, or, with an account and its session, to tie the subject there to it.
    pub async fn start_at_provider(
        &self,
        name: &str,
        return_to: Option<&str>,
        link: Option<(Id<kernel::id::User>, Id<SessionKind>)>,
    ) -> Outcome<Start> {
        let provider = self.settings.providers.find(name)?;
        let return_to = check_return(return_to)?;
        let now = self.db.clock().now();
        let said = self.oidc.said(provider, now, KEPT_SECONDS).await?;
        let client = client!(self, provider, said);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .set_pkce_challenge(challenge)
            .url();
        let asked = Asked {
            provider: provider.name.clone(),
            state: state.secret().clone(),
            nonce: nonce.secret().clone(),
            verifier: verifier.secret().clone(),
            return_to,
            expires_at: now.plus_seconds(LIFE_SECONDS).micros(),
            link: link.map(|(user, session)| (user.uuid(), session.uuid())),
        };
        let json = serde_json::to_vec(&asked).map_err(Fault::internal)?;
        let cookie = self.sealer().await?.seal(PURPOSE, &json)?;
        Ok(Start { url: url.to_string(), cookie })
    }

    /// What a cookie says was asked, if it is ours and not too old.
    pub async fn asked(&self, name: &str, cookie: &str) -> Outcome<Asked> {
        let now = self.db.clock().now();
        let asked: Option<Asked> =
            self.sealer().await?.open(PURPOSE, cookie).and_then(|json| serde_json::from_slice(&json).ok());
        asked
            .filter(|asked| asked.provider == name && now.micros() < asked.expires_at)
            .ok_or_else(|| PROVIDER_REFUSED.fault())
    }

    /// Takes a provider's answer to what was asked. Each answer is taken once, whatever comes of it.
    pub async fn finish_at_provider(
        &self,
        asked: &Asked,
        answer: Answered,
        visit: &Visit,
    ) -> Outcome<Finished> {
        let now = self.db.clock().now();
        self.strangers.refuse_address(visit.address.as_deref(), now)?;
        let finished = self.finish(asked, answer, visit, now).await;
        if let Err(fault) = &finished
            && fault.code() == Some(&PROVIDER_REFUSED)
        {
            self.strangers.address_failed(visit.address.as_deref(), now);
        }
        finished
    }

    async fn finish(
        &self,
        asked: &Asked,
        answer: Answered,
        visit: &Visit,
        now: Instant,
    ) -> Outcome<Finished> {
        let provider = self.settings.providers.find(&asked.provider)?;
        if !auth::totp::same(asked.state.as_bytes(), answer.state.as_bytes()) {
            return self.refused(outcome::PROVIDER_REFUSED, visit, now).await;
        }
        let taken: String = Sha256::digest(&asked.state).iter().map(|byte| format!("{byte:02x}")).collect();
        let until = now.plus_seconds(2 * LIFE_SECONDS);
        let first = self.db.write(move |tx| challenges::take_state(tx, &taken, until)).await?;
        let Some(code) = answer.code.filter(|_| first) else {
            return self.refused(outcome::PROVIDER_REFUSED, visit, now).await;
        };
        match self.subject(provider, asked, &code, now).await? {
            Some(subject) => self.arrived(provider, asked, subject, visit, now).await,
            None => self.refused(outcome::PROVIDER_REFUSED, visit, now).await,
        }
    }

    /// Exchanges the code and judges the token; `None`: it is not worth anything.
    async fn subject(
        &self,
        provider: &Provider,
        asked: &Asked,
        code: &SecretString,
        now: Instant,
    ) -> Outcome<Option<Subject>> {
        let said = self.oidc.said(provider, now, KEPT_SECONDS).await?;
        let client = client!(self, provider, said);
        let request = client
            .exchange_code(AuthorizationCode::new(code.expose_secret().to_owned()))
            .map_err(|_| PROVIDER_SILENT.fault())?
            .set_pkce_verifier(PkceCodeVerifier::new(asked.verifier.clone()));
        let answer = match request.request_async(&|request| self.oidc.ask(request)).await {
            Ok(answer) => answer,
            Err(RequestTokenError::Request(error)) => {
                tracing::warn!(provider = provider.name, %error, "an identity provider does not answer");
                return Err(PROVIDER_SILENT.fault());
            }
            Err(error) => {
                tracing::info!(provider = provider.name, %error, "an identity provider refused a code");
                return Ok(None);
            }
        };
        let Some(token) = answer.id_token() else { return Ok(None) };
        let nonce = Nonce::new(asked.nonce.clone());
        // With the keys we know, and once more with the newest: it may have changed them.
        for age in [KEPT_SECONDS, ASK_AGAIN_SECONDS] {
            let said = self.oidc.said(provider, now, age).await?;
            let client = client!(self, provider, said);
            // None of those that anybody can make, and none whose key is the client's secret.
            let verifier = client
                .id_token_verifier()
                .set_allowed_algs([
                    Alg::RsaSsaPkcs1V15Sha256,
                    Alg::RsaSsaPkcs1V15Sha384,
                    Alg::RsaSsaPkcs1V15Sha512,
                    Alg::RsaSsaPssSha256,
                    Alg::RsaSsaPssSha384,
                    Alg::RsaSsaPssSha512,
                    Alg::EcdsaP256Sha256,
                    Alg::EcdsaP384Sha384,
                    Alg::EdDsa,
                ])
                .set_time_fn(move || now.utc());
            let claims = match token.claims(&verifier, &nonce) {
                Ok(claims) => claims,
                Err(error) => {
                    tracing::info!(provider = provider.name, %error, "a token does not hold");
                    continue;
                }
            };
            if let Some(said) = claims.access_token_hash() {
                let made =
                    token.signing_alg().ok().zip(token.signing_key(&verifier).ok()).and_then(|(alg, key)| {
                        AccessTokenHash::from_token(answer.access_token(), alg, key).ok()
                    });
                if made.as_ref() != Some(said) {
                    return Ok(None);
                }
            }
            return Ok(Some(Subject {
                provider: provider.name.clone(),
                issuer: claims.issuer().as_str().to_owned(),
                subject: claims.subject().as_str().to_owned(),
            }));
        }
        Ok(None)
    }

    /// A vouched-for subject: tied to who asked for that, or to somebody who now is signed in.
    async fn arrived(
        &self,
        provider: &Provider,
        asked: &Asked,
        subject: Subject,
        visit: &Visit,
        now: Instant,
    ) -> Outcome<Finished> {
        let (ids, seen) = (Arc::clone(self.db.ids()), visit.clone());
        if let Some((user, session)) = asked.link {
            let (user, session) = (Id::from_uuid(user), Id::from_uuid(session));
            let linked = self.db.write(move |tx| {
                if !session::is_open(tx, session, user, now)? {
                    return Err(SIGNED_OUT.fault());
                }
                let actor =
                    super::actors::actor_of(tx, None, user, now)?.ok_or_else(|| SIGNED_OUT.fault())?;
                let ctx = Context {
                    actor: Arc::new(actor),
                    now,
                    request_id: seen.request_id.as_str().into(),
                    ids: Arc::clone(&ids),
                };
                external::link_own(tx, &ctx, &subject).map(drop)
            });
            return linked.await.map(|()| Finished::Linked);
        }
        let method = match provider.second_factor {
            SecondFactor::Ask => method::OIDC,
            SecondFactor::Trust => method::OIDC_TRUSTED,
        };
        let ticket = self
            .db
            .write(move |tx| {
                let Some(user) = external::account_of(tx, &subject.issuer, &subject.subject, now)? else {
                    return Ok(None);
                };
                let door = Door { now, request_id: &seen.request_id, ids: ids.as_ref() };
                challenge::ticket(tx, door, &user, method).map(Some)
            })
            .await?;
        match ticket {
            Some(ticket) => Ok(Finished::Ticket(ticket)),
            None => self.refused(outcome::NOT_LINKED, visit, now).await,
        }
    }

    /// Writes a refusal down and tells no reason.
    async fn refused(&self, outcome: &'static str, visit: &Visit, now: Instant) -> Outcome<Finished> {
        let (ids, visit) = (Arc::clone(self.db.ids()), visit.clone());
        self.db
            .write(move |tx| {
                let note =
                    Note { user: None, login_digest: None, outcome, method: method::OIDC, session: None };
                sign_ins::note(tx, ids.as_ref(), now, &visit, note)
            })
            .await?;
        Err(PROVIDER_REFUSED.fault())
    }
}
