//! Visits, forms, plans and the monthly rule: pure, no storage, no web.

mod answers;
mod form;
mod month;
mod need;
mod plan;
mod presence;
mod rule;
mod target;
mod visit;

pub use answers::{Answer, check_answers};
pub(crate) use form::is_key;
pub use form::{
    Choice, Form, FormVersion, MOST_OPTIONS, MOST_QUESTIONS, Question, QuestionKind, check_questions,
};
pub use month::{Month, Tz, day_of, start_of};
pub use need::{Due, Need, Place};
pub use plan::{DropReason, FARTHEST_PLAN, Plan, PlanState};
pub use presence::{NEAR_M, Position, Presence, distance_m, judge};
pub use rule::{Rule, RuleBook, RuleVersion, STANDARD};
pub use target::{Stretch, Tally, Target};
pub use visit::{Content, Edition, FormRef, OLDEST_DAYS, SentCase, Struck, Visit, Way};
