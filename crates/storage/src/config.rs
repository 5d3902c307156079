//! Where the data lies and how hard the engine may work.

use std::path::PathBuf;

use kernel::Fault;

/// The engine behind a `DATABASE_URL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Engine {
    /// One file on this machine.
    Sqlite(PathBuf),
    /// A server; the whole URL, which may hold a password and so is never printed.
    Postgres(String),
}

impl Engine {
    /// Reads a `DATABASE_URL`: `sqlite:PATH` (or `sqlite://PATH`), `postgres://…`, `postgresql://…`. An unknown scheme is an
    /// error, never an empty database.
    pub fn parse(url: &str) -> Result<Self, Fault> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path.starts_with(":memory:") {
                return Err(Fault::internal("DATABASE_URL: sqlite needs the path of a file"));
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        Err(Fault::internal("DATABASE_URL must begin with sqlite:, postgres:// or postgresql://"))
    }

    /// The engine's name, for logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }
}

/// How storage is run.
#[derive(Debug, Clone)]
pub struct StorageConfig {
    /// The engine.
    pub engine: Engine,
    /// Threads that read (SQLite) or connections for reads (PostgreSQL).
    pub readers: usize,
    /// Connections that write on PostgreSQL; SQLite always has one writer.
    pub writers: usize,
    /// Jobs that may wait in each queue; one more is refused with 503.
    pub queue: usize,
    /// Jobs that may share one commit on SQLite; 1 is one commit per job.
    pub group: usize,
}

impl StorageConfig {
    /// The defaults for an engine.
    pub fn new(engine: Engine) -> Self {
        let postgres = matches!(engine, Engine::Postgres(_));
        Self {
            engine,
            readers: if postgres { 8 } else { 2 },
            writers: if postgres { 12 } else { 1 },
            queue: 1024,
            group: 256,
        }
    }
}
