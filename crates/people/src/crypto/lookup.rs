//! Finding somebody by a phone or a document's number without keeping either: a keyed hash (HMAC-SHA-256). The keys come from one
//! random secret of the realm, which a master key wraps; so they outlive every master key.

use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use kernel::{Fault, Outcome};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::seal::KEY;

/// The realm's look-up keys, one for each use.
pub struct LookupKeys {
    phones: Zeroizing<[u8; KEY]>,
    documents: Zeroizing<[u8; KEY]>,
    requests: Zeroizing<[u8; KEY]>,
}

impl LookupKeys {
    /// From the realm's secret.
    pub(crate) fn derive(secret: &[u8]) -> Outcome<Self> {
        let from = Hkdf::<Sha256>::new(None, secret);
        let key = |info: &str| {
            let mut key = Zeroizing::new([0_u8; KEY]);
            from.expand(info.as_bytes(), &mut *key).map_err(Fault::internal)?;
            Ok::<_, Fault>(key)
        };
        Ok(Self {
            phones: key("commonweal.people.lookup.phone.1")?,
            documents: key("commonweal.people.lookup.document.1")?,
            requests: key("commonweal.people.request.1")?,
        })
    }

    /// The hash of a phone in its normal form.
    pub fn phone(&self, number: &str) -> Vec<u8> {
        mac(&self.phones, &[number.as_bytes()])
    }

    /// The hash of a document's number in its normal form; the kind is part of it.
    pub fn document(&self, kind: &str, number: &str) -> Vec<u8> {
        mac(&self.documents, &[kind.as_bytes(), b"\0", number.as_bytes()])
    }

    /// What an idempotency key is kept with where the body holds personal data: a plain digest of it could be guessed at.
    pub fn request(&self, body: &[u8]) -> Vec<u8> {
        mac(&self.requests, &[body])
    }
}

impl std::fmt::Debug for LookupKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LookupKeys(…)")
    }
}

fn mac(key: &[u8; KEY], parts: &[&[u8]]) -> Vec<u8> {
    // A key of any length is a key for HMAC: this cannot fail, and an empty hash would match nothing.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_hang_on_the_secret_the_use_the_kind_and_the_number() {
        let (a, b) = (LookupKeys::derive(&[1; 32]).unwrap(), LookupKeys::derive(&[2; 32]).unwrap());
        let all = [
            a.phone("13812345678"),
            a.phone("13812345679"),
            b.phone("13812345678"),
            a.document("id_card", "13812345678"),
            a.document("passport", "13812345678"),
            a.request(b"13812345678"),
        ];
        assert_eq!(all[0], LookupKeys::derive(&[1; 32]).unwrap().phone("13812345678"));
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len());
        assert!(all.iter().all(|hash| hash.len() == 32));
    }
}
