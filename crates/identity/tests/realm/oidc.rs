//! Signing in at an identity provider, which the test starts: what an honest one says, and what all the others say.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use actix_web::http::StatusCode;
use actix_web::test as calls;
use auth::SigningKey;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::oidc::{Provider, Providers, SecondFactor};
use identity::service::external::{self, Subject};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kernel::id::User as UserKind;
use kernel::{Id, Instant};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::over_http::{ask, sign_in, site_of};
use super::second_factor::{enrol, now_code};
use super::setting::{PASSWORD, Realm, code, everywhere};
use super::signing_in::on_runtime;

/// What the provider lies about.
#[derive(Default, Clone)]
struct Lies {
    /// What it says besides, an object: who somebody is there, and where.
    beside: Value,
    nonce: Option<String>,
    audience: Option<String>,
    issuer: Option<String>,
    expired: bool,
    unsigned: bool,
    symmetric: bool,
    wrong_key: bool,
    no_token: bool,
}

struct State {
    now: Instant,
    key: SigningKey,
    other: SigningKey,
    lies: Lies,
    /// Code → nonce and PKCE challenge; each is good once.
    codes: HashMap<String, (String, String)>,
    asked: u32,
}

/// A provider on this machine.
#[derive(Clone)]
pub struct Idp {
    issuer: String,
    state: Arc<Mutex<State>>,
}

impl Idp {
    pub fn start(now: Instant) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let state = State {
            now,
            key: SigningKey::generate(now).unwrap(),
            other: SigningKey::generate(now).unwrap(),
            lies: Lies::default(),
            codes: HashMap::new(),
            asked: 0,
        };
        let idp = Self { issuer, state: Arc::new(Mutex::new(state)) };
        let serving = idp.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serving = serving.clone();
                std::thread::spawn(move || serving.serve(stream));
            }
        });
        idp
    }

    fn serve(&self, mut stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut first, mut length) = (String::new(), 0);
        if reader.read_line(&mut first).is_err() {
            return;
        }
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).is_err() || line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
        let (status, answer) = self.answer(&path, &String::from_utf8(body).unwrap());
        let text = answer.to_string();
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            text.len()
        );
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(text.as_bytes());
    }

    fn answer(&self, path: &str, body: &str) -> (u16, Value) {
        let mut state = self.state.lock().unwrap();
        match path {
            "/.well-known/openid-configuration" => {
                let at = |path: &str| format!("{}{path}", self.issuer);
                let said = json!({
                    "issuer": self.issuer, "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"),
                    "jwks_uri": at("/jwks"), "response_types_supported": ["code"],
                    "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["EdDSA"],
                });
                (200, said)
            }
            "/jwks" => (200, json!({ "keys": [state.key.jwk()] })),
            "/token" => {
                state.asked += 1;
                let form: HashMap<String, String> = body
                    .split('&')
                    .filter_map(|pair| pair.split_once('='))
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect();
                let Some((nonce, challenge)) = state.codes.remove(&form["code"]) else {
                    return (400, json!({ "error": "invalid_grant" }));
                };
                let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
                if proof != challenge {
                    return (400, json!({ "error": "invalid_grant" }));
                }
                let mut answer = json!({ "access_token": "a", "token_type": "Bearer" });
                if !state.lies.no_token {
                    answer["id_token"] = token(&state, &self.issuer, nonce).into();
                }
                (200, answer)
            }
            _ => (404, json!({})),
        }
    }

    /// What the provider's page would do: takes the address and gives a code, with the `state` to come back with.
    pub fn consent(&self, address: &str) -> (String, String) {
        let (at, query) = address.split_once('?').unwrap();
        assert_eq!(at, format!("{}/authorize", self.issuer));
        let said: HashMap<&str, &str> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        assert_eq!((said["response_type"], said["code_challenge_method"]), ("code", "S256"));
        assert!(said["scope"].contains("openid"));
        let mut state = self.state.lock().unwrap();
        let code = format!("code{}", state.codes.len() + usize::try_from(state.asked).unwrap() * 100);
        state.codes.insert(code.clone(), (said["nonce"].to_owned(), said["code_challenge"].to_owned()));
        (code, said["state"].to_owned())
    }

    /// From now on it says this besides, an object.
    pub fn says(&self, beside: Value) {
        self.lie(Lies { beside, ..Lies::default() });
    }

    fn lie(&self, lies: Lies) {
        self.state.lock().unwrap().lies = lies;
    }

    fn provider(&self, second_factor: SecondFactor) -> Provider {
        Provider {
            name: "hall".to_owned(),
            label: "Town hall".to_owned(),
            issuer: self.issuer.clone(),
            client_id: "commonweal".to_owned(),
            client_secret: SecretString::from("shared-secret-of-the-client"),
            second_factor,
        }
    }
}

