//! A client of the gateway: one person, one language, one token.

use reqwest::Method;
use reqwest::blocking::{Client as Http, Response};
use serde_json::Value;

/// Whoever is asking.
#[derive(Debug, Clone)]
pub struct Client {
    base: String,
    http: Http,
    /// The access token; a stranger has none.
    pub token: Option<String>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What was asked, for messages.
    pub asked: String,
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub text: String,
    /// The body as JSON; null if it is none.
    pub json: Value,
}

/// A request in the making.
#[derive(Debug)]
pub struct Request {
    client: Client,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Client {
    /// A stranger at this address (`http://127.0.0.1:PORT`).
    pub fn new(base: &str) -> Self {
        let http = Http::builder().timeout(std::time::Duration::from_secs(60)).build().expect("a client");
        Self { base: base.to_owned(), http, token: None }
    }

    /// The same with a token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same without one.
    #[must_use]
    pub fn stranger(&self) -> Self {
        Self { token: None, ..self.clone() }
    }

    /// The same person at another gateway.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    /// A request; paths without a leading `/api` or other root are taken below `/api/v1`.
    pub fn request(&self, method: &str, path: &str) -> Request {
        let rooted =
            ["/api", "/openapi", "/healthz", "/readyz", "/metrics", "/docs", "/.well-known", "/problems"];
        let path = if rooted.iter().any(|r| path.starts_with(r)) {
            path.to_owned()
        } else {
            format!("/api/v1{path}")
        };
        Request {
            client: self.clone(),
            method: Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method"),
            path,
            headers: Vec::new(),
            body: None,
        }
    }

    /// `GET`
    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path).send()
    }

    /// `POST` with a JSON body.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.request("POST", path).json(body).send()
    }

    /// `PUT` of a version.
    pub fn put(&self, path: &str, version: i64, body: &Value) -> Answer {
        self.request("PUT", path).version(version).json(body).send()
    }

    /// `PATCH` of a version.
    pub fn patch(&self, path: &str, version: i64, body: &Value) -> Answer {
        self.request("PATCH", path).version(version).json(body).send()
    }
}

impl Request {
    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// `If-Match`
    #[must_use]
    pub fn version(self, version: i64) -> Self {
        self.header("if-match", &format!("\"{version}\""))
    }

    /// `Idempotency-Key`
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// A JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string().into_bytes())
    }

    /// Any body.
    #[must_use]
    pub fn raw(mut self, media: &str, body: Vec<u8>) -> Self {
        self.body = Some(body);
        self.header("content-type", media)
    }

    /// Sends it; the service must answer.
    pub fn send(self) -> Answer {
        let asked = format!("{} {}", self.method, self.path);
        self.try_send().unwrap_or_else(|e| panic!("{asked}: {e}"))
    }

    /// Sends it and answers what is not read yet: for streams.
    pub fn open(self) -> Result<Response, reqwest::Error> {
        let mut request = self.client.http.request(self.method, format!("{}{}", self.client.base, self.path));
        if let Some(token) = &self.client.token {
            request = request.bearer_auth(token);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = self.body {
            request = request.body(body);
        }
        request.send()
    }

    /// Sends it; the service may be gone.
    pub fn try_send(self) -> Result<Answer, reqwest::Error> {
        let asked = format!("{} {}", self.method, self.path);
        let response = self.open()?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(n, v)| (n.as_str().to_owned(), String::from_utf8_lossy(v.as_bytes()).into_owned()))
            .collect();
        // A stream has no end that could be waited for.
        let streams = response.headers().get("content-type").is_some_and(|m| m == "text/event-stream");
        let text = if streams { String::new() } else { response.text()? };
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Answer { asked, status, headers, text, json })
    }
}

impl Answer {
    /// The JSON, if the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text);
        self.json
    }

    /// Asserts a problem document with this status and code, and answers it.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        self.is_problem();
        assert_eq!(
            (self.status, self.json["code"].as_str()),
            (status, Some(code)),
            "{}: {}",
            self.asked,
            self.text
        );
        self.json
    }

    /// Asserts that one of the named fields of a problem is at `pointer` with this code.
    #[track_caller]
    pub fn names(self, status: u16, code: &str, pointer: &str, field_code: &str) {
        let asked = self.asked.clone();
        let problem = self.problem(status, code);
        let found = problem["errors"]
            .as_array()
            .is_some_and(|all| all.iter().any(|e| e["pointer"] == pointer && e["code"] == field_code));
        assert!(found, "{asked}: {pointer} {field_code} is not among {}", problem["errors"]);
    }

    /// Asserts the shape of every error: RFC 9457 with our members.
    #[track_caller]
    pub fn is_problem(&self) {
        let of_media = self.header("content-type").is_some_and(|m| m.starts_with("application/problem+json"));
        assert!(
            of_media,
            "{}: {} is no problem document: {:?} {}",
            self.asked, self.status, self.headers, self.text
        );
        assert!(self.json["code"].as_str().is_some_and(|c| c.contains('.')), "{}: {}", self.asked, self.text);
        assert_eq!(self.json["status"], self.status, "{}: {}", self.asked, self.text);
        assert!(
            self.json["title"].is_string() && self.json["errors"].is_array(),
            "{}: {}",
            self.asked,
            self.text
        );
        assert!(self.json["request_id"].is_string(), "{}: {}", self.asked, self.text);
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}
