//! The rights matrix, generated from the document: for every operation, no token → 401; a token without the permission → 403
//! or 404; with it in another subtree → 403 or 404; with it → neither.

use std::collections::BTreeMap;

use commonweal_tests::app::TestApp;
use commonweal_tests::client::{Answer, Client};
use commonweal_tests::document::{Filler, Operation, minimal, operations};
use commonweal_tests::schema::count;
use commonweal_tests::world::{Person, World, id, number};
use kernel::{Clock, Permission, SystemClock};
use serde_json::{Value, json};

use crate::rights_exceptions::{CHANGE_NOTHING, NEEDS_TOO, NOT_THERE, PLACELESS, REALM_WIDE, REFUSES_EACH};
use crate::rights_things::{self, Things, named};

struct Matrix<'a> {
    world: World<'a>,
    document: Value,
    catalogue: BTreeMap<&'static str, &'static Permission>,
    /// Holds nothing.
    nobody: Person,
    /// Runs the first street.
    clerk: Person,
    /// Permission → who holds it in the first street, who in the other.
    holders: BTreeMap<String, (Person, Person, Vec<String>)>,
}

impl<'a> Matrix<'a> {
    fn new(app: &'a TestApp) -> Self {
        let world = World::build(app);
        let nobody = world.newcomer(&world.street);
        let clerk = world.person("unit_admin", &world.street);
        let plugins = commonweal::plugins::Plugins::all().expect("the plugins");
        Self {
            document: commonweal::gateway::document().expect("the document"),
            catalogue: plugins.permissions().into_iter().map(|p| (p.name, p)).collect(),
            world,
            nobody,
            clerk,
            holders: BTreeMap::new(),
        }
    }

    /// What may be named, in reach of whoever holds these permissions in the first street.
    fn things(&self, permissions: &[String]) -> Things {
        rights_things::things(&self.world, &self.clerk.client, permissions)
    }

    /// Holders of a permission: a role of it and of what one must see to use it, in either street.
    fn holders(&mut self, permission: &str) -> &(Person, Person, Vec<String>) {
        if !self.holders.contains_key(permission) {
            let noun = permission.rsplit_once('.').expect("plugin.noun.verb").0;
            let mut all = vec![permission.to_owned()];
            all.extend(
                NEEDS_TOO.iter().filter(|(p, ..)| *p == permission).map(|(_, too, _)| (*too).to_owned()),
            );
            let read = self.catalogue.get(format!("{noun}.read").as_str()).filter(|p| !p.everyone);
            all.extend(read.map(|p| p.name.to_owned()));
            all.dedup();
            // The audit trail's permissions are nobody's but the auditor's to hold: the shell gives that role.
            let world = &self.world;
            let names: Vec<&str> = all.iter().map(String::as_str).collect();
            let role = world.role(&world.root, &names);
            let (here, there) = (world.newcomer(&world.street), world.newcomer(&world.other_street));
            let place = if REALM_WIDE.contains(&permission) { &world.root } else { &world.street };
            world.grant(&here.id, &role, place);
            world.grant(&there.id, &role, &world.other_street);
            self.holders.insert(permission.to_owned(), (here, there, all));
        }
        &self.holders[permission]
    }
}

/// Fills a request with the things it may name.
struct With<'t>(&'t Things);

impl Filler for With<'_> {
    fn value(&mut self, name: &str, schema: &Value) -> Option<Value> {
        let t = self.0;
        Some(match name {
            "unit_id" | "unit" | "parent_id" | "to_parent_id" | "new_parent_id" => json!(t.unit),
            "user_id" | "user" => json!(t.user),
            "role_id" | "role_a_id" | "a" => json!(t.role),
            "role_b_id" | "b" => json!(t.other_role),
            "grid_id" => json!(t.grid),
            "dwelling_id" => json!(t.dwelling),
            "household_id" => json!(t.household),
            "residence_ids" => json!([t.residence]),
            "login" => json!(format!("login{}", number())),
            "name" => json!(format!("name_{}", number())),
            "kind" if schema.get("enum").is_none() => json!("community"),
            "permission" => json!(t.permissions[0]),
            "permissions" => json!(t.permissions),
            "geometry" | "boundary" => commonweal_tests::world::square(113.9, 22.9, 0.001),
            "password" | "new_password" => json!("a-fresh-password-for-them-5"),
            "into_id" => json!(t.other_incident),
            "incident" | "incident_id" => json!(t.incident),
            "month" => json!("2026-11"),
            "level" => json!("community"),
            "category" | "category_id" => json!(t.category),
            "department_ids" => json!([t.unit]),
            "until_at" => json!(SystemClock.now().plus_days(30).to_string()),
            "occurred_at" => json!(SystemClock.now().to_string()),
            "lat" => json!(22.9),
            "lng" => json!(113.9),
            "opened_on" | "closed_on" | "from_on" | "on" => json!("2026-01-01"),
            "to_on" => json!("2027-01-01"),
            "version" => json!(1),
            _ => return None,
        })
    }

    fn wants(&self, name: &str) -> bool {
        matches!(name, "unit_id" | "parent_id" | "user_id" | "name")
    }
}

