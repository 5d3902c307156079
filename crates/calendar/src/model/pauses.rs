//! Times in which the clock stands: in any order, overlapping, touching, outside hours, open at the end.

use contracts::Pause;
use kernel::Instant;

use super::count::CountError;

/// Pauses of one clock, at most.
pub const MOST_PAUSES: usize = 1_000;

/// Pauses in order, without overlaps, in microseconds since 1970. One that is open at the end lasts for ever.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Pauses(Vec<(i64, i64)>);

/// Open at the end.
pub(super) const FOR_EVER: i64 = i64::MAX;

impl Pauses {
    /// Brings pauses into order. One that ends before it begins is refused; one that ends at once is none.
    pub(super) fn new(pauses: &[Pause]) -> Result<Self, CountError> {
        if pauses.len() > MOST_PAUSES {
            return Err(CountError::TooManyPauses);
        }
        let mut all = Vec::with_capacity(pauses.len());
        for (at, pause) in pauses.iter().enumerate() {
            let (from, until) = (pause.from.micros(), pause.until.map_or(FOR_EVER, Instant::micros));
            if until < from {
                return Err(CountError::PauseOrder(at));
            }
            if from < until {
                all.push((from, until));
            }
        }
        all.sort_unstable();
        let mut merged: Vec<(i64, i64)> = Vec::with_capacity(all.len());
        for (from, until) in all {
            match merged.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(until),
                _ => merged.push((from, until)),
            }
        }
        Ok(Self(merged))
    }

    /// Those that matter after a moment, cut to begin there.
    pub(super) fn after(&self, at: i64) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.0
            .iter()
            .filter(move |(_, until)| *until > at)
            .map(move |(from, until)| ((*from).max(at), *until))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn around(&self, at: i64) -> Option<(i64, i64)> {
        let count = self.0.partition_point(|(from, _)| *from <= at);
        self.0.get(count.checked_sub(1)?).copied().filter(|(_, until)| at < *until)
    }

    /// Whether the clock stands at a moment.
    pub(super) fn stands(&self, at: i64) -> bool {
        self.around(at).is_some()
    }

    /// Whether the clock stands up to a moment.
    pub(super) fn stands_until(&self, at: i64) -> bool {
        self.stands(at - 1)
    }

    /// Since when the clock stands for ever, if it does.
    pub(super) fn for_ever(&self) -> Option<i64> {
        self.0.last().filter(|(_, until)| *until == FOR_EVER).map(|(from, _)| *from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause(from: i64, until: Option<i64>) -> Pause {
        let at = |micros| Instant::from_micros(micros).unwrap();
        Pause { from: at(from), until: until.map(at) }
    }

    #[test]
    fn pauses_that_overlap_or_touch_are_one() {
        let all = [
            pause(50, None),
            pause(10, Some(20)),
            pause(15, Some(30)),
            pause(30, Some(40)),
            pause(45, Some(45)),
        ];
        let pauses = Pauses::new(&all).unwrap();
        assert_eq!(pauses.0, [(10, 40), (50, FOR_EVER)]);
        assert_eq!(pauses.after(25).collect::<Vec<_>>(), [(25, 40), (50, FOR_EVER)]);
        assert_eq!(
            (pauses.stands(9), pauses.stands(10), pauses.stands(39), pauses.stands(40)),
            (false, true, true, false)
        );
        assert!(pauses.stands_until(40) && !pauses.stands_until(10) && !pauses.stands_until(41));
        assert_eq!(pauses.for_ever(), Some(50));
        assert_eq!(Pauses::new(&[pause(0, Some(1)), pause(9, Some(8))]), Err(CountError::PauseOrder(1)));
        assert_eq!(Pauses::new(&vec![pause(0, Some(1)); MOST_PAUSES + 1]), Err(CountError::TooManyPauses));
    }
}
