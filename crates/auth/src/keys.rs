//! Ed25519 keys that sign access tokens. The newest signs; the ones before still verify until the last token they signed
//! has run out, so that changing the key signs nobody out.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;
use jsonwebtoken::{DecodingKey, EncodingKey};
use kernel::{Fault, Instant, Outcome};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::random;

/// Seconds that clocks may differ by: added to what an old key still verifies.
pub const CLOCK_LEEWAY: i64 = 5;

/// One signing key. Its private half is never printed.
#[derive(Clone)]
pub struct SigningKey {
    kid: String,
    created: Instant,
    not_after: Option<Instant>,
    public: String,
    private: ed25519_dalek::SigningKey,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl SigningKey {
    /// A new key.
    pub fn generate(now: Instant) -> Outcome<Self> {
        Self::assemble(ed25519_dalek::SigningKey::from_bytes(&random::secret()?), now, None)
    }

    /// Reads a key that [`Self::private_pem`] wrote.
    pub fn from_pem(pem: &SecretString, created: Instant, not_after: Option<Instant>) -> Outcome<Self> {
        let private = ed25519_dalek::SigningKey::from_pkcs8_pem(pem.expose_secret())
            .map_err(|_| Fault::internal("a stored signing key cannot be read"))?;
        Self::assemble(private, created, not_after)
    }

    fn assemble(
        private: ed25519_dalek::SigningKey,
        created: Instant,
        not_after: Option<Instant>,
    ) -> Outcome<Self> {
        // Ours, even if some other crate of the build brings jsonwebtoken a second provider. Done twice it does nothing.
        let _already_there = DEFAULT_PROVIDER.install_default();
        let verifying = private.verifying_key();
        let public = URL_SAFE_NO_PAD.encode(verifying.as_bytes());
        let der = private.to_pkcs8_der().map_err(|_| Fault::internal("a signing key cannot be written"))?;
        Ok(Self {
            kid: thumbprint(&public),
            created,
            not_after,
            encoding: EncodingKey::from_ed_der(der.as_bytes()),
            decoding: DecodingKey::from_ed_der(verifying.as_bytes()),
            public,
            private,
        })
    }

    /// The key's name: the thumbprint of its public half (RFC 7638), so that it can be checked and never clashes.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// When it was made.
    pub fn created(&self) -> Instant {
        self.created
    }

    /// Until when (exclusive) it verifies; `None` while it is the one that signs.
    pub fn not_after(&self) -> Option<Instant> {
        self.not_after
    }

    /// The private half as PKCS#8 PEM, for storage.
    pub fn private_pem(&self) -> Outcome<SecretString> {
        let pem = self
            .private
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|_| Fault::internal("a signing key cannot be written"))?;
        Ok(SecretString::from(pem.as_str()))
    }

    /// The public half as a JWK.
    pub fn jwk(&self) -> serde_json::Value {
        serde_json::json!({
            "kty": "OKP", "crv": "Ed25519", "x": self.public, "kid": self.kid, "alg": "EdDSA", "use": "sig",
        })
    }

    pub(crate) fn encoding(&self) -> &EncodingKey {
        &self.encoding
    }

    pub(crate) fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }

    fn is_live(&self, now: Instant) -> bool {
        self.not_after.is_none_or(|end| now < end)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .field("created", &self.created)
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}

/// RFC 7638: the SHA-256 of the JWK's required members in alphabetical order.
fn thumbprint(public: &str) -> String {
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{public}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
}

/// A key as JSON holds it; instants in microseconds, since whole seconds would not order two keys of one second.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredKey {
    kid: String,
    created: i64,
    not_after: Option<i64>,
    private_pem: String,
}

/// All keys that may still matter, the newest first.
#[derive(Debug, Clone, Default)]
pub struct KeyRing {
    keys: Vec<SigningKey>,
}

impl KeyRing {
    /// A ring of these keys, in whatever order.
    pub fn new(keys: impl IntoIterator<Item = SigningKey>) -> Self {
        let mut keys: Vec<SigningKey> = keys.into_iter().collect();
        keys.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.kid.cmp(&b.kid)));
        keys.dedup_by(|a, b| a.kid == b.kid);
        Self { keys }
    }

    /// The keys, the newest first.
    pub fn keys(&self) -> &[SigningKey] {
        &self.keys
    }

    /// The key that signs: the newest that has not been retired.
    pub fn signer(&self) -> Option<&SigningKey> {
        self.keys.iter().find(|key| key.not_after.is_none())
    }

    /// The key of this name, while it may still verify.
    pub fn verifier(&self, kid: &str, now: Instant) -> Option<&SigningKey> {
        self.keys.iter().find(|key| key.kid == kid && key.is_live(now))
    }

    /// The ring with a fresh key that signs from now on. What signed before verifies until the longest-lived token it can
    /// have signed has run out; what can verify nothing any more is dropped.
    pub fn rotate(&self, now: Instant, max_token_seconds: i64) -> Outcome<Self> {
        let end = now.plus_seconds(max_token_seconds.saturating_add(CLOCK_LEEWAY));
        let fresh = SigningKey::generate(now)?;
        let older = self.keys.iter().filter(|key| key.is_live(now)).cloned().map(|mut key| {
            key.not_after = Some(key.not_after.unwrap_or(end));
            key
        });
        Ok(Self::new(std::iter::once(fresh).chain(older)))
    }

    /// The public halves as a JWK set (RFC 7517): those that may still verify.
    pub fn jwks(&self, now: Instant) -> serde_json::Value {
        let keys: Vec<_> = self.keys.iter().filter(|key| key.is_live(now)).map(SigningKey::jwk).collect();
        serde_json::json!({ "keys": keys })
    }

    /// The whole ring, private halves included, as JSON for storage.
    pub fn to_json(&self) -> Outcome<SecretString> {
        let stored = self
            .keys
            .iter()
            .map(|key| {
                Ok(StoredKey {
                    kid: key.kid.clone(),
                    created: key.created.micros(),
                    not_after: key.not_after.map(Instant::micros),
                    private_pem: key.private_pem()?.expose_secret().to_owned(),
                })
            })
            .collect::<Outcome<Vec<_>>>()?;
        serde_json::to_string(&stored).map(SecretString::from).map_err(Fault::internal)
    }

    /// Reads what [`Self::to_json`] wrote.
    pub fn from_json(json: &SecretString) -> Outcome<Self> {
        // What serde says of a bad document may quote it: it is not passed on.
        let broken = || Fault::internal("the stored key ring cannot be read");
        let stored: Vec<StoredKey> = serde_json::from_str(json.expose_secret()).map_err(|_| broken())?;
        let keys = stored
            .into_iter()
            .map(|stored| {
                let created = Instant::from_micros(stored.created).ok_or_else(broken)?;
                let not_after =
                    stored.not_after.map(|end| Instant::from_micros(end).ok_or_else(broken)).transpose()?;
                let key = SigningKey::from_pem(&SecretString::from(stored.private_pem), created, not_after)?;
                if key.kid == stored.kid { Ok(key) } else { Err(broken()) }
            })
            .collect::<Outcome<Vec<_>>>()?;
        Ok(Self::new(keys))
    }
}

#[cfg(test)]
mod tests;
