//! Time and randomness come in from outside, so that every rule can be tested at any hour.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use uuid::Uuid;

use crate::{Id, Instant};

/// Tells what time it is.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Instant;
}

/// Makes ids.
pub trait IdGen: Send + Sync {
    /// A fresh UUID, version 7, greater than every one made here before.
    fn uuid(&self) -> Uuid;
}

impl dyn IdGen + '_ {
    /// A fresh typed id.
    pub fn id<T>(&self) -> Id<T> {
        Id::from_uuid(self.uuid())
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
    fn now(&self) -> Instant {
        Instant::new(chrono::Utc::now())
    }
}

/// Version-7 ids from a clock: 48 bits of milliseconds, a counter that never runs backwards inside this process, and
/// random bits that no stranger can guess.
pub struct SystemIds {
    clock: Arc<dyn Clock>,
    last: AtomicI64,
}

impl SystemIds {
    /// Ids whose time comes from `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, last: AtomicI64::new(0) }
    }

    /// Microseconds, strictly increasing inside this process.
    fn tick(&self) -> i64 {
        let now = self.clock.now().micros();
        let mut seen = self.last.load(Ordering::Relaxed);
        loop {
            let next = now.max(seen + 1);
            match self.last.compare_exchange_weak(seen, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return next,
                Err(other) => seen = other,
            }
        }
    }
}

impl IdGen for SystemIds {
    fn uuid(&self) -> Uuid {
        let tick = self.tick();
        let millis = u64::try_from(tick / 1_000).unwrap_or(0);
        // rand_a (12 bits) carries the microseconds inside the millisecond: RFC 9562 §6.2, method 3.
        let micros = u16::try_from(tick.rem_euclid(1_000)).unwrap_or(0) << 2;
        let mut random = [0_u8; 10];
        rand::fill(&mut random[2..]);
        let [high, low] = micros.to_be_bytes();
        random[0] = high;
        random[1] = low;
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_and_are_version_seven() {
        let ids = SystemIds::new(Arc::new(SystemClock));
        let made: Vec<Uuid> = (0..10_000).map(|_| ids.uuid()).collect();
        assert!(made.windows(2).all(|w| w[0] < w[1]));
        assert!(made.iter().all(|id| id.get_version_num() == 7));
    }
}
