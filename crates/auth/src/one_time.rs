//! Tokens that are looked up by a public part and believed for a secret one: API keys and one-time tickets. The database has
//! their hashes only.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Outcome;
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use crate::{random, totp};

/// What every API key starts with, so that one that leaked into a text can be found there.
pub const KEY_PREFIX: &str = "cwk_";
/// What every ticket starts with.
pub const TICKET_PREFIX: &str = "cwt_";

/// Longer is no token of ours.
const MAX_LENGTH: usize = 128;

/// A fresh token: to be shown once, and what is kept of it.
#[derive(Debug, Clone)]
pub struct Minted {
    /// The token.
    pub token: SecretString,
    /// The public part: where to look it up.
    pub handle: String,
    /// The hash of the whole.
    pub hash: String,
}

/// Makes a token that starts with `prefix`: a public part of 80 bits, a secret of 256.
pub fn mint(prefix: &str) -> Outcome<Minted> {
    let handle: String = random::secret::<10>()?.iter().map(|byte| format!("{byte:02x}")).collect();
    let secret = URL_SAFE_NO_PAD.encode(random::secret::<32>()?);
    let token = format!("{prefix}{handle}_{secret}");
    let hash = hash(&token);
    Ok(Minted { token: SecretString::from(token), handle, hash })
}

/// The public part of a token; `None` if it cannot be one.
pub fn handle<'t>(prefix: &str, token: &'t str) -> Option<&'t str> {
    if token.len() > MAX_LENGTH {
        return None;
    }
    let (handle, secret) = token.strip_prefix(prefix)?.split_once('_')?;
    let sound =
        handle.len() == 20 && handle.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase());
    (sound && !secret.is_empty()).then_some(handle)
}

/// What is kept of a token.
pub fn hash(token: &str) -> String {
    Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a token is the one whose hash was kept; without one the same work is done for nothing.
pub fn matches(token: &str, kept: Option<&str>) -> bool {
    const NOBODYS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
    let same = totp::same(hash(token).as_bytes(), kept.unwrap_or(NOBODYS).as_bytes());
    kept.is_some() && same
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn a_token_is_found_by_its_handle_and_believed_for_its_secret() {
        let minted = mint(KEY_PREFIX).unwrap();
        let token = minted.token.expose_secret();
        assert_eq!(handle(KEY_PREFIX, token), Some(minted.handle.as_str()));
        assert_eq!(handle(TICKET_PREFIX, token), None);
        assert!(matches(token, Some(&minted.hash)));
        assert!(!matches(&format!("{token}x"), Some(&minted.hash)));
        assert!(!matches(token, None));
        assert!(!minted.hash.contains(&minted.handle) && !format!("{minted:?}").contains(token));
    }

    #[test]
    fn what_cannot_be_a_token_has_no_handle() {
        let long = format!("cwk_{}_{}", "a".repeat(20), "b".repeat(200));
        for text in ["", "cwk_", "cwk_a_b", "cwk_ABCDEF0123ABCDEF0123_x", "cwk_0123456789abcdef0123_", &long]
        {
            assert_eq!(handle(KEY_PREFIX, text), None, "{text}");
        }
    }
}
