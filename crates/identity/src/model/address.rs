//! Addresses outside, at which somebody can be reached: as they are compared, as they are shown.

use contracts::AddressKind;
use secrecy::{ExposeSecret, SecretString};

/// A telephone number or a mail address, as it is compared. Never printed, never in a log.
#[derive(Clone)]
pub struct Address {
    kind: AddressKind,
    text: SecretString,
}

impl Address {
    /// Reads what somebody typed: `138 0013 8000`, `+86…`, `name@host.example`; `None` if it can be neither.
    pub fn parse(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        if typed.len() > 254 {
            return None;
        }
        if typed.contains('@') { mail(typed) } else { phone(typed) }
    }

    /// What was kept of one that was read before.
    pub fn kept(kind: AddressKind, text: SecretString) -> Self {
        Self { kind, text }
    }

    /// What it is.
    pub fn kind(&self) -> AddressKind {
        self.kind
    }

    /// The address itself.
    pub fn text(&self) -> &SecretString {
        &self.text
    }

    /// What is hashed: kind and text.
    pub(crate) fn to_hash(&self) -> String {
        format!("{}:{}", self.kind.name(), self.text.expose_secret())
    }

    /// As it is shown: `138****5678`, `w***@host.example`.
    pub fn masked(&self) -> String {
        let text = self.text.expose_secret();
        match self.kind {
            AddressKind::Mail => {
                let (local, host) = text.split_once('@').unwrap_or_default();
                format!("{}***@{host}", local.chars().take(1).collect::<String>())
            }
            AddressKind::Phone => {
                let national = text.strip_prefix("+86").unwrap_or(text);
                let digits: Vec<char> = national.chars().collect();
                let shown = if digits.len() >= 11 { (3, 4) } else { (2, 2) };
                let head: String = digits.iter().take(shown.0).collect();
                let tail: String = digits.iter().skip(digits.len().saturating_sub(shown.1)).collect();
                format!("{head}****{tail}")
            }
        }
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Address").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// A mail address as nearly all are: no quotes, no comments, a host with a dot. Compared in lower case throughout.
fn mail(typed: &str) -> Option<Address> {
    let lower = typed.to_ascii_lowercase();
    let (local, host) = lower.split_once('@')?;
    let sound_local = (1..=64).contains(&local.len())
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b));
    let label = |l: &str| {
        (1..=63).contains(&l.len())
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let sound_host = host.contains('.') && host.split('.').all(label);
    (sound_local && sound_host)
        .then(|| Address { kind: AddressKind::Mail, text: SecretString::from(lower.clone()) })
}

/// A telephone number in E.164; eleven digits that begin as a mobile number of the mainland's are one.
fn phone(typed: &str) -> Option<Address> {
    let mut plain = String::new();
    for c in typed.chars() {
        match c {
            '0'..='9' | '+' => plain.push(c),
            '＋' => plain.push('+'),
            '０'..='９' => {
                plain.push(char::from_digit(u32::from(c).checked_sub(u32::from('０'))?, 10)?);
            }
            ' ' | '-' | '(' | ')' | '\u{a0}' => {}
            _ => return None,
        }
    }
    let national_mobile =
        |n: &str| n.len() == 11 && n.starts_with('1') && matches!(n.as_bytes().get(1), Some(b'3'..=b'9'));
    let digits = match plain.strip_prefix('+').or_else(|| plain.strip_prefix("00")) {
        Some(rest) => rest.to_owned(),
        None if national_mobile(&plain) => format!("86{plain}"),
        None => return None,
    };
    let sound = (8..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|b| b.is_ascii_digit())
        // A number of the mainland that begins as a mobile one has eleven digits.
        && digits.strip_prefix("861").is_none_or(|rest| national_mobile(&format!("1{rest}")));
    sound.then(|| Address { kind: AddressKind::Phone, text: SecretString::from(format!("+{digits}")) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(typed: &str) -> Option<(String, String)> {
        Address::parse(typed).map(|a| (a.text().expose_secret().to_owned(), a.masked()))
    }

    #[test]
    fn one_number_has_one_spelling() {
        for typed in [
            "13800138000",
            "138 0013 8000",
            "+86 138-0013-8000",
            "008613800138000",
            "＋８６１３８００１３８０００",
        ] {
            assert_eq!(read(typed), Some(("+8613800138000".to_owned(), "138****8000".to_owned())), "{typed}");
        }
        assert_eq!(read("+852 2345 6789").unwrap().1, "+85****6789");
        assert_eq!(read("+49301234").unwrap().1, "+4****34");
    }

    #[test]
    fn one_mail_address_has_one_spelling() {
        assert_eq!(
            read(" Wang.Wei@Town.Example "),
            Some(("wang.wei@town.example".to_owned(), "w***@town.example".to_owned()))
        );
    }

    #[test]
    fn what_is_no_address_is_none() {
        for typed in [
            "",
            "12345",
            "23800138000",
            "12800138000",
            "+86138001380",
            "+0123456789",
            "+1234567890123456",
            "138001380００a",
            "a@b",
            "@b.example",
            "a@",
            "a b@c.example",
            "a@b@c.example",
            "a@-b.example",
            "a@b..example",
            ".a@b.example",
            "a..b@c.example",
            "a\n@b.example",
            "a\"@b.example",
            "<a@b.example>",
            "a@b.example\r\nbcc:c@d.example",
            "١٣٨٠٠١٣٨٠٠٠",
        ] {
            assert!(read(typed).is_none(), "{typed:?}");
        }
        assert!(read(&format!("{}@b.example", "a".repeat(65))).is_none());
        assert!(read(&format!("a@{}.example", "b".repeat(64))).is_none());
    }

    #[test]
    fn an_address_is_not_printed() {
        assert!(!format!("{:?}", Address::parse("13800138000").unwrap()).contains("138"));
    }
}
