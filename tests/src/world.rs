//! A small town, built over HTTP by its first administrator.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::Client;

/// What the town's accounts sign in with, once they have chosen it.
pub const CHOSEN: &str = "a-password-of-their-own-77";
/// What the administrator gives them.
const GIVEN: &str = "given-by-the-administrator-1";

static COUNT: AtomicU64 = AtomicU64::new(1);

/// A number that no other name in this process has.
pub fn number() -> u64 {
    COUNT.fetch_add(1, Ordering::Relaxed)
}

/// An account that can sign in.
#[derive(Debug, Clone)]
pub struct Person {
    /// Its id.
    pub id: String,
    /// Its login.
    pub login: String,
    /// Signed in.
    pub client: Client,
}

/// Two streets below one root, each with a community; the first community has a grid.
pub struct World<'a> {
    /// Where it is.
    pub app: &'a TestApp,
    /// The first administrator.
    pub admin: Client,
    /// The root of the tree.
    pub root: String,
    /// The street the story happens in.
    pub street: String,
    /// Its community.
    pub community: String,
    /// Another street, with nothing to do with it.
    pub other_street: String,
    /// Its community.
    pub other_community: String,
    /// Role name → id.
    pub roles: BTreeMap<String, String>,
}

/// The id in a view.
#[track_caller]
pub fn id(view: &Value) -> String {
    view["id"].as_str().unwrap_or_else(|| panic!("no id in {view}")).to_owned()
}

/// The version in a view.
#[track_caller]
pub fn version(view: &Value) -> i64 {
    view["version"].as_i64().unwrap_or_else(|| panic!("no version in {view}"))
}

/// A square around a point, as GeoJSON.
pub fn square(lng: f64, lat: f64, half: f64) -> Value {
    let (w, e, s, n) = (lng - half, lng + half, lat - half, lat + half);
    json!({ "type": "Polygon", "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]] })
}

/// All items of a list, page by page.
#[track_caller]
pub fn all(client: &Client, path: &str) -> Vec<Value> {
    let join = if path.contains('?') { '&' } else { '?' };
    let (mut items, mut cursor) = (Vec::new(), None::<String>);
    for _ in 0..1000 {
        let next = cursor.map_or_else(String::new, |c| format!("&cursor={c}"));
        let page = client.get(&format!("{path}{join}limit=200{next}")).expect(200);
        items.extend(page["items"].as_array().expect("items").iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return items,
        }
    }
    panic!("{path} never ends")
}

impl<'a> World<'a> {
    /// Builds it.
    #[track_caller]
    pub fn build(app: &'a TestApp) -> Self {
        let admin = app.as_admin();
        let root = all(&admin, "/units")
            .into_iter()
            .find(|u| u.get("parent_id").is_none())
            .map(|u| id(&u))
            .expect("a root");
        let roles = all(&admin, "/roles")
            .iter()
            .map(|r| (r["name"].as_str().expect("a name").to_owned(), id(r)))
            .collect();
        let mut world = Self {
            app,
            admin,
            root: root.clone(),
            street: String::new(),
            community: String::new(),
            other_street: String::new(),
            other_community: String::new(),
            roles,
        };
        world.street = world.unit(&root, "横沥镇", "town");
        world.community = world.unit(&world.street.clone(), "恒泉社区", "community");
        world.other_street = world.unit(&root, "别镇", "town");
        world.other_community = world.unit(&world.other_street.clone(), "别村", "community");
        world
    }

    /// Makes a unit.
    #[track_caller]
    pub fn unit(&self, parent: &str, name: &str, kind: &str) -> String {
        id(&self
            .admin
            .post("/units", &json!({ "parent_id": parent, "name": name, "kind": kind }))
            .expect(201))
    }

    /// Makes an account without a grant, signed in.
    #[track_caller]
    pub fn newcomer(&self, unit: &str) -> Person {
        let login = format!("person{}", number());
        let user = json!({ "login": login, "display_name": format!("张{}", number()), "unit_id": unit, "password": GIVEN });
        let user = id(&self.admin.post("/users", &user).expect(201));
        let first = self.app.sign_in(&login, GIVEN);
        let changed =
            first.post("/me/password", &json!({ "current_password": GIVEN, "new_password": CHOSEN }));
        assert!(changed.status < 300, "{}: {}", changed.asked, changed.text);
        Person { id: user, client: self.app.sign_in(&login, CHOSEN), login }
    }

    /// Gives a role, by its id; answers the grant.
    #[track_caller]
    pub fn grant(&self, user: &str, role: &str, unit: &str) -> Value {
        let grant =
            json!({ "user_id": user, "role_id": role, "unit_id": unit, "reason": "needed for the test" });
        self.admin.post("/grants", &grant).expect(201)
    }

    /// An account that holds a built-in role in a unit.
    #[track_caller]
    pub fn person(&self, role: &str, unit: &str) -> Person {
        let person = self.newcomer(unit);
        self.grant(&person.id, &self.roles[role], unit);
        person
    }

    /// Makes a role of these permissions in a unit.
    #[track_caller]
    pub fn role(&self, unit: &str, permissions: &[&str]) -> String {
        let name = format!("custom_{}", number());
        let role = json!({ "name": name, "label_en": name, "label_zh": "自定义", "unit_id": unit, "permissions": permissions });
        id(&self.admin.post("/roles", &role).expect(201))
    }

    /// Makes a grid with this boundary in a unit; answers its view.
    #[track_caller]
    pub fn grid(&self, unit: &str, boundary: &Value) -> Value {
        let name = format!("第{}网格", number());
        let grid = json!({ "unit_id": unit, "name": name, "kind": "residential", "geometry": boundary });
        self.admin.post("/grids", &grid).expect(201)
    }

    /// A person reports an incident that names a unit and has no point; answers its view.
    #[track_caller]
    pub fn incident(&self, reporter: &Client, unit: &str) -> Value {
        let report = json!({ "title": "路灯坏了", "description": "三号楼前的路灯不亮", "unit_id": unit });
        reporter.post("/incidents", &report).expect(201)
    }

    /// A transition, at the version in `view`; answers the view after it.
    #[track_caller]
    pub fn step(&self, client: &Client, view: &Value, action: &str, body: &Value) -> Value {
        client
            .request("POST", &format!("/incidents/{}/{action}", id(view)))
            .version(version(view))
            .json(body)
            .send()
            .expect(200)
    }
}