fn token(state: &State, issuer: &str, nonce: String) -> String {
    let lies = &state.lies;
    let now = state.now.utc().timestamp();
    let mut claims = json!({
        "iss": lies.issuer.clone().unwrap_or_else(|| issuer.to_owned()),
        "aud": lies.audience.clone().unwrap_or_else(|| "commonweal".to_owned()),
        "sub": "wang@hall", "nonce": lies.nonce.clone().unwrap_or(nonce), "iat": now - 700,
        "exp": if lies.expired { now - 600 } else { now + 300 },
    });
    for (name, value) in lies.beside.as_object().into_iter().flatten() {
        claims[name] = value.clone();
    }
    if lies.unsigned {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        return format!("{}.{}.", part(&json!({ "alg": "none" })), part(&claims));
    }
    if lies.symmetric {
        let key = EncodingKey::from_secret(b"shared-secret-of-the-client");
        return jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap();
    }
    let key = if lies.wrong_key { &state.other } else { &state.key };
    let header = Header { kid: Some(state.key.kid().to_owned()), ..Header::new(Algorithm::EdDSA) };
    let pem = EncodingKey::from_ed_pem(key.private_pem().unwrap().expose_secret().as_bytes()).unwrap();
    jsonwebtoken::encode(&header, &claims, &pem).unwrap()
}

pub fn gate(realm: &Realm, idp: &Idp, second_factor: SecondFactor) -> identity::Gate {
    let list = vec![idp.provider(second_factor)];
    realm.gate_with(|settings| {
        settings.providers = Providers { public_url: "http://localhost:8080".to_owned(), list };
    })
}

/// Ties the subject, on a thread of its own: it waits for the database, which a runtime's threads must not.
pub fn link(realm: &Realm, idp: &Idp, by: Id<UserKind>, to: Id<UserKind>) -> &'static str {
    let subject =
        Subject { provider: "hall".to_owned(), issuer: idp.issuer.clone(), subject: "wang@hall".to_owned() };
    let realm = realm.clone();
    let done =
        std::thread::spawn(move || {
            let (ctx, shared) = (realm.as_user(by), realm.services.clone());
            code(realm.write(move |tx| {
                external::link_another(tx, &ctx, &shared, to, &subject, "works at the hall")
            }))
        });
    done.join().unwrap()
}

/// A redirect: where to, and the cookie that goes with it.
macro_rules! follow {
    ($app:expr, $path:expr, $cookie:expr) => {{
        let mut request = calls::TestRequest::get().uri(&$path);
        let cookie: Option<&str> = $cookie;
        if let Some(cookie) = cookie {
            request = request.insert_header(("cookie", format!("other=1; cw_oidc={cookie}")));
        }
        let response = calls::call_service($app, request.to_request()).await;
        let said = |name: &str| {
            response.headers().get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default()
        };
        (response.status(), said("location"), said("set-cookie"))
    }};
}

pub fn value_of(cookie: &str) -> String {
    cookie.strip_prefix("cw_oidc=").unwrap().split(';').next().unwrap().to_owned()
}

