//! Small secrets kept in the database, encrypted: XChaCha20-Poly1305 under the newest of a ring of keys, bound to what they are
//! for, so that one row's secret cannot be put into another's.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use kernel::{Fault, Outcome};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::random;

/// What a sealed text starts with: the format, so that another can follow.
const FORMAT: &str = "s1";
const NONCE: usize = 24;

/// Seals and opens. The newest key seals; all of them open.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealer {
    keys: Vec<SealKey>,
}

#[derive(Clone, PartialEq, Eq)]
struct SealKey {
    id: String,
    key: [u8; 32],
}

/// A key as JSON holds it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredKey {
    id: String,
    key: String,
}

impl Sealer {
    /// A sealer with one fresh key.
    pub fn generate() -> Outcome<Self> {
        Ok(Self { keys: vec![fresh()?] })
    }

    /// The sealer with a fresh key that seals from now on; what was sealed before still opens.
    pub fn rotate(&self) -> Outcome<Self> {
        Ok(Self { keys: std::iter::once(fresh()?).chain(self.keys.iter().cloned()).collect() })
    }

    /// Seals a secret. `purpose` says what for, and whose: it opens for the same purpose only.
    pub fn seal(&self, purpose: &str, secret: &[u8]) -> Outcome<String> {
        let key = self.keys.first().ok_or_else(|| Fault::internal("there is no key to seal with"))?;
        let nonce: [u8; NONCE] = random::secret()?;
        let payload = Payload { msg: secret, aad: purpose.as_bytes() };
        let sealed = cipher(&key.key)
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Fault::internal("a secret cannot be sealed"))?;
        let bytes: Vec<u8> = nonce.into_iter().chain(sealed).collect();
        Ok(format!("{FORMAT}.{}.{}", key.id, URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Opens what was sealed for this purpose; `None` if it was not, or was tampered with.
    pub fn open(&self, purpose: &str, sealed: &str) -> Option<Vec<u8>> {
        let rest = sealed.strip_prefix(FORMAT)?.strip_prefix('.')?;
        let (id, text) = rest.split_once('.')?;
        let key = self.keys.iter().find(|key| key.id == id)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, msg) = bytes.split_first_chunk::<NONCE>()?;
        let payload = Payload { msg, aad: purpose.as_bytes() };
        cipher(&key.key).decrypt(&XNonce::from(*nonce), payload).ok()
    }

    /// A keyed digest: tells that two texts were the same and, without the key, not what they were. By the oldest key, so that it
    /// stays the same when the ring rotates.
    pub fn digest(&self, purpose: &str, text: &str) -> Outcome<String> {
        let key = self.keys.last().ok_or_else(|| Fault::internal("there is no key to digest with"))?;
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&key.key).map_err(Fault::internal)?;
        for part in ["digest", "\0", purpose, "\0", text] {
            mac.update(part.as_bytes());
        }
        let bytes = mac.finalize().into_bytes();
        Ok(URL_SAFE_NO_PAD.encode(bytes.get(..16).unwrap_or_default()))
    }

    /// All keys, as JSON for storage. Whoever reads it can open everything.
    pub fn to_json(&self) -> Outcome<SecretString> {
        let stored: Vec<StoredKey> = self
            .keys
            .iter()
            .map(|key| StoredKey { id: key.id.clone(), key: URL_SAFE_NO_PAD.encode(key.key) })
            .collect();
        serde_json::to_string(&stored).map(SecretString::from).map_err(Fault::internal)
    }

    /// Reads what [`Self::to_json`] wrote.
    pub fn from_json(json: &SecretString) -> Outcome<Self> {
        // What serde says of a bad document may quote it: it is not passed on.
        let broken = || Fault::internal("the stored sealing keys cannot be read");
        let stored: Vec<StoredKey> = serde_json::from_str(json.expose_secret()).map_err(|_| broken())?;
        let keys = stored
            .into_iter()
            .map(|stored| {
                let key = URL_SAFE_NO_PAD.decode(&stored.key).ok().and_then(|bytes| bytes.try_into().ok());
                Ok(SealKey { id: stored.id, key: key.ok_or_else(broken)? })
            })
            .collect::<Outcome<Vec<_>>>()?;
        Ok(Self { keys })
    }
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Key::from(*key))
}

fn fresh() -> Outcome<SealKey> {
    let id: [u8; 6] = random::secret()?;
    Ok(SealKey { id: URL_SAFE_NO_PAD.encode(id), key: random::secret()? })
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").field("keys", &self.keys.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_for_its_purpose_only() {
        let sealer = Sealer::generate().unwrap();
        let sealed = sealer.seal("totp:1", b"secret").unwrap();
        assert_eq!(sealer.open("totp:1", &sealed).as_deref(), Some(&b"secret"[..]));
        assert_eq!(sealer.open("totp:2", &sealed), None, "another's row");
        assert_ne!(sealed, sealer.seal("totp:1", b"secret").unwrap(), "each has its own nonce");
        assert_eq!(Sealer::generate().unwrap().open("totp:1", &sealed), None);
        for broken in ["", "s1", "s1.", "s1.x.y", "s2.a.b", &sealed[..sealed.len() - 2]] {
            assert_eq!(sealer.open("totp:1", broken), None, "{broken}");
        }
        let mut flipped = sealed.clone().into_bytes();
        let at = flipped.len() - 5;
        flipped[at] = if flipped[at] == b'A' { b'B' } else { b'A' };
        assert_eq!(sealer.open("totp:1", &String::from_utf8(flipped).unwrap()), None);
    }

    #[test]
    fn a_rotated_ring_still_opens_and_digests_alike() {
        let old = Sealer::generate().unwrap();
        let sealed = old.seal("x", b"secret").unwrap();
        let new = old.rotate().unwrap();
        assert!(new.open("x", &sealed).is_some());
        assert_eq!(old.open("x", &new.seal("x", b"secret").unwrap()), None);
        assert_eq!(old.digest("login", "a").unwrap(), new.digest("login", "a").unwrap());
        assert_ne!(old.digest("login", "a").unwrap(), old.digest("login", "b").unwrap());
        assert_ne!(old.digest("login", "a").unwrap(), old.digest("place", "a").unwrap());
        assert_eq!(Sealer::from_json(&new.to_json().unwrap()).unwrap(), new);
        assert!(Sealer::from_json(&SecretString::from("[{}]")).is_err());
        assert!(!format!("{new:?}").contains(&URL_SAFE_NO_PAD.encode(new.keys[0].key)));
    }
}
