//! Rows and objects: none without the other for long, and no bytes twice.

use actix_web::test::init_service;
use files::model::{Limits, Media};
use files::service::upload::{self as deed, Coming, Known};
use files::shelf::{Content, Part};

use crate::pictures::jpeg;
use crate::setting::{Town, towns};
use crate::{ask, upload};

#[actix_web::test]
async fn the_same_bytes_from_two_people_are_two_files_and_one_object() {
    for t in towns().await {
        let app = init_service(t.site().app()).await;
        let one = upload!(app, t.worker, "image/jpeg", "mine.jpg", jpeg(80, 60));
        let two = upload!(app, t.other, "image/jpeg", "ours.jpg", jpeg(80, 60));
        assert_ne!(one.id(), two.id());
        assert_eq!(one.json["sha256"], two.json["sha256"]);
        assert_eq!(
            (t.rows().await, t.objects().await, t.kept().len()),
            (2, 1, 2),
            "itself and its thumbnail"
        );
        let sha256 = one.json["sha256"].as_str().unwrap();
        let (path, _) = t.kept().remove(0);
        let realm = path.split("/kept/").nth(1).unwrap().split('/').next().unwrap().to_owned();
        assert!(path.contains(sha256) && realm.len() == 32, "{path}");
        let gone = ask!(app, t.worker, DELETE format!("/files/{}", one.id()), &[("if-match", "\"1\"")], "");
        assert_eq!(gone.status, 204);
        t.sweep().await;
        assert_eq!(ask!(app, t.worker, GET format!("/files/{}", one.id())).status, 404);
        assert_eq!(ask!(app, t.other, GET format!("/files/{}/content", two.id())).status, 200);
        let gone = ask!(app, t.other, DELETE format!("/files/{}", two.id()), &[("if-match", "\"1\"")], "");
        assert_eq!(gone.status, 204);
        t.sweep().await;
        assert_eq!((t.rows().await, t.objects().await, t.kept().len()), (0, 0, 0), "{}", t.engine());
    }
}

#[actix_web::test]
async fn a_file_is_deleted_at_the_version_its_owner_has_seen() {
    for t in towns().await {
        let app = init_service(t.site().app()).await;
        let file = upload!(app, t.worker, "text/plain", "a.txt", "text").id();
        let path = format!("/files/{file}");
        assert_eq!(ask!(app, t.worker, DELETE path).status, 428);
        let stale = ask!(app, t.worker, DELETE path, &[("if-match", "\"7\"")], "");
        assert_eq!((stale.status, stale.code()), (412, "kernel.stale"));
        assert_eq!(ask!(app, t.worker, DELETE path, &[("if-match", "\"1\"")], "").status, 204);
        assert!(t.trail().await.contains("files.file.deleted"));
    }
}

#[actix_web::test]
async fn what_nobody_attaches_is_gone_after_a_day_and_what_hangs_on_something_stays() {
    for t in towns().await {
        let app = init_service(t.site().app()).await;
        let loose = upload!(app, t.worker, "text/plain", "a.txt", "loose").id();
        let kept = upload!(app, t.worker, "text/plain", "b.txt", "kept").id();
        t.attach(t.worker, &kept, t.here, "").await.unwrap();
        t.a_day_later().await;
        assert_eq!(ask!(app, t.worker, GET format!("/files/{loose}")).status, 404);
        assert_eq!(ask!(app, t.reader, GET format!("/files/{kept}/content")).bytes, b"kept");
        assert_eq!((t.rows().await, t.objects().await, t.kept().len()), (1, 1, 1), "{}", t.engine());
        t.detach(t.worker, &kept, t.here).await.unwrap();
        t.a_day_later().await;
        assert_eq!((t.rows().await, t.objects().await, t.kept().len()), (0, 0, 0));
    }
}

fn known(sha256: &str) -> Known {
    Known { sha256: sha256.to_owned(), size: 4, media: Media::Text, pixels: None }
}

/// An upload up to the point where the process dies: its row, its object, maybe its bytes.
async fn half(t: &Town, sha256: &str, with_bytes: bool) -> (kernel::Id<kernel::id::File>, deed::Place) {
    let ctx = t.as_user(t.worker);
    let id = ctx.id();
    let coming = Coming { id, bytes: 4, day: "2026-11-25".to_owned() };
    let (db, begin, known) = (&t.db.db, ctx.clone(), known(sha256));
    db.write(move |tx| deed::begin(tx, &begin, &Limits::default(), &coming)).await.unwrap();
    let fresh = ctx.id();
    let place = db.write(move |tx| deed::reserve(tx, &ctx, id, fresh, &known)).await.unwrap();
    if with_bytes {
        let shelf = t.services.keep.clone().unwrap().shelf;
        shelf.put(&place.key, Part::Itself, Content::Made(b"text".to_vec())).await.unwrap();
    }
    (id, place)
}