/// Goes to the provider and comes back: the cookie, and the path of the callback.
macro_rules! go {
    ($app:expr, $idp:expr) => {{
        let (status, address, cookie) = follow!($app, "/auth/oidc/hall/start?return_to=/cases", None);
        assert_eq!(status, StatusCode::FOUND);
        assert!(
            cookie.contains("HttpOnly")
                && cookie.contains("SameSite=Lax")
                && cookie.contains("Path=/auth/oidc")
        );
        let (code, state) = $idp.consent(&address);
        (value_of(&cookie), format!("/auth/oidc/hall/callback?code={code}&state={state}&iss=whatever"))
    }};
}

pub(crate) use {follow, go};

pub const REFUSED: &str = "/cases#error=identity.provider_refused";

#[test]
fn a_tied_subject_signs_in_and_every_lie_is_refused() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (wang, li) = (realm.person("wang", "street"), realm.person("li", "street"));
        let idp = Idp::start(realm.now());
        let site = site_of(realm, gate(realm, &idp, SecondFactor::Ask));
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let (_, list) = ask!(app, get "/auth/providers", None, None);
            assert_eq!(
                list["items"][0],
                json!({ "name": "hall", "label": "Town hall", "start_url": "/auth/oidc/hall/start" })
            );
            let (cookie, back) = go!(app, idp);
            assert_eq!(follow!(app, back, Some(&cookie)).1, REFUSED, "tied to nobody, and nobody is made");
            assert_eq!(link(realm, &idp, chief, wang), "ok");
            assert_eq!(link(realm, &idp, chief, li), "identity.subject_taken");

            let (cookie, back) = go!(app, idp);
            let (status, place, gone) = follow!(app, back, Some(&cookie));
            assert_eq!(status, StatusCode::FOUND);
            assert!(gone.contains("Max-Age=0"));
            let ticket = place.strip_prefix("/cases#ticket=").unwrap().to_owned();
            let (status, signed) =
                ask!(app, post "/auth/oidc/redeem", None, Some(json!({ "ticket": ticket })));
            assert_eq!((status, signed["state"].as_str()), (StatusCode::OK, Some("signed_in")), "{signed}");
            assert_eq!(signed["user"]["login"], "wang");
            let (status, me) = ask!(app, get "/me", signed["access_token"].as_str(), None);
            assert_eq!(
                (status, me["grants"].as_array().unwrap().len()),
                (StatusCode::OK, 0),
                "a way in is no right"
            );
            let (status, _) = ask!(app, post "/auth/oidc/redeem", None, Some(json!({ "ticket": ticket })));
            assert_eq!(status, StatusCode::UNAUTHORIZED, "a ticket is good once");

            // The same answer again; the same code in another sign-in; another's state; no cookie; one that was made up.
            assert_eq!(follow!(app, back, Some(&cookie)).1, REFUSED, "replayed");
            let used = back.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned();
            let (cookie, back) = go!(app, idp);
            let fresh = back.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned();
            let asked = idp.state.lock().unwrap().asked;
            assert_eq!(follow!(app, back.replace(&fresh, &used), Some(&cookie)).1, REFUSED, "code reused");
            assert_eq!(idp.state.lock().unwrap().asked, asked + 1);
            let (cookie, back) = go!(app, idp);
            let (other, _) = go!(app, idp);
            assert_eq!(follow!(app, back, Some(&other)).1, REFUSED, "another's state");
            assert_eq!(follow!(app, back, None).1, "/#error=identity.provider_refused");
            assert_eq!(follow!(app, back, Some("s1.x.y")).1, "/#error=identity.provider_refused");
            assert_eq!(
                follow!(app, back.replace("code=", "error="), Some(&cookie)).1,
                REFUSED,
                "the provider says no"
            );
            // A verifier that is not this challenge's: the code of one sign-in with the cookie and state of another.
            let (_, victim) = go!(app, idp);
            let stolen = victim.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned();
            let (cookie, back) = go!(app, idp);
            let own = back.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned();
            assert_eq!(follow!(app, back.replace(&own, &stolen), Some(&cookie)).1, REFUSED, "PKCE");

            let lies = [
                ("nonce", Lies { nonce: Some("another".to_owned()), ..Lies::default() }),
                ("audience", Lies { audience: Some("somebody-else".to_owned()), ..Lies::default() }),
                ("issuer", Lies { issuer: Some("https://evil.example".to_owned()), ..Lies::default() }),
                ("expired", Lies { expired: true, ..Lies::default() }),
                ("unsigned", Lies { unsigned: true, ..Lies::default() }),
                ("symmetric", Lies { symmetric: true, ..Lies::default() }),
                ("wrong key", Lies { wrong_key: true, ..Lies::default() }),
                ("no token", Lies { no_token: true, ..Lies::default() }),
            ];
            for (what, lie) in lies {
                idp.lie(lie);
                let (cookie, back) = go!(app, idp);
                assert_eq!(follow!(app, back, Some(&cookie)).1, REFUSED, "{what}");
                realm.hand.go(61);
                idp.state.lock().unwrap().now = realm.now();
            }
            idp.lie(Lies::default());
            // Nowhere but this site.
            for evil in ["https://evil.example", "//evil.example", "/%5Cevil.example", "/a%0d%0aSet-Cookie:x"]
            {
                let (status, place, _) =
                    follow!(app, format!("/auth/oidc/hall/start?return_to={evil}"), None);
                assert_eq!((status, place.as_str()), (StatusCode::UNPROCESSABLE_ENTITY, ""), "{evil}");
            }
            assert_eq!(follow!(app, "/auth/oidc/nobody/start", None).0, StatusCode::NOT_FOUND);
            // Too late.
            let (cookie, back) = go!(app, idp);
            realm.hand.go(601);
            idp.state.lock().unwrap().now = realm.now();
            assert_eq!(follow!(app, back, Some(&cookie)).1, "/#error=identity.provider_refused");
            // A key that was changed is found; the ones known are not believed for ever.
            let (cookie, back) = go!(app, idp);
            idp.state.lock().unwrap().key = SigningKey::generate(realm.now()).unwrap();
            realm.hand.go(11);
            assert!(follow!(app, back, Some(&cookie)).1.starts_with("/cases#ticket="));
        });
        // Whoever is disabled stays out.
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        realm
            .write(move |tx| identity::service::accounts::disable(tx, &ctx, &shared, wang, None, "left"))
            .unwrap();
        let site = site_of(realm, gate(realm, &idp, SecondFactor::Ask));
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let (cookie, back) = go!(app, idp);
            assert_eq!(follow!(app, back, Some(&cookie)).1, REFUSED, "disabled");
        });
        let log = realm.log();
        assert!(log.iter().any(|(what, _)| what == "not_linked"));
        assert!(log.iter().any(|(what, _)| what == "provider_refused"));
    });
}

