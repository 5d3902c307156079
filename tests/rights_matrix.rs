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

/// What an operation may name, made anew for each try, in the first street.
struct Things {
    unit: String,
    place: String,
    user: String,
    role: String,
    other_role: String,
    /// A rule between the two.
    conflict: String,
    grant: String,
    grid: String,
    post: String,
    /// Of `place`, with a rule there.
    category: String,
    template: String,
    form: String,
    list: String,
    draft: String,
    admission: String,
    whistle: String,
    call: String,
    other_incident: String,
    incident: String,
    /// A case, and what was asked to be decided about it.
    asked: (String, String),
    dwelling: String,
    household: String,
    residence: String,
    rental: String,
    machine: String,
    key: String,
    session: String,
    handover: String,
    person: String,
    flag: String,
    consent: String,
    account: String,
    invitation: String,
    calendar: String,
    /// What the role allows.
    permissions: Vec<String>,
}

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

    /// What may be named, in reach of whoever holds these permissions in the first street.
    fn things(&self, permissions: &[String]) -> Things {
        let w = &self.world;
        let names: Vec<&str> = permissions.iter().map(String::as_str).collect();
        let place = w.unit(&w.street, &format!("社区{}", number()), "community");
        let user = json!({
            "login": format!("thing{}", number()),
            "display_name": "李四",
            "unit_id": w.street,
            "password": "given-by-the-administrator-1",
        });
        let user = id(&w.admin.post("/users", &user).expect(201));
        let role = w.role(&w.street, &names);
        let other_role = w.role(&w.street, &names);
        let rule = json!({ "role_a_id": role, "role_b_id": other_role, "where": "line", "mode": "needs_second",
            "reason": "four eyes" });
        let conflict = id(&w.admin.post("/role-conflicts", &rule).expect(201));
        let grant = id(&w.grant(&user, &role, &place));
        let grid = json!({ "unit_id": place, "name": "网格", "kind": "residential" });
        let grid = id(&w.admin.post("/grids", &grid).expect(201));
        let post = json!({ "user_id": user, "role": "worker" });
        let post = id(&w.admin.post(&format!("/grids/{grid}/posts"), &post).expect(201));
        let category = json!({ "unit_id": place, "kind": "event", "name": "类别", "local": true });
        let category = id(&w.admin.post("/categories", &category).expect(201));
        let rule = w.admin.request("PUT", &format!("/categories/{category}/rules/{place}")).version(0);
        rule.json(&json!({ "priority": "high" })).send().expect(200);
        let template = json!({ "unit_id": place, "title": "已处置", "body": "{number} 已处置" });
        let template = id(&w.admin.post("/answer-templates", &template).expect(201));
        let list = json!({ "unit_id": place, "level": "community", "name": "职责清单" });
        let list = id(&w.admin.post("/duty-lists", &list).expect(201));
        let draft = id(&w.admin.post(&format!("/duty-lists/{list}/versions"), &json!({})).expect(201));
        let until = SystemClock.now().plus_days(30).to_string();
        let admission =
            json!({ "unit_id": place, "category_id": category, "reason": "防汛", "until_at": until });
        let admission = id(&w.admin.post("/duty-admissions", &admission).expect(201));
        let form = json!({ "unit_id": place, "code": format!("form_{}", number()), "name": "日常走访",
            "questions": [{ "key": "alarm", "label": "烟感是否正常", "kind": "yes_no" }] });
        let form = id(&w.admin.post("/visit-forms", &form).expect(201));
        let incident = id(&w.incident(&w.admin, &place));
        let case = id(&w.incident(&w.admin, &place));
        let other_incident = id(&w.incident(&w.admin, &place));
        let (soon, later) =
            (SystemClock.now().plus_days(1).to_string(), SystemClock.now().plus_days(2).to_string());
        let whistle = json!({
            "incident_id": incident, "department_ids": [place], "wanted": "到场处置", "report_due_at": soon,
            "result_due_at": later,
        });
        let whistle = w.admin.post("/whistles", &whistle).expect(201);
        let call = whistle["calls"][0]["id"].as_str().expect("a call").to_owned();
        let whistle = id(&whistle);
        let asked = json!({ "kind": "void", "reason": "试报", "version": 1 });
        let asked = id(&w.admin.post(&format!("/incidents/{case}/requests"), &asked).expect(201));
        let asked = (case, asked);
        let person = json!({ "unit_id": place, "name": "王五" });
        let person = id(&w.admin.post("/people", &person).expect(201));
        let tenant = json!({ "unit_id": place, "name": "赵六" });
        let tenant = id(&w.admin.post("/people", &tenant).expect(201));
        let fact = |what: &str, body: &Value| {
            id(&self.clerk.client.post(&format!("/people/{person}/{what}"), body).expect(201))
        };
        let flag = fact("flags", &json!({ "kind": "other", "reason": "某个原因" }));
        let consent = fact("consents", &json!({ "kind": "sharing", "means": "paper" }));
        let login = format!("tied{}", number());
        let tied = json!({
            "login": login, "display_name": "王五", "unit_id": w.street, "password": "given-by-the-administrator-1",
        });
        let tied = id(&w.admin.post("/users", &tied).expect(201));
        let account = fact("accounts", &json!({ "user_id": tied }));
        let opened = "2000-01-01";
        let new = json!({ "unit_id": place, "address": "新城路12号", "kind": "flat", "opened_on": opened });
        let dwelling = id(&w.admin.post("/dwellings", &new).expect(201));
        let new = json!({ "unit_id": place, "register_kind": "family", "opened_on": opened });
        let household = id(&w.admin.post("/households", &new).expect(201));
        let new = json!({
            "person_id": person, "dwelling_id": dwelling, "resident_type": "floating", "from_on": opened,
        });
        let residence = id(&w.admin.post("/residences", &new).expect(201));
        let new = json!({
            "dwelling_id": dwelling, "landlord_id": person, "tenant_ids": [tenant], "from_on": opened,
        });
        let rental = id(&w.admin.post("/rentals", &new).expect(201));
        let machine = json!({
            "login": format!("machine{}", number()), "display_name": "机", "unit_id": w.street, "purpose": "counts lamps",
        });
        let machine = id(&w.admin.post("/service-accounts", &machine).expect(201));
        let key =
            w.admin.post(&format!("/service-accounts/{machine}/keys"), &json!({ "name": "key" })).expect(201);
        let signed = w.newcomer(&w.street);
        let sessions = w.admin.get(&format!("/sessions?user={}", signed.id)).expect(200);
        let due = SystemClock.now().plus_days(30).to_string();
        let leaving = json!({ "due_at": due, "reason": "retires" });
        let handover = w.admin.post(&format!("/users/{user}/offboard"), &leaving).expect(200);
        let handover = handover["handover_id"].as_str().expect("an id").to_owned();
        let address = format!("guest{}@town.example", number());
        let invitation = json!({
            "address": address, "display_name": "王五", "unit_id": w.street, "reason": "needed for the test",
        });
        let invitation = id(&w.admin.post("/invitations", &invitation).expect(201));
        let calendar = json!({ "unit_id": place, "name": "作息" });
        let calendar = id(&w.admin.post("/calendars", &calendar).expect(201));
        let year = json!({ "is_complete": false, "days": [], "version": 1 });
        w.admin.request("PUT", &format!("/calendars/{calendar}/years/2026")).json(&year).send().expect(200);
        Things {
            unit: w.street.clone(),
            place,
            user,
            role,
            other_role,
            conflict,
            grant,
            grid,
            post,
            category,
            template,
            form,
            list,
            draft,
            admission,
            whistle,
            call,
            other_incident,
            incident,
            asked,
            dwelling,
            household,
            residence,
            rental,
            machine,
            key: id(&key["key"]),
            session: id(&sessions["items"][0]),
            handover,
            flag,
            consent,
            account,
            person,
            invitation,
            calendar,
            permissions: permissions.to_owned(),
        }
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
            "department_ids" => json!([t.place]),
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

/// Which of the things the `{id}` after this segment of a path is.
fn named<'t>(path: &str, t: &'t Things) -> Option<&'t str> {
    let before = path.split("/{").next()?.rsplit('/').next()?;
    match before {
        "units" => Some(&t.place),
        "users" => Some(&t.user),
        "roles" => Some(&t.role),
        "role-conflicts" => Some(&t.conflict),
        "grants" => Some(&t.grant),
        "categories" => Some(&t.category),
        "answer-templates" => Some(&t.template),
        "visit-forms" => Some(&t.form),
        "duty-lists" => Some(&t.list),
        "duty-list-versions" => Some(&t.draft),
        "duty-admissions" => Some(&t.admission),
        "whistles" => Some(&t.whistle),
        "whistle-calls" => Some(&t.call),
        "grids" => Some(&t.grid),
        "incidents" => Some(&t.incident),
        "dwellings" => Some(&t.dwelling),
        "households" => Some(&t.household),
        "residences" => Some(&t.residence),
        "rentals" => Some(&t.rental),
        "service-accounts" => Some(&t.machine),
        "keys" => Some(&t.key),
        "sessions" => Some(&t.session),
        "handovers" => Some(&t.handover),
        "people" => Some(&t.person),
        "invitations" => Some(&t.invitation),
        "calendars" => Some(&t.calendar),
        _ => None,
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
