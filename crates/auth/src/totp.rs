//! Time-based one-time passwords (RFC 6238): SHA-1, six digits, thirty seconds, as every authenticator app has them; and the
//! recovery codes for whoever lost the app.

use hmac::{Hmac, Mac};
use kernel::{Fault, Instant, Outcome};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::random;

/// Seconds that one code holds.
pub const STEP_SECONDS: i64 = 30;
/// Steps that a clock may be off, either way.
pub const DRIFT_STEPS: i64 = 1;
/// Recovery codes made at once.
pub const RECOVERY_CODES: usize = 10;

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A shared secret: 160 bits, as RFC 4226 asks.
#[derive(Clone)]
pub struct TotpSecret([u8; 20]);

impl TotpSecret {
    /// A fresh one.
    pub fn generate() -> Outcome<Self> {
        Ok(Self(random::secret()?))
    }

    /// From stored bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes, for sealing.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// In base32, to be typed into an app.
    pub fn base32(&self) -> SecretString {
        SecretString::from(base32(&self.0))
    }

    /// The `otpauth` address that an app reads from a picture.
    pub fn uri(&self, issuer: &str, account: &str) -> SecretString {
        let (issuer, account) = (encode(issuer), encode(account));
        let secret = self.base32();
        SecretString::from(format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period=30",
            secret.expose_secret()
        ))
    }

    /// The code of a step.
    pub fn code(&self, step: i64) -> Outcome<String> {
        let mut mac = <Hmac<Sha1> as Mac>::new_from_slice(&self.0).map_err(Fault::internal)?;
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let offset = usize::from(hash.last().copied().unwrap_or_default() & 0x0f);
        let four: [u8; 4] = hash
            .get(offset..offset + 4)
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| Fault::internal("a one-time password cannot be made"))?;
        Ok(format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000))
    }

    /// The step whose code this is, if it is near enough to `now` and after `last_used`. Every step is tried, so that the time
    /// taken tells nothing.
    pub fn step_of(&self, code: &str, now: Instant, last_used: i64) -> Outcome<Option<i64>> {
        let current = step(now);
        let mut found = None;
        for step in current - DRIFT_STEPS..=current + DRIFT_STEPS {
            let right = same(self.code(step)?.as_bytes(), code.as_bytes());
            if right && step > last_used && found.is_none() {
                found = Some(step);
            }
        }
        Ok(found)
    }
}

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpSecret")
    }
}

/// The step of a moment.
pub fn step(now: Instant) -> i64 {
    now.utc().timestamp().div_euclid(STEP_SECONDS)
}

/// Whether a text is of the shape of a one-time password.
pub fn looks_like_code(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Fresh recovery codes: 80 bits each, in four groups of four.
pub fn recovery_codes() -> Outcome<Vec<SecretString>> {
    (0..RECOVERY_CODES)
        .map(|_| {
            let text = base32(&random::secret::<10>()?).to_lowercase();
            let groups: Vec<&str> = (0..4).filter_map(|n| text.get(n * 4..n * 4 + 4)).collect();
            Ok(SecretString::from(groups.join("-")))
        })
        .collect()
}

/// What is kept of a recovery code: capitals, blanks and hyphens do not matter. The codes are drawn, so no slow hash is needed.
pub fn recovery_hash(code: &str) -> String {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
    let digest =
        Sha256::new().chain_update(b"commonweal recovery\0").chain_update(plain.to_ascii_lowercase());
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether two texts of bytes are the same, in a time that depends on their length only.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    use subtle::ConstantTimeEq;
    a.ct_eq(b).into()
}

fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            push(&mut text, bits >> held);
            bits &= (1 << held) - 1;
        }
    }
    if held > 0 {
        push(&mut text, bits << (5 - held));
    }
    text
}

fn push(text: &mut String, bits: u32) {
    let letter = usize::try_from(bits & 31).ok().and_then(|at| ALPHABET.get(at));
    text.extend(letter.map(|byte| char::from(*byte)));
}

/// Percent-encoding of what stands in a label or a value.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(seconds * 1_000_000).unwrap()
    }

    /// RFC 6238 appendix B, cut to six digits.
    #[test]
    fn the_vectors_of_the_rfc_come_out() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890").unwrap();
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.code(step(at(seconds))).unwrap(), code, "{seconds}");
        }
        assert_eq!(secret.base32().expose_secret(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn a_code_holds_a_step_to_either_side_and_never_again_after_its_use() {
        let secret = TotpSecret::generate().unwrap();
        let now = at(1_790_000_010);
        let current = step(now);
        for off in -1..=1 {
            let code = secret.code(current + off).unwrap();
            assert_eq!(secret.step_of(&code, now, 0).unwrap(), Some(current + off));
            assert_eq!(secret.step_of(&code, now, current + off).unwrap(), None, "used");
        }
        for off in [-2, 2] {
            let code = secret.code(current + off).unwrap();
            let found = secret.step_of(&code, now, 0).unwrap();
            assert!(found.is_none() || (current - 1..=current + 1).contains(&found.unwrap()));
        }
        for wrong in ["", "12345", "abcdef", "1234567", "１２３４５６"] {
            assert_eq!(secret.step_of(wrong, now, 0).unwrap(), None);
        }
    }

    #[test]
    fn the_address_names_issuer_and_account_and_nothing_breaks_out() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890").unwrap();
        let uri = secret.uri("横沥 town", "li&secret=x").expose_secret().to_owned();
        assert!(
            uri.starts_with("otpauth://totp/%E6%A8%AA%E6%B2%A5%20town:li%26secret%3Dx?secret=GEZD"),
            "{uri}"
        );
        assert_eq!(uri.matches("secret=").count(), 1);
        assert_eq!(format!("{secret:?}"), "TotpSecret");
    }

    #[test]
    fn recovery_codes_are_many_different_and_read_leniently() {
        let codes = recovery_codes().unwrap();
        let hashes: std::collections::BTreeSet<String> =
            codes.iter().map(|code| recovery_hash(code.expose_secret())).collect();
        assert_eq!(hashes.len(), RECOVERY_CODES);
        let code = codes[0].expose_secret();
        assert_eq!(code.len(), 19);
        assert!(!looks_like_code(code) && looks_like_code("012345") && !looks_like_code("01234x"));
        assert_eq!(
            recovery_hash(code),
            recovery_hash(&format!(" {} ", code.replace('-', " ").to_uppercase()))
        );
    }
}
