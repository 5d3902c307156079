//! Files on things of a domain: who attaches, who sees, who does not.

use actix_web::test::init_service;
use contracts::{Files, Thing};

use crate::pictures::jpeg;
use crate::setting::towns;
use crate::{ask, upload};

#[actix_web::test]
async fn whoever_may_see_the_thing_sees_its_files_and_nobody_else() {
    for t in towns().await {
        let app = init_service(t.site().app()).await;
        let file = upload!(app, t.worker, "image/jpeg", "a.jpg", jpeg(80, 60)).id();
        let paths = ["", "/content", "/thumbnail"].map(|end| format!("/files/{file}{end}"));
        for stranger in [t.other, t.reader, t.stranger] {
            for path in &paths {
                let got = ask!(app, stranger, GET path);
                assert_eq!((got.status, got.code()), (404, "kernel.not_found"), "not attached: {path}");
            }
        }
        let told = t.attach(t.worker, &file, t.here, "before").await.unwrap();
        assert_eq!((told.label.as_str(), told.pixels), ("before", Some((80, 60))));
        for path in &paths {
            assert_eq!(ask!(app, t.worker, GET path).status, 200);
            assert_eq!(ask!(app, t.reader, GET path).status, 200, "may see the case");
            assert_eq!(ask!(app, t.other, GET path).status, 404, "another subtree");
            assert_eq!(ask!(app, t.stranger, GET path).status, 404);
        }
        let view = ask!(app, t.reader, GET paths[0]).json;
        assert_eq!(view["thing"]["kind"], "cases.case");
        assert_eq!(view["thing"]["id"], t.here.to_string());
        assert_eq!((&view["state"], &view["can"]), (&"attached".into(), &serde_json::json!([])));
        assert_eq!(view["owner_name"], "王");
        assert!(view.get("expires_at").is_none());
        assert_eq!(t.list(t.here).await.len(), 1);
        assert!(t.list(t.there).await.is_empty());
    }
}

#[actix_web::test]
async fn a_label_may_be_for_fewer_eyes() {
    for t in towns().await {
        let app = init_service(t.site().app()).await;
        let file = upload!(app, t.worker, "text/plain", "a.txt", "for the office").id();
        t.attach(t.worker, &file, t.here, "office").await.unwrap();
        assert_eq!(ask!(app, t.worker, GET format!("/files/{file}/content")).status, 200);
        assert_eq!(ask!(app, t.reader, GET format!("/files/{file}/content")).status, 404);
    }
}

#[actix_web::test]
async fn nobody_attaches_what_is_not_theirs_or_where_they_may_not() {
    for t in towns().await {
        let app = init_service(t.site().app()).await;
        let file = upload!(app, t.worker, "text/plain", "a.txt", "text").id();
        let forbidden = Err("kernel.forbidden".to_owned());
        let not_found = Err("kernel.not_found".to_owned());
        let code = |done: Result<contracts::FileRef, String>| done.map(|_| ());
        assert_eq!(code(t.attach(t.worker, &file, t.there, "").await), forbidden, "another subtree");
        assert_eq!(code(t.attach(t.reader, &file, t.here, "").await), forbidden, "sees and does not work");
        assert_eq!(code(t.attach(t.other, &file, t.there, "").await), not_found, "somebody else's file");
        let unknown = uuid_of_nobody();
        assert_eq!(code(t.attach(t.worker, &unknown, t.here, "").await), not_found);
        t.attach(t.worker, &file, t.here, "").await.unwrap();
        let twice = code(t.attach(t.worker, &file, t.here, "").await);
        assert_eq!(twice, Err("files.attached".to_owned()));
        let kept = ask!(app, t.worker, DELETE format!("/files/{file}"), &[("if-match", "\"2\"")], "");
        assert_eq!((kept.status, kept.code()), (409, "files.attached"));
        let others = ask!(app, t.other, DELETE format!("/files/{file}"), &[("if-match", "\"2\"")], "");
        assert_eq!(others.status, 404);
    }
}

fn uuid_of_nobody() -> String {
    testkit::fresh::<kernel::id::File>().to_string()
}