/// Says only which fields would be filled.
struct Naming;

impl Filler for Naming {
    fn value(&mut self, _: &str, _: &Value) -> Option<Value> {
        None
    }

    fn wants(&self, name: &str) -> bool {
        matches!(name, "unit_id" | "parent_id")
    }
}

fn ask(document: &Value, operation: &Operation, client: &Client, things: &Things) -> Answer {
    let mut path = operation.path.clone();
    let mut query = Vec::new();
    let mut first = true;
    for parameter in &operation.parameters {
        let name = parameter["name"].as_str().expect("a name");
        match parameter["in"].as_str() {
            Some("path") => {
                let value = match (first, name) {
                    (_, "name") => "grid_incident_states".to_owned(),
                    (true, _) if path.contains("{request_id}") => things.asked.0.clone(),
                    (false, "request_id") => things.asked.1.clone(),
                    (true, _) => {
                        named(&path, things).unwrap_or("01900000-0000-7000-8000-000000000001").to_owned()
                    }
                    (false, "year") => "2026".to_owned(),
                    (false, "number") => "1".to_owned(),
                    (false, "unit_id") => things.place.clone(),
                    (false, "flag") => things.flag.clone(),
                    (false, "consent") => things.consent.clone(),
                    (false, "account") => things.account.clone(),
                    (false, _) => things.post.clone(),
                };
                first = false;
                path = path.replace(&format!("{{{name}}}"), &value);
            }
            Some("query") if parameter["required"] == true => {
                let value = minimal(document, &parameter["schema"], name, &mut With(things));
                query.push(format!(
                    "{name}={}",
                    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
                ));
            }
            _ => {}
        }
    }
    let path = if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) };
    let mut request = client.request(&operation.method, &path).version(1);
    if let Some(schema) = &operation.body {
        request = request.json(&minimal(document, schema, "body", &mut With(things)));
    }
    request.send()
}

/// Whether an operation names a thing that lies somewhere: then the same right elsewhere does not help.
fn names_a_place(document: &Value, operation: &Operation) -> bool {
    let placed = "units users roles role-conflicts grants grids posts incidents dwellings households residences rentals \
        service-accounts keys sessions handovers people invitations calendars \
        categories answer-templates visit-forms duty-lists duty-list-versions duty-admissions whistles whistle-calls";
    let body = operation.body.as_ref().map(|b| minimal(document, b, "body", &mut Naming).to_string());
    let in_body = body.is_some_and(|b| b.contains("\"unit_id\"") || b.contains("\"parent_id\""));
    let in_query = operation.parameters.iter().any(|p| {
        p["in"] == "query"
            && p["required"] == true
            && p["name"].as_str().is_some_and(|n| n == "unit" || n == "unit_id")
    });
    placed.split_whitespace().any(|p| operation.path.contains(&format!("/{p}/{{"))) || in_body || in_query
}

