//! Files through the whole gateway: real accounts, a real folder, and a power cut.

use commonweal_tests::app::TestApp;
use commonweal_tests::client::{Answer, Client};
use commonweal_tests::world::{World, id, version};

const MINUTES: &str = "会议纪要：三月二十日，居民代表二十七人。";

fn send(client: &Client, name: &str, text: &str) -> Answer {
    client
        .request("POST", "/files")
        .header("x-file-name", name)
        .raw("text/plain", text.as_bytes().to_vec())
        .send()
}

#[test]
fn a_file_is_its_owners_survives_a_power_cut_and_is_deleted_by_nobody_else() {
    for mut app in TestApp::each() {
        let (one, two, made) = {
            let world = World::build(&app);
            let (one, two) = (world.newcomer(&world.community), world.newcomer(&world.community));
            let made = send(&one.client, "minutes.txt", MINUTES).expect(201);
            (one.client, two.client, made)
        };
        assert!(made["owner_name"].as_str().is_some_and(|name| name.starts_with('张')), "{made}");
        app.gateway.kill();
        app.restart();
        let at = |client: &Client| client.at(&app.gateway.url);
        let (one, two) = (at(&one), at(&two));
        let path = format!("/files/{}", id(&made));
        let content = one.get(&format!("{path}/content"));
        assert_eq!((content.status, content.text.as_str()), (200, MINUTES), "{}", app.engine());
        two.get(&path).problem(404, "kernel.not_found");
        two.get(&format!("{path}/content")).problem(404, "kernel.not_found");
        let delete = |client: &Client| client.request("DELETE", &path).version(version(&made)).send();
        delete(&two).problem(404, "kernel.not_found");
        one.stranger().get(&path).problem(401, "web.not_signed_in");
        assert_eq!(delete(&one).status, 204);
        one.get(&path).problem(404, "kernel.not_found");
    }
}

#[test]
fn an_allowance_is_set_by_whoever_runs_the_gateway() {
    let app = TestApp::sqlite(&[("COMMONWEAL_FILES_PER_DAY", "1"), ("COMMONWEAL_DOCUMENT_LIMIT_MIB", "1")]);
    let admin = app.as_admin();
    let large = "x".repeat((1 << 20) + 1);
    send(&admin, "a.txt", &large).problem(413, "files.too_large");
    send(&admin, "a.txt", "small").expect(201);
    send(&admin, "a.txt", "small").problem(429, "files.quota");
}
