//! A POST to the realm's own gateway for text messages and mail, signed as Standard Webhooks has it.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contracts::AddressKind;
use hmac::{Hmac, Mac};
use kernel::{Fault, Instant, Outcome};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::{Channel, Content, Delivery};

const CONNECT: Duration = Duration::from_secs(5);
/// Shorter than `storage::worker::ERRAND_TIME`, so that it is we who say what was the matter.
const WHOLE: Duration = Duration::from_secs(15);
/// Fewest characters of the secret that signs.
pub const MIN_SECRET: usize = 24;

/// Messages by webhook.
#[derive(Clone)]
pub struct Webhook {
    client: Client,
    url: Url,
    secret: SecretString,
}

impl Webhook {
    /// To this address, signed with this secret. It must be HTTPS unless it is this machine: codes go there in the clear.
    pub fn new(url: &str, secret: SecretString) -> Result<Self, String> {
        let url = Url::parse(url).map_err(|_| "it is no URL".to_owned())?;
        let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if url.scheme() != "https" && !(url.scheme() == "http" && here) {
            return Err("it must begin with https:// (http:// only on this machine)".to_owned());
        }
        if secret.expose_secret().chars().count() < MIN_SECRET {
            return Err(format!("the secret must have at least {MIN_SECRET} characters"));
        }
        let client = Client::builder()
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .redirect(Policy::none())
            .no_proxy()
            .build()
            .map_err(|_| "no HTTP client could be made".to_owned())?;
        Ok(Self { client, url, secret })
    }

    /// `v1,` and the base64 of the MAC over `id.timestamp.body`.
    fn signature(&self, id: &str, timestamp: i64, body: &str) -> Outcome<String> {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(self.secret.expose_secret().as_bytes())
            .map_err(Fault::internal)?;
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}

impl Channel for Webhook {
    fn takes(&self, _: AddressKind) -> bool {
        true
    }

    fn deliver<'a>(&'a self, content: &'a Content, now: Instant) -> Delivery<'a> {
        Box::pin(async move {
            let body = serde_json::to_string(content).map_err(Fault::internal)?;
            let (id, timestamp) = (content.id.to_string(), now.micros() / 1_000_000);
            let sent = self
                .client
                .post(self.url.clone())
                .header("content-type", "application/json")
                .header("webhook-id", &id)
                .header("webhook-timestamp", timestamp.to_string())
                .header("webhook-signature", self.signature(&id, timestamp, &body)?)
                .body(body)
                .send()
                .await;
            match sent {
                Ok(answer) if answer.status().is_success() => Ok(()),
                Ok(answer) => {
                    Err(Fault::internal(format!("the webhook answered {}", answer.status().as_u16())))
                }
                // The URL may hold a secret of its own.
                Err(error) => {
                    Err(Fault::internal(format!("the webhook cannot be reached: {}", error.without_url())))
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a secret of some twenty-four letters";

    #[test]
    fn codes_go_out_encrypted_or_not_at_all() {
        for (url, taken) in [
            ("https://sms.town.example/hook", true),
            ("http://127.0.0.1:9/hook", true),
            ("http://localhost/hook", true),
            ("http://sms.town.example/hook", false),
            ("ftp://sms.town.example/hook", false),
            ("sms.town.example", false),
        ] {
            assert_eq!(Webhook::new(url, SecretString::from(SECRET)).is_ok(), taken, "{url}");
        }
        assert!(Webhook::new("https://sms.town.example/hook", SecretString::from("short")).is_err());
        let made = Webhook::new("https://u:p@sms.town.example/key", SecretString::from(SECRET)).unwrap();
        let printed = format!("{made:?}");
        assert!(
            !printed.contains(SECRET) && !printed.contains("key") && !printed.contains("u:p"),
            "{printed}"
        );
    }

    #[test]
    fn the_signature_is_of_id_time_and_body() {
        let hook = Webhook::new("https://sms.town.example/hook", SecretString::from(SECRET)).unwrap();
        let signed = hook.signature("a", 1, "{}").unwrap();
        assert!(signed.starts_with("v1,"));
        assert_eq!(signed, hook.signature("a", 1, "{}").unwrap());
        for other in
            [hook.signature("b", 1, "{}"), hook.signature("a", 2, "{}"), hook.signature("a", 1, "{} ")]
        {
            assert_ne!(signed, other.unwrap());
        }
    }
}
