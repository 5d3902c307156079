//! Questions: sums of a place over a part of a period, whole or by what is asked. One text for both engines.

use std::fmt::Write;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use kernel::id::{Category, Grid, Holding, Unit, User};
use kernel::{Id, Outcome};
use storage::{DbInstant, DbUuid, Tx, with_conn};

use crate::model::{Part, Sums};

/// Where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A unit and all below it.
    Below(Id<Unit>),
    /// A grid.
    Grid(Id<Grid>),
}

/// What it is narrowed to besides. Where there is nothing, whole months are read from their sums.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrow {
    /// Of this category.
    pub category: Option<Id<Category>>,
    /// That came by this way.
    pub source: Option<String>,
    /// That were given to this unit last.
    pub department: Option<Id<Unit>>,
    /// That were given to this person last.
    pub worker: Option<Id<User>>,
}

impl Narrow {
    /// Whether it is not narrowed at all.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// By what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// All together.
    Nothing,
    /// By the unit the cases lie in.
    Unit,
    /// By grid.
    Grid,
    /// By category.
    Category,
    /// By the unit they were given to last.
    Department,
    /// By the person they were given to last.
    Worker,
    /// By the way they came.
    Source,
    /// By the month of the report; of whole months only.
    Month,
}

impl By {
    fn column(self) -> Option<&'static str> {
        Some(match self {
            Self::Nothing => return None,
            Self::Unit => "f.unit_id",
            Self::Grid => "f.grid_id",
            Self::Category => "f.category_id",
            Self::Department => "f.department_id",
            Self::Worker => "f.worker_id",
            Self::Source => "f.source",
            Self::Month => "f.month",
        })
    }
}

/// What a group is of; the id is that of whatever was asked by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// All, or what has none.
    None,
    /// A thing.
    Id(Id<Holding>),
    /// A word.
    Word(String),
}

#[derive(Debug, QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<DbUuid>)]
    id: Option<Id<Holding>>,
    #[diesel(sql_type = Nullable<Text>)]
    word: Option<String>,
    #[diesel(sql_type = BigInt)]
    received: i64,
    #[diesel(sql_type = BigInt)]
    struck: i64,
    #[diesel(sql_type = BigInt)]
    merged: i64,
    #[diesel(sql_type = BigInt)]
    accepted: i64,
    #[diesel(sql_type = BigInt)]
    closed: i64,
    #[diesel(sql_type = BigInt)]
    due: i64,
    #[diesel(sql_type = BigInt)]
    on_time: i64,
    #[diesel(sql_type = BigInt)]
    dispatches: i64,
    #[diesel(sql_type = BigInt)]
    returns: i64,
    #[diesel(sql_type = BigInt)]
    results: i64,
    #[diesel(sql_type = BigInt)]
    reworks: i64,
    #[diesel(sql_type = BigInt)]
    marks: i64,
    #[diesel(sql_type = BigInt)]
    mark_sum: i64,
    #[diesel(sql_type = BigInt)]
    content: i64,
}

impl Row {
    fn group(self) -> (Key, Sums) {
        let key = match (self.id, self.word) {
            (Some(id), _) => Key::Id(id),
            (None, Some(word)) => Key::Word(word),
            (None, None) => Key::None,
        };
        let sums = Sums {
            received: self.received,
            struck: self.struck,
            merged: self.merged,
            accepted: self.accepted,
            closed: self.closed,
            due: self.due,
            on_time: self.on_time,
            dispatches: self.dispatches,
            returns: self.returns,
            results: self.results,
            reworks: self.reworks,
            marks: self.marks,
            mark_sum: self.mark_sum,
            content: self.content,
        };
        (key, sums)
    }
}

/// The sums out of rows of cases: those that were struck or merged are counted apart.
const OF_CASES: &str = "cast(coalesce(sum(case when f.state in ('void', 'merged') then 0 else 1 end), 0) as bigint) as received, \
    cast(coalesce(sum(case when f.state = 'void' then 1 else 0 end), 0) as bigint) as struck, \
    cast(coalesce(sum(case when f.state = 'merged' then 1 else 0 end), 0) as bigint) as merged, \
    cast(coalesce(sum(case when f.accepted_at is null or f.state in ('void', 'merged') then 0 else 1 end), 0) as bigint) as accepted, \
    cast(coalesce(sum(case when f.closed_at is null then 0 else 1 end), 0) as bigint) as closed, \
    cast(coalesce(sum(case when f.state in ('void', 'merged') then 0 else f.due end), 0) as bigint) as due, \
    cast(coalesce(sum(case when f.state in ('void', 'merged') then 0 else f.on_time end), 0) as bigint) as on_time, \
    cast(coalesce(sum(case when f.state in ('void', 'merged') then 0 else f.dispatches end), 0) as bigint) as dispatches, \
    cast(coalesce(sum(case when f.state in ('void', 'merged') then 0 else f.returns end), 0) as bigint) as returns, \
    cast(coalesce(sum(case when f.state in ('void', 'merged') then 0 else f.results end), 0) as bigint) as results, \
    cast(coalesce(sum(case when f.state in ('void', 'merged') then 0 else f.reworks end), 0) as bigint) as reworks, \
    cast(coalesce(sum(case when f.state in ('void', 'merged') then 0 else f.marks end), 0) as bigint) as marks, \
    cast(coalesce(sum(case when f.state in ('void', 'merged') then 0 else f.mark_sum end), 0) as bigint) as mark_sum, \
    cast(coalesce(sum(case when f.state in ('void', 'merged') then 0 else f.content end), 0) as bigint) as content";
