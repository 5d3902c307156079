//! The identity providers of the configuration: a file of their own, since each has several settings. Secrets are never in it: it
//! names the file or the variable that holds each.

use std::path::{Path, PathBuf};

use identity::oidc::{Provider, Providers, SecondFactor};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    provider: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    label: String,
    issuer: String,
    client_id: String,
    client_secret_file: Option<PathBuf>,
    client_secret_env: Option<String>,
    second_factor: Option<String>,
}

/// Reads and checks them; none without a file.
pub fn load(public_url: Option<String>, file: Option<&Path>) -> Result<Providers, String> {
    let public_url = public_url.unwrap_or_default().trim_end_matches('/').to_owned();
    let Some(file) = file.filter(|file| !file.as_os_str().is_empty()) else {
        return Ok(Providers { public_url, list: Vec::new() });
    };
    let read: File = config::Config::builder()
        .add_source(config::File::from(file).format(config::FileFormat::Toml).required(true))
        .build()
        .and_then(config::Config::try_deserialize)
        .map_err(|e| format!("oidc_file: {e}"))?;
    if !cfg!(feature = "oidc") && !read.provider.is_empty() {
        return Err("oidc_file: this build cannot sign in at identity providers (feature oidc)".to_owned());
    }
    let list = read.provider.into_iter().map(Entry::provider).collect::<Result<_, _>>()?;
    let providers = Providers { public_url, list };
    providers.check().map_err(|why| format!("oidc_file: {why}"))?;
    Ok(providers)
}

impl Entry {
    fn provider(self) -> Result<Provider, String> {
        let name = &self.name;
        let client_secret = match (&self.client_secret_file, &self.client_secret_env) {
            (Some(file), None) => std::fs::read_to_string(file)
                .map_err(|e| format!("oidc_file: {name}: {}: {e}", file.display()))?,
            (None, Some(variable)) => {
                std::env::var(variable).map_err(|_| format!("oidc_file: {name}: {variable} is not set"))?
            }
            _ => return Err(format!("oidc_file: {name}: give client_secret_file or client_secret_env")),
        };
        let client_secret = SecretString::from(client_secret.trim());
        if client_secret.expose_secret().is_empty() {
            return Err(format!("oidc_file: {name}: the client's secret is empty"));
        }
        let second_factor = match self.second_factor.as_deref().unwrap_or("ask") {
            "ask" => SecondFactor::Ask,
            "trust" => SecondFactor::Trust,
            _ => return Err(format!("oidc_file: {name}: second_factor must be ask or trust")),
        };
        Ok(Provider {
            name: self.name,
            label: self.label,
            issuer: self.issuer,
            client_id: self.client_id,
            client_secret,
            second_factor,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(url: &str, toml: &str) -> Result<Providers, String> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("secret"), "topsecret\n").unwrap();
        let file = dir.path().join("oidc.toml");
        let secret = dir.path().join("secret").display().to_string();
        std::fs::write(&file, toml.replace("SECRET", &secret)).unwrap();
        load(Some(url.to_owned()), Some(&file))
    }

    const GOOD: &str = "[[provider]]\nname = \"hall\"\nlabel = \"Town hall\"\nissuer = \"https://id.example\"\n\
                        client_id = \"commonweal\"\nclient_secret_file = \"SECRET\"\n";

    #[test]
    #[cfg(feature = "oidc")]
    fn providers_come_from_a_file_and_their_secrets_from_elsewhere() {
        let providers = loaded("https://town.example/", GOOD).unwrap();
        let hall = providers.find("hall").unwrap();
        assert_eq!(hall.client_secret.expose_secret(), "topsecret");
        assert_eq!(hall.second_factor, SecondFactor::Ask);
        assert_eq!(providers.redirect_uri("hall"), "https://town.example/auth/oidc/hall/callback");
        assert!(!format!("{providers:?}").contains("topsecret"));
    }

    #[test]
    fn what_is_not_right_is_refused_at_the_start() {
        for (url, toml) in [
            ("http://town.example", GOOD.to_owned()),
            ("https://town.example", GOOD.replace("https://id", "http://id")),
            ("https://town.example", format!("{GOOD}secret = \"in the file\"\n")),
            ("https://town.example", GOOD.replace("client_secret_file = \"SECRET\"\n", "")),
            ("https://town.example", format!("{GOOD}second_factor = \"maybe\"\n")),
            ("https://town.example", format!("{GOOD}client_secret_env = \"ALSO\"\n")),
            ("https://town.example", format!("{GOOD}{GOOD}")),
        ] {
            assert!(loaded(url, &toml).is_err(), "{toml}");
        }
        assert!(load(None, None).unwrap().list.is_empty());
    }
}