#[test]
fn a_code_is_asked_for_unless_the_provider_is_trusted_to() {
    everywhere(|realm| {
        let chief = realm.chief();
        let wang = realm.person("wang", "street");
        let idp = Idp::start(realm.now());
        assert_eq!(link(realm, &idp, chief, wang), "ok");
        let app_of = on_runtime(async { enrol(realm, &realm.gate(), wang).await });
        for (second_factor, state) in
            [(SecondFactor::Ask, "second_factor_needed"), (SecondFactor::Trust, "signed_in")]
        {
            let site = site_of(realm, gate(realm, &idp, second_factor));
            actix_web::rt::System::new().block_on(async {
                let app = &calls::init_service(site.app()).await;
                let (cookie, back) = go!(app, idp);
                let (_, place, _) = follow!(app, back, Some(&cookie));
                let ticket = place.strip_prefix("/cases#ticket=").unwrap().to_owned();
                let (_, said) = ask!(app, post "/auth/oidc/redeem", None, Some(json!({ "ticket": ticket })));
                assert_eq!(said["state"], state);
                assert_eq!(said.get("access_token").is_some(), state == "signed_in");
                if let Some(challenge) = said["challenge"].as_str() {
                    let body = json!({ "challenge": challenge, "code": now_code(realm, &app_of) });
                    let (status, signed) = ask!(app, post "/auth/second-factor", None, Some(body));
                    assert_eq!(status, StatusCode::OK, "{signed}");
                    let (_, list) = ask!(app, get "/me/sessions", signed["access_token"].as_str(), None);
                    assert_eq!(list["items"][0]["method"], "oidc_totp");
                }
            });
        }
    });
}

