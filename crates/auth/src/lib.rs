#![doc = include_str!("../README.md")]

pub mod cache;
pub mod codes;
pub mod epochs;
pub mod error;
pub mod keys;
pub mod one_time;
pub mod password;
pub mod policy;
pub mod random;
pub mod refresh;
pub mod seal;
pub mod secrets;
pub mod throttle;
pub mod token;
pub mod totp;
pub mod why;

pub use cache::TokenCache;
pub use codes::LinkCode;
pub use epochs::Epochs;
pub use keys::{KeyRing, SigningKey};
pub use password::{Cost, Decoy, Passwords};
pub use policy::{Breach, Lack, Wanted, ceiling};
pub use refresh::{Family, Presented, RefreshVerdict};
pub use seal::Sealer;
pub use secrets::Secrets;
pub use throttle::{Failures, Throttle, ThrottleVerdict};
pub use token::{Claims, Issued, TokenFault, TokenRules};
pub use totp::TotpSecret;
pub use why::{Block, Decision, PathFound, why};
