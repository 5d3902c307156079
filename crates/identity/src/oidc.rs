//! Identity providers that staff may sign in at (OpenID Connect, authorization code with PKCE). Here is what is set and what is
//! carried; `gate/oidc.rs` talks to them.

use kernel::Outcome;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{RETURN_ELSEWHERE, UNKNOWN_PROVIDER};

/// How long somebody may take at the provider.
pub const LIFE_SECONDS: i64 = 600;
/// The cookie that carries what was asked.
pub const COOKIE: &str = "cw_oidc";

/// Whether the second factor is asked for after a sign-in at a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SecondFactor {
    /// As after a password.
    #[default]
    Ask,
    /// The provider asks for one itself.
    Trust,
}

/// A provider.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Its name in addresses: snake_case.
    pub name: String,
    /// What people read.
    pub label: String,
    /// Its issuer, exactly as it says itself.
    pub issuer: String,
    /// What we are called there.
    pub client_id: String,
    /// What we prove that by.
    pub client_secret: SecretString,
    /// Whether the second factor is asked for.
    pub second_factor: SecondFactor,
}

/// All providers, and where they send people back to.
#[derive(Debug, Clone, Default)]
pub struct Providers {
    /// The address people see this site at, without a slash at the end.
    pub public_url: String,
    /// The providers.
    pub list: Vec<Provider>,
}

impl Providers {
    /// The provider of this name.
    pub fn find(&self, name: &str) -> Outcome<&Provider> {
        self.list.iter().find(|provider| provider.name == name).ok_or_else(|| UNKNOWN_PROVIDER.fault())
    }

    /// What is wrong with them, if anything is: asked at the start.
    pub fn check(&self) -> Result<(), String> {
        if self.list.is_empty() {
            return Ok(());
        }
        safe(&self.public_url)
            .map_err(|why| format!("public_url {why}, since there are identity providers"))?;
        let mut names = std::collections::BTreeSet::new();
        let mut issuers = std::collections::BTreeSet::new();
        for provider in &self.list {
            let name = &provider.name;
            let sound = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            if name.is_empty() || name.len() > 40 || !name.chars().all(sound) {
                return Err(format!("the identity provider {name:?} is not named in snake_case"));
            }
            if provider.label.trim().is_empty() || provider.client_id.trim().is_empty() {
                return Err(format!("the identity provider {name} needs a label and a client_id"));
            }
            safe(&provider.issuer)
                .map_err(|why| format!("the issuer of the identity provider {name} {why}"))?;
            if !names.insert(name) || !issuers.insert(&provider.issuer) {
                return Err(format!("the identity provider {name} is there twice, by name or by issuer"));
            }
        }
        Ok(())
    }

    /// Where a provider sends people back to.
    pub fn redirect_uri(&self, name: &str) -> String {
        format!("{}/auth/oidc/{name}/callback", self.public_url.trim_end_matches('/'))
    }

    /// Whether cookies go over TLS only.
    pub fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// TLS everywhere, but for a machine that talks to itself.
fn safe(url: &str) -> Result<(), &'static str> {
    let rest = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => rest,
        (None, Some(rest)) => {
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
            if !matches!(host, "localhost" | "127.0.0.1" | "[::1]") {
                return Err("must begin with https://");
            }
            rest
        }
        (None, None) => return Err("must begin with https://"),
    };
    let strange = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '@' | '?' | '#' | '\\');
    if rest.is_empty() || rest.contains(strange) { Err("is no plain address") } else { Ok(()) }
}

/// What was asked of a provider, carried in a sealed cookie until the answer comes.
#[derive(Clone, Serialize, Deserialize)]
pub struct Asked {
    /// The provider's name.
    pub provider: String,
    /// What must come back as `state`.
    pub state: String,
    /// What must stand in the token.
    pub nonce: String,
    /// What proves that the answer's code is ours (PKCE).
    pub verifier: String,
    /// Where to go afterwards.
    pub return_to: String,
    /// When it is too late, in microseconds since 1970.
    pub expires_at: i64,
    /// The account that the subject is to be tied to, and the session it asked by; `None`: a sign-in.
    pub link: Option<(Uuid, Uuid)>,
}

/// A path of this site, and nothing that a browser could take for another.
pub fn check_return(path: Option<&str>) -> Outcome<String> {
    let path = path.unwrap_or("/");
    let mut chars = path.chars();
    let rooted = chars.next() == Some('/') && !matches!(chars.next(), Some('/' | '\\'));
    let strange = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '\\' | '#') || !c.is_ascii();
    if rooted && path.len() <= 512 && !path.contains(strange) {
        Ok(path.to_owned())
    } else {
        Err(RETURN_ELSEWHERE.fault())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(name: &str, issuer: &str) -> Provider {
        Provider {
            name: name.to_owned(),
            label: "Town hall".to_owned(),
            issuer: issuer.to_owned(),
            client_id: "commonweal".to_owned(),
            client_secret: SecretString::from("secret"),
            second_factor: SecondFactor::Ask,
        }
    }

    fn complaint(public_url: &str, list: Vec<Provider>) -> Option<String> {
        Providers { public_url: public_url.to_owned(), list }.check().err()
    }

    #[test]
    fn providers_are_checked_at_the_start() {
        let good = || vec![provider("hall", "https://id.example")];
        assert_eq!(complaint("", Vec::new()), None);
        assert_eq!(complaint("https://town.example", good()), None);
        assert_eq!(
            complaint("http://127.0.0.1:8080", vec![provider("hall", "http://localhost:9/realms/a")]),
            None
        );
        for (url, list) in [
            ("", good()),
            ("http://town.example", good()),
            ("http://localhost@evil.example", good()),
            ("https://town.example", vec![provider("hall", "http://id.example")]),
            ("https://town.example", vec![provider("hall", "http://127.0.0.1.evil.example")]),
            ("https://town.example", vec![provider("Hall!", "https://id.example")]),
            (
                "https://town.example",
                vec![provider("a", "https://id.example"), provider("b", "https://id.example")],
            ),
            (
                "https://town.example",
                vec![provider("a", "https://id.example"), provider("a", "https://x.example")],
            ),
            ("https://town.example", vec![provider("a", "https://user@id.example")]),
        ] {
            assert!(complaint(url, list.clone()).is_some(), "{url} {list:?}");
        }
        assert!(!format!("{:?}", good()).contains("\"secret\""));
    }

    #[test]
    fn one_returns_to_a_path_of_this_site_only() {
        for good in ["/", "/cases?open=1", "/a/b"] {
            assert_eq!(check_return(Some(good)).unwrap(), good);
        }
        assert_eq!(check_return(None).unwrap(), "/");
        for bad in [
            "",
            "cases",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nSet-Cookie: x",
            "/a#b",
            "/a\\b",
            "/\t/evil.example",
            "javascript:alert(1)",
            "/路",
        ] {
            assert!(check_return(Some(bad)).is_err(), "{bad:?}");
        }
        assert!(check_return(Some(&format!("/{}", "a".repeat(600)))).is_err());
    }
}
