//! What an operator may tune.

use std::time::Duration;

/// The limits and manners of the HTTP side.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The largest JSON body taken, in bytes.
    pub max_body: usize,
    /// How long a request may take before it is answered with 503.
    pub timeout: Duration,
    /// How long a request may take that brings a file.
    pub upload_timeout: Duration,
    /// Requests a second that a client may keep up.
    pub rate_per_second: u32,
    /// Requests a client may send at once; 0 switches the limit off.
    pub rate_burst: u32,
    /// Clients remembered by the rate limit; beyond it newcomers share one allowance.
    pub rate_clients: usize,
    /// Origins whose pages may call the API (`https://example.org`); empty: none but our own.
    pub cors_origins: Vec<String>,
    /// Whether a proxy in front sets `X-Forwarded-For`: then its last entry is the client's address.
    pub behind_proxy: bool,
    /// Streams that an account may have open at once.
    pub streams_per_account: usize,
    /// Streams that may be open at once.
    pub streams: usize,
    /// How often a stream looks for something new, and whether its reader may still read it.
    pub stream_poll: Duration,
    /// After how long without anything new a stream shows that it is alive.
    pub stream_beat: Duration,
    /// How long a stream lasts; then its reader comes back.
    pub stream_life: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_body: 256 * 1024,
            timeout: Duration::from_secs(30),
            upload_timeout: Duration::from_secs(600),
            rate_per_second: 100,
            rate_burst: 200,
            rate_clients: 100_000,
            cors_origins: Vec::new(),
            behind_proxy: false,
            streams_per_account: 5,
            streams: 1_000,
            stream_poll: Duration::from_secs(1),
            stream_beat: Duration::from_secs(15),
            stream_life: Duration::from_secs(900),
        }
    }
}
