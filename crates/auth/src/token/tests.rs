use hmac::{Hmac, Mac};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sha2::Sha256;

use super::*;

fn at(seconds: i64) -> Instant {
    Instant::from_micros(1_790_000_000_000_000).unwrap().plus_seconds(seconds)
}

fn rules() -> TokenRules {
    TokenRules { issuer: "https://town.example".into(), audience: "commonweal".into(), life_seconds: 900 }
}

fn ring() -> KeyRing {
    KeyRing::default().rotate(at(-10), 900).unwrap()
}

fn issue(rules: &TokenRules, ring: &KeyRing) -> String {
    let issued = rules
        .issue(
            ring,
            Id::from_uuid(Uuid::from_u128(1)),
            Id::from_uuid(Uuid::from_u128(2)),
            Uuid::from_u128(3),
            at(0),
        )
        .unwrap();
    issued.token.expose_secret().to_owned()
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A token with any header and claims, truly signed by the ring's key.
fn signed(ring: &KeyRing, header: &Value, claims: &Value) -> String {
    let message = format!("{}.{}", encoded(header), encoded(claims));
    let key = ring.signer().unwrap();
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key.encoding(), Algorithm::EdDSA).unwrap();
    format!("{message}.{signature}")
}

#[test]
fn a_token_says_who_and_never_what_they_may() {
    let ring = ring();
    let token = issue(&rules(), &ring);
    let claims = rules().verify(&ring, &token, at(0)).unwrap();
    assert_eq!((claims.sub.uuid(), claims.sid.uuid()), (Uuid::from_u128(1), Uuid::from_u128(2)));
    assert_eq!(claims.expires_at(), Some(at(900)));
    let claims = part(&token, 1);
    let names: std::collections::BTreeSet<&str> =
        claims.as_object().unwrap().keys().map(String::as_str).collect();
    assert!(names.into_iter().eq(["aud", "exp", "iat", "iss", "jti", "nbf", "sid", "sub"]));
    assert_eq!(part(&token, 0), json!({ "typ": "JWT", "alg": "EdDSA", "kid": ring.signer().unwrap().kid() }));
}

#[test]
fn a_token_holds_for_its_life_and_not_a_second_longer() {
    let ring = ring();
    let token = issue(&rules(), &ring);
    assert!(rules().verify(&ring, &token, at(899)).is_ok());
    assert_eq!(rules().verify(&ring, &token, at(900)), Err(TokenFault::Expired));
    assert!(rules().verify(&ring, &token, at(-5)).is_ok(), "clocks may differ by five seconds");
    assert_eq!(rules().verify(&ring, &token, at(-6)), Err(TokenFault::NotYet));
}

#[test]
fn the_machines_clock_is_never_asked() {
    // In 1970 and in the year 2200 a token of that time is good, whatever the machine thinks.
    for now in
        [Instant::from_micros(1_000_000).unwrap(), Instant::from_micros(7_258_118_400_000_000).unwrap()]
    {
        let ring = KeyRing::default().rotate(now, 900).unwrap();
        let (user, session) = (Id::from_uuid(Uuid::from_u128(1)), Id::from_uuid(Uuid::from_u128(2)));
        let issued = rules().issue(&ring, user, session, Uuid::from_u128(3), now).unwrap();
        assert!(rules().verify(&ring, issued.token.expose_secret(), now).is_ok());
    }
}

#[test]
fn a_token_without_a_signature_is_refused() {
    let ring = ring();
    let token = issue(&rules(), &ring);
    let kid = ring.signer().unwrap().kid();
    for alg in ["none", "None", "NONE", ""] {
        let head = encoded(&json!({ "alg": alg, "typ": "JWT", "kid": kid }));
        let body = token.split('.').nth(1).unwrap();
        assert_eq!(rules().verify(&ring, &format!("{head}.{body}."), at(0)), Err(TokenFault::WrongAlgorithm));
    }
    let (unsigned, _) = token.rsplit_once('.').unwrap();
    assert_eq!(rules().verify(&ring, &format!("{unsigned}."), at(0)), Err(TokenFault::BadSignature));
}

#[test]
fn the_public_key_as_a_shared_secret_is_refused() {
    let ring = ring();
    let key = ring.signer().unwrap();
    let claims = part(&issue(&rules(), &ring), 1);
    let public = key.jwk()["x"].as_str().unwrap().to_owned();
    for secret in [URL_SAFE_NO_PAD.decode(&public).unwrap(), public.into_bytes()] {
        for (alg, expected) in [("HS256", TokenFault::WrongAlgorithm), ("EdDSA", TokenFault::BadSignature)] {
            let head = encoded(&json!({ "alg": alg, "typ": "JWT", "kid": key.kid() }));
            let message = format!("{head}.{}", encoded(&claims));
            let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
            mac.update(message.as_bytes());
            let forged = format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));
            assert_eq!(rules().verify(&ring, &forged, at(0)), Err(expected));
        }
    }
}

