//! The configuration: a TOML file and environment variables, every key in one table. Unknown keys are refused, secrets are
//! never printed.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

mod files;
mod open311;

pub use files::{Bucket, FileSettings, NO_S3};
pub use open311::Open311Words;

/// One setting: its key in the file, its variable, its default and what it means. `docs/CONFIGURATION.md` is made from these.
#[derive(Debug)]
pub struct Setting {
    /// The key in the TOML file.
    pub key: &'static str,
    /// The environment variable, which wins over the file.
    pub variable: &'static str,
    /// What holds if neither says anything.
    pub default: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

macro_rules! settings {
    ($($key:literal $variable:literal $default:literal $meaning:literal;)+) => {
        /// Every setting there is.
        pub const SETTINGS: &[Setting] =
            &[$(Setting { key: $key, variable: $variable, default: $default, meaning: $meaning }),+];
    };
}

settings! {
    "database_url" "DATABASE_URL" "sqlite:<data_dir>/commonweal.db" "Where the data lies: sqlite:PATH, postgres://… May hold a password; never printed.";
    "listen" "COMMONWEAL_LISTEN" "127.0.0.1:8080" "Address and port to serve on.";
    "data_dir" "COMMONWEAL_DATA_DIR" "var" "Folder for the SQLite file and all else that is kept on this machine.";
    "admin_login" "COMMONWEAL_ADMIN_LOGIN" "admin" "Login of the first administrator, made on the first start.";
    "admin_password" "COMMONWEAL_ADMIN_PASSWORD" "drawn at random and shown once" "Password of the first administrator. Secret.";
    "realm" "COMMONWEAL_REALM" "commonweal" "Name of the realm: issuer and audience of its tokens.";
    "time_zone" "COMMONWEAL_TIME_ZONE" "Asia/Shanghai" "IANA time zone that rules days and months.";
    "demo" "COMMONWEAL_DEMO" "true" "Load the demo town on the first start (`serve --first-start`).";
    "plugins_off" "COMMONWEAL_PLUGINS_OFF" "" "Plugins to switch off, separated by commas.";
    "master_key_file" "COMMONWEAL_MASTER_KEY_FILE" "<data_dir>/master.keys" "File with the master keys under which persons' data is sealed (mode 0600). Made on the first start where none is named. Back it up apart from the database.";
    "master_keys" "COMMONWEAL_MASTER_KEYS" "" "The master keys themselves, ID:BASE64 of 32 bytes, the oldest first, separated by commas; instead of a file. Secret.";
    "unmask_alarm_per_hour" "COMMONWEAL_UNMASK_ALARM_PER_HOUR" "30" "Whole readings and look-ups of one reader within an hour before an alarm is raised.";
    "unmask_limit_per_hour" "COMMONWEAL_UNMASK_LIMIT_PER_HOUR" "100" "Whole readings and look-ups of one reader within an hour; one more is answered 429.";
    "unmask_alarm_per_day" "COMMONWEAL_UNMASK_ALARM_PER_DAY" "100" "Whole readings and look-ups of one reader within a day before an alarm is raised.";
    "unmask_limit_per_day" "COMMONWEAL_UNMASK_LIMIT_PER_DAY" "300" "Whole readings and look-ups of one reader within a day; one more is answered 429.";
    "http_workers" "COMMONWEAL_HTTP_WORKERS" "number of cores" "Threads that serve requests.";
    "db_readers" "COMMONWEAL_DB_READERS" "2 (SQLite), 8 (PostgreSQL)" "Threads and connections that read.";
    "db_writers" "COMMONWEAL_DB_WRITERS" "1 (SQLite), 12 (PostgreSQL)" "Connections that write on PostgreSQL.";
    "db_queue" "COMMONWEAL_DB_QUEUE" "1024" "Jobs that may wait for the database; one more is answered 503.";
    "group_commit" "COMMONWEAL_GROUP_COMMIT" "256" "Writes that may share one durable commit on SQLite; 1 is a commit each.";
    "access_token_minutes" "COMMONWEAL_ACCESS_TOKEN_MINUTES" "15" "Life of an access token, 1 to 60.";
    "second_factor" "COMMONWEAL_SECOND_FACTOR" "optional" "Who must have a second factor: optional, high_risk (whoever holds a permission of high risk) or everyone. A realm's policy may ask for more, never for less.";
    "sign_ins_days" "COMMONWEAL_SIGN_INS_DAYS" "180" "Days that the log of sign-ins is kept, 30 to 3650.";
    "oidc_file" "COMMONWEAL_OIDC_FILE" "" "TOML file of identity providers: [[provider]] with name, label, issuer, client_id, client_secret_file or client_secret_env, and second_factor (ask or trust).";
    "secret_key" "COMMONWEAL_SECRET_KEY" "drawn at the first start into <data_dir>/secret.key" "64 hexadecimal digits that seal addresses and messages. Every gateway on one database needs the same; keep a copy apart from the backups. Secret.";
    "public_url" "COMMONWEAL_PUBLIC_URL" "" "Address that people see this site at; needed for identity providers. Links in notices begin with it (/invitation#code=…, /password-reset#code=…); without it they hold the code alone.";
    "self_registration" "COMMONWEAL_SELF_REGISTRATION" "off" "off, or the ids of units, separated by commas, in and below which people may register themselves as residents.";
    "notice_outbox_dir" "COMMONWEAL_NOTICE_OUTBOX_DIR" "" "Folder into which messages to addresses outside are written, codes in the clear: for development.";
    "notice_webhook_url" "COMMONWEAL_NOTICE_WEBHOOK_URL" "" "Where messages to addresses outside are posted, signed: your gateway for text messages and mail.";
    "notice_webhook_secret" "COMMONWEAL_NOTICE_WEBHOOK_SECRET" "" "What signs them, at least 24 characters. Secret.";
    "files_dir" "COMMONWEAL_FILES_DIR" "<data_dir>/files" "Folder for photos and documents. It belongs into the backup, with the database.";
    "files_s3_bucket" "COMMONWEAL_FILES_S3_BUCKET" "" "Bucket of an object store that speaks S3, for photos and documents, instead of the folder. Needs a binary with the feature `s3`.";
    "files_s3_endpoint" "COMMONWEAL_FILES_S3_ENDPOINT" "" "Address of the object store; Amazon's own for the region unless told.";
    "files_s3_region" "COMMONWEAL_FILES_S3_REGION" "us-east-1" "Region of the bucket.";
    "files_s3_access_key" "COMMONWEAL_FILES_S3_ACCESS_KEY" "" "Name of the key to the bucket.";
    "files_s3_secret_key" "COMMONWEAL_FILES_S3_SECRET_KEY" "" "Key to the bucket. Secret.";
    "photo_limit_mib" "COMMONWEAL_PHOTO_LIMIT_MIB" "20" "Largest photo taken, in MiB, 1 to 100.";
    "document_limit_mib" "COMMONWEAL_DOCUMENT_LIMIT_MIB" "50" "Largest document taken, in MiB, 1 to 1024.";
    "files_per_day" "COMMONWEAL_FILES_PER_DAY" "500" "Files that one account may upload in a day; one more is answered 429.";
    "file_mib_per_day" "COMMONWEAL_FILE_MIB_PER_DAY" "2048" "MiB that one account may upload in a day.";
    "upload_seconds" "COMMONWEAL_UPLOAD_SECONDS" "600" "Longest time an upload may take, at most 3000.";
    "open311_contact" "COMMONWEAL_OPEN311_CONTACT" "The administration of this platform." "Whom to write to about the Open311 endpoint, as its discovery document says it.";
    "open311_key_service" "COMMONWEAL_OPEN311_KEY_SERVICE" "An administrator makes a service account and gives it a key." "How to get a key to the Open311 endpoint, as its discovery document says it.";
    "open311_jurisdiction" "COMMONWEAL_OPEN311_JURISDICTION" "" "The one jurisdiction_id that the Open311 endpoint serves; without it every one is.";
    "open311_public" "COMMONWEAL_OPEN311_PUBLIC" "true" "Whether everybody may read the cases that came in through Open311, as the standard has it. Off where the sender takes private reports.";
    "open311_production" "COMMONWEAL_OPEN311_PRODUCTION" "true" "Whether the Open311 endpoint is in earnest; else its discovery document says test.";
    "cors_origins" "COMMONWEAL_CORS_ORIGINS" "" "Origins of frontends that browsers may let in, separated by commas.";
    "trust_forwarded" "COMMONWEAL_TRUST_FORWARDED" "false" "Take the client's address from X-Forwarded-For: only behind a proxy that sets it.";
    "rate_per_second" "COMMONWEAL_RATE_PER_SECOND" "100" "Requests a second that one client may send for long; 0 lifts the limit.";
    "rate_burst" "COMMONWEAL_RATE_BURST" "200" "Requests that one client may send at once.";
    "body_limit_kib" "COMMONWEAL_BODY_LIMIT_KIB" "256" "Largest JSON body, in KiB.";
    "request_seconds" "COMMONWEAL_REQUEST_SECONDS" "30" "Longest time a request may take.";
    "shutdown_seconds" "COMMONWEAL_SHUTDOWN_SECONDS" "20" "Time that requests in flight have to finish.";
    "log" "COMMONWEAL_LOG" "info" "What is logged: a level, or directives of tracing's EnvFilter.";
    "log_format" "COMMONWEAL_LOG_FORMAT" "text" "text or json.";
    "otlp_endpoint" "COMMONWEAL_OTLP_ENDPOINT" "" "OpenTelemetry collector that traces of requests are sent to, over OTLP/HTTP: http://127.0.0.1:4318. Needs a binary with the feature `otel`.";
}

/// Variables that the tests and the tooling use; the gateway leaves them alone.
const FOREIGN: &[&str] =
    &["COMMONWEAL_CONFIG", "COMMONWEAL_TEST_POSTGRES_URL", "COMMONWEAL_SCHEMAS", "COMMONWEAL_URL"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    database_url: Option<String>,
    listen: Option<String>,
    data_dir: Option<PathBuf>,
    admin_login: Option<String>,
    admin_password: Option<SecretString>,
    realm: Option<String>,
    time_zone: Option<String>,
    demo: Option<bool>,
    plugins_off: Option<String>,
    master_key_file: Option<PathBuf>,
    master_keys: Option<SecretString>,
    unmask_alarm_per_hour: Option<i64>,
    unmask_limit_per_hour: Option<i64>,
    unmask_alarm_per_day: Option<i64>,
    unmask_limit_per_day: Option<i64>,
    http_workers: Option<usize>,
    db_readers: Option<usize>,
    db_writers: Option<usize>,
    db_queue: Option<usize>,
    group_commit: Option<usize>,
    access_token_minutes: Option<i64>,
    second_factor: Option<String>,
    sign_ins_days: Option<i64>,
    oidc_file: Option<PathBuf>,
    secret_key: Option<SecretString>,
    public_url: Option<String>,
    self_registration: Option<String>,
    notice_outbox_dir: Option<PathBuf>,
    notice_webhook_url: Option<SecretString>,
    notice_webhook_secret: Option<SecretString>,
    files_dir: Option<PathBuf>,
    files_s3_bucket: Option<String>,
    files_s3_endpoint: Option<String>,
    files_s3_region: Option<String>,
    files_s3_access_key: Option<String>,
    files_s3_secret_key: Option<SecretString>,
    photo_limit_mib: Option<u64>,
    document_limit_mib: Option<u64>,
    files_per_day: Option<i64>,
    file_mib_per_day: Option<i64>,
    upload_seconds: Option<u64>,
    open311_contact: Option<String>,
    open311_key_service: Option<String>,
    open311_jurisdiction: Option<String>,
    open311_public: Option<bool>,
    open311_production: Option<bool>,
    cors_origins: Option<String>,
    trust_forwarded: Option<bool>,
    rate_per_second: Option<u32>,
    rate_burst: Option<u32>,
    body_limit_kib: Option<usize>,
    request_seconds: Option<u64>,
    shutdown_seconds: Option<u64>,
    log: Option<String>,
    log_format: Option<String>,
    otlp_endpoint: Option<String>,
}

/// The configuration, checked.
#[derive(Clone)]
pub struct Settings {
    /// Where the data lies. May hold a password.
    pub database_url: SecretString,
    /// Where to serve.
    pub listen: SocketAddr,
    /// What is kept on this machine.
    pub data_dir: PathBuf,
    /// The first administrator's login.
    pub admin_login: String,
    /// The first administrator's password.
    pub admin_password: Option<SecretString>,
    /// The realm's name.
    pub realm: String,
    /// Rules days and months.
    pub time_zone: chrono_tz::Tz,
    /// Whether the first start loads the demo town.
    pub demo: bool,
    /// Plugins that are off.
    pub plugins_off: Vec<String>,
    /// The master keys' file, where one is named.
    pub master_key_file: Option<PathBuf>,
    /// The master keys themselves.
    pub master_keys: Option<SecretString>,
    /// How many whole readings one reader may do.
    pub readings: people::ReadingLimits,
    /// Threads that serve requests.
    pub http_workers: Option<usize>,
    /// Threads that read.
    pub db_readers: Option<usize>,
    /// Connections that write.
    pub db_writers: Option<usize>,
    /// Jobs that may wait.
    pub db_queue: usize,
    /// Writes in one commit.
    pub group_commit: usize,
    /// Life of an access token, in minutes.
    pub access_token_minutes: i64,
    /// Who must have a second factor.
    pub second_factor: identity::service::second_factor::Rule,
    /// Days that the log of sign-ins is kept.
    pub sign_ins_days: i64,
    /// Identity providers that staff may sign in at.
    pub providers: identity::oidc::Providers,
    /// What seals addresses and messages.
    pub secret_key: Option<SecretString>,
    /// What links in notices begin with.
    pub public_url: Option<String>,
    /// The units in which people may register themselves.
    pub self_registration: Vec<uuid::Uuid>,
    /// The folder for messages to addresses outside.
    pub notice_outbox_dir: Option<PathBuf>,
    /// Where messages to addresses outside are posted. May hold a secret of its own.
    pub notice_webhook_url: Option<SecretString>,
    /// What signs them.
    pub notice_webhook_secret: Option<SecretString>,
    /// Photos and documents.
    pub files: FileSettings,
    /// What is said of the Open311 endpoint.
    pub open311: Open311Words,
    /// Origins that are let in.
    pub cors_origins: Vec<String>,
    /// Whether `X-Forwarded-For` is believed.
    pub trust_forwarded: bool,
    /// Requests a second.
    pub rate_per_second: u32,
    /// Requests at once.
    pub rate_burst: u32,
    /// Largest body, in bytes.
    pub body_limit: usize,
    /// Longest request, in seconds.
    pub request_seconds: u64,
    /// Time to finish, in seconds.
    pub shutdown_seconds: u64,
    /// What is logged.
    pub log: String,
    /// Whether logs are JSON.
    pub log_json: bool,
    /// Where traces are sent.
    pub otlp_endpoint: Option<String>,
}

/// What a binary without traces says to whoever asks for them.
pub const NO_OTEL: &str = "otlp_endpoint: this binary sends no traces; build it with `cargo build --release -p commonweal --features otel`";

impl Settings {
    /// Reads the file (if one is named, here or in `COMMONWEAL_CONFIG`) and the environment.
    pub fn load(file: Option<&Path>) -> Result<Self, String> {
        let environment: BTreeMap<String, String> = std::env::vars().collect();
        let named = environment.get("COMMONWEAL_CONFIG").map(PathBuf::from);
        Self::from_sources(file.or(named.as_deref()), &environment)
    }

