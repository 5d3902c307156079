//! The SQL that the gateway sends for one request, as PostgreSQL's own log tells it, made into a script for pgbench: the same
//! statements with the same parameters over prepared statements, so that nobody has to keep a copy in step by hand.

use std::fmt::Write as _;

use crate::Fallible;
use crate::postgres::Cluster;

/// The statements of one request with their parameters.
pub struct Captured {
    statements: Vec<(String, Vec<Option<String>>)>,
}

/// A script for pgbench and its constants.
pub struct Script {
    /// The text.
    pub text: String,
    /// Constants by name.
    pub constants: Vec<(String, String)>,
    /// How many statements.
    pub statements: usize,
}

/// Where the server writes its log: beside the data folder, as scripts/pg-cluster sets it up.
fn log(cluster: &Cluster) -> Fallible<String> {
    cluster.query("postgres", "select pg_read_file(current_setting('data_directory') || '/../server.log')")
}

/// Runs `request` and reads from the log what the connection sent that touched `table`. The database must log its statements.
pub fn capture(cluster: &Cluster, table: &str, request: impl FnOnce() -> Fallible<()>) -> Fallible<Captured> {
    // What is still under way belongs to requests before.
    std::thread::sleep(std::time::Duration::from_millis(300));
    let before = log(cluster)?.len();
    request()?;
    std::thread::sleep(std::time::Duration::from_millis(300));
    let whole = log(cluster)?;
    let lines: Vec<&str> = whole.get(before..).unwrap_or_default().lines().collect();
    let process = lines
        .iter()
        .find(|l| l.contains("LOG:") && l.contains(table))
        .and_then(|l| process_of(l))
        .ok_or_else(|| format!("nothing about {table} in PostgreSQL's log"))?;
    let mut statements: Vec<(String, Vec<Option<String>>)> = Vec::new();
    for line in lines.iter().filter(|l| process_of(l) == Some(process)) {
        if let Some((_, said)) = line.split_once("LOG:  ") {
            let sql = match said.split_once(": ") {
                Some((how, sql)) if how == "statement" || how.starts_with("execute ") => sql,
                _ => continue,
            };
            statements.push((sql.to_owned(), Vec::new()));
        } else if let Some((_, list)) = line.split_once("arameters: ")
            && let Some(last) = statements.last_mut()
        {
            last.1 = parameters(list);
        }
    }
    // A connection serves many: only what belongs to the request, from BEGIN to COMMIT if it is a transaction.
    let first = statements.iter().position(|(sql, _)| sql.contains(table)).unwrap_or(0);
    let begin = statements.iter().take(first).rposition(|(sql, _)| sql.eq_ignore_ascii_case("begin"));
    let end = statements.iter().skip(first).position(|(sql, _)| sql.eq_ignore_ascii_case("commit"));
    if let (Some(begin), Some(end)) = (begin, end) {
        statements.truncate(first + end + 1);
        statements.drain(..begin);
    } else {
        // The question for the newest rights is one for all requests in flight, so it is not counted against one.
        statements.retain(|(sql, _)| !sql.contains("identity_rights") && !sql.contains("storage_"));
    }
    Ok(Captured { statements })
}

fn process_of(line: &str) -> Option<&str> {
    line.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(process, _)| process)
}

/// `$1 = 'it''s', $2 = NULL`
fn parameters(list: &str) -> Vec<Option<String>> {
    let mut all = Vec::new();
    let mut rest = list;
    while let Some((_, value)) = rest.split_once(" = ") {
        if let Some(quoted) = value.strip_prefix('\'') {
            let mut text = String::new();
            let mut letters = quoted.char_indices().peekable();
            let mut end = quoted.len();
            while let Some((at, letter)) = letters.next() {
                if letter != '\'' {
                    text.push(letter);
                } else if letters.next_if(|(_, next)| *next == '\'').is_some() {
                    text.push('\'');
                } else {
                    end = at + 1;
                    break;
                }
            }
            all.push(Some(text));
            rest = quoted.get(end..).unwrap_or_default();
        } else {
            all.push(None);
            rest = value.strip_prefix("NULL").unwrap_or_default();
        }
    }
    all
}

impl Captured {
    /// The script. Ids that the request drew fresh, after `since_ms`, are drawn fresh by pgbench as well, in order of time;
    /// every other parameter stays what it was.
    pub fn script(&self, since_ms: u64, run: u32) -> Script {
        let mut text = "\\set n :n + 1\n".to_owned();
        let mut constants: Vec<(String, String)> = Vec::new();
        let mut fresh: Vec<String> = Vec::new();
        for (sql, values) in &self.statements {
            let mut sql = sql.clone();
            // From the last, so that $1 does not eat the beginning of $10.
            for (at, value) in values.iter().enumerate().rev() {
                let place = format!("${}", at + 1);
                let put = match value {
                    None => "NULL".to_owned(),
                    Some(id) if is_fresh(id, since_ms) => {
                        let number = fresh.iter().position(|f| f == id).unwrap_or_else(|| {
                            fresh.push(id.clone());
                            fresh.len() - 1
                        });
                        format!(
                            "(lpad(to_hex(:n::bigint), 12, '0') || '7{run:03x}8' || \
                             lpad(to_hex(:client_id::bigint * 1000 + {number}), 15, '0'))::uuid"
                        )
                    }
                    Some(value) => {
                        let known = constants.iter().find(|(_, v)| v == value).map(|(n, _)| n.clone());
                        let name = known.unwrap_or_else(|| {
                            let name = format!("v{}", constants.len() + 1);
                            constants.push((name.clone(), value.clone()));
                            name
                        });
                        format!(":{name}")
                    }
                };
                sql = sql.replace(&place, &put);
            }
            // Writing to a String does not fail.
            let _ = writeln!(text, "{};", sql.trim_end_matches(';'));
        }
        Script { text, constants, statements: self.statements.len() }
    }
}

/// Whether it is a UUID of version 7 from after a moment.
fn is_fresh(text: &str, since_ms: u64) -> bool {
    let Ok(id) = uuid::Uuid::try_parse(text) else { return false };
    id.get_version_num() == 7 && u64::try_from(id.as_u128() >> 80).is_ok_and(|ms| ms >= since_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_with_quotes_commas_and_nulls() {
        let read = parameters("$1 = 'it''s, $9 = ''x''', $2 = NULL, $3 = '7'");
        assert_eq!(read, [Some("it's, $9 = 'x'".to_owned()), None, Some("7".to_owned())]);
    }

    #[test]
    fn fresh_ids_are_drawn_again_and_others_stay() {
        let fresh = "0199c0de-0000-7000-8000-000000000001";
        let old = "01900000-0000-7000-8000-000000000001";
        let captured = Captured {
            statements: vec![(
                "insert into t values ($1, $2)".to_owned(),
                vec![Some(fresh.to_owned()), Some(old.to_owned())],
            )],
        };
        let script = captured.script(0x0199_c0de_0000, 1);
        assert!(script.text.contains(":v1") && script.text.contains("to_hex(:n::bigint)"), "{}", script.text);
        assert_eq!(script.constants.last().map(|c| c.1.as_str()), Some(old));
    }
}