#[test]
fn another_issuer_and_another_audience_are_refused() {
    let ring = ring();
    let other = TokenRules { issuer: "https://other.example".into(), ..rules() };
    assert_eq!(rules().verify(&ring, &issue(&other, &ring), at(0)), Err(TokenFault::WrongIssuer));
    let other = TokenRules { audience: "another".into(), ..rules() };
    assert_eq!(rules().verify(&ring, &issue(&other, &ring), at(0)), Err(TokenFault::WrongAudience));
}

#[test]
fn a_changed_payload_is_refused() {
    let ring = ring();
    let token = issue(&rules(), &ring);
    let mut claims = part(&token, 1);
    claims["sub"] = json!(Uuid::from_u128(99));
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    parts[1] = encoded(&claims);
    assert_eq!(rules().verify(&ring, &parts.join("."), at(0)), Err(TokenFault::BadSignature));
}

#[test]
fn an_unknown_key_is_refused_and_so_is_none() {
    let ours = ring();
    let theirs = ring();
    assert_eq!(rules().verify(&ours, &issue(&rules(), &theirs), at(0)), Err(TokenFault::UnknownKey));
    let claims = part(&issue(&rules(), &ours), 1);
    let nameless = signed(&ours, &json!({ "alg": "EdDSA" }), &claims);
    assert_eq!(rules().verify(&ours, &nameless, at(0)), Err(TokenFault::UnknownKey));
    // Our key's name over their signature.
    let kid = ours.signer().unwrap().kid();
    let forged = signed(&theirs, &json!({ "alg": "EdDSA", "kid": kid }), &claims);
    assert_eq!(rules().verify(&ours, &forged, at(0)), Err(TokenFault::BadSignature));
}

#[test]
fn a_key_that_a_token_brings_along_is_ignored() {
    let ours = ring();
    let theirs = ring();
    let claims = part(&issue(&rules(), &ours), 1);
    let jwk = theirs.signer().unwrap().jwk();
    let (our_kid, their_kid) = (ours.signer().unwrap().kid(), theirs.signer().unwrap().kid());
    let brought = json!({ "alg": "EdDSA", "kid": our_kid, "jwk": jwk, "jku": "https://evil.example/jwks" });
    assert_eq!(
        rules().verify(&ours, &signed(&theirs, &brought, &claims), at(0)),
        Err(TokenFault::BadSignature)
    );
    let brought = json!({ "alg": "EdDSA", "kid": their_kid, "jwk": jwk });
    assert_eq!(
        rules().verify(&ours, &signed(&theirs, &brought, &claims), at(0)),
        Err(TokenFault::UnknownKey)
    );
}

#[test]
fn a_retired_key_verifies_what_it_signed_and_nothing_after() {
    let old = ring();
    let token = issue(&rules(), &old);
    let new = old.rotate(at(0), 900).unwrap();
    assert!(rules().verify(&new, &token, at(899)).is_ok(), "changing the key signs nobody out");
    assert_eq!(rules().verify(&new, &token, at(905)), Err(TokenFault::UnknownKey));
}

#[test]
fn what_is_no_token_of_ours_is_malformed() {
    let ring = ring();
    let kid = ring.signer().unwrap().kid();
    let good = part(&issue(&rules(), &ring), 1);
    let mut missing = good.clone();
    missing.as_object_mut().unwrap().remove("exp");
    let mut listed = good.clone();
    listed["aud"] = json!(["commonweal", "another"]);
    let head = json!({ "alg": "EdDSA", "kid": kid });
    let critical = json!({ "alg": "EdDSA", "kid": kid, "crit": ["exp"] });
    let bad = [
        String::new(),
        "a.b".into(),
        "a.b.c".into(),
        "a.b.c.d".into(),
        "..".into(),
        format!("{}.x.y.z", encoded(&head)),
        "A".repeat(MAX_LENGTH + 1),
        signed(&ring, &head, &missing),
        signed(&ring, &head, &listed),
        signed(&ring, &critical, &good),
    ];
    for token in bad {
        assert_eq!(rules().verify(&ring, &token, at(0)), Err(TokenFault::Malformed), "{token}");
    }
}

#[test]
fn an_empty_ring_issues_nothing() {
    let (user, session) = (Id::from_uuid(Uuid::from_u128(1)), Id::from_uuid(Uuid::from_u128(2)));
    assert!(rules().issue(&KeyRing::default(), user, session, Uuid::from_u128(3), at(0)).is_err());
}

#[test]
fn a_token_is_never_printed() {
    let (user, session) = (Id::from_uuid(Uuid::from_u128(1)), Id::from_uuid(Uuid::from_u128(2)));
    let issued = rules().issue(&ring(), user, session, Uuid::from_u128(3), at(0)).unwrap();
    assert!(!format!("{issued:?}").contains(issued.token.expose_secret()));
}
