//! Codes that are good once: eight digits to type in, and long ones for links.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Outcome;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::random;
use crate::secrets::hex;

/// Digits of a code to type in.
pub const DIGITS: usize = 8;
const RANGE: u32 = 100_000_000;

/// What every code of a link starts with, so that one that leaked into a text can be found there.
pub const PREFIX: &str = "cwl_";
const SECRET: usize = 24;

/// Eight digits, each as likely as any other. Few enough to be guessed by whoever may try often: let nobody try often, and keep
/// them under a keyed hash.
pub fn draw_digits() -> Outcome<SecretString> {
    // The largest multiple of the range that fits: beyond it some codes would be likelier than others.
    let fair = u32::MAX - u32::MAX % RANGE;
    loop {
        let drawn = u32::from_be_bytes(random::secret::<4>()?);
        if drawn < fair {
            return Ok(SecretString::from(format!("{:08}", drawn % RANGE)));
        }
    }
}

/// The digits of a code as somebody typed it: without spaces and hyphens, full-width ones made plain; `None` if it is none.
pub fn read_digits(typed: &str) -> Option<String> {
    let digits: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c {
            '０'..='９' => {
                u32::from(c).checked_sub(u32::from('０')).and_then(|d| char::from_digit(d, 10)).unwrap_or(c)
            }
            other => other,
        })
        .collect();
    (digits.len() == DIGITS && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}

/// Whether two hashes are the same, in a time that tells nothing.
pub fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// A code that names what it opens and holds 192 bits nobody can guess. Only its digest is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkCode {
    id: Uuid,
    secret: [u8; SECRET],
}

impl LinkCode {
    /// A fresh code for a thing.
    pub fn draw(id: Uuid) -> Outcome<Self> {
        Ok(Self { id, secret: random::secret::<SECRET>()? })
    }

    /// Reads one; `None` if it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim().strip_prefix(PREFIX)?).ok()?;
        let (id, secret) = bytes.split_at_checked(16)?;
        Some(Self { id: Uuid::from_slice(id).ok()?, secret: secret.try_into().ok()? })
    }

    /// What it opens.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The code, to be told.
    pub fn token(&self) -> SecretString {
        let bytes: Vec<u8> = self.id.as_bytes().iter().chain(&self.secret).copied().collect();
        SecretString::from(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// What is kept of it: bound to the thing, and to the thing's version at which it was drawn.
    pub fn digest(&self, version: i64) -> String {
        let mut hash = Sha256::new();
        hash.update(b"commonweal link code");
        hash.update(self.id.as_bytes());
        hash.update(version.to_be_bytes());
        hash.update(self.secret);
        hex(&hash.finalize())
    }

    /// Whether it is the one that was drawn at this version.
    pub fn is(&self, digest: &str, version: i64) -> bool {
        same(&self.digest(version), digest)
    }
}

impl std::fmt::Debug for LinkCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LinkCode").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn digits_are_eight_and_differ() {
        let drawn: std::collections::BTreeSet<String> =
            (0..200).map(|_| draw_digits().unwrap().expose_secret().to_owned()).collect();
        assert!(drawn.len() > 195);
        assert!(drawn.iter().all(|code| read_digits(code).as_deref() == Some(code)));
    }

    #[test]
    fn digits_are_read_as_people_type_them() {
        assert_eq!(read_digits(" 1234-5678 ").as_deref(), Some("12345678"));
        assert_eq!(read_digits("１２３４５６７８").as_deref(), Some("12345678"));
        for wrong in ["", "1234567", "123456789", "1234567a", "١٢٣٤٥٦٧٨"] {
            assert_eq!(read_digits(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_link_code_is_known_by_its_digest_at_its_version_only() {
        let id = Uuid::from_u128(7);
        let code = LinkCode::draw(id).unwrap();
        let told = code.token();
        let read = LinkCode::parse(told.expose_secret()).unwrap();
        assert_eq!((read.id(), &read), (id, &code));
        assert!(read.is(&code.digest(3), 3));
        assert!(!read.is(&code.digest(3), 4) && !read.is(&code.digest(4), 3));
        assert!(!LinkCode::draw(id).unwrap().is(&code.digest(3), 3));
        assert!(!format!("{code:?}").contains(told.expose_secret()));
        for wrong in
            ["", "cwl_", "cwl_AAAA", &told.expose_secret()[4..], &format!("{}AA", told.expose_secret())]
        {
            assert_eq!(LinkCode::parse(wrong), None, "{wrong}");
        }
    }
}
