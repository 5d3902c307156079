//! The small plugin that is not in the product, switched on: what `docs/CONTRIBUTING.md` says of plugins holds.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use actix_web::HttpServer;
use commonweal::config::Settings;
use commonweal::plugins::Plugins;
use commonweal_tests::app::TestApp;
use commonweal_tests::client::Client;
use commonweal_tests::document::operations;
use commonweal_tests::schema::count;
use commonweal_tests::world::{World, id};
use identity::gate::GateSettings;
use serde_json::json;
use storage::StoredPlugin;
use storage::outbox::Consumers;
use storage::worker::Workers;

#[path = "example/plugin.rs"]
mod plugin;

use plugin::ExamplePlugin;

/// Serves the product and the example on the app's database, until the process ends; answers where.
fn serve(app: &TestApp) -> String {
    let owner = format!("example-{}", commonweal_tests::world::number());
    let environment = [
        ("DATABASE_URL".to_owned(), app.db.url()),
        ("COMMONWEAL_RATE_PER_SECOND".to_owned(), "0".to_owned()),
    ];
    let settings = Settings::from_sources(None, &environment.into_iter().collect()).expect("settings");
    let db = app.db.again();
    let migrations = ExamplePlugin.migrations();
    storage::migrate::run(&app.db.config.engine, &[migrations]).expect("its tables");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (ready, is_ready) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let example = Arc::new(ExamplePlugin);
        let gate = GateSettings::new(settings.realm.clone(), settings.realm.clone());
        let plugins =
            Plugins::except(&[], vec![(example.clone(), example)], Some((&db, gate))).expect("the plugins");
        db.set_consumers(Consumers::new(plugins.reactions()));
        commonweal::commands::serve::prepare(&db, &plugins).expect("prepares");
        actix_web::rt::System::new().block_on(async move {
            let stopping = Arc::new(AtomicBool::new(false));
            let site =
                commonweal::commands::serve::site(&settings, &db, &plugins, None, &stopping).expect("a site");
            let _workers =
                Workers::start(&db, &owner, Arc::new(Consumers::new(plugins.reactions())), plugins.jobs());
            let server = HttpServer::new(move || site.app())
                .workers(1)
                .disable_signals()
                .listen(listener)
                .expect("listens");
            ready.send(()).expect("heard");
            server.run().await.expect("serves");
        });
    });
    is_ready.recv().expect("it starts");
    format!("http://{address}")
}

#[test]
fn an_example_plugin_switched_on_brings_its_table_its_rights_its_operations_and_its_reaction() {
    for app in TestApp::each() {
        let url = serve(&app);
        let there = Client::new(&url);
        let document = there.get("/openapi.json").expect(200);
        let ours: Vec<_> =
            operations(&document).into_iter().filter(|o| o.id.starts_with("example_")).collect();
        assert_eq!(ours.len(), 3);
        assert!(web::lint::lint(&document).is_empty(), "{:#?}", web::lint::lint(&document));

        let world = World::build(&app);
        let inspector = world.person("inspector", &world.street);
        let resident = world.person("resident", &world.community);
        // Its permissions are in the catalogue, and the built-in roles it names hold them.
        let permissions = world.admin.at(&url).get("/permissions").expect(200).to_string();
        assert!(permissions.contains("example.sighting.note"), "{permissions}");
        // The product's own gateway knows nothing of it.
        inspector
            .client
            .get("/sightings/01900000-0000-7000-8000-000000000001")
            .problem(404, "web.no_such_path");

        let community = world.community.clone();
        let report = json!({ "title": "路灯", "description": "", "unit_id": community });
        let incident = resident.client.at(&url).post("/incidents", &report).expect(201);
        let path = format!("/sightings/{}", id(&incident));
        there.get(&path).problem(401, "web.not_signed_in");
        resident.client.at(&url).get(&path).problem(403, "kernel.forbidden");
        commonweal_tests::wait_until("the reaction ran", || {
            inspector.client.at(&url).get(&path).expect(200)["states"] == json!(["reported"])
        });
        // An operation that goes says so with every answer, refusals too; the others say nothing.
        let old = format!("/glimpses/{}", id(&incident));
        for answer in [inspector.client.at(&url).get(&old), there.get(&old)] {
            assert_eq!(answer.header("deprecation"), Some("@1767225600"), "{}", answer.text);
            assert_eq!(answer.header("sunset"), Some("Fri, 01 Jan 2027 00:00:00 GMT"));
            assert!(answer.header("link").is_some_and(|l| l.contains("rel=\"deprecation\"")));
        }
        assert!(inspector.client.at(&url).get(&path).header("sunset").is_none());
        inspector.client.at(&url).post(&path, &json!({ "state": " " })).problem(422, "example.silent");
        inspector.client.at(&url).post(&path, &json!({ "colour": "red" })).names(
            422,
            "web.invalid_body",
            "/colour",
            "web.unknown_field",
        );
        let noted = inspector.client.at(&url).post(&path, &json!({ "state": "looked at" })).expect(201);
        assert_eq!(noted["states"], json!(["reported", "looked at"]), "{}", app.engine());
    }
}

#[test]
fn two_gateways_on_one_postgresql_deliver_each_event_once_and_a_dead_ones_work_is_taken_over() {
    let app = TestApp::postgres(&[]);
    let (admin, community) = {
        let world = World::build(&app);
        (world.admin.clone(), world.community.clone())
    };
    // The product's own gateway runs on the same database without the plugin, and leaves its events alone.
    let (first, second) = (serve(&app), serve(&app));
    for n in 0..40 {
        let url = if n % 2 == 0 { &first } else { &second };
        let report = json!({ "title": format!("第{n}件"), "description": "", "unit_id": community });
        admin.at(url).post("/incidents", &report).expect(201);
    }
    let engine = &app.db.config.engine;
    let told = || count(engine, "example_sightings");
    commonweal_tests::wait_until("every event was delivered", || told() == 40);
    let wrong = "storage_deliveries where consumer = 'example.sightings' and state <> 'delivered'";
    commonweal_tests::wait_until("all is marked", || count(engine, wrong) == 0);
    assert_eq!(count(engine, "storage_deliveries where consumer = 'example.sightings'"), 40);
    let doubles = "(select incident_id from example_sightings group by incident_id having count(*) > 1) as d";
    assert_eq!(count(engine, doubles), 0);

    // A worker claimed an event and died: its lease runs out, and another delivers it.
    use diesel::prelude::*;
    let storage::Engine::Postgres(url) = engine else { panic!("a server") };
    let mut conn = diesel::PgConnection::establish(url).expect("connects");
    diesel::sql_query("delete from example_sightings").execute(&mut conn).expect("forgets");
    let dead = "update storage_deliveries set state = 'pending', lease_owner = 'dead', \
                lease_until = '2020-01-01T00:00:00Z', due_at = '2020-01-01T00:00:00Z' \
                where consumer = 'example.sightings' and event_id = (select id from storage_events order by id limit 1)";
    assert_eq!(diesel::sql_query(dead).execute(&mut conn).expect("claims"), 1);
    commonweal_tests::wait_until("another delivered it", || told() == 1 && count(engine, wrong) == 0);
}
