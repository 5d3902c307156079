//! What the tests that go through the whole house share.

pub mod app;
pub mod client;
pub mod document;
pub mod schema;
pub mod source;
pub mod world;

/// The migrations of every plugin.
pub fn migrations() -> Vec<storage::Migrations> {
    commonweal::plugins::migrations()
}

/// The PostgreSQL server for tests. Its absence is a failure, never a reason to leave half of the tests out.
pub fn postgres_server() -> String {
    std::env::var(testkit::POSTGRES)
        .unwrap_or_else(|_| panic!("{} names no server; `make unit` starts one", testkit::POSTGRES))
}

/// Waits until it is so; not so after half a minute is a failure.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !is_so() {
        assert!(std::time::Instant::now() < until, "not so after 30 seconds: {what}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}
