//! The PostgreSQL server under measurement, through its own programs.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::Fallible;
use crate::captured::Script;
use crate::process;

/// The cluster that `COMMONWEAL_TEST_POSTGRES_URL` names.
pub struct Cluster {
    url: String,
    bin: PathBuf,
    postmaster: u32,
    /// The server's version.
    pub version: String,
}

impl Cluster {
    /// Looks for it; `None` where the variable is not set.
    pub fn find() -> Fallible<Option<Self>> {
        let Ok(url) = std::env::var("COMMONWEAL_TEST_POSTGRES_URL") else { return Ok(None) };
        let found = Command::new("scripts/pg-bin").arg("15").stderr(Stdio::inherit()).output()?;
        let bin = PathBuf::from(String::from_utf8(found.stdout)?.trim());
        let mut cluster = Self { url, bin, postmaster: 0, version: String::new() };
        let file = cluster.query("postgres", "select pg_read_file('postmaster.pid')")?;
        cluster.postmaster = file.lines().next().unwrap_or_default().parse()?;
        cluster.version = cluster.query("postgres", "show server_version")?;
        Ok(Some(cluster))
    }

    /// The address of one of its databases.
    pub fn url(&self, database: &str) -> String {
        self.url
            .rsplit_once('/')
            .map_or_else(|| self.url.clone(), |(server, _)| format!("{server}/{database}"))
    }

    /// Makes an empty database.
    pub fn create(&self, database: &str) -> Fallible<String> {
        self.query("postgres", &format!("drop database if exists {database}"))?;
        self.query("postgres", &format!("create database {database}"))?;
        Ok(self.url(database))
    }

    /// Asks one question and answers its unadorned text.
    pub fn query(&self, database: &str, sql: &str) -> Fallible<String> {
        let said = Command::new(self.bin.join("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &self.url(database), "-c", sql])
            .output()?;
        if !said.status.success() {
            return Err(format!("psql: {}", String::from_utf8_lossy(&said.stderr)).into());
        }
        Ok(String::from_utf8(said.stdout)?.trim().to_owned())
    }

    /// Processor time of all its processes, in microseconds.
    pub fn cpu_micros(&self) -> Fallible<u64> {
        process::family_cpu_micros(self.postmaster)
    }

    /// Runs a script with pgbench over prepared statements; `:n` counts from `n` in each client. Answers transactions a second
    /// and processor time of the server for each, in microseconds.
    pub fn pgbench(&self, database: &str, script: &Script, n: u64, clients: usize) -> Fallible<(f64, f64)> {
        let dir = tempfile::tempdir()?;
        let file = dir.path().join("script.sql");
        std::fs::write(&file, &script.text)?;
        let clients = clients.to_string();
        let before = self.cpu_micros()?;
        let mut command = Command::new(self.bin.join("pgbench"));
        command
            .args([
                "-n",
                "-M",
                "prepared",
                "-c",
                &clients,
                "-j",
                "1",
                "-T",
                "5",
                "-D",
                &format!("n={n}"),
                "-f",
            ])
            .arg(&file);
        for (name, value) in &script.constants {
            command.args(["-D", &format!("{name}={value}")]);
        }
        if std::env::var_os("BENCH_SHOW_SQL").is_some() {
            command.arg("-r");
        }
        let said = command.arg(self.url(database)).output()?;
        let after = self.cpu_micros()?;
        let text = String::from_utf8(said.stdout)?;
        let figure =
            |label: &str| text.lines().find_map(|l| l.strip_prefix(label)).map(|l| l.trim().to_owned());
        let (Some(rate), Some(done)) =
            (figure("tps = "), figure("number of transactions actually processed: "))
        else {
            return Err(format!("pgbench: {text} {}", String::from_utf8_lossy(&said.stderr)).into());
        };
        let rate = rate.split_whitespace().next().unwrap_or_default().parse()?;
        let done: u64 = done.split(['/', ' ']).next().unwrap_or_default().parse()?;
        Ok((rate, crate::real(after.saturating_sub(before)) / crate::real(done.max(1))))
    }
}