/// The sums out of months.
const OF_MONTHS: &str = "cast(coalesce(sum(f.received), 0) as bigint) as received, \
    cast(coalesce(sum(f.struck), 0) as bigint) as struck, \
    cast(coalesce(sum(f.merged), 0) as bigint) as merged, \
    cast(coalesce(sum(f.accepted), 0) as bigint) as accepted, \
    cast(coalesce(sum(f.closed), 0) as bigint) as closed, \
    cast(coalesce(sum(f.due), 0) as bigint) as due, \
    cast(coalesce(sum(f.on_time), 0) as bigint) as on_time, \
    cast(coalesce(sum(f.dispatches), 0) as bigint) as dispatches, \
    cast(coalesce(sum(f.returns), 0) as bigint) as returns, \
    cast(coalesce(sum(f.results), 0) as bigint) as results, \
    cast(coalesce(sum(f.reworks), 0) as bigint) as reworks, \
    cast(coalesce(sum(f.marks), 0) as bigint) as marks, \
    cast(coalesce(sum(f.mark_sum), 0) as bigint) as mark_sum, \
    cast(coalesce(sum(f.content), 0) as bigint) as content";

/// The sums of a part of a period, by what is asked; groups in no particular order, at most `most`, the largest first.
pub fn of(
    tx: &mut Tx<'_>,
    place: Place,
    part: Part,
    narrow: &Narrow,
    by: By,
    most: i64,
) -> Outcome<Vec<(Key, Sums)>> {
    let months = matches!(part, Part::Months(..));
    let (below, grids) = if months {
        ("figures_unit_months", "figures_grid_months")
    } else {
        ("figures_cases", "figures_cases")
    };
    let key = match by.column() {
        None => "cast(null as KEYTYPE) as id, cast(null as text) as word".to_owned(),
        Some(column @ ("f.source" | "f.month")) => {
            format!("cast(null as KEYTYPE) as id, cast({column} as text) as word")
        }
        Some(column) => format!("{column} as id, cast(null as text) as word"),
    };
    let key = key.replace("KEYTYPE", if tx.is_postgres() { "uuid" } else { "blob" });
    let sums = if months { OF_MONTHS } else { OF_CASES };
    let mut sql = match place {
        Place::Below(_) => format!(
            "select {key}, {sums} from figures_units u join {below} f on f.unit_id = u.unit_id where u.ancestor_id = $1"
        ),
        Place::Grid(_) => format!("select {key}, {sums} from {grids} f where f.grid_id = $1"),
    };
    sql.push_str(if months {
        " and f.month >= $2 and f.month <= $3"
    } else {
        " and f.reported_at >= $2 and f.reported_at < $3"
    });
    let given = [
        ("f.category_id", narrow.category.is_some()),
        ("f.department_id", narrow.department.is_some()),
        ("f.worker_id", narrow.worker.is_some()),
        ("f.source", narrow.source.is_some()),
    ];
    let given = given.into_iter().filter_map(|(column, given)| given.then_some(column));
    for (next, column) in (4..).zip(given) {
        // Writing to a text cannot fail.
        let _ = write!(sql, " and {column} = ${next}");
    }
    if let Some(column) = by.column() {
        let _ = write!(sql, " group by {column} order by received desc, {column} limit {most}");
    }
    let place: Id<Holding> = match place {
        Place::Below(unit) => Id::from_uuid(unit.uuid()),
        Place::Grid(grid) => Id::from_uuid(grid.uuid()),
    };
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = diesel::sql_query(sql.as_str()).into_boxed::<Db>().bind::<DbUuid, _>(place);
        q = match part {
            Part::Months(from, to) => q.bind::<Integer, _>(from).bind::<Integer, _>(to),
            Part::Moments(from, until) => q.bind::<DbInstant, _>(from).bind::<DbInstant, _>(until),
        };
        if let Some(id) = narrow.category {
            q = q.bind::<DbUuid, _>(id);
        }
        if let Some(id) = narrow.department {
            q = q.bind::<DbUuid, _>(id);
        }
        if let Some(id) = narrow.worker {
            q = q.bind::<DbUuid, _>(id);
        }
        if let Some(source) = &narrow.source {
            q = q.bind::<Text, _>(source.clone());
        }
        q.load(c)
    })?;
    Ok(rows.into_iter().map(Row::group).collect())
}
