use super::*;

fn at(seconds: i64) -> Instant {
    Instant::from_micros(1_790_000_000_000_000).unwrap().plus_seconds(seconds)
}

#[test]
fn the_newest_signs_and_the_one_before_verifies_until_its_tokens_are_gone() {
    let first = KeyRing::default().rotate(at(0), 900).unwrap();
    let old = first.signer().unwrap().kid().to_owned();
    let second = first.rotate(at(100), 900).unwrap();
    let new = second.signer().unwrap().kid().to_owned();
    assert_ne!(old, new);
    assert!(
        second.verifier(&old, at(1_004)).is_some(),
        "signed at 100, runs out at 1000, clocks differ by 5"
    );
    assert!(second.verifier(&old, at(1_005)).is_none());
    assert!(second.verifier(&new, at(1_000_000)).is_some());
    assert_eq!(second.jwks(at(100))["keys"].as_array().unwrap().len(), 2);
    assert_eq!(second.jwks(at(1_005))["keys"].as_array().unwrap().len(), 1);
    let third = second.rotate(at(2_000), 900).unwrap();
    assert_eq!(third.keys().len(), 2, "what can verify nothing any more is dropped");
}

#[test]
fn rotating_twice_does_not_prolong_a_retired_key() {
    let ring = KeyRing::default().rotate(at(0), 900).unwrap();
    let old = ring.signer().unwrap().kid().to_owned();
    let ring = ring.rotate(at(100), 900).unwrap().rotate(at(600), 900).unwrap();
    assert_eq!(ring.keys().len(), 3);
    assert!(ring.verifier(&old, at(1_005)).is_none());
}

#[test]
fn a_ring_survives_storage() {
    let ring = KeyRing::default().rotate(at(0), 900).unwrap().rotate(at(0), 900).unwrap();
    let back = KeyRing::from_json(&ring.to_json().unwrap()).unwrap();
    let facts = |ring: &KeyRing| {
        ring.keys()
            .iter()
            .map(|k| (k.kid.clone(), k.created, k.not_after, k.private.to_bytes()))
            .collect::<Vec<_>>()
    };
    assert_eq!(facts(&ring), facts(&back));
    assert_eq!(ring.signer().unwrap().kid(), back.signer().unwrap().kid());
    let key = ring.signer().unwrap();
    let pem = key.private_pem().unwrap();
    assert!(pem.expose_secret().starts_with("-----BEGIN PRIVATE KEY-----"));
    assert_eq!(SigningKey::from_pem(&pem, key.created(), None).unwrap().kid(), key.kid());
}

#[test]
fn a_broken_ring_is_refused_without_quoting_it() {
    for broken in ["", "{}", r#"[{"kid":"x","created":0,"not_after":null,"private_pem":"SECRETTEXT"}]"#] {
        let fault = KeyRing::from_json(&SecretString::from(broken)).unwrap_err();
        assert!(!fault.to_string().contains("SECRETTEXT"));
    }
    let ring = KeyRing::default().rotate(at(0), 900).unwrap();
    let renamed = ring.to_json().unwrap().expose_secret().replace(ring.signer().unwrap().kid(), "another");
    assert!(KeyRing::from_json(&SecretString::from(renamed)).is_err());
}

#[test]
fn the_private_half_is_never_printed() {
    let ring = KeyRing::default().rotate(at(0), 900).unwrap();
    let key = ring.signer().unwrap();
    let printed = format!("{ring:?} {key:#?} {:?}", ring.to_json().unwrap());
    let pem = key.private_pem().unwrap();
    let body = pem.expose_secret().lines().nth(1).unwrap();
    assert!(printed.contains(key.kid()) && !printed.contains(body) && !printed.contains("PRIVATE"));
    let bytes = format!("{:?}", key.private.to_bytes());
    assert!(!printed.contains(bytes.trim_matches(['[', ']'])));
}

#[test]
fn the_jwk_set_has_the_public_half_only() {
    let ring = KeyRing::default().rotate(at(0), 900).unwrap();
    let jwks = ring.jwks(at(0));
    let jwk = jwks["keys"][0].as_object().unwrap();
    let names: std::collections::BTreeSet<&str> = jwk.keys().map(String::as_str).collect();
    assert!(names.into_iter().eq(["alg", "crv", "kid", "kty", "use", "x"]));
    assert_eq!((jwk["kty"].as_str(), jwk["crv"].as_str()), (Some("OKP"), Some("Ed25519")));
    assert_eq!((jwk["alg"].as_str(), jwk["use"].as_str()), (Some("EdDSA"), Some("sig")));
    assert_eq!(URL_SAFE_NO_PAD.decode(jwk["x"].as_str().unwrap()).unwrap().len(), 32);
}

#[test]
fn the_name_is_the_thumbprint_of_rfc_8037() {
    // RFC 8037, appendix A.3.
    assert_eq!(
        thumbprint("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"),
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    );
}
