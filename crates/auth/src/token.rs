//! Access tokens: short-lived JWTs that say who and never what they may. The algorithm is ours, the key is ours, the clock
//! is ours: nothing in a token chooses how it is judged.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Header, Validation};
use kernel::id::{Session, User};
use kernel::{Fault, Id, Instant, Outcome};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::keys::{CLOCK_LEEWAY, KeyRing};

/// Longer is no token of ours.
const MAX_LENGTH: usize = 2_048;

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// The account.
    pub sub: Id<User>,
    /// The session it came of.
    pub sid: Id<Session>,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// When it runs out, in seconds since 1970.
    pub exp: i64,
    /// From when it holds, in seconds since 1970.
    pub nbf: i64,
    /// Its own id.
    pub jti: Uuid,
}

impl Claims {
    /// When it runs out: how long a verified token may be kept.
    pub fn expires_at(&self) -> Option<Instant> {
        self.exp.checked_mul(1_000_000).and_then(Instant::from_micros)
    }
}

/// Why a token is worth nothing. For the log and the trail; a client is told no more than "sign in again".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TokenFault {
    /// It is no JWT of ours.
    #[error("malformed")]
    Malformed,
    /// It names another algorithm than EdDSA.
    #[error("wrong algorithm")]
    WrongAlgorithm,
    /// It names no key, or one that we do not have or that has been retired. Another node may have rotated: look again.
    #[error("unknown key")]
    UnknownKey,
    /// Nobody who has the key signed this.
    #[error("bad signature")]
    BadSignature,
    /// Another issuer.
    #[error("wrong issuer")]
    WrongIssuer,
    /// Meant for somebody else.
    #[error("wrong audience")]
    WrongAudience,
    /// It has run out.
    #[error("expired")]
    Expired,
    /// It does not hold yet.
    #[error("not yet")]
    NotYet,
}

/// A token just made.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The token itself.
    pub token: SecretString,
    /// What it says.
    pub claims: Claims,
    /// When it runs out.
    pub expires_at: Instant,
}

/// Who issues, for whom, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRules {
    /// `iss` of all tokens.
    pub issuer: String,
    /// `aud` of all tokens.
    pub audience: String,
    /// How long a token lasts.
    pub life_seconds: i64,
}

/// The two members of a header that we look at. `jwk`, `jku`, `x5u`, `x5c` are not among them.
#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: Option<String>,
    crit: Option<serde::de::IgnoredAny>,
}

impl TokenRules {
    /// Issues a token for a session, signed by the ring's newest key. `jti` comes from the caller's ids.
    pub fn issue(
        &self,
        ring: &KeyRing,
        user: Id<User>,
        session: Id<Session>,
        jti: Uuid,
        now: Instant,
    ) -> Outcome<Issued> {
        let key = ring.signer().ok_or_else(|| Fault::internal("there is no key to sign with"))?;
        let iat = now.utc().timestamp();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: user,
            sid: session,
            iat,
            exp: iat.saturating_add(self.life_seconds),
            nbf: iat,
            jti,
        };
        let expires_at =
            claims.expires_at().ok_or_else(|| Fault::internal("a token's life leaves the calendar"))?;
        let header = Header { kid: Some(key.kid().to_owned()), ..Header::new(Algorithm::EdDSA) };
        let token = jsonwebtoken::encode(&header, &claims, key.encoding()).map_err(Fault::internal)?;
        Ok(Issued { token: SecretString::from(token), claims, expires_at })
    }

    /// Judges a token at `now`. A key that is not known is a fault of its own, so that the caller can look for a newer ring.
    pub fn verify(&self, ring: &KeyRing, token: &str, now: Instant) -> Result<Claims, TokenFault> {
        let head = head(token)?;
        if head.alg != "EdDSA" {
            return Err(TokenFault::WrongAlgorithm);
        }
        if head.crit.is_some() {
            // RFC 7515 §4.1.11: extensions that must be understood, and we understand none.
            return Err(TokenFault::Malformed);
        }
        let key = head.kid.and_then(|kid| ring.verifier(&kid, now)).ok_or(TokenFault::UnknownKey)?;
        let claims = jsonwebtoken::decode::<Claims>(token, key.decoding(), &signature_only())
            .map_err(|error| match error.kind() {
                ErrorKind::InvalidSignature => TokenFault::BadSignature,
                ErrorKind::InvalidAlgorithm => TokenFault::WrongAlgorithm,
                _ => TokenFault::Malformed,
            })?
            .claims;
        self.judge(claims, now)
    }

    /// What the signature does not say: from us, for us, and now.
    fn judge(&self, claims: Claims, now: Instant) -> Result<Claims, TokenFault> {
        let seconds = now.utc().timestamp();
        if claims.iss != self.issuer {
            Err(TokenFault::WrongIssuer)
        } else if claims.aud != self.audience {
            Err(TokenFault::WrongAudience)
        } else if seconds >= claims.exp {
            Err(TokenFault::Expired)
        } else if seconds.saturating_add(CLOCK_LEEWAY) < claims.nbf {
            Err(TokenFault::NotYet)
        } else {
            Ok(claims)
        }
    }
}

/// The library's part: the algorithm and the signature. It would judge time by the machine's clock, so it does not.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

fn head(token: &str) -> Result<Head, TokenFault> {
    if token.len() > MAX_LENGTH {
        return Err(TokenFault::Malformed);
    }
    let mut parts = token.split('.');
    let (Some(head), Some(_), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(TokenFault::Malformed);
    };
    let bytes = URL_SAFE_NO_PAD.decode(head).map_err(|_| TokenFault::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenFault::Malformed)
}

#[cfg(test)]
mod tests;
