//! How people come in, through the whole house: from the request to the message in the channel, and back with the code.

use commonweal_tests::app::TestApp;
use commonweal_tests::world::{World, all, id};
use serde_json::json;

const PASSWORD: &str = "a-password-of-their-own-77";

#[test]
fn a_worker_is_invited_by_their_street_and_comes_in_by_the_code() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let admin = world.person("unit_admin", &world.street);
        let invitation = json!({
            "address": "138 0013 8000", "display_name": "李娜", "unit_id": world.community, "language": "zh",
            "role_id": world.roles["unit_admin"], "reason": "新到岗",
        });
        let sent = admin.client.post("/invitations", &invitation).expect(201);
        assert_eq!(sent["address"], "138****8000", "{}", app.engine());
        let code = app.code("identity.invited", "+8613800138000", 0);
        let message = app.messages("identity.invited", "+8613800138000").remove(0);
        assert!(
            message["body"].as_str().is_some_and(|b| b.contains("李娜") && b.contains(&code)),
            "{message}"
        );
        let accept = json!({ "code": code, "login": format!("li.na.{}", app.engine().to_lowercase()), "password": PASSWORD });
        let made = app.stranger.post("/invitations/accept", &accept).expect(201);
        app.stranger.post("/invitations/accept", &accept).problem(422, "identity.invitation_refused");
        let new = app.sign_in(made["login"].as_str().expect("a login"), PASSWORD);
        let me = new.get("/me").expect(200);
        assert_eq!(me["grants"][0]["unit"]["id"], json!(world.community));
        // Who invited hears of it; the new one's inbox is their own.
        let told = all(&admin.client, "/me/notices?unread=true");
        assert_eq!(told[0]["kind"], "identity.invitation_accepted");
        let read = format!("/me/notices/{}/read", id(&told[0]));
        new.post(&read, &json!({})).problem(404, "kernel.not_found");
        admin.client.request("POST", &read).send().expect(200);
        assert!(all(&admin.client, "/me/notices?unread=true").is_empty());

        // The address that brought them in brings them in again.
        let login = json!({ "login": made["login"] });
        let known = app.stranger.post("/auth/password-resets", &login).expect(202);
        let unknown = app.stranger.post("/auth/password-resets", &json!({ "login": "nobody" })).expect(202);
        assert_eq!(known.as_object().map(|o| o.len()), unknown.as_object().map(|o| o.len()));
        let code = app.code("identity.password_reset", "+8613800138000", 0);
        let reset = json!({ "code": code, "password": "another-phrase-of-theirs" });
        assert_eq!(app.stranger.post("/auth/password-resets/confirm", &reset).status, 204);
        assert_eq!(new.get("/me").status, 401, "every session ended");
        app.sign_in(made["login"].as_str().expect("a login"), "another-phrase-of-theirs");
        let log = app.gateway.log();
        assert!(!log.contains(&code) && !log.contains("13800138000"), "{log}");
    }
}

#[test]
fn a_resident_registers_where_the_realm_allows_it() {
    for mut app in TestApp::each() {
        let community = {
            let world = World::build(&app);
            let closed = json!({ "address": "resident@town.example", "unit_id": world.community });
            app.stranger.post("/auth/registrations", &closed).problem(403, "identity.registration_closed");
            world.community
        };
        app.restart_with("COMMONWEAL_SELF_REGISTRATION", &community);
        let ask = json!({ "address": "Resident@Town.Example", "unit_id": community });
        let asked = app.stranger.post("/auth/registrations", &ask).expect(202);
        let code = app.code("identity.registration_code", "resident@town.example", 0);
        let confirm =
            json!({ "code": code, "login": "zhang.san", "display_name": "张三", "password": PASSWORD });
        let path = format!("/auth/registrations/{}/confirm", id(&asked));
        app.stranger.post(&path, &confirm).expect(201);
        let zhang = app.sign_in("zhang.san", PASSWORD);
        let me = zhang.get("/me").expect(200);
        assert_eq!(me["grants"][0]["role"]["name"], "resident");
        let report =
            json!({ "title": "路灯坏了", "description": "三号楼前的路灯不亮", "unit_id": community });
        zhang.post("/incidents", &report).expect(201);
        assert_eq!(zhang.get("/users").status, 403);
        // The same address once more: word goes there, and no code.
        app.stranger.post("/auth/registrations", &ask).expect(202);
        commonweal_tests::wait_until("word of the account", || {
            app.messages("identity.address_known", "resident@town.example").len() == 1
        });
        assert_eq!(app.messages("identity.registration_code", "resident@town.example").len(), 1);
    }
}