#[actix_web::test]
async fn a_process_that_dies_between_the_bytes_and_the_row_leaves_nothing_that_anybody_sees() {
    for t in towns().await {
        let app = init_service(t.site().app()).await;
        for (sha256, with_bytes) in [("aa11", false), ("bb22", true)] {
            let (id, _) = half(&t, sha256, with_bytes).await;
            for end in ["", "/content"] {
                assert_eq!(ask!(app, t.worker, GET format!("/files/{id}{end}")).status, 404);
            }
            assert_eq!(
                t.attach(t.worker, &id.to_string(), t.here, "").await.unwrap_err(),
                "kernel.not_found"
            );
        }
        assert_eq!((t.rows().await, t.kept().len(), t.used().await), (2, 1, 8));
        t.a_day_later().await;
        assert_eq!((t.rows().await, t.objects().await, t.kept().len()), (0, 0, 0), "{}", t.engine());
        assert_eq!(t.used().await, 0, "what was held of the day's allowance is given back");
    }
}

#[actix_web::test]
async fn an_upload_whose_time_ran_out_ends_with_a_refusal() {
    for t in towns().await {
        let (id, _) = half(&t, "cc33", true).await;
        t.a_day_later().await;
        let ctx = t.as_user(t.worker);
        let done = t.db.db.write(move |tx| deed::finish(tx, &ctx, id, "a.txt", 4)).await;
        assert_eq!(done.unwrap_err().code(), Some(&files::error::UPLOAD_OVER));
    }
}

#[actix_web::test]
async fn bytes_that_come_while_the_same_are_being_removed_get_an_object_of_their_own() {
    for t in towns().await {
        let (first, old) = half(&t, "dd44", true).await;
        // The last file of the object goes; the sweeper has not come yet.
        let now = t.db.db.clock().now();
        t.db.db.write(move |tx| deed::abandon(tx, first, now)).await.unwrap();
        let (second, new) = half(&t, "dd44", true).await;
        assert_ne!(old.key, new.key);
        assert!(!new.is_there);
        t.sweep().await;
        let shelf = t.services.keep.clone().unwrap().shelf;
        assert!(!shelf.has(&old.key, Part::Itself, None).await.unwrap());
        assert!(shelf.has(&new.key, Part::Itself, Some(4)).await.unwrap(), "{}", t.engine());
        let ctx = t.as_user(t.worker);
        t.db.db.write(move |tx| deed::finish(tx, &ctx, second, "a.txt", 4)).await.unwrap();
    }
}

#[actix_web::test]
async fn bytes_that_may_still_be_on_their_way_are_waited_for_before_they_are_removed() {
    for t in towns().await {
        let (first, place) = half(&t, "ee55", true).await;
        let now = t.db.db.clock().now();
        t.db.db.write(move |tx| deed::abandon(tx, first, now)).await.unwrap();
        let shelf = t.services.keep.clone().unwrap().shelf;
        t.sweep_by(now.plus_seconds(3_000)).await;
        assert!(shelf.has(&place.key, Part::Itself, None).await.unwrap());
        t.sweep_by(now.plus_seconds(3_700)).await;
        assert!(!shelf.has(&place.key, Part::Itself, None).await.unwrap());
        assert_eq!(t.objects().await, 0, "{}", t.engine());
    }
}

#[actix_web::test]
async fn one_account_has_only_so_many_uploads_under_way() {
    for t in towns().await {
        for n in 0..8 {
            half(&t, &format!("ff{n}"), false).await;
        }
        let ctx = t.as_user(t.worker);
        let coming = Coming { id: ctx.id(), bytes: 4, day: "2026-11-25".to_owned() };
        let ninth = t.db.db.write(move |tx| deed::begin(tx, &ctx, &Limits::default(), &coming)).await;
        assert_eq!(ninth.unwrap_err().code(), Some(&files::error::TOO_MANY_AT_ONCE), "{}", t.engine());
        t.a_day_later().await;
        half(&t, "ff9", false).await;
    }
}

#[actix_web::test]
async fn many_who_bring_and_take_the_same_bytes_at_once_lose_none() {
    for t in towns().await {
        let app = init_service(t.site().app()).await;
        for round in 0..4 {
            let bring = (0..6).map(|_| async { upload!(app, t.worker, "text/plain", "a.txt", "the same") });
            let made = futures_util::future::join_all(bring).await;
            let (take, keep) = made.split_at(5);
            let gone = take.iter().map(|file| async {
                ask!(app, t.worker, DELETE format!("/files/{}", file.id()), &[("if-match", "\"1\"")], "")
                    .status
            });
            let (gone, ()) =
                futures_util::future::join(futures_util::future::join_all(gone), t.sweep()).await;
            assert!(gone.iter().all(|status| *status == 204), "{gone:?}");
            let left = ask!(app, t.worker, GET format!("/files/{}/content", keep[0].id()));
            assert_eq!(left.bytes, b"the same", "{} round {round}", t.engine());
        }
        t.sweep().await;
        assert_eq!((t.rows().await, t.objects().await, t.kept().len()), (4, 1, 1));
    }
}

#[actix_web::test]
async fn the_folder_is_for_this_account_of_the_machine_alone() {
    use std::os::unix::fs::PermissionsExt;
    let t = towns().await.remove(0);
    let mode = std::fs::metadata(t.dir.path().join("kept")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}