#[test]
fn one_ties_ones_own_account_while_signed_in_and_nobody_elses() {
    everywhere(|realm| {
        realm.chief();
        realm.person("wang", "street");
        realm.person("li", "street");
        let idp = Idp::start(realm.now());
        let site = site_of(realm, gate(realm, &idp, SecondFactor::Ask));
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let (wang, li) = (sign_in!(app, "wang"), sign_in!(app, "li"));
            let (wang, li) = (wang["access_token"].as_str(), li["access_token"].as_str());
            macro_rules! tie {
                ($token:expr, $body:expr) => {{
                    let request = calls::TestRequest::post()
                        .uri("/api/v1/me/identity-links/hall")
                        .insert_header(("authorization", format!("Bearer {}", $token.unwrap())))
                        .set_json($body);
                    let response = calls::call_service(app, request.to_request()).await;
                    let cookie = response.headers().get("set-cookie").map(|v| v.to_str().unwrap().to_owned());
                    let status = response.status();
                    let body: Value = serde_json::from_slice(&calls::read_body(response).await).unwrap();
                    (status, cookie, body)
                }};
            }
            assert_eq!(
                tie!(wang, json!({})).0,
                StatusCode::UNPROCESSABLE_ENTITY,
                "a stolen token ties nothing"
            );
            let (status, cookie, body) = tie!(wang, json!({ "password": PASSWORD }));
            assert_eq!(status, StatusCode::OK, "{body}");
            let (code, state) = idp.consent(body["authorization_url"].as_str().unwrap());
            let back = format!("/auth/oidc/hall/callback?code={code}&state={state}");
            assert_eq!(follow!(app, back, Some(&value_of(&cookie.unwrap()))).1, "/#linked=1");
            let (_, mine) = ask!(app, get "/me/identities", wang, None);
            assert_eq!(mine["items"][0]["subject"], "wang@hall");
            // The same subject is not another's as well.
            let (_, cookie, body) = tie!(li, json!({ "password": PASSWORD }));
            let (code, state) = idp.consent(body["authorization_url"].as_str().unwrap());
            let back = format!("/auth/oidc/hall/callback?code={code}&state={state}");
            assert_eq!(
                follow!(app, back, Some(&value_of(&cookie.unwrap()))).1,
                "/#error=identity.subject_taken"
            );
            let path = format!("/me/identities/{}", mine["items"][0]["id"].as_str().unwrap());
            assert_eq!(ask!(app, delete path, li, None).0, StatusCode::NOT_FOUND);
            assert_eq!(ask!(app, delete path, wang, None).0, StatusCode::NO_CONTENT);
            // Signed out meanwhile: nothing is tied.
            let (_, cookie, body) = tie!(li, json!({ "password": PASSWORD }));
            assert_eq!(ask!(app, post "/auth/logout", li, None).0, StatusCode::NO_CONTENT);
            let (code, state) = idp.consent(body["authorization_url"].as_str().unwrap());
            let back = format!("/auth/oidc/hall/callback?code={code}&state={state}");
            assert_eq!(
                follow!(app, back, Some(&value_of(&cookie.unwrap()))).1,
                "/#error=identity.signed_out"
            );
        });
    });
}
