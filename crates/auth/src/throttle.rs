//! Lock-out after wrong passwords: longer with each, never for ever, and never prolonged by knocking at the closed door. Pure:
//! the caller keeps the counter and says what time it is.

use kernel::Instant;

/// Wrong passwords in a row, for one login or one login from one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Failures {
    /// How many.
    pub count: i32,
    /// When the last one was.
    pub last: Option<Instant>,
}

/// Whether a password may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThrottleVerdict {
    /// Try it.
    Allowed,
    /// Not before `until`. Do not look at the password, and do not count the try: who only knocks prolongs nothing.
    Locked {
        /// When it opens again.
        until: Instant,
    },
}

/// How patient we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttle {
    /// Failures without consequence; at this many the door closes.
    pub free: i32,
    /// How long it stays closed the first time; each further failure doubles it.
    pub first_seconds: i64,
    /// The longest it ever stays closed.
    pub max_seconds: i64,
    /// After so long without a failure all is forgotten.
    pub forget_seconds: i64,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { free: 5, first_seconds: 60, max_seconds: 15 * 60, forget_seconds: 24 * 60 * 60 }
    }
}

impl Throttle {
    /// Whether a password may be tried now.
    pub fn judge(&self, failures: Failures, now: Instant) -> ThrottleVerdict {
        let Some(last) = failures.last else { return ThrottleVerdict::Allowed };
        let until = last.plus_seconds(self.lock_seconds(failures.count));
        if now < until { ThrottleVerdict::Locked { until } } else { ThrottleVerdict::Allowed }
    }

    /// The counter after a password that was tried and wrong.
    #[must_use]
    pub fn failed(&self, failures: Failures, now: Instant) -> Failures {
        let forgotten = failures.last.is_some_and(|last| now >= last.plus_seconds(self.forget_seconds));
        let before = if forgotten { 0 } else { failures.count.max(0) };
        Failures { count: before.saturating_add(1), last: Some(now) }
    }

    /// The counter after a password that was right: as if nothing had been.
    #[must_use]
    pub fn succeeded(&self) -> Failures {
        Failures::default()
    }

    /// How long the door stays closed after this many failures.
    fn lock_seconds(&self, count: i32) -> i64 {
        let Ok(doublings) = u32::try_from(count.saturating_sub(self.free)) else { return 0 };
        let factor = 2_i64.checked_pow(doublings).unwrap_or(i64::MAX);
        self.first_seconds.saturating_mul(factor).min(self.max_seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(1_790_000_000_000_000).unwrap().plus_seconds(seconds)
    }

    fn locked_for(count: i32) -> i64 {
        match Throttle::default().judge(Failures { count, last: Some(at(0)) }, at(0)) {
            ThrottleVerdict::Allowed => 0,
            ThrottleVerdict::Locked { until } => (until.micros() - at(0).micros()) / 1_000_000,
        }
    }

    #[test]
    fn the_fifth_failure_locks_for_a_minute_and_each_further_one_twice_as_long_up_to_a_quarter_of_an_hour() {
        let locks: Vec<i64> = (0..=11).map(locked_for).collect();
        assert_eq!(locks, [0, 0, 0, 0, 0, 60, 120, 240, 480, 900, 900, 900]);
        assert_eq!(locked_for(i32::MAX), 900);
        assert_eq!(locked_for(-1), 0);
    }

    #[test]
    fn the_door_opens_by_itself() {
        let throttle = Throttle::default();
        let failures = Failures { count: 5, last: Some(at(0)) };
        assert_eq!(throttle.judge(failures, at(59)), ThrottleVerdict::Locked { until: at(60) });
        assert_eq!(throttle.judge(failures, at(60)), ThrottleVerdict::Allowed);
    }

    #[test]
    fn success_and_a_quiet_day_reset() {
        let throttle = Throttle::default();
        assert_eq!(throttle.succeeded(), Failures::default());
        assert_eq!(throttle.judge(throttle.succeeded(), at(0)), ThrottleVerdict::Allowed);
        let many = Failures { count: 40, last: Some(at(0)) };
        assert_eq!(throttle.failed(many, at(86_399)).count, 41);
        assert_eq!(throttle.failed(many, at(86_400)).count, 1);
    }

    proptest! {
        /// However an attacker paces a hundred tries, the door is never closed for longer than a quarter of an hour after the
        /// last counted one, and in a day it lets through no more than the free ones and four in an hour.
        #[test]
        fn nobody_is_shut_out_for_ever(waits in proptest::collection::vec(0_i64..2_000, 100)) {
            let throttle = Throttle::default();
            let mut failures = Failures::default();
            let (mut now, mut counted) = (at(0), 0_i64);
            for wait in waits {
                now = now.plus_seconds(wait);
                match throttle.judge(failures, now) {
                    ThrottleVerdict::Allowed => {
                        failures = throttle.failed(failures, now);
                        counted += 1;
                    }
                    ThrottleVerdict::Locked { until } => {
                        let last = failures.last.unwrap();
                        prop_assert!(now < until && until <= last.plus_seconds(900));
                    }
                }
            }
            let hours = (now.micros() - at(0).micros()) / 3_600_000_000 + 1;
            prop_assert!(counted <= 9 + 4 * hours, "{} tries in {} hours", counted, hours);
        }
    }
}