    /// [`Settings::load`] over a given environment.
    pub fn from_sources(file: Option<&Path>, environment: &BTreeMap<String, String>) -> Result<Self, String> {
        let known = |name: &str| SETTINGS.iter().any(|s| s.variable == name) || FOREIGN.contains(&name);
        if let Some(stranger) = environment.keys().find(|k| k.starts_with("COMMONWEAL_") && !known(k)) {
            return Err(format!("{stranger} is not a setting; see docs/CONFIGURATION.md"));
        }
        let mut builder = config::Config::builder();
        if let Some(file) = file {
            builder =
                builder.add_source(config::File::from(file).format(config::FileFormat::Toml).required(true));
        }
        for setting in SETTINGS {
            if let Some(value) = environment.get(setting.variable) {
                builder = builder
                    .set_override(setting.key, value.as_str())
                    .map_err(|_| format!("{} cannot be read", setting.variable))?;
            }
        }
        let raw: Raw = builder
            .build()
            .and_then(config::Config::try_deserialize)
            .map_err(|e| format!("the configuration is not right: {e}"))?;
        raw.check()
    }
}

impl Raw {
    fn check(self) -> Result<Settings, String> {
        let data_dir = self.data_dir.clone().unwrap_or_else(|| PathBuf::from("var"));
        let open311 = self.open311();
        let files = self.files(&data_dir)?;
        let database_url = self
            .database_url
            .unwrap_or_else(|| format!("sqlite:{}", data_dir.join("commonweal.db").display()));
        let listen = self.listen.as_deref().unwrap_or("127.0.0.1:8080");
        let zone = self.time_zone.as_deref().unwrap_or("Asia/Shanghai");
        let log_format = self.log_format.as_deref().unwrap_or("text");
        if !matches!(log_format, "text" | "json") {
            return Err("log_format must be text or json".to_owned());
        }
        let second_factor = self.second_factor.as_deref().unwrap_or("optional");
        let words = |text: Option<String>| -> Vec<String> {
            text.unwrap_or_default()
                .split(',')
                .map(|w| w.trim().to_owned())
                .filter(|w| !w.is_empty())
                .collect()
        };
        if data_dir.as_os_str().is_empty() {
            return Err("data_dir is empty: name a folder".to_owned());
        }
        storage::Engine::parse(&database_url).map_err(told)?;
        let realm = self.realm.unwrap_or_else(|| "commonweal".to_owned());
        if !is_realm(&realm) {
            return Err(format!(
                "realm: {realm:?} is not a name: 1 to 100 ASCII letters, digits and any of -._~:/"
            ));
        }
        let admin_login = self.admin_login.unwrap_or_else(|| "admin".to_owned());
        let mut fields = kernel::error::Fields::default();
        // Judged before a first start loads anything.
        let admin_login = identity::service::accounts::check_login(&admin_login, &mut fields);
        if fields.finish().is_err() {
            return Err(format!(
                "admin_login: {admin_login:?} is no login: 3 to 64 letters, digits and any of . _ - @ +"
            ));
        }
        let cors_origins = words(self.cors_origins);
        if let Some(wrong) = cors_origins.iter().find(|origin| !is_origin(origin)) {
            return Err(format!(
                "cors_origins: {wrong:?} is not an origin: write it as browsers do, https://town.example or \
                 https://town.example:8443, in lower case, without a path, without the scheme's own port"
            ));
        }
        let log = self.log.unwrap_or_else(|| "info".to_owned());
        tracing_subscriber::EnvFilter::try_new(&log)
            .map_err(|e| format!("log: {log:?} is not right: {e}"))?;
        let otlp_endpoint = self.otlp_endpoint.filter(|url| !url.is_empty());
        if let Some(url) = &otlp_endpoint {
            if !cfg!(feature = "otel") {
                return Err(NO_OTEL.to_owned());
            }
            if !is_collector(url) {
                return Err(format!(
                    "otlp_endpoint: {url:?} is not the address of a collector: http://HOST:PORT, for instance \
                     http://127.0.0.1:4318 (traces go unencrypted: to a collector on this machine or in your own network)"
                ));
            }
        }
        let public_url = checked_url(self.public_url)?;
        let plugins_off = words(self.plugins_off);
        crate::plugins::refuse_foundations(&plugins_off)?;
        Ok(Settings {
            database_url: SecretString::from(database_url),
            listen: listen.parse().map_err(|_| format!("listen: {listen} is not an address and a port"))?,
            data_dir,
            admin_login,
            admin_password: self.admin_password.filter(|p| !p.expose_secret().is_empty()),
            realm,
            time_zone: zone.parse().map_err(|_| format!("time_zone: {zone} is not in the IANA list"))?,
            demo: self.demo.unwrap_or(true),
            plugins_off,
            master_key_file: self.master_key_file.filter(|f| !f.as_os_str().is_empty()),
            master_keys: self.master_keys.filter(|k| !k.expose_secret().is_empty()),
            readings: people::ReadingLimits {
                alarm_per_hour: readings("unmask_alarm_per_hour", self.unmask_alarm_per_hour, 30)?,
                alarm_per_day: readings("unmask_alarm_per_day", self.unmask_alarm_per_day, 100)?,
                bound_per_hour: readings("unmask_limit_per_hour", self.unmask_limit_per_hour, 100)?,
                bound_per_day: readings("unmask_limit_per_day", self.unmask_limit_per_day, 300)?,
            },
            http_workers: within("http_workers", self.http_workers, 1, 256)?,
            db_readers: within("db_readers", self.db_readers, 1, 256)?,
            db_writers: within("db_writers", self.db_writers, 1, 256)?,
            db_queue: within("db_queue", self.db_queue, 1, 1_000_000)?.unwrap_or(1024),
            group_commit: within("group_commit", self.group_commit, 1, 4096)?.unwrap_or(256),
            access_token_minutes: within("access_token_minutes", self.access_token_minutes, 1, 60)?
                .unwrap_or(15),
            second_factor: identity::service::second_factor::Rule::parse(second_factor)
                .ok_or("second_factor must be optional, high_risk or everyone")?,
            sign_ins_days: within("sign_ins_days", self.sign_ins_days, 30, 3_650)?.unwrap_or(180),
            providers: crate::providers::load(public_url.clone(), self.oidc_file.as_deref())?,
            secret_key: self.secret_key.filter(|key| !key.expose_secret().is_empty()),
            public_url,
            self_registration: open_units(words(self.self_registration))?,
            notice_outbox_dir: self.notice_outbox_dir.filter(|dir| !dir.as_os_str().is_empty()),
            notice_webhook_url: self.notice_webhook_url.filter(|url| !url.expose_secret().is_empty()),
            notice_webhook_secret: self.notice_webhook_secret.filter(|s| !s.expose_secret().is_empty()),
            files,
            open311,
            cors_origins,
            trust_forwarded: self.trust_forwarded.unwrap_or(false),
            rate_per_second: within("rate_per_second", self.rate_per_second, 0, 1_000_000)?.unwrap_or(100),
            rate_burst: within("rate_burst", self.rate_burst, 1, 1_000_000)?.unwrap_or(200),
            body_limit: within("body_limit_kib", self.body_limit_kib, 1, 65_536)?.unwrap_or(256) * 1024,
            request_seconds: within("request_seconds", self.request_seconds, 1, 3_600)?.unwrap_or(30),
            shutdown_seconds: within("shutdown_seconds", self.shutdown_seconds, 1, 3_600)?.unwrap_or(20),
            log,
            log_json: log_format == "json",
            otlp_endpoint,
        })
    }
}

/// Storage's own words, without the prefix that the log needs.
fn told(fault: kernel::Fault) -> String {
    match fault {
        kernel::Fault::Internal(why) => why,
        other => other.to_string(),
    }
}

/// What may be issuer and audience of a token: a word or a URI, nothing that must be escaped anywhere.
fn is_realm(name: &str) -> bool {
    (1..=100).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~:/".contains(&b))
}

/// Whether this is a base address of plain HTTP: no user, no query.
fn is_collector(text: &str) -> bool {
    text.parse::<actix_web::http::Uri>().is_ok_and(|uri| {
        uri.scheme_str() == Some("http")
            && uri.authority().is_some_and(|a| !a.as_str().contains('@') && !a.host().is_empty())
            && uri.query().is_none()
    })
}

/// Whether this is what browsers send as `Origin`: scheme, host, and the port where it is not the scheme's own.
fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<actix_web::http::Uri>() else { return false };
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return false };
    let own_port = match scheme {
        "https" => 443,
        "http" => 80,
        _ => return false,
    };
    let port = authority.port();
    let as_sent = match &port {
        Some(port) => format!("{scheme}://{}:{port}", authority.host()),
        None => format!("{scheme}://{}", authority.host()),
    };
    // The same text again: no user, no path, no capitals.
    as_sent == text
        && text.bytes().all(|b| !b.is_ascii_uppercase())
        && !authority.host().contains('*')
        && port.is_none_or(|p| p.as_u16() != own_port)
}

