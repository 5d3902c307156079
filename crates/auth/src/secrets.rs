//! What must be read again, and must not be read by whoever has only the database: sealed, or known by a keyed hash.
//!
//! One key of 32 bytes, kept outside the database, gives two: one seals (XChaCha20-Poly1305, a fresh nonce each time, the purpose
//! bound in), one hashes (HMAC-SHA256, the purpose bound in). What was sealed for one purpose opens for no other.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use kernel::{Fault, Outcome};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::Sha256;

use crate::random;

const NONCE: usize = 24;
/// The way it is sealed, as the first byte of what is kept: another way will be another number.
const WAY: u8 = 1;

/// The two keys of a realm.
pub struct Secrets {
    sealing: SecretBox<[u8; 32]>,
    hashing: SecretBox<[u8; 32]>,
}

impl Secrets {
    /// From the realm's key.
    pub fn from_key(key: &SecretBox<[u8; 32]>) -> Outcome<Self> {
        let derived = |label: &str| -> Outcome<SecretBox<[u8; 32]>> {
            Ok(SecretBox::new(Box::new(mac(key, &["commonweal secrets", label])?)))
        };
        Ok(Self { sealing: derived("sealing")?, hashing: derived("hashing")? })
    }

    /// From a key drawn now, which nobody will have again: for tests, and where nothing sealed outlives the process.
    pub fn drawn() -> Outcome<Self> {
        Self::from_key(&SecretBox::new(Box::new(random::secret::<32>()?)))
    }

    /// A hash that only the holder of the key can make, as 64 hexadecimal digits: the same text for the same purpose is the same.
    pub fn hash(&self, purpose: &str, text: &str) -> Outcome<String> {
        Ok(hex(&mac(&self.hashing, &[purpose, text])?))
    }

    /// Seals a text for a purpose.
    pub fn seal(&self, purpose: &str, text: &str) -> Outcome<String> {
        let nonce = random::secret::<NONCE>()?;
        let payload = Payload { msg: text.as_bytes(), aad: purpose.as_bytes() };
        let sealed = self
            .cipher()?
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Fault::internal("cannot be sealed"))?;
        let mut all = vec![WAY];
        all.extend_from_slice(&nonce);
        all.extend_from_slice(&sealed);
        Ok(URL_SAFE_NO_PAD.encode(all))
    }

    /// Opens what was sealed for this purpose; a fault if it was not, or under another key.
    pub fn open(&self, purpose: &str, sealed: &str) -> Outcome<SecretString> {
        let cannot = || Fault::internal("what was sealed cannot be opened: another key, or altered");
        let all = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| cannot())?;
        let rest =
            all.split_first().filter(|(way, _)| **way == WAY).map(|(_, rest)| rest).ok_or_else(cannot)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE).ok_or_else(cannot)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| cannot())?;
        let payload = Payload { msg: sealed, aad: purpose.as_bytes() };
        let opened = self.cipher()?.decrypt(&XNonce::from(nonce), payload).map_err(|_| cannot())?;
        String::from_utf8(opened).map(SecretString::from).map_err(|_| cannot())
    }

    fn cipher(&self) -> Outcome<XChaCha20Poly1305> {
        XChaCha20Poly1305::new_from_slice(self.sealing.expose_secret()).map_err(Fault::internal)
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

/// The parts each with its length before it, so that no two lists of parts are the same bytes.
fn mac(key: &SecretBox<[u8; 32]>, parts: &[&str]) -> Outcome<[u8; 32]> {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key.expose_secret()).map_err(Fault::internal)?;
    for part in parts {
        mac.update(&u64::try_from(part.len()).map_err(Fault::internal)?.to_be_bytes());
        mac.update(part.as_bytes());
    }
    Ok(mac.finalize().into_bytes().into())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> Secrets {
        Secrets::from_key(&SecretBox::new(Box::new([byte; 32]))).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_key_for_the_same_purpose_only() {
        let secrets = key(1);
        let sealed = secrets.seal("contact", "+8613800000000").unwrap();
        assert_eq!(secrets.open("contact", &sealed).unwrap().expose_secret(), "+8613800000000");
        assert_eq!(
            key(1).open("contact", &sealed).unwrap().expose_secret(),
            "+8613800000000",
            "after a restart too"
        );
        assert_ne!(sealed, secrets.seal("contact", "+8613800000000").unwrap(), "each time another");
        assert!(!sealed.contains("138"));
        assert!(secrets.open("notice", &sealed).is_err());
        assert!(key(2).open("contact", &sealed).is_err());
        for broken in ["", "AA", "!", &sealed[1..], &format!("{sealed}AA")] {
            assert!(secrets.open("contact", broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn a_hash_is_the_same_for_the_same_and_bound_to_key_and_purpose() {
        let secrets = key(1);
        let hash = secrets.hash("address", "a@b.example").unwrap();
        assert_eq!(hash, key(1).hash("address", "a@b.example").unwrap());
        assert_eq!(hash.len(), 64);
        assert_ne!(hash, secrets.hash("code", "a@b.example").unwrap());
        assert_ne!(hash, key(2).hash("address", "a@b.example").unwrap());
        assert_ne!(
            secrets.hash("ab", "c").unwrap(),
            secrets.hash("a", "bc").unwrap(),
            "no two lists are one"
        );
        assert_ne!(
            Secrets::drawn().unwrap().hash("a", "b").unwrap(),
            Secrets::drawn().unwrap().hash("a", "b").unwrap()
        );
    }

    #[test]
    fn nothing_of_it_is_printed() {
        assert_eq!(format!("{:?}", key(7)), "Secrets");
    }
}
