//! Refresh tokens that rotate, with reuse detected, and with an answer that got lost given again.
//!
//! All tokens of one session are a family. The token of generation *n* is `HMAC-SHA256(secret, session ‖ n)`, so the server
//! need not keep a token to say it twice: whoever lost the answer to a rotation presents the token before once more, within
//! [`GRACE_SECONDS`] and before its successor was ever used, and gets **the same** successor. Anything older is reuse, and
//! the whole family is revoked, since a thief and the owner cannot be told apart.
//!
//! A token that was given twice may be in two hands, so it gets no such second chance itself: the next who presents it wins,
//! and whoever comes after them gives the theft away. Without that rule a thief who follows the owner's every rotation within
//! the grace would never be noticed.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use kernel::id::Session;
use kernel::{Id, Instant, Outcome};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::random;

/// What every refresh token starts with, so that one that leaked into a text can be found there.
pub const PREFIX: &str = "cwr_";
/// How long the answer to a rotation can be asked for again.
pub const GRACE_SECONDS: i64 = 30;

const MAC: usize = 32;
const BYTES: usize = 16 + 8 + MAC;

/// What the server keeps of a session's tokens: one row, and no token in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Family {
    /// The session.
    pub session: Id<Session>,
    /// What the tokens are made from; as secret as they are.
    pub secret: [u8; 32],
    /// The newest token's number.
    pub generation: i64,
    /// When the newest token was made.
    pub rotated_at: Instant,
    /// Whether the token before may ask for the newest again: not if it was itself given more than once.
    pub replayable: bool,
    /// Whether the newest token was given more than once.
    pub given_again: bool,
    /// Whether the newest token is known to have arrived, by something that came with it. Rotating needs no such proof.
    pub confirmed: bool,
    /// When the session ends, whatever is presented.
    pub expires_at: Instant,
    /// Whether it was ended.
    pub revoked: bool,
}

/// What a presented token gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefreshVerdict {
    /// The newest token: it gets a successor.
    Rotate,
    /// The token before, whose answer may have been lost: it gets the same successor again.
    ReplaySameAnswer,
    /// A token whose time is over: it is in two hands. The family is revoked.
    Reuse,
    /// The session has ended by time.
    Expired,
    /// The session was ended.
    Revoked,
    /// Not made from this family's secret: somebody guesses. Nothing happens to the family, or anybody could end sessions.
    Forged,
}

/// A token as it came in: parsed, not yet believed.
#[derive(Clone, Copy)]
pub struct Presented {
    session: Id<Session>,
    generation: i64,
    mac: [u8; MAC],
}

impl Presented {
    /// Reads a token; `None` if it cannot be one.
    pub fn parse(token: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?;
        let bytes: [u8; BYTES] = bytes.try_into().ok()?;
        let (session, rest) = bytes.split_first_chunk::<16>()?;
        let (generation, mac) = rest.split_first_chunk::<8>()?;
        let generation = i64::from_be_bytes(*generation);
        (generation >= 0).then_some(())?;
        Some(Self {
            session: Id::from_uuid(Uuid::from_bytes(*session)),
            generation,
            mac: mac.try_into().ok()?,
        })
    }

    /// The session it claims to belong to: where to look the family up.
    pub fn session(&self) -> Id<Session> {
        self.session
    }

    /// The number it claims to have.
    pub fn generation(&self) -> i64 {
        self.generation
    }
}

impl Family {
    /// A new session's family, with its first token.
    pub fn start(session: Id<Session>, now: Instant, expires_at: Instant) -> Outcome<Self> {
        Ok(Self {
            session,
            secret: random::secret()?,
            generation: 0,
            rotated_at: now,
            replayable: false,
            given_again: false,
            confirmed: false,
            expires_at,
            revoked: false,
        })
    }

    /// The newest token: to be given out after [`RefreshVerdict::Rotate`] and [`RefreshVerdict::ReplaySameAnswer`].
    pub fn token(&self) -> SecretString {
        let mut bytes = Vec::with_capacity(BYTES);
        bytes.extend_from_slice(self.session.uuid().as_bytes());
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        if let Some(mac) = self.mac(self.generation) {
            bytes.extend_from_slice(&mac.finalize().into_bytes());
        }
        SecretString::from(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// What the presented token gets, and the family as it is thereafter: store it, in the same transaction, before answering.
    #[must_use]
    pub fn present(&self, presented: &Presented, now: Instant) -> (RefreshVerdict, Self) {
        let verdict = self.judge(presented, now);
        (verdict, self.after(verdict, now))
    }

    /// What the presented token gets.
    pub fn judge(&self, presented: &Presented, now: Instant) -> RefreshVerdict {
        if !self.made(presented) {
            RefreshVerdict::Forged
        } else if self.revoked {
            RefreshVerdict::Revoked
        } else if now >= self.expires_at {
            RefreshVerdict::Expired
        } else if presented.generation == self.generation {
            RefreshVerdict::Rotate
        } else if presented.generation.checked_add(1) == Some(self.generation) && self.may_replay(now) {
            RefreshVerdict::ReplaySameAnswer
        } else {
            RefreshVerdict::Reuse
        }
    }

    /// The family after a verdict.
    #[must_use]
    pub fn after(&self, verdict: RefreshVerdict, now: Instant) -> Self {
        let family = self.clone();
        match verdict {
            RefreshVerdict::Rotate => Self {
                generation: self.generation.saturating_add(1),
                rotated_at: now,
                replayable: !self.given_again,
                given_again: false,
                confirmed: false,
                ..family
            },
            RefreshVerdict::ReplaySameAnswer => Self { given_again: true, ..family },
            RefreshVerdict::Reuse => Self { revoked: true, ..family },
            RefreshVerdict::Expired | RefreshVerdict::Revoked | RefreshVerdict::Forged => family,
        }
    }

    fn may_replay(&self, now: Instant) -> bool {
        self.replayable && !self.confirmed && now < self.rotated_at.plus_seconds(GRACE_SECONDS)
    }

    /// Whether the token is of this family; the comparison takes the same time however much of it is right.
    fn made(&self, presented: &Presented) -> bool {
        presented.session == self.session
            && presented.generation <= self.generation
            && self.mac(presented.generation).is_some_and(|mac| mac.verify_slice(&presented.mac).is_ok())
    }

    /// `Some`: HMAC takes keys of any length.
    fn mac(&self, generation: i64) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).ok()?;
        mac.update(self.session.uuid().as_bytes());
        mac.update(&generation.to_be_bytes());
        Some(mac)
    }
}

impl fmt::Debug for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Family")
            .field("session", &self.session)
            .field("generation", &self.generation)
            .field("rotated_at", &self.rotated_at)
            .field("replayable", &self.replayable)
            .field("given_again", &self.given_again)
            .field("confirmed", &self.confirmed)
            .field("expires_at", &self.expires_at)
            .field("revoked", &self.revoked)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented")
            .field("session", &self.session)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

/// A fresh token that stands for nothing but itself (an invitation, a password reset): 32 random bytes under a prefix. Give it
/// out once and keep only its [`digest`].
pub fn opaque(prefix: &str) -> Outcome<SecretString> {
    Ok(SecretString::from(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random::secret::<32>()?))))
}

/// What may be kept of a token. It has 256 random bits, so one round of SHA-256 is enough.
pub fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests;