#[actix_web::test]
async fn a_detached_file_is_its_owners_alone_again() {
    for t in towns().await {
        let app = init_service(t.site().app()).await;
        let file = upload!(app, t.worker, "text/plain", "a.txt", "text").id();
        t.attach(t.worker, &file, t.here, "").await.unwrap();
        assert_eq!(t.detach(t.reader, &file, t.here).await, Err("kernel.forbidden".to_owned()));
        assert_eq!(t.detach(t.other, &file, t.there).await, Err("kernel.not_found".to_owned()));
        let content = format!("/files/{file}/content");
        assert_eq!(ask!(app, t.reader, GET content).status, 200);
        t.detach(t.worker, &file, t.here).await.unwrap();
        assert_eq!(ask!(app, t.reader, GET content).status, 404);
        assert_eq!(ask!(app, t.worker, GET content).status, 200);
        assert!(t.list(t.here).await.is_empty());
        t.attach(t.worker, &file, t.here, "").await.unwrap();
        assert_eq!(ask!(app, t.reader, GET content).status, 200, "attached anew");
        let trail = t.trail().await;
        for action in ["files.file.uploaded", "files.file.attached", "files.file.detached"] {
            assert!(trail.contains(action), "{action}");
        }
    }
}

#[actix_web::test]
async fn a_deed_that_fails_attaches_nothing() {
    for t in towns().await {
        let app = init_service(t.site().app()).await;
        let file = upload!(app, t.worker, "text/plain", "a.txt", "text").id();
        let (ctx, port, id, here) = (t.as_user(t.worker), t.port(), file.parse().unwrap(), t.here);
        let done: Result<(), _> =
            t.db.db
                .write(move |tx| {
                    port.attach(tx, &ctx, id, Thing { kind: "cases.case", id: here }, "")?;
                    Err(kernel::error::FORBIDDEN.fault())
                })
                .await;
        assert!(done.is_err());
        assert!(t.list(t.here).await.is_empty());
        assert_eq!(ask!(app, t.worker, GET format!("/files/{file}")).json["state"], "uploaded");
    }
}

#[actix_web::test]
async fn nobody_sees_files_of_a_thing_that_nobody_answers_for() {
    for t in towns().await {
        let (ctx, port) = (t.as_user(t.worker), t.port());
        let app = init_service(t.site().app()).await;
        let file = upload!(app, t.worker, "text/plain", "a.txt", "text").id();
        let id = file.parse().unwrap();
        let thing = Thing { kind: "gone.thing", id: t.here };
        let done = t.db.db.write(move |tx| port.attach(tx, &ctx, id, thing, "")).await;
        assert!(done.unwrap_err().code().is_none(), "a mistake of ours, not of theirs");
    }
}

#[actix_web::test]
async fn an_unknown_id_and_somebody_elses_file_answer_the_same() {
    for t in towns().await {
        let app = init_service(t.site().app()).await;
        let file = upload!(app, t.worker, "text/plain", "a.txt", "text").id();
        let told = |mut problem: serde_json::Value| {
            problem["request_id"].take();
            problem
        };
        for end in ["", "/content", "/thumbnail"] {
            let theirs = ask!(app, t.other, GET format!("/files/{file}{end}"));
            let nobodys = ask!(app, t.other, GET format!("/files/{}{end}", uuid_of_nobody()));
            let no_id = ask!(app, t.other, GET format!("/files/..%2f..%2fetc{end}"));
            assert_eq!((theirs.status, nobodys.status, no_id.status), (404, 404, 404));
            assert_eq!(told(theirs.json), told(nobodys.json));
        }
        let theirs = ask!(app, t.other, DELETE format!("/files/{file}"), &[("if-match", "\"1\"")], "");
        let nobodys =
            ask!(app, t.other, DELETE format!("/files/{}", uuid_of_nobody()), &[("if-match", "\"1\"")], "");
        assert_eq!((theirs.status, told(theirs.json)), (404, told(nobodys.json)));
    }
}

#[actix_web::test]
async fn of_two_who_attach_one_file_at_once_one_is_told() {
    for t in towns().await {
        let app = init_service(t.site().app()).await;
        let file = upload!(app, t.worker, "text/plain", "a.txt", "text").id();
        let many = (0..20).map(|_| t.attach(t.worker, &file, t.here, ""));
        let done = futures_util::future::join_all(many).await;
        assert_eq!(done.iter().filter(|d| d.is_ok()).count(), 1, "{}", t.engine());
        assert!(
            done.iter()
                .all(|d| d.as_ref().is_ok_and(|_| true) || d.as_ref().is_err_and(|c| c == "files.attached"))
        );
    }
}
