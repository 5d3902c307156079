//! What the rights matrix asks about: one of everything, made by somebody else.

use commonweal_tests::client::Client;
use commonweal_tests::world::{World, id, number};
use kernel::{Clock, SystemClock};
use serde_json::{Value, json};

/// What an operation may name, made anew for each try, in the first street.
pub struct Things {
    pub unit: String,
    pub place: String,
    pub user: String,
    pub role: String,
    pub other_role: String,
    /// A rule between the two.
    pub conflict: String,
    pub grant: String,
    pub grid: String,
    pub post: String,
    /// Of `place`, with a rule there.
    pub category: String,
    pub template: String,
    pub form: String,
    pub list: String,
    pub draft: String,
    pub admission: String,
    pub whistle: String,
    pub call: String,
    pub other_incident: String,
    pub incident: String,
    /// A case, and what was asked to be decided about it.
    pub asked: (String, String),
    pub dwelling: String,
    pub household: String,
    pub residence: String,
    pub rental: String,
    pub machine: String,
    pub key: String,
    pub session: String,
    pub handover: String,
    pub person: String,
    pub flag: String,
    pub consent: String,
    pub account: String,
    pub invitation: String,
    pub calendar: String,
    /// What the role allows.
    pub permissions: Vec<String>,
}

/// What may be named, in reach of whoever holds these permissions in the first street.
pub fn things(w: &World<'_>, clerk: &Client, permissions: &[String]) -> Things {
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
    let admission = json!({ "unit_id": place, "category_id": category, "reason": "防汛", "until_at": until });
    let admission = id(&w.admin.post("/duty-admissions", &admission).expect(201));
    // Nobody may have many that wait.
    let decide = clerk.request("POST", &format!("/duty-admissions/{admission}/decide")).version(1);
    decide.json(&json!({ "admit": true })).send().expect(200);
    let form = json!({ "unit_id": place, "code": format!("form_{}", number()), "name": "日常走访",
        "questions": [{ "key": "alarm", "label": "烟感是否正常", "kind": "yes_no" }] });
    let form = id(&w.admin.post("/visit-forms", &form).expect(201));
    let incident = id(&w.incident(&w.admin, &place));
    let case = id(&w.incident(&w.admin, &place));
    let other_incident = id(&w.incident(&w.admin, &place));
    let (soon, later) =
        (SystemClock.now().plus_days(1).to_string(), SystemClock.now().plus_days(2).to_string());
    let whistle = json!({
        "incident_id": incident, "department_ids": [w.street], "wanted": "到场处置", "report_due_at": soon,
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
    let fact =
        |what: &str, body: &Value| id(&clerk.post(&format!("/people/{person}/{what}"), body).expect(201));
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

/// Which of the things the `{id}` after this segment of a path is.
pub fn named<'t>(path: &str, t: &'t Things) -> Option<&'t str> {
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
