//! Passwords: Argon2id, a policy that asks for length and not for decoration, and a decoy, so that an unknown account
//! takes as long to refuse as a wrong password.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use kernel::error::{FIELD_LENGTH, FIELD_REQUIRED, Fields};
use kernel::{Fault, Outcome};
use secrecy::{ExposeSecret, SecretString};

use crate::error::PASSWORD_TOO_WEAK;
use crate::random;

/// Fewest characters.
pub const MIN_LENGTH: usize = 10;
/// Most characters; more would only make hashing a way to keep the server busy.
pub const MAX_LENGTH: usize = 128;
/// Fewest different characters.
const MIN_DIFFERENT: usize = 4;

/// Long enough, and in everybody's list all the same. In lower case.
const COMMON: &[&str] = &[
    "1q2w3e4r5t",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "a123456789",
    "abc1234567",
    "abc123456789",
    "abcd123456",
    "abcdefghij",
    "administrator",
    "asd123456789",
    "asdfghjkl;",
    "asdfghjkl1",
    "baseball123",
    "changeme123",
    "commonweal",
    "commonweal1",
    "football123",
    "iloveyou123",
    "letmein123",
    "p@ssw0rd123",
    "passw0rd123",
    "password01",
    "password12",
    "password123",
    "password1234",
    "password12345",
    "password!!",
    "password@123",
    "princess123",
    "q123456789",
    "qazwsxedcrfv",
    "qq123456789",
    "qwe123456789",
    "qwer123456",
    "qwerty1234",
    "qwerty12345",
    "qwerty123456",
    "qwertyuiop",
    "sunshine123",
    "superman123",
    "welcome123",
    "welcome1234",
    "woaini1314",
    "woaini520520",
    "woaini521521",
    "z123456789",
    "zxcvbnm123",
];

/// What one hash costs. Written into each hash, so that it can be raised while old hashes still verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Cost {
    /// What OWASP asks of Argon2id: 19 MiB, two passes, one lane.
    pub const PRODUCTION: Self = Self { memory_kib: 19_456, passes: 2, lanes: 1 };
    /// As little as Argon2 takes. For tests only: it protects nothing.
    pub const TESTING: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };

    fn params(self) -> Outcome<Params> {
        Params::new(self.memory_kib, self.passes, self.lanes, None).map_err(Fault::internal)
    }
}

/// Hashes and verifies passwords at one cost.
#[derive(Debug, Clone)]
pub struct Passwords {
    cost: Cost,
    decoy: Decoy,
}

impl Passwords {
    /// Ready to work at this cost.
    pub fn new(cost: Cost) -> Outcome<Self> {
        Ok(Self { cost, decoy: Decoy::new(cost)? })
    }

    /// A fresh hash under a fresh salt, as a PHC string.
    pub fn hash(&self, password: &SecretString) -> Outcome<String> {
        hash(self.cost, password)
    }

    /// Verifies the password of an account, or of none: `None` costs what a wrong password costs and is always `false`.
    pub fn verify(&self, hash: Option<&str>, password: &SecretString) -> bool {
        match hash {
            Some(hash) => verify(hash, password),
            None => self.decoy.verify(password),
        }
    }

    /// Whether the hash was made at another cost or by another algorithm, so that the next sign-in should renew it.
    pub fn needs_rehash(&self, hash: &str) -> bool {
        needs_rehash(hash, self.cost)
    }
}

/// Hashes a password at a cost.
pub fn hash(cost: Cost, password: &SecretString) -> Outcome<String> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, cost.params()?);
    let salt = random::secret::<16>()?;
    let hash: PasswordHash = argon2
        .hash_password_with_salt(password.expose_secret().as_bytes(), &salt)
        .map_err(Fault::internal)?;
    Ok(hash.to_string())
}

/// Whether the password is the one that was hashed. A hash that cannot be read verifies nothing.
pub fn verify(hash: &str, password: &SecretString) -> bool {
    PasswordHash::new(hash).is_ok_and(|parsed| {
        Argon2::default().verify_password(password.expose_secret().as_bytes(), &parsed).is_ok()
    })
}

/// Whether the hash was made otherwise than we would make it now at this cost.
pub fn needs_rehash(hash: &str, cost: Cost) -> bool {
    let Ok(parsed) = PasswordHash::new(hash) else { return true };
    let Ok(params) = Params::try_from(&parsed) else { return true };
    parsed.algorithm != argon2::ARGON2ID_IDENT
        || parsed.version != Some(Version::V0x13.into())
        || (params.m_cost(), params.t_cost(), params.p_cost()) != (cost.memory_kib, cost.passes, cost.lanes)
}

/// The hash of a password nobody knows, verified in place of an account that is not there: same time, same answer.
#[derive(Debug, Clone)]
pub struct Decoy(String);

