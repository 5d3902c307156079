//! The gateway as a process of its own: started, asked, stopped.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Fallible;

/// The first administrator's password. The database is thrown away with the run.
pub const PASSWORD: &str = "only-for-the-benchmark-7c1f";

/// Where a gateway keeps its things.
pub struct Home {
    /// The data folder.
    pub dir: PathBuf,
    /// `DATABASE_URL`; without one the SQLite file in the folder.
    pub database_url: Option<String>,
    /// More settings.
    pub settings: Vec<(&'static str, String)>,
}

impl Home {
    /// The binary with this home's settings and nobody else's.
    pub fn command(&self, binary: &Path) -> Command {
        let mut command = Command::new(binary);
        for (name, _) in std::env::vars().filter(|(n, _)| n.starts_with("COMMONWEAL_") || n == "DATABASE_URL")
        {
            command.env_remove(name);
        }
        command
            .env("COMMONWEAL_DATA_DIR", &self.dir)
            .env("COMMONWEAL_ADMIN_PASSWORD", PASSWORD)
            .env("COMMONWEAL_RATE_PER_SECOND", "0")
            .env("COMMONWEAL_LOG", "warn")
            .env("COMMONWEAL_ACCESS_TOKEN_MINUTES", "60")
            .envs(self.database_url.iter().map(|url| ("DATABASE_URL", url)))
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs a subcommand to its end.
    pub fn run(&self, binary: &Path, arguments: &[&str]) -> Fallible<Duration> {
        let log = self.dir.join("command.log");
        let started = Instant::now();
        let status = self
            .command(binary)
            .args(arguments)
            .stdout(File::create(&log)?)
            .stderr(File::options().append(true).open(&log)?)
            .status()?;
        if !status.success() {
            return Err(format!("{arguments:?} failed: {}", std::fs::read_to_string(&log)?).into());
        }
        Ok(started.elapsed())
    }
}

/// A running gateway; it ends with this value.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start to its first answer.
    pub start: Duration,
}

impl Server {
    /// Starts one and waits until it answers.
    pub fn start(binary: &Path, home: &Home, arguments: &[&str]) -> Fallible<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let log_file = home.dir.join("server.log");
        let log = File::create(&log_file)?;
        let started = Instant::now();
        let child = home
            .command(binary)
            .env("COMMONWEAL_LISTEN", address.to_string())
            .args(arguments)
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut server = Self { child, address, start: Duration::ZERO };
        loop {
            if let Ok(answer) = call(address, "GET", "/healthz", None, None)
                && answer.status == 200
            {
                server.start = started.elapsed();
                return Ok(server);
            }
            if server.child.try_wait()?.is_some() || started.elapsed() > Duration::from_secs(300) {
                return Err(
                    format!("the gateway did not start: {}", std::fs::read_to_string(&log_file)?).into()
                );
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it once; anything but a success is an error with the answer in it.
    pub fn ask(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Fallible<Value> {
        let answer = call(self.address, method, path, token, body)?;
        if !(200..300).contains(&answer.status) {
            return Err(format!("{method} {path}: {} {}", answer.status, answer.body).into());
        }
        Ok(if answer.body.is_empty() { Value::Null } else { serde_json::from_str(&answer.body)? })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A polite end, so that queues drain; then the hard one, which fails where the first was enough.
        let pid = self.child.id().to_string();
        drop(Command::new("kill").args(["-TERM", &pid]).status());
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(30) {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// An answer.
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its text.
    pub body: String,
}

/// One request on a connection of its own.
pub fn call(
    to: SocketAddr,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> Fallible<Answer> {
    send(to, &request(method, path, token, body, &[("Connection", "close")]))
}

/// Puts a file somewhere.
pub fn upload(to: SocketAddr, path: &str, token: &str, media: &str, file: &str) -> Fallible<Answer> {
    let head = format!(
        "PUT {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: {media}\r\nContent-Length: {}\r\n\r\n",
        file.len()
    );
    send(to, format!("{head}{file}").as_bytes())
}

fn send(to: SocketAddr, bytes: &[u8]) -> Fallible<Answer> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    stream.write_all(bytes)?;
    let mut raw = Vec::new();
    stream.read_to_end(&mut raw)?;
    let text = String::from_utf8(raw)?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or("no answer")?;
    let status = head.get(9..12).ok_or("no status")?.parse()?;
    Ok(Answer { status, body: body.to_owned() })
}

/// The bytes of a request.
pub fn request(
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
    headers: &[(&str, &str)],
) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Some(token) = token {
        text.push_str(&format!("Authorization: Bearer {token}\r\n"));
    }
    let body = body.map(ToString::to_string).unwrap_or_default();
    if method != "GET" {
        text.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    text.push_str(&body);
    text.into_bytes()
}
