//! What a realm demands of passwords, sign-ins and sessions; bounded by what the platform demands of every realm.

use auth::Throttle;
use kernel::error::{FIELD_CHOICE, FIELD_LENGTH, FIELD_ORDER, FIELD_RANGE, Fields};
use serde::{Deserialize, Serialize};

/// Most passwords remembered of an account.
pub const MAX_HISTORY: i32 = 10;

/// What passwords must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PasswordPolicy {
    /// Fewest characters: 10 to 64.
    pub min_length: i32,
    /// How many of an account's last passwords may not come again: 0 to 10.
    pub history: i32,
    /// Days after which a password must be changed at the next sign-in: 30 to 3650; 0: never.
    pub max_age_days: i32,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self { min_length: 10, history: 0, max_age_days: 0 }
    }
}

/// How patient the door is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LockoutPolicy {
    /// Wrong passwords in a row that close it: 3 to 10.
    pub tries: i32,
    /// Seconds it stays closed the first time, doubling with each further one: 60 to 3600.
    pub first_seconds: i32,
    /// The longest it ever stays closed, in seconds: 900 to 86400.
    pub max_seconds: i32,
}

impl Default for LockoutPolicy {
    fn default() -> Self {
        Self { tries: 5, first_seconds: 60, max_seconds: 900 }
    }
}

impl LockoutPolicy {
    /// The same for the lock itself; what is left open is taken from `base`.
    pub fn throttle(self, base: Throttle) -> Throttle {
        Throttle {
            free: self.tries,
            first_seconds: i64::from(self.first_seconds),
            max_seconds: i64::from(self.max_seconds),
            ..base
        }
    }
}

/// How long somebody stays signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionPolicy {
    /// Days a session lasts however often it is refreshed: 1 to 30.
    pub life_days: i32,
    /// Minutes after which a session that was not refreshed has ended: 5 to 43200.
    pub idle_minutes: i32,
}

impl Default for SessionPolicy {
    fn default() -> Self {
        Self { life_days: 30, idle_minutes: 43_200 }
    }
}

/// Who needs a second factor, besides those of whom the setting asks one anyway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MfaPolicy {
    /// Whoever holds a permission of this risk or a higher one: `none`, `medium` or `high`.
    pub required_for_risk: String,
    /// Whoever holds one of these roles, by name.
    pub required_for_roles: Vec<String>,
}

impl Default for MfaPolicy {
    fn default() -> Self {
        Self { required_for_risk: "none".to_owned(), required_for_roles: Vec::new() }
    }
}

/// All of them, as they are in force.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policies {
    /// Passwords.
    pub passwords: PasswordPolicy,
    /// Lock-out.
    pub lockout: LockoutPolicy,
    /// Sessions.
    pub sessions: SessionPolicy,
    /// Second factors.
    pub mfa: MfaPolicy,
}

/// One of the four: what it is called where it is kept, and how far it may go.
pub trait Policy: Serialize + serde::de::DeserializeOwned + Default + Clone + Send + 'static {
    /// Its name.
    const NAME: &'static str;
    /// Notes what lies outside the bounds, naming them.
    fn check(&self, fields: &mut Fields);
}

fn within(fields: &mut Fields, pointer: &'static str, value: i32, min: i32, max: i32) {
    if !(min..=max).contains(&value) {
        fields.bad(pointer, &FIELD_RANGE, Some(format!("{min} to {max}")));
    }
}

impl Policy for PasswordPolicy {
    const NAME: &'static str = "passwords";

    fn check(&self, fields: &mut Fields) {
        within(fields, "/min_length", self.min_length, 10, 64);
        within(fields, "/history", self.history, 0, MAX_HISTORY);
        if self.max_age_days != 0 {
            within(fields, "/max_age_days", self.max_age_days, 30, 3_650);
        }
    }
}

impl Policy for LockoutPolicy {
    const NAME: &'static str = "lockout";

    fn check(&self, fields: &mut Fields) {
        within(fields, "/tries", self.tries, 3, 10);
        within(fields, "/first_seconds", self.first_seconds, 60, 3_600);
        within(fields, "/max_seconds", self.max_seconds, 900, 86_400);
        if self.max_seconds < self.first_seconds {
            fields.bad("/max_seconds", &FIELD_ORDER, Some("at least first_seconds".to_owned()));
        }
    }
}

impl Policy for SessionPolicy {
    const NAME: &'static str = "sessions";

    fn check(&self, fields: &mut Fields) {
        within(fields, "/life_days", self.life_days, 1, 30);
        within(fields, "/idle_minutes", self.idle_minutes, 5, 43_200);
    }
}

impl Policy for MfaPolicy {
    const NAME: &'static str = "mfa";

    fn check(&self, fields: &mut Fields) {
        if !matches!(self.required_for_risk.as_str(), "none" | "medium" | "high") {
            fields.bad("/required_for_risk", &FIELD_CHOICE, Some("none, medium or high".to_owned()));
        }
        if self.required_for_roles.len() > 50 {
            fields.bad("/required_for_roles", &FIELD_LENGTH, Some("at most 50".to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(policy: &impl Policy) -> Vec<String> {
        let mut fields = Fields::default();
        policy.check(&mut fields);
        match fields.finish() {
            Ok(()) => Vec::new(),
            Err(kernel::Fault::Refused(refusal)) => {
                refusal.fields.iter().map(|f| f.pointer.to_string()).collect()
            }
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn what_holds_unless_told_is_within_the_bounds_and_is_todays_floor() {
        assert!(complaints(&PasswordPolicy::default()).is_empty());
        assert!(complaints(&LockoutPolicy::default()).is_empty());
        assert!(complaints(&SessionPolicy::default()).is_empty());
        assert!(complaints(&MfaPolicy::default()).is_empty());
        assert_eq!(
            usize::try_from(PasswordPolicy::default().min_length).unwrap(),
            auth::password::MIN_LENGTH
        );
        assert_eq!(LockoutPolicy::default().throttle(Throttle::default()), Throttle::default());
    }

    #[test]
    fn nothing_goes_below_the_floor() {
        let password = PasswordPolicy { min_length: 9, history: 11, max_age_days: 29 };
        assert_eq!(complaints(&password), ["/min_length", "/history", "/max_age_days"]);
        let lockout = LockoutPolicy { tries: 11, first_seconds: 59, max_seconds: 899 };
        assert_eq!(complaints(&lockout), ["/tries", "/first_seconds", "/max_seconds"]);
        let crossed = LockoutPolicy { tries: 5, first_seconds: 1_000, max_seconds: 900 };
        assert_eq!(complaints(&crossed), ["/max_seconds"]);
        assert_eq!(
            complaints(&SessionPolicy { life_days: 31, idle_minutes: 4 }),
            ["/life_days", "/idle_minutes"]
        );
        let mfa =
            MfaPolicy { required_for_risk: "low".to_owned(), required_for_roles: vec![String::new(); 51] };
        assert_eq!(complaints(&mfa), ["/required_for_risk", "/required_for_roles"]);
    }
}
