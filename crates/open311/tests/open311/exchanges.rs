//! Exchanges written down in `tests/fixtures`, replayed: request line, headers, body; status, headers, body.
//!
//! `{{name}}` in what is sent is a thing of the town, or what an answer before had in its place. In an answer `{{id:name}}` is an id that
//! is remembered, or the one that was; `{{time}}` is a moment in whole seconds. Exchanges end with a line of `=`, the answer begins
//! after a line of `-`.

use std::collections::BTreeMap;

use actix_web::http::Method;

use crate::client;
use crate::client::{Got, Sent, encoded};
use crate::world::{World, all_the_way};

/// A part of a message: its first line, its headers, its body.
struct Message<'a> {
    first: &'a str,
    headers: Vec<(&'a str, &'a str)>,
    body: &'a str,
}

fn message(text: &str) -> Message<'_> {
    let text = text.trim_matches('\n');
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let first = lines.next().expect("a first line");
    Message { first, headers: lines.map(|l| l.split_once(": ").expect("a header")).collect(), body }
}

fn filled(text: &str, names: &BTreeMap<String, String>) -> String {
    names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value))
}

/// A form as it is easiest to read, a field a line, as it is sent.
fn body_of(body: &str) -> String {
    let pair = |line: &str| {
        let (name, value) = line.split_once('=').unwrap_or((line, ""));
        format!("{}={}", encoded(name), encoded(&value.replace("\\n", "\n")))
    };
    body.lines().map(pair).collect::<Vec<_>>().join("&")
}

/// Whether what came is what was written down; remembers the ids in it.
fn compare(wanted: &str, came: &str, names: &mut BTreeMap<String, String>) -> Result<(), String> {
    let (mut wanted, mut came) = (wanted, came);
    while let Some((literal, rest)) = wanted.split_once("{{") {
        came = came.strip_prefix(literal).ok_or_else(|| format!("not {literal:?} but {came:?}"))?;
        let (place, rest) = rest.split_once("}}").expect("a place ends");
        // A moment, the id of a step, or the number of a case.
        let length = match place {
            "time" => 20,
            _ if came.as_bytes().get(13) == Some(&b'-') => 36,
            _ => 17,
        };
        let (value, after) = came.split_at_checked(length).ok_or_else(|| format!("nothing for {place}"))?;
        if place == "time" {
            if !value.ends_with('Z') || value.as_bytes()[10] != b'T' {
                return Err(format!("{value} is no moment"));
            }
        } else {
            let name = place.trim_start_matches("id:");
            let known = names.entry(name.to_owned()).or_insert_with(|| value.to_owned());
            if known != value {
                return Err(format!("{name} is {known}, not {value}"));
            }
        }
        (wanted, came) = (rest, after);
    }
    if wanted == came { Ok(()) } else { Err(format!("not {wanted:?} but {came:?}")) }
}

/// JSON with the names of every object in order, as the fixtures have it: in which order they are written is nobody's business.
fn sorted(value: &serde_json::Value) -> String {
    use serde_json::Value;
    match value {
        Value::Object(map) => {
            let pairs: BTreeMap<&String, String> =
                map.iter().map(|(name, value)| (name, sorted(value))).collect();
            let pairs: Vec<String> =
                pairs.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            format!("{{{}}}", pairs.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(sorted).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

fn check(title: &str, wanted: &Message<'_>, got: &Got, names: &mut BTreeMap<String, String>) {
    assert_eq!(got.status.to_string(), wanted.first, "{title}: {}", got.body);
    for (name, value) in &wanted.headers {
        match *name {
            "content-type" => assert_eq!(got.media, *value, "{title}"),
            other => panic!("{title}: nobody looks at {other}"),
        }
    }
    // A line break in a fixture is there for its reader; one that was sent is written `\n`, as JSON has it itself.
    let flat: String = wanted.body.lines().map(str::trim_start).collect();
    let text = if got.media.contains("json") { flat } else { flat.replace("\\n", "\n") };
    let came = if got.media.contains("json") {
        sorted(&serde_json::from_str(&got.body).unwrap())
    } else {
        got.body.clone()
    };
    if let Err(why) = compare(&text, &came, names) {
        panic!("{title}: {why}\n{}", got.body);
    }
}

/// Replays a file. A line `# close name` between exchanges closes that case.
async fn replay(text: &str) {
    for w in World::each() {
        client!(w, call);
        let mut names = w.names.clone();
        for exchange in text.split("\n====\n") {
            if let Some(close) = exchange.lines().find_map(|l| l.strip_prefix("# close ")) {
                w.act(&names[close.trim()].clone(), all_the_way("换了灯泡"));
            }
            let exchange: Vec<&str> = exchange.lines().filter(|l| !l.starts_with("# ")).collect();
            let exchange = exchange.join("\n");
            if exchange.trim().is_empty() {
                continue;
            }
            let (sent, answered) = exchange.split_once("\n----\n").expect("an answer");
            let sent = filled(sent, &names);
            let sent = message(&sent);
            let (method, target) = sent.first.split_once(' ').expect("a method and a target");
            let body = body_of(sent.body);
            let headers = sent.headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            let request = Sent {
                method: method.parse::<Method>().unwrap(),
                target: target.to_owned(),
                headers,
                body: body.into_bytes(),
            };
            let got = call(request).await;
            check(sent.first, &message(answered), &got, &mut names);
        }
    }
}

#[actix_web::test]
async fn what_the_endpoint_is() {
    replay(include_str!("../fixtures/discovery.txt")).await;
}

#[actix_web::test]
async fn what_may_be_reported() {
    replay(include_str!("../fixtures/services.txt")).await;
}

#[actix_web::test]
async fn reports_and_how_they_are_shown() {
    replay(include_str!("../fixtures/requests.txt")).await;
}

#[actix_web::test]
async fn updates_both_ways() {
    replay(include_str!("../fixtures/updates.txt")).await;
}

#[actix_web::test]
async fn every_error() {
    replay(include_str!("../fixtures/errors.txt")).await;
}
