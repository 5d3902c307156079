//! One case as it is counted: what its steps say, and no more.

use contracts::CaseStep;
use kernel::id::{Category, Grid, Incident, Unit, User};
use kernel::{Id, Instant};

use super::sums::Sums;

/// A case as it is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The incident.
    pub id: Id<Incident>,
    /// The unit it lies in.
    pub unit: Id<Unit>,
    /// Its grid.
    pub grid: Option<Id<Grid>>,
    /// Its category.
    pub category: Option<Id<Category>>,
    /// By what way it came.
    pub source: String,
    /// The unit it was given to last.
    pub department: Option<Id<Unit>>,
    /// The person it was given to last.
    pub worker: Option<Id<User>>,
    /// How far it is.
    pub state: String,
    /// When it was reported.
    pub reported: Instant,
    /// When it was taken on first.
    pub accepted: Option<Instant>,
    /// When there was a result last.
    pub resolved: Option<Instant>,
    /// When it was closed, if it is.
    pub closed: Option<Instant>,
    /// Clocks that ended and could be counted.
    pub due: i64,
    /// Those of them that ended in time.
    pub on_time: i64,
    /// Times it was dispatched.
    pub dispatches: i64,
    /// Times it was given back.
    pub returns: i64,
    /// Results.
    pub results: i64,
    /// Times a result was sent back, or the case taken up again.
    pub reworks: i64,
    /// Marks.
    pub marks: i64,
    /// Their sum.
    pub mark_sum: i64,
    /// Those of 4 and 5.
    pub content: i64,
    /// Latitude and longitude in millionths of a degree.
    pub point: Option<(i64, i64)>,
}

/// A degree in millionths; nothing of a case is that exact.
fn millionths(degrees: f64) -> i64 {
    // Read as text: no cast loses anything in silence, and a coordinate has at most three digits before the point.
    format!("{:.0}", degrees * 1e6).parse().unwrap_or(0)
}

impl Case {
    /// A case that begins with this step; `None` where the step is no report, or names no unit.
    pub fn begun(step: &CaseStep) -> Option<Self> {
        let unit = step.unit.filter(|_| step.seq == 1)?;
        Some(Self {
            id: step.incident,
            unit,
            grid: step.grid,
            category: step.category,
            source: step.source.clone().unwrap_or_else(|| "resident".to_owned()),
            department: None,
            worker: None,
            state: step.to.clone(),
            reported: step.at,
            accepted: None,
            resolved: None,
            closed: None,
            due: 0,
            on_time: 0,
            dispatches: 0,
            returns: 0,
            results: 0,
            reworks: 0,
            marks: 0,
            mark_sum: 0,
            content: 0,
            point: step.point.map(|(lat, lng)| (millionths(lat), millionths(lng))),
        })
    }

    /// Counts a further step.
    pub fn goes_on(&mut self, step: &CaseStep) {
        if let Some(unit) = step.unit {
            (self.unit, self.grid) = (unit, step.grid);
        }
        self.category = step.category.or(self.category);
        if step.assignee_unit.is_some() || step.assignee.is_some() {
            (self.department, self.worker) = (step.assignee_unit, step.assignee);
        }
        if let Some(late) = step.late {
            self.due += 1;
            self.on_time += i64::from(!late);
        }
        if let Some(score) = step.score {
            self.marks += 1;
            self.mark_sum += score;
            self.content += i64::from(score >= 4);
        }
        match step.action.as_str() {
            "accept" => self.accepted = self.accepted.or(Some(step.at)),
            "dispatch" => {
                self.accepted = self.accepted.or(Some(step.at));
                self.dispatches += 1;
            }
            "return" => self.returns += 1,
            "resolve" => {
                self.results += 1;
                self.resolved = Some(step.at);
            }
            "reopen" => self.reworks += 1,
            "verify" if step.to == "reopened" => self.reworks += 1,
            _ => {}
        }
        self.state.clone_from(&step.to);
        self.closed = match (step.to.as_str(), self.closed) {
            ("closed", None) => Some(step.at),
            ("closed", known) => known,
            _ => None,
        };
    }

    /// What it adds to the sums of its place and period.
    pub fn sums(&self) -> Sums {
        match self.state.as_str() {
            "void" => Sums { struck: 1, ..Sums::default() },
            "merged" => Sums { merged: 1, ..Sums::default() },
            _ => self.counted(),
        }
    }

    fn counted(&self) -> Sums {
        Sums {
            received: 1,
            struck: 0,
            merged: 0,
            accepted: i64::from(self.accepted.is_some()),
            closed: i64::from(self.closed.is_some()),
            due: self.due,
            on_time: self.on_time,
            dispatches: self.dispatches,
            returns: self.returns,
            results: self.results,
            reworks: self.reworks,
            marks: self.marks,
            mark_sum: self.mark_sum,
            content: self.content,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::millionths;

    #[test]
    fn degrees_are_millionths() {
        assert_eq!(millionths(23.123_456_7), 23_123_457);
        assert_eq!(millionths(-179.999_999_9), -180_000_000);
        assert_eq!(millionths(0.0), 0);
    }
}
