//! The contract: the document, what is committed of it, the pages made from the same tables, and plugins switched off and on.

use std::collections::BTreeSet;

use commonweal::plugins::Plugins;
use commonweal_tests::app::TestApp;
use commonweal_tests::document::operations;
use commonweal_tests::source::root;
use commonweal_tests::world::World;
use serde_json::{Value, json};

use crate::rights_exceptions::ASKED_WITHIN;

fn document() -> Value {
    commonweal::gateway::document().expect("the document")
}

#[test]
fn the_lint_finds_nothing_in_the_document() {
    let findings: Vec<String> = web::lint::lint(&document()).iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn the_committed_documents_are_what_the_code_says() {
    let document = document();
    for (name, value) in [
        ("openapi.json", document.clone()),
        ("openapi-3.0.json", web::document::openapi_3_0(&document)),
        ("openapi-enums.json", web::document::with_enums(&document)),
    ] {
        let text = std::fs::read_to_string(root().join("openapi").join(name)).expect("a committed document");
        let committed: Value = serde_json::from_str(&text).expect("JSON");
        assert!(committed == value, "openapi/{name} is not what the code says: run `make openapi`");
    }
}

#[test]
fn operations_have_names_of_their_own_a_tag_and_a_right() {
    let document = document();
    let plugins = Plugins::all().expect("the plugins");
    let declared: BTreeSet<&str> = plugins.permissions().iter().map(|p| p.name).collect();
    let mut seen = BTreeSet::new();
    let mut used = BTreeSet::new();
    let mut wrong = Vec::new();
    for operation in operations(&document) {
        if !seen.insert(operation.id.clone()) {
            wrong.push(format!("two operations are called {}", operation.id));
        }
        let plugin = operation.id.split('_').next().unwrap_or_default().to_owned();
        if operation.id.len() > 40 || operation.id.matches('_').count() < 1 {
            wrong.push(format!("{} is not plugin_verb_noun in 40 letters", operation.id));
        }
        if operation.raw["tags"].as_array().is_none_or(|t| t.len() != 1) {
            wrong.push(format!("{} has not one tag", operation.id));
        }
        let is_public = operation.permission == "public";
        if is_public != (operation.raw["security"] == json!([])) {
            wrong.push(format!("{} says public in one place only", operation.id));
        }
        if !is_public && !declared.contains(operation.permission.as_str()) {
            wrong.push(format!("{} needs {:?}, which nobody declares", operation.id, operation.permission));
        }
        if !is_public && !operation.permission.starts_with(&format!("{plugin}.")) {
            wrong.push(format!("{} needs {}, another plugin's", operation.id, operation.permission));
        }
        if !operation.path.starts_with("/api/v1/") {
            wrong.push(format!("{} is at {}", operation.id, operation.path));
        }
        let responses = operation.raw["responses"].as_object().expect("responses");
        if responses.keys().filter(|status| status.starts_with('2')).count() != 1 {
            wrong.push(format!("{} has not one success", operation.id));
        }
        for status in ["400", "401", "403", "404", "409", "412", "422", "429", "default"] {
            if !responses.contains_key(status) {
                wrong.push(format!("{} does not say what {status} is", operation.id));
            }
        }
        used.insert(operation.permission);
    }
    let within = |p: &str| ASKED_WITHIN.iter().any(|(name, _)| *name == p);
    let idle = declared.iter().filter(|p| !used.contains(**p) && !within(p));
    wrong.extend(idle.map(|p| format!("no operation needs {p}")));
    let stale = ASKED_WITHIN.iter().filter(|(p, _)| used.contains(*p) || !declared.contains(p));
    wrong.extend(stale.map(|(p, _)| format!("{p} is no exception")));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_pages_of_codes_permissions_and_settings_are_what_the_code_says() {
    for (name, page) in commonweal::commands::reference::pages().expect("the pages") {
        let committed = std::fs::read_to_string(root().join("docs").join(name)).unwrap_or_default();
        assert!(
            committed == page,
            "docs/{name} is not what the code says: run `commonweal reference --out docs`"
        );
    }
    let codes = std::fs::read_to_string(root().join("docs/ERRORS.md")).expect("docs/ERRORS.md");
    for code in Plugins::all().expect("the plugins").error_codes() {
        assert!(codes.contains(&format!("`{}`", code.code)), "{} is not on the page of codes", code.code);
    }
}

#[test]
fn the_running_gateway_publishes_the_committed_document() {
    let app = TestApp::sqlite(&[]);
    let text = std::fs::read_to_string(root().join("openapi/openapi.json")).expect("the committed document");
    let committed: Value = serde_json::from_str(&text).expect("JSON");
    assert!(app.stranger.get("/openapi.json").expect(200) == committed);
    app.stranger.get("/healthz").expect(200);
    app.stranger.get("/readyz").expect(200);
    let keys = app.stranger.get("/.well-known/jwks.json").expect(200);
    assert!(keys["keys"].as_array().is_some_and(|k| !k.is_empty()), "{keys}");
    assert!(!keys.to_string().contains("\"d\""), "a private key is published");
    let metrics = app.stranger.get("/metrics");
    assert_eq!(metrics.status, 200);
    let docs = app.stranger.get("/docs/");
    assert!(docs.status == 200 && docs.text.contains("swagger"), "{}", docs.status);
    app.stranger.get("/nowhere").problem(404, "web.no_such_path");
    app.stranger.post("/nowhere", &json!({})).problem(404, "web.no_such_path");
    let wrong = app.stranger.request("DELETE", "/incidents").send();
    wrong.problem(405, "web.method_not_allowed");
}

#[test]
fn a_plugin_switched_off_takes_its_routes_its_document_and_its_permissions_with_it() {
    let app = TestApp::sqlite(&[("COMMONWEAL_PLUGINS_OFF", "grid")]);
    let world = World::build(&app);
    for (method, path) in [("GET", "/incidents"), ("POST", "/incidents"), ("GET", "/grids")] {
        let answer = world.admin.request(method, path).json(&json!({})).send();
        answer.problem(404, "web.no_such_path");
    }
    let document = app.stranger.get("/openapi.json").expect(200);
    let left: Vec<String> =
        operations(&document).into_iter().map(|o| o.id).filter(|id| id.starts_with("grid_")).collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(
        !document["components"]["schemas"].to_string().contains("Incident"),
        "its schemas are still there"
    );
    assert!(web::lint::lint(&document).is_empty());
    let permissions = world.admin.get("/permissions").expect(200).to_string();
    assert!(permissions.contains("identity.") && !permissions.contains("\"grid."), "{permissions}");
    let plugins = world.admin.get("/plugins").expect(200).to_string();
    assert!(plugins.contains("territory") && !plugins.contains("grid"), "{plugins}");
    let role = json!({ "name": "ghost", "label_en": "x", "label_zh": "x", "unit_id": world.root, "permissions": ["grid.incident.read"] });
    let refused = world.admin.post("/roles", &role);
    assert_eq!(refused.status, 422, "a permission of a plugin that is off is none: {}", refused.text);
}

#[test]
fn the_platform_does_not_start_without_a_foundation_or_with_an_unknown_word() {
    let app = TestApp::sqlite(&[]);
    for (name, value, word) in [
        ("COMMONWEAL_PLUGINS_OFF", "identity", "identity"),
        ("COMMONWEAL_PLUGINS_OFF", "nothing", "nothing"),
        ("COMMONWEAL_LISTN", "127.0.0.1:1", "COMMONWEAL_LISTN"),
    ] {
        let ended = app.command_with(&["serve"], &[(name, value)]);
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(!ended.status.success() && said.contains(word), "{name}={value}: {said}");
    }
    let unknown = app.command_with(&["migrate"], &[("DATABASE_URL", "mysql://localhost/x")]);
    assert!(!unknown.status.success(), "an unknown engine is an error, never an empty database");
}