impl Decoy {
    /// A decoy of this cost. Its hash is drawn and not worked out: verifying against it costs the same, and the start of the
    /// program costs nothing.
    pub fn new(cost: Cost) -> Outcome<Self> {
        let (salt, unknown) = (random::secret::<16>()?, random::secret::<32>()?);
        let Cost { memory_kib, passes, lanes } = cost;
        let (salt, unknown) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(unknown));
        Ok(Self(format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${unknown}")))
    }

    /// Does all the work of verifying and is always `false`.
    pub fn verify(&self, password: &SecretString) -> bool {
        let _matched = std::hint::black_box(verify(&self.0, password));
        false
    }
}

/// Checks a new password for the account with this login and notes what is wrong with it at `pointer`.
pub fn check(password: &SecretString, login: &str, pointer: &'static str, fields: &mut Fields) {
    check_length(password, login, MIN_LENGTH, pointer, fields);
}

/// [`check`] where a realm asks for more characters; never for fewer than [`MIN_LENGTH`].
pub fn check_length(
    password: &SecretString,
    login: &str,
    min_length: usize,
    pointer: &'static str,
    fields: &mut Fields,
) {
    let min_length = min_length.max(MIN_LENGTH);
    let text = password.expose_secret();
    let length = text.chars().count();
    if length == 0 {
        return fields.bad(pointer, &FIELD_REQUIRED, None);
    }
    if !(min_length..=MAX_LENGTH).contains(&length) {
        return fields.bad(pointer, &FIELD_LENGTH, Some(format!("{min_length} to {MAX_LENGTH} characters")));
    }
    if let Some(why) = weakness(text, login) {
        fields.bad(pointer, &PASSWORD_TOO_WEAK, Some(why.to_owned()));
    }
}

/// Why a password of the right length is weak, if it is.
fn weakness(text: &str, login: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let login = login.trim().to_lowercase();
    let different: std::collections::BTreeSet<char> = lower.chars().collect();
    if text.chars().all(char::is_numeric) {
        Some("has only digits")
    } else if different.len() < MIN_DIFFERENT {
        Some("has too few different characters")
    } else if !login.is_empty() && lower.contains(&login) {
        Some("contains the login")
    } else if COMMON.contains(&lower.trim()) {
        Some("is one of the most common passwords")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    fn complaint(password: &str, login: &str) -> Option<&'static str> {
        let mut fields = Fields::default();
        check(&secret(password), login, "/password", &mut fields);
        match fields.finish() {
            Ok(()) => None,
            Err(Fault::Refused(refusal)) => {
                assert_eq!(refusal.fields.len(), 1, "one complaint at a time");
                assert_eq!(refusal.fields[0].pointer, "/password");
                Some(refusal.fields[0].code.code)
            }
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_password_verifies_against_its_own_hash_only() {
        let passwords = Passwords::new(Cost::TESTING).unwrap();
        let hash = passwords.hash(&secret("correct horse battery")).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
        assert!(passwords.verify(Some(&hash), &secret("correct horse battery")));
        assert!(!passwords.verify(Some(&hash), &secret("correct horse batterz")));
        assert_ne!(hash, passwords.hash(&secret("correct horse battery")).unwrap(), "each has its own salt");
        assert!(!verify("not a hash", &secret("anything at all")));
        assert!(!verify("", &secret("")));
    }

    #[test]
    fn the_decoy_has_the_same_parameters_and_never_matches() {
        let passwords = Passwords::new(Cost::TESTING).unwrap();
        let real = passwords.hash(&secret("correct horse battery")).unwrap();
        let head = |hash: &str| hash.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(head(&real), head(&passwords.decoy.0));
        assert_eq!(real.len(), passwords.decoy.0.len());
        assert!(PasswordHash::new(&passwords.decoy.0).is_ok_and(|h| h.hash.is_some() && h.salt.is_some()));
        assert!(!passwords.verify(None, &secret("correct horse battery")));
    }

    #[test]
    fn a_hash_of_another_cost_asks_to_be_renewed_and_still_verifies() {
        let cheap = hash(Cost::TESTING, &secret("correct horse battery")).unwrap();
        assert!(!needs_rehash(&cheap, Cost::TESTING));
        assert!(needs_rehash(&cheap, Cost::PRODUCTION));
        assert!(needs_rehash("rubbish", Cost::TESTING));
        let dearer = Passwords::new(Cost { passes: 2, ..Cost::TESTING }).unwrap();
        assert!(dearer.verify(Some(&cheap), &secret("correct horse battery")));
        let by_argon2i = cheap.replacen("argon2id", "argon2i", 1);
        assert!(needs_rehash(&by_argon2i, Cost::TESTING));
    }

    #[test]
    fn production_costs_what_the_readme_says() {
        let hash = hash(Cost::PRODUCTION, &secret("correct horse battery")).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    }

    #[test]
    fn the_policy_refuses_what_a_stranger_would_try_early() {
        assert_eq!(complaint("", "li.wei"), Some("kernel.field_required"));
        assert_eq!(complaint("short1!", "li.wei"), Some("kernel.field_length"));
        assert_eq!(complaint(&"long".repeat(33), "li.wei"), Some("kernel.field_length"));
        assert_eq!(complaint("20261123102938", "li.wei"), Some("auth.password_too_weak"));
        assert_eq!(complaint("aaaaaaaaaaab", "li.wei"), Some("auth.password_too_weak"));
        assert_eq!(complaint("xx-Li.Wei-2026", "li.wei"), Some("auth.password_too_weak"));
        assert_eq!(complaint("QwertyUiop", "li.wei"), Some("auth.password_too_weak"));
        assert_eq!(complaint("Password123", "li.wei"), Some("auth.password_too_weak"));
    }

    #[test]
    fn the_policy_counts_characters_and_not_bytes() {
        assert_eq!(complaint("春眠不觉晓处处闻啼", "li.wei"), Some("kernel.field_length"));
        assert_eq!(complaint("春眠不觉晓处处闻啼鸟", "li.wei"), None);
        assert_eq!(complaint("three small words", ""), None);
        assert_eq!(complaint(&"汉字密码".repeat(32), "li.wei"), None, "128 characters");
    }

    #[test]
    fn every_common_password_is_refused_as_such() {
        for common in COMMON {
            assert_eq!(*common, common.to_lowercase());
            assert!(common.chars().count() >= MIN_LENGTH, "{common} is refused by its length");
            assert!(weakness(common, "nobody-at-all").is_some(), "{common}");
        }
    }
}
