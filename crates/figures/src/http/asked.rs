//! What is asked, as parameters: the same for answers, files and maps.

use chrono::NaiveDate;
use kernel::error::{FIELD_ORDER, FIELD_RANGE};
use kernel::{Fault, Outcome};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::model::Period;
use crate::model::period::Step;
use crate::service::ask::{Cut, Question};
use crate::store::sums::{By, Narrow};

/// By what is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FiguresBy {
    /// The unit that the cases lie in.
    Unit,
    /// Their grid.
    Grid,
    /// Their category.
    Category,
    /// The unit they were given to last.
    Department,
    /// The person they were given to last.
    Worker,
    /// The way they came.
    Source,
    /// The day of the report.
    Day,
    /// The week of the report, from Monday.
    Week,
    /// The month of the report.
    Month,
}

impl From<FiguresBy> for Cut {
    fn from(by: FiguresBy) -> Self {
        match by {
            FiguresBy::Unit => Self::By(By::Unit),
            FiguresBy::Grid => Self::By(By::Grid),
            FiguresBy::Category => Self::By(By::Category),
            FiguresBy::Department => Self::By(By::Department),
            FiguresBy::Worker => Self::By(By::Worker),
            FiguresBy::Source => Self::By(By::Source),
            FiguresBy::Day => Self::Time(Step::Day),
            FiguresBy::Week => Self::Time(Step::Week),
            FiguresBy::Month => Self::Time(Step::Month),
        }
    }
}

/// Where, when, of what and by what.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FiguresQuery {
    /// In this unit and all below it.
    unit: Option<Uuid>,
    /// In this grid.
    grid: Option<Uuid>,
    /// Reported on this day or later, in the realm's time zone.
    from_on: NaiveDate,
    /// Reported on this day or before.
    to_on: NaiveDate,
    /// Only of this category.
    category: Option<Uuid>,
    /// Only what came by this way: `resident`, `staff`, `anonymous`, `field`, `open311`, `visit`.
    #[param(max_length = 40)]
    came_by: Option<String>,
    /// Only what was given to this unit last.
    department: Option<Uuid>,
    /// Only what was given to this person last.
    worker: Option<Uuid>,
    /// By what; all together unless told. The largest groups first, at most 500; days, weeks and months in their order.
    #[param(inline)]
    by: Option<FiguresBy>,
}

/// Days, if they follow on each other and lie in the years that are counted.
pub fn period(from: NaiveDate, to: NaiveDate) -> Outcome<Period> {
    let counted = |on: NaiveDate| (2000..=2200).contains(&chrono::Datelike::year(&on));
    let bad = |name: &'static str, code, what: &str| -> Fault {
        kernel::error::INVALID.refusal().at_with(name, code, what).into()
    };
    if !counted(from) {
        return Err(bad("from_on", &FIELD_RANGE, "2000 to 2200"));
    }
    if !counted(to) {
        return Err(bad("to_on", &FIELD_RANGE, "2000 to 2200"));
    }
    if to < from {
        return Err(bad("to_on", &FIELD_ORDER, "not before from_on"));
    }
    Ok(Period { from, to })
}

impl FiguresQuery {
    /// As the deed takes it.
    pub fn question(&self) -> Outcome<Question> {
        use kernel::Id;
        Ok(Question {
            unit: self.unit.map(Id::from_uuid),
            grid: self.grid.map(Id::from_uuid),
            period: period(self.from_on, self.to_on)?,
            narrow: Narrow {
                category: self.category.map(Id::from_uuid),
                source: self.came_by.clone(),
                department: self.department.map(Id::from_uuid),
                worker: self.worker.map(Id::from_uuid),
            },
            cut: self.by.map_or(Cut::By(By::Nothing), Cut::from),
        })
    }
}