fn readings(key: &str, value: Option<i64>, usual: i64) -> Result<i64, String> {
    Ok(within(key, value, 1, 1_000_000)?.unwrap_or(usual))
}

fn checked_url(said: Option<String>) -> Result<Option<String>, String> {
    let said = said.map(|url| url.trim().to_owned()).filter(|url| !url.is_empty());
    match said {
        Some(url)
            if !(url.starts_with("https://") || url.starts_with("http://"))
                || url.contains(['#', '?', ' ']) =>
        {
            Err(format!("public_url: {url} is no address that a link can begin with"))
        }
        said => Ok(said),
    }
}

fn open_units(words: Vec<String>) -> Result<Vec<uuid::Uuid>, String> {
    if words.len() == 1 && words.first().is_some_and(|word| word == "off") {
        return Ok(Vec::new());
    }
    words
        .into_iter()
        .map(|word| {
            word.parse().map_err(|_| format!("self_registration: {word} is neither off nor the id of a unit"))
        })
        .collect()
}

fn within<T: Copy + PartialOrd + fmt::Display>(
    key: &str,
    value: Option<T>,
    min: T,
    max: T,
) -> Result<Option<T>, String> {
    match value {
        Some(v) if v < min || v > max => Err(format!("{key}: {v} is outside {min} to {max}")),
        other => Ok(other),
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("listen", &self.listen)
            .field("data_dir", &self.data_dir)
            .field("realm", &self.realm)
            .field("plugins_off", &self.plugins_off)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
