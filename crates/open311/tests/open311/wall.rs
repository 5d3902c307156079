//! The plugin as the gateway sees it, and that what it is told of persons goes nowhere.

use kernel::Plugin;
use storage::StoredPlugin;

use crate::client;
use crate::client::{get, lamp, plugins, post};
use crate::world::World;

#[actix_web::test]
async fn the_plugins_document_and_names_are_without_a_finding() {
    for w in World::each() {
        assert_eq!(web::check(&plugins(&w)), Vec::<String>::new());
        let reactions: Vec<&str> = w.plugin().reactions().iter().map(|r| r.consumer).collect();
        assert_eq!((w.plugin().name(), reactions), ("open311", vec!["open311.tell"]));
    }
}

#[actix_web::test]
async fn what_is_under_the_endpoint_answers_and_nothing_else_changes_its_shape() {
    for w in World::each() {
        client!(w, call);
        for path in ["discovery.xml", "services.xml", "services/0101000000.xml", "requests.xml"] {
            assert_eq!(call(get(format!("/open311/v2/{path}"))).await.status, 200, "{path}");
        }
        let got = call(get("/open311/v3/services.xml")).await;
        assert_eq!((got.status, got.media.as_str()), (404, "application/problem+json"));
        let got = call(get("/api/v1/plugins")).await;
        assert_eq!((got.status, got.media.as_str()), (401, "application/problem+json"));
    }
}

/// Everything a database says, as one text.
fn everything(w: &World) -> String {
    use diesel::prelude::*;
    use storage::with_conn;
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        row: String,
    }
    let tables = [
        ("storage_audit_records", "body"),
        ("storage_events", "payload"),
        ("open311_requests", "media_urls || coalesce(external_id, '')"),
        ("open311_remarks", "description || media_urls || update_id || status"),
        ("grid_incidents", "title || description || coalesce(address, '')"),
        ("grid_incident_steps", "coalesce(note, '')"),
    ];
    let mut all = String::new();
    for (table, columns) in tables {
        let columns = if matches!(columns, "body" | "payload") {
            format!("cast({columns} as text)")
        } else {
            columns.to_owned()
        };
        let sql = format!("select {columns} as row from {table}");
        let rows: Vec<Row> =
            w.write(move |tx, _| Ok(with_conn!(tx, |c| diesel::sql_query(&sql).load(c))?)).expect("rows");
        rows.iter().for_each(|r| all.push_str(&r.row));
    }
    all
}

#[actix_web::test]
async fn who_the_senders_user_is_is_kept_nowhere_and_neither_is_the_key() {
    for w in World::each() {
        client!(w, call);
        let person = [
            ("email", "zhang@example.org"),
            ("phone", "13812345678"),
            ("first_name", "张三丰"),
            ("last_name", "Zhangsan"),
            ("device_id", "device-4711"),
            ("account_id", "account-0815"),
            ("attribute[fixmystreet_id]", "77"),
        ];
        let got = call(lamp(&w, &person)).await;
        assert_eq!(got.status, 200, "{}", got.body);
        let number = got.one("service_request_id");
        let mut fields = vec![
            ("api_key", w.key()),
            ("service_request_id", number.as_str()),
            ("update_id", "5"),
            ("status", "OPEN"),
            ("updated_datetime", "2026-11-25T10:00:00Z"),
            ("description", "还是不亮"),
            ("title", "Frau Dr."),
        ];
        fields.extend_from_slice(&person[..6]);
        let got = call(post("/open311/v2/servicerequestupdates.xml", client::form(&fields))).await;
        assert_eq!(got.status, 200, "{}", got.body);
        w.deliver();
        let all = everything(&w);
        assert!(
            all.contains("路灯不亮") && all.contains("还是不亮") && all.contains("open311.remark"),
            "{all}"
        );
        for secret in ["zhang", "1381234", "张三", "Zhang", "device-", "account-", "Frau", "key-"] {
            assert!(!all.contains(secret), "{secret} is kept");
        }
    }
}

#[test]
fn the_tables_go_down_and_up_again() {
    let all = [storage::migrate::own(), grid::plugin::migrations(), open311::plugin::migrations()];
    for test in testkit::TestDb::each(&all) {
        test.db.close();
        storage::migrate::revert_all(&test.config.engine, &all).expect("goes down");
        let ran = storage::migrate::run(&test.config.engine, &all).expect("goes up again");
        assert!(ran.iter().any(|version| version.contains("1201")), "{ran:?}");
    }
}
