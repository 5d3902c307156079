//! Looking for records: each filter is a range of an index that ends in the record's id, newest first.

use diesel::prelude::*;
use kernel::id::{AuditRecord, Unit, User};
use kernel::{Cursor, Id, Instant, Outcome, Page, PageSize, UnitPath};

use super::Record;
use crate::schema::storage_audit_records as records;
use crate::{Tx, with_conn};

/// Records of one unit's subtree that are looked up one by one; where there are more, the trail is read newest first instead.
const FEW: i64 = 10_000;
/// By how much a record's id may be younger or older than its moment: ids and moments come from one clock, transactions take time.
const SLACK_SECONDS: i64 = 3_600;

/// What to look for on the trail.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Who did it.
    pub actor: Option<Id<User>>,
    /// For whom it was done.
    pub on_behalf_of: Option<Id<User>>,
    /// On what.
    pub object: Option<uuid::Uuid>,
    /// On what kind of thing.
    pub object_kind: Option<String>,
    /// In which unit (not its subtree).
    pub unit: Option<Id<Unit>>,
    /// In which subtree: what belonged there when it was sealed.
    pub under: Option<UnitPath>,
    /// What was done, whole.
    pub action: Option<String>,
    /// Not before.
    pub from: Option<Instant>,
    /// Before.
    pub to: Option<Instant>,
}

/// The records that a filter lets through. Used inside `with_conn!`, where `Db` is the engine.
macro_rules! filtered {
    ($filter:expr) => {{
        let filter: &Filter = $filter;
        let mut q = records::table.select(Record::as_select()).into_boxed::<Db>();
        if let Some(actor) = filter.actor {
            q = q.filter(records::actor_id.eq(actor));
        }
        if let Some(other) = filter.on_behalf_of {
            q = q.filter(records::on_behalf_of.eq(other));
        }
        if let Some(object) = filter.object {
            q = q.filter(records::object_id.eq(Id::<AuditRecord>::from_uuid(object)));
        }
        if let Some(kind) = &filter.object_kind {
            q = q.filter(records::object_kind.eq(kind.clone()));
        }
        if let Some(unit) = filter.unit {
            q = q.filter(records::unit_id.eq(unit));
        }
        if let Some(under) = &filter.under {
            let (low, high) = under.range();
            q = q.filter(records::unit_path.ge(low)).filter(records::unit_path.lt(high));
        }
        if let Some(action) = &filter.action {
            q = q.filter(records::action.eq(action.clone()));
        }
        // Ids grow with time: a stretch of time is a stretch of every index that ends in them.
        if let Some(from) = filter.from {
            q = q
                .filter(records::at.ge(from))
                .filter(records::id.ge(first_id(from.plus_seconds(-SLACK_SECONDS))));
        }
        if let Some(to) = filter.to {
            q = q.filter(records::at.lt(to)).filter(records::id.lt(first_id(to.plus_seconds(SLACK_SECONDS))));
        }
        q
    }};
}

/// The least id that could be made at a moment.
fn first_id(at: Instant) -> Id<AuditRecord> {
    let millis = u64::try_from(at.micros().div_euclid(1_000)).unwrap_or(0);
    Id::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid())
}

/// The records of a subtree, if they are few: then those are looked at, and not the trail from its end.
fn few_under(tx: &mut Tx<'_>, under: &UnitPath) -> Outcome<Option<Vec<Id<AuditRecord>>>> {
    let (low, high) = under.range();
    let ids: Vec<Id<AuditRecord>> = with_conn!(tx, |c| records::table
        .filter(records::unit_path.ge(low))
        .filter(records::unit_path.lt(high))
        .select(records::id)
        .limit(FEW + 1)
        .load(c))?;
    Ok((i64::try_from(ids.len()).unwrap_or(i64::MAX) <= FEW).then_some(ids))
}

/// Sealed records with numbers after `after` and up to `upto` that a filter lets through, in the order of the chain.
pub fn sealed(tx: &mut Tx<'_>, filter: &Filter, after: i64, upto: i64) -> Outcome<Vec<Record>> {
    Ok(with_conn!(tx, |c| filtered!(filter)
        .filter(records::seq.gt(after))
        .filter(records::seq.le(upto))
        .order(records::seq.asc())
        .load(c))?)
}

/// The record of this id.
pub fn find(tx: &mut Tx<'_>, id: Id<AuditRecord>) -> Outcome<Option<Record>> {
    Ok(with_conn!(tx, |c| records::table.find(id).select(Record::as_select()).first(c).optional())?)
}

/// The trail, newest first.
pub fn list(
    tx: &mut Tx<'_>,
    filter: &Filter,
    after: Option<Id<AuditRecord>>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Record>> {
    let few = match &filter.under {
        Some(under) => few_under(tx, under)?,
        None => None,
    };
    let rows: Vec<Record> = with_conn!(tx, |c| {
        let mut q = filtered!(filter);
        if let Some(few) = &few {
            q = q.filter(records::id.eq_any(few));
        }
        if let Some(after) = after {
            q = q.filter(records::id.lt(after));
        }
        q.order(records::id.desc()).limit(size.probe()).load(c)
    })?;
    Ok(Page::cut(rows, size, |r| Cursor { after: r.id.uuid(), filter: fingerprint, key: None }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::sqlite::Sqlite as Db;

    #[derive(QueryableByName)]
    struct Plan {
        #[diesel(sql_type = diesel::sql_types::Text)]
        detail: String,
    }

    #[test]
    fn each_question_is_a_range_of_an_index_and_needs_no_sorting() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("plan.db");
        crate::migrate::run(&crate::Engine::Sqlite(path.clone()), &[crate::migrate::own()])
            .expect("migrates");
        let mut conn = crate::sqlite::connect(&path).expect("connects");
        let someone = uuid::Uuid::nil();
        let moment = Instant::from_micros(1_790_000_000_000_000);
        let none = Filter::default;
        for (index, filter) in [
            ("actor_idx", Filter { actor: Some(someone.into()), ..none() }),
            ("on_behalf_of_idx", Filter { on_behalf_of: Some(someone.into()), ..none() }),
            ("object_idx", Filter { object: Some(someone), ..none() }),
            ("object_kind_idx", Filter { object_kind: Some("grant".into()), ..none() }),
            ("records_unit_idx", Filter { unit: Some(someone.into()), ..none() }),
            ("action_idx", Filter { action: Some("x".into()), ..none() }),
            ("PRIMARY KEY (id>? AND id<?)", Filter { from: moment, to: moment, ..none() }),
            (
                "actor_idx (actor_id=? AND id>?",
                Filter { actor: Some(someone.into()), from: moment, ..none() },
            ),
        ] {
            let q = filtered!(&filter).order(records::id.desc()).limit(51);
            let sql = diesel::debug_query::<Db, _>(&q).to_string();
            let sql = sql.split(" -- binds").next().unwrap_or_default();
            let plan: Vec<Plan> =
                diesel::sql_query(format!("explain query plan {sql}")).load(&mut conn).expect("a plan");
            let plan: Vec<String> = plan.into_iter().map(|step| step.detail).collect();
            assert!(plan.iter().any(|step| step.contains(index)), "{index}: {plan:?}");
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{index}: {plan:?}");
        }
    }
}
