//! The load: keep-alive connections over bare TCP that send requests built beforehand, all on one thread, so that the generator
//! leaves the processors to what is measured.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Fallible;

/// In a request: sixteen bytes that every sending replaces by a number that no other has.
pub const SERIAL: &str = "@@serial@@serial";

/// How long and how hard.
#[derive(Clone, Copy)]
pub struct Plan {
    /// Connections, each with one request in flight.
    pub connections: usize,
    /// Not counted.
    pub warm_up: Duration,
    /// Counted.
    pub measure: Duration,
}

/// What one connection saw.
#[derive(Default)]
struct Seen {
    micros: Vec<u32>,
    errors: u64,
    first_error: Option<String>,
}

/// What all saw.
pub struct Outcome {
    /// Requests that were answered with the expected status.
    pub good: u64,
    /// All others.
    pub errors: u64,
    /// The first of them, in words.
    pub first_error: Option<String>,
    /// How long was counted.
    pub elapsed: Duration,
    /// Latencies in microseconds, in order.
    sorted: Vec<u32>,
    /// Answers per connection: fewest, in the middle, most.
    pub spread: (u64, u64, u64),
}

impl Outcome {
    /// Answers a second.
    pub fn rate(&self) -> f64 {
        crate::real(self.good) / self.elapsed.as_secs_f64()
    }

    /// The latency that `per_mille` of a thousand answers stay under, in milliseconds.
    pub fn latency_ms(&self, per_mille: usize) -> f64 {
        let at = (self.sorted.len() * per_mille / 1000).min(self.sorted.len().saturating_sub(1));
        self.sorted.get(at).map_or(0.0, |m| f64::from(*m) / 1000.0)
    }
}

/// Runs the load. `mark` is called when counting begins and when it ends: it reads the clocks of the processes.
pub fn run(
    to: SocketAddr,
    requests: &[Vec<u8>],
    expect: u16,
    plan: Plan,
    mut mark: impl FnMut() -> Fallible<()>,
) -> Fallible<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    let requests: Rc<[Vec<u8>]> = requests.to_vec().into();
    local.block_on(&runtime, async move {
        let begin = Instant::now() + plan.warm_up;
        let end = begin + plan.measure;
        let tasks: Vec<_> = (0..plan.connections)
            .map(|n| tokio::task::spawn_local(connection(to, Rc::clone(&requests), n, expect, begin, end)))
            .collect();
        tokio::time::sleep_until(begin.into()).await;
        mark()?;
        let counted = Instant::now();
        tokio::time::sleep_until(end.into()).await;
        mark()?;
        let elapsed = counted.elapsed();
        let mut all = Vec::new();
        let (mut errors, mut first_error, mut counts) = (0, None, Vec::new());
        for task in tasks {
            let seen = task.await?;
            counts.push(u64::try_from(seen.micros.len())?);
            errors += seen.errors;
            first_error = first_error.or(seen.first_error);
            all.extend(seen.micros);
        }
        all.sort_unstable();
        counts.sort_unstable();
        let count = |at: usize| counts.get(at).copied().unwrap_or(0);
        Ok(Outcome {
            good: u64::try_from(all.len())?,
            errors,
            first_error,
            elapsed,
            sorted: all,
            spread: (count(0), count(counts.len() / 2), count(counts.len().saturating_sub(1))),
        })
    })
}

async fn connection(
    to: SocketAddr,
    requests: Rc<[Vec<u8>]>,
    number: usize,
    expect: u16,
    begin: Instant,
    end: Instant,
) -> Seen {
    let mut seen = Seen::default();
    let mut buffer = Vec::with_capacity(64 * 1024);
    let mut stream = None;
    let mut sendings = 0_u64;
    for request in requests.iter().cycle().skip(number % requests.len().max(1)) {
        let sent = Instant::now();
        if sent >= end {
            break;
        }
        let answered = match serial_at(request) {
            None => exchange(&mut stream, to, request, &mut buffer).await,
            Some(at) => {
                sendings += 1;
                let mut own = request.clone();
                let serial = format!("{number:06}{sendings:010}");
                own.splice(at..at + SERIAL.len(), serial.bytes());
                exchange(&mut stream, to, &own, &mut buffer).await
            }
        };
        let now = Instant::now();
        if sent < begin || now > end {
            continue;
        }
        match answered {
            Ok(status) if status == expect => {
                seen.micros.push(u32::try_from((now - sent).as_micros()).unwrap_or(u32::MAX));
            }
            other => {
                seen.errors += 1;
                if seen.first_error.is_none() {
                    let body = String::from_utf8_lossy(&buffer);
                    seen.first_error = Some(match other {
                        Ok(status) => format!("{status}: {}", body.chars().take(600).collect::<String>()),
                        Err(error) => error.to_string(),
                    });
                }
            }
        }
    }
    seen
}

fn serial_at(request: &[u8]) -> Option<usize> {
    request.windows(SERIAL.len()).position(|w| w == SERIAL.as_bytes())
}

/// Sends one request on a connection of its own; answers its status.
pub fn once(to: SocketAddr, request: &[u8]) -> Fallible<u16> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(exchange(&mut None, to, request, &mut Vec::new()))
}

/// Sends one request and reads its whole answer into `buffer`; a connection that broke is opened anew by the next.
async fn exchange(
    stream: &mut Option<TcpStream>,
    to: SocketAddr,
    request: &[u8],
    buffer: &mut Vec<u8>,
) -> Fallible<u16> {
    buffer.clear();
    let mut open = match stream.take() {
        Some(open) => open,
        None => {
            let fresh = TcpStream::connect(to).await?;
            fresh.set_nodelay(true)?;
            fresh
        }
    };
    open.write_all(request).await?;
    let mut whole = None;
    loop {
        if whole.is_some_and(|w| buffer.len() >= w) {
            break;
        }
        if open.read_buf(buffer).await? == 0 {
            return Err("the server closed the connection".into());
        }
        if whole.is_none() {
            whole = whole_length(buffer)?;
        }
    }
    let status = std::str::from_utf8(buffer.get(9..12).unwrap_or_default())?.parse()?;
    *stream = Some(open);
    Ok(status)
}

/// The bytes of the whole answer, once its head is there.
fn whole_length(buffer: &[u8]) -> Fallible<Option<usize>> {
    let Some(head) = buffer.windows(4).position(|w| w == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = std::str::from_utf8(buffer.get(..head).unwrap_or_default())?;
    for line in text.split("\r\n").skip(1) {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            return Ok(Some(head + 4 + value.trim().parse::<usize>()?));
        }
    }
    Err("an answer without Content-Length".into())
}
