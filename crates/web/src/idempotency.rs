//! Idempotency keys: reading them, and knowing which are being worked on in this process.

use std::collections::HashSet;
use std::sync::Arc;

use actix_web::http::header::HeaderValue;
use kernel::id::User;
use kernel::{Id, Outcome};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use crate::error::{IDEMPOTENCY_IN_FLIGHT, INVALID_HEADER};

/// The request header.
pub const KEY: &str = "idempotency-key";
/// The response header that marks an answer given before.
pub const REPLAYED: &str = "idempotency-replayed";

type Keys = Arc<Mutex<HashSet<(Id<User>, String)>>>;

/// The keys whose first request is still running in this process.
#[derive(Debug, Default)]
pub(crate) struct InFlight(Keys);

/// Held while the request runs.
pub(crate) struct Held {
    keys: Keys,
    own: (Id<User>, String),
}

impl InFlight {
    /// Enters a key; refuses if its first request has not ended.
    pub(crate) fn enter(&self, user: Id<User>, key: &str) -> Outcome<Held> {
        let own = (user, key.to_owned());
        if !self.0.lock().insert(own.clone()) {
            return Err(IDEMPOTENCY_IN_FLIGHT.fault());
        }
        Ok(Held { keys: Arc::clone(&self.0), own })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.keys.lock().remove(&self.own);
    }
}

/// The key of a request: 1 to 255 visible ASCII characters, once.
pub(crate) fn read_key(values: &[HeaderValue]) -> Outcome<Option<String>> {
    let bad = || INVALID_HEADER.refusal().because("Idempotency-Key: 1 to 255 visible ASCII characters, once");
    match values {
        [] => Ok(None),
        [one] => match one.to_str() {
            Ok(text) if (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) => {
                Ok(Some(text.to_owned()))
            }
            _ => Err(bad().into()),
        },
        _ => Err(bad().into()),
    }
}

/// SHA-256 of method, target and body, in hex.
pub(crate) fn fingerprint(method: &str, target: &str, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    for part in [method.as_bytes(), b"\n", target.as_bytes(), b"\n", body] {
        hash.update(part);
    }
    hex(&hash.finalize())
}

/// Bytes in lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
