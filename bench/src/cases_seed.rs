//! Wuxi's 2019: 1,667,200 cases in 8,846 grids, 98.10 % of them closed, as the figures count them; and, of those that are open, the
//! rows that lists of what is due are read from. One text for both engines where they agree.

use crate::Fallible;
use crate::postgres::Cluster;
use crate::seed;

/// Cases.
pub const CASES: i64 = 1_667_200;
/// Of them, closed.
pub const CLOSED: i64 = 1_635_523;
/// Midnight in Wuxi as 2019 begins, in milliseconds.
const BEGINS: i64 = 1_546_272_000_000;
/// The year in milliseconds.
const YEAR: i64 = 31_536_000_000;

const SUMS: &str = "sum(case when state = 'closed' or state = 'reported' then 1 else 0 end), 0, 0, \
     sum(case when accepted_at is null then 0 else 1 end), sum(case when closed_at is null then 0 else 1 end), sum(due), \
     sum(on_time), sum(dispatches), sum(returns), sum(results), sum(reworks), sum(marks), sum(mark_sum), sum(content)";

/// What is counted of a case, from its number.
fn counts() -> String {
    format!(
        "case when m.closed then 'closed' else 'reported' end, m.at, case when m.closed then m.at end, \
         case when m.closed then m.at end, case when m.closed then m.at end, {}",
        "1, case when m.n % 20 = 0 then 0 else 1 end, 1, case when m.n % 50 = 0 then 1 else 0 end, 1, \
         case when m.n % 33 = 0 then 1 else 0 end, case when m.n % 4 = 0 then 1 else 0 end, \
         case when m.n % 4 = 0 then 4 else 0 end, case when m.n % 4 = 0 then 1 else 0 end"
    )
}

/// The statements; `made` is what makes the cases, `month` the month of `reported_at`.
fn statements(made: &str, month: &str, nothing: &str) -> String {
    let counts = counts();
    format!(
        "create temporary table g as select row_number() over (order by id) - 1 as n, id, unit_id from grid_grids;
         {made}
         insert into figures_cases (incident_id, unit_id, grid_id, category_id, source, department_id, worker_id, state, reported_at,
                 accepted_at, resolved_at, closed_at, due, on_time, dispatches, returns, results, reworks, marks, mark_sum, content,
                 lat, lng)
             select m.id, g.unit_id, g.id, {nothing}, 'resident', {nothing}, {nothing}, {counts}, 31500000 + m.n % 100000, 120300000 + m.n % 90000
             from made m join g on g.n = m.grid;
         insert into figures_unit_months select unit_id, {month}, {SUMS} from figures_cases group by unit_id, {month};
         insert into figures_grid_months select grid_id, {month}, {SUMS} from figures_cases group by grid_id, {month};
         create temporary table above as
             with recursive up(unit_id, ancestor_id) as (
                 select distinct unit_id, unit_id from g
                 union all
                 select up.unit_id, u.parent_id from up join territory_units u on u.id = up.ancestor_id where u.parent_id is not null)
             select unit_id, ancestor_id from up;
         insert into figures_units (ancestor_id, unit_id) select ancestor_id, unit_id from above;
         insert into grid_incidents (id, unit_id, grid_id, reporter_id, title, description, state, version, reported_at, state_since,
                 number, due_at)
             select m.id, g.unit_id, g.id, (select id from identity_users limit 1), 'Street lamp', '', 'reported', 1, m.at, m.at,
                 'seed-' || m.n, m.due_at
             from made m join g on g.n = m.grid where not m.closed;
         insert into grid_incident_scopes (ancestor_unit_id, incident_id, state, due_at)
             select a.ancestor_id, i.id, i.state, i.due_at from grid_incidents i join above a on a.unit_id = i.unit_id;
         drop table above; drop table made; drop table g;"
    )
}

/// Into the file of a gateway that is not running.
pub fn sqlite(file: &std::path::Path) -> Fallible<()> {
    use diesel::connection::SimpleConnection;
    let now = i64::try_from(std::time::UNIX_EPOCH.elapsed()?.as_micros())?;
    let made = format!(
        "create temporary table made as
             with recursive c(n) as (select 0 union all select n + 1 from c where n + 1 < {CASES})
             select n, unhex(printf('%012x7%03x8%015x', {BEGINS} + n * {YEAR} / {CASES}, n % 4096, n)) as id,
                 ({BEGINS} + n * {YEAR} / {CASES}) * 1000 as at, n % (select count(*) from g) as grid,
                 n * 7919 % {CASES} < {CLOSED} as closed, {now} + (n % 40000 - 20000) * 60000000 as due_at
             from c;"
    );
    let month = "cast(strftime('%Y%m', reported_at / 1000000 + 28800, 'unixepoch') as integer)";
    let mut conn = seed::open(file)?;
    conn.batch_execute(&format!("begin immediate; {} commit; analyze;", statements(&made, month, "null")))?;
    conn.batch_execute("pragma wal_checkpoint(truncate);")?;
    Ok(())
}

/// Into a database of a gateway that is not running.
pub fn postgres(cluster: &Cluster, database: &str) -> Fallible<()> {
    let made = format!(
        "create temporary table made as
             select n, (lpad(to_hex({BEGINS} + n * {YEAR} / {CASES}), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0') || '8'
                     || lpad(to_hex(n), 15, '0'))::uuid as id,
                 to_timestamp(({BEGINS} + n * {YEAR} / {CASES}) / 1000.0) as at, n % (select count(*) from g) as grid,
                 n * 7919 % {CASES} < {CLOSED} as closed, now() + (n % 40000 - 20000) * interval '1 minute' as due_at
             from generate_series(0::bigint, {CASES}::bigint - 1) as n;
         analyze made;"
    );
    let month = "to_char(reported_at at time zone 'Asia/Shanghai', 'YYYYMM')::integer";
    cluster.query(database, &format!("begin; {} commit;", statements(&made, month, "null::uuid")))?;
    cluster.query(database, "vacuum analyze")?;
    Ok(())
}