#[test]
fn no_token_is_401_everywhere_but_where_it_says_public() {
    let app = TestApp::sqlite(&[]);
    let matrix = Matrix::new(&app);
    let things = matrix.things(&["grid.incident.report".to_owned()]);
    let mut wrong = Vec::new();
    for operation in operations(&matrix.document) {
        let answer = ask(&matrix.document, &operation, &app.stranger, &things);
        let public = operation.permission == "public";
        // A sign-in that fails is 401 too; its code is another.
        let turned_away = answer.json["code"] == "web.not_signed_in";
        if public == turned_away || (!public && answer.status != 401) {
            wrong.push(format!("{}: {} {}", operation.id, answer.status, answer.text));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_operation_keeps_the_matrix_on_sqlite() {
    keeps_the_matrix(&TestApp::sqlite(&[]));
}

#[test]
fn every_operation_keeps_the_matrix_on_postgresql() {
    keeps_the_matrix(&TestApp::postgres(&[]));
}

fn keeps_the_matrix(app: &TestApp) {
    let mut matrix = Matrix::new(app);
    let mut wrong = Vec::new();
    let mut judged = 0;
    for operation in operations(&matrix.document.clone()) {
        if operation.permission == "public" {
            continue;
        }
        let Some(permission) = matrix.catalogue.get(operation.permission.as_str()).copied() else {
            wrong.push(format!("{} needs {:?}, which nobody declares", operation.id, operation.permission));
            continue;
        };
        if permission.everyone || operation.permission.starts_with("audit.") {
            continue;
        }
        judged += 1;
        let (here, there, permissions) = matrix.holders(permission.name).clone();
        let things = matrix.things(&permissions);
        let document = &matrix.document;
        let mut judge = |who: &str, client: &Client, right: &dyn Fn(&Answer) -> bool| {
            let answer = ask(document, &operation, client, &things);
            if !right(&answer) {
                wrong.push(format!("{} {who}: {} {}", operation.id, answer.status, answer.text));
            }
            answer.status
        };
        let turned_away = |a: &Answer| matches!(a.status, 403 | 404);
        judge("without the permission", &matrix.nobody.client, &turned_away);
        if names_a_place(document, &operation) && !PLACELESS.iter().any(|(id, _)| *id == operation.id) {
            judge("with it elsewhere", &there.client, &turned_away);
        }
        if operation.method == "get" && !operation.path.contains('{') {
            let ours = [
                &things.user,
                &things.role,
                &things.grant,
                &things.incident,
                &things.dwelling,
                &things.household,
                &things.residence,
                &things.rental,
                &things.person,
                &things.calendar,
            ];
            let nothing_of_it = |a: &Answer| turned_away(a) || !ours.iter().any(|id| a.text.contains(*id));
            judge("with it elsewhere, in a list", &there.client, &nothing_of_it);
        }
        let records = || count(&app.db.config.engine, "storage_audit_records");
        let before = records();
        let absent = NOT_THERE.iter().any(|(id, _)| *id == operation.id);
        let status = judge("with it", &here.client, &|a| {
            (absent && a.status == 404) || (!matches!(a.status, 401 | 403 | 404) && a.status < 500)
        });
        let changes = operation.method != "get" && !CHANGE_NOTHING.contains(&operation.id.as_str());
        let refused = REFUSES_EACH.iter().any(|(id, _)| *id == operation.id);
        if changes && !refused && status < 300 && records() == before {
            wrong.push(format!("{} left nothing on the audit trail", operation.id));
        }
    }
    assert!(judged > 20, "only {judged} operations were judged");
    assert!(wrong.is_empty(), "{}: {wrong:#?}", app.engine());
}

/// The trail is the audit administrator's alone, whom the founder appoints and cannot be.
#[test]
fn the_trail_is_read_by_the_auditor_and_by_nobody_else() {
    for app in TestApp::each() {
        let matrix = Matrix::new(&app);
        let auditor = matrix.world.person("audit_admin", &matrix.world.root);
        let things = matrix.things(&["grid.incident.report".to_owned()]);
        for operation in operations(&matrix.document).iter().filter(|o| o.permission.starts_with("audit.")) {
            let by = |client: &Client| ask(&matrix.document, operation, client, &things).status;
            assert_eq!(by(&matrix.nobody.client), 403, "{}", operation.id);
            assert_eq!(by(&matrix.world.admin), 403, "{}", operation.id);
            // What is named by an id that nobody has is not there, for them neither.
            let expected: &[u16] = if operation.path.contains("{id}") { &[404] } else { &[200, 202] };
            assert!(expected.contains(&by(&auditor.client)), "{}", operation.id);
        }
    }
}

/// What everybody may do, everybody may do with their own things only.
#[test]
fn what_everybody_may_do_reaches_nobody_elses_things() {
    for app in TestApp::each() {
        let matrix = Matrix::new(&app);
        let things = matrix.things(&["grid.incident.report".to_owned()]);
        let theirs = matrix.world.admin.get("/me/sessions").expect(200);
        let session = id(&theirs["items"][0]);
        let mut judged = 0;
        for operation in operations(&matrix.document) {
            let everyone = matrix.catalogue.get(operation.permission.as_str()).is_some_and(|p| p.everyone);
            let answer = if everyone && operation.path.contains("/incidents/{") {
                ask(&matrix.document, &operation, &matrix.nobody.client, &things)
            } else if operation.id == "identity_end_my_session" {
                matrix.nobody.client.request("DELETE", &format!("/me/sessions/{session}")).send()
            } else {
                continue;
            };
            judged += 1;
            assert_eq!(answer.status, 404, "{}: {}", operation.id, answer.text);
        }
        assert!(judged >= 4, "only {judged}");
        matrix.world.admin.get("/me").expect(200);
    }
}
