//! How bytes go out.

use std::io::{Read, Write};
use std::net::TcpStream;

use actix_web::test::init_service;

use crate::pictures::jpeg;
use crate::setting::towns;
use crate::{ask, upload};

const PDF: &[u8] = b"%PDF-1.7\n0123456789 the middle of it\nstartxref\n9\n%%EOF\n";

#[actix_web::test]
async fn documents_are_attachments_and_nothing_in_them_runs() {
    for t in towns().await {
        let app = init_service(t.site().app()).await;
        let pdf = upload!(app, t.worker, "application/pdf", "a.pdf", PDF).id();
        let photo = upload!(app, t.worker, "image/jpeg", "a.jpg", jpeg(60, 40)).id();
        let text = upload!(app, t.worker, "text/plain", "a.txt", "a long text ".repeat(900)).id();
        for (file, how, media) in [
            (&pdf, "attachment", "application/pdf"),
            (&photo, "inline", "image/jpeg"),
            (&text, "attachment", "text/plain; charset=utf-8"),
        ] {
            let got = ask!(app, t.worker, GET format!("/files/{file}/content"), &[("accept-encoding", "gzip, zstd")], "");
            assert_eq!((got.status, got.header("content-type")), (200, media));
            assert!(
                got.header("content-disposition").starts_with(how),
                "{}",
                got.header("content-disposition")
            );
            assert_eq!(got.header("x-content-type-options"), "nosniff");
            assert!(got.header("content-security-policy").contains("sandbox"));
            assert_eq!(got.header("cache-control"), "private, no-cache");
            assert_eq!(got.header("accept-ranges"), "bytes");
            assert_eq!(got.header("content-encoding"), "", "a tag is of the bytes as they are");
        }
        let thumbnail = ask!(app, t.worker, GET format!("/files/{pdf}/thumbnail"));
        assert_eq!((thumbnail.status, thumbnail.code()), (404, "files.no_thumbnail"));
        let refused = ask!(app, t.other, GET format!("/files/{pdf}/content"));
        assert_eq!(refused.header("cache-control"), "no-store");
    }
}

#[actix_web::test]
async fn a_part_is_sent_where_one_is_asked_for() {
    for t in towns().await {
        let app = init_service(t.site().app()).await;
        let file = upload!(app, t.worker, "application/pdf", "a.pdf", PDF);
        let (path, size) = (format!("/files/{}/content", file.id()), PDF.len());
        let get = async |headers: &[(&str, &str)]| ask!(app, t.worker, GET path, headers, "");
        let middle = get(&[("range", "bytes=9-18")]).await;
        assert_eq!((middle.status, middle.bytes.as_slice()), (206, b"0123456789".as_slice()));
        assert_eq!(middle.header("content-range"), format!("bytes 9-18/{size}"));
        let end = get(&[("range", "bytes=-6")]).await;
        assert_eq!((end.status, end.bytes.as_slice()), (206, b"%%EOF\n".as_slice()));
        let none = get(&[("range", "bytes=9999-")]).await;
        assert_eq!((none.status, none.code()), (416, "files.range"), "{}", none.json);
        assert_eq!(none.header("content-range"), format!("bytes */{size}"));
        for whole in ["bytes=0-1,3-4", "lines=1-2", "bytes=5-2", "x"] {
            let got = get(&[("range", whole)]).await;
            assert_eq!((got.status, got.bytes.as_slice()), (200, PDF), "{whole}");
        }
        let tag = middle.header("etag").to_owned();
        assert_eq!(tag, format!("\"{}\"", file.json["sha256"].as_str().unwrap()));
        assert_eq!(get(&[("range", "bytes=0-3"), ("if-range", &tag)]).await.status, 206);
        assert_eq!(get(&[("range", "bytes=0-3"), ("if-range", "\"old\"")]).await.status, 200);
        let known = get(&[("if-none-match", &tag)]).await;
        assert_eq!((known.status, known.bytes.len(), known.header("etag")), (304, 0, tag.as_str()));
        let head = ask!(app, t.worker, HEAD path);
        assert_eq!((head.status, head.bytes.len(), head.header("etag")), (200, 0, tag.as_str()));
    }
}

#[actix_web::test]
async fn its_length_is_said_and_nobody_packs_it_on_the_way() {
    let t = towns().await.remove(0);
    let app = init_service(t.site().app()).await;
    let file = upload!(app, t.worker, "text/plain", "a.txt", "a long text ".repeat(900)).id();
    let (address, handle) = t.serve();
    let worker = t.worker;
    let answer = actix_web::web::block(move || {
        let mut line = TcpStream::connect(address).unwrap();
        let head = format!(
            "GET /api/v1/files/{file}/content HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {worker}\r\naccept-encoding: gzip\r\nconnection: close\r\n\r\n"
        );
        line.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).unwrap();
        answer
    });
    let answer = answer.await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-length: 10800") && !head.contains("content-encoding"), "{head}");
    assert_eq!(body, "a long text ".repeat(900));
    handle.stop(false).await;
}

#[actix_web::test]
async fn who_may_not_see_it_is_not_told_that_they_have_it() {
    for t in towns().await {
        let app = init_service(t.site().app()).await;
        let file = upload!(app, t.worker, "application/pdf", "a.pdf", PDF);
        let tag = format!("\"{}\"", file.json["sha256"].as_str().unwrap());
        let path = format!("/files/{}/content", file.id());
        let got = ask!(app, t.stranger, GET path, &[("if-none-match", tag.as_str())], "");
        assert_eq!(got.status, 404, "a digest is no key");
        let got = ask!(app, "nobody", GET path);
        assert_eq!(got.status, 401);
    }
}

#[actix_web::test]
async fn bytes_that_are_gone_are_said_to_be_out_of_reach() {
    let t = towns().await.remove(0);
    let app = init_service(t.site().app()).await;
    let file = upload!(app, t.worker, "application/pdf", "a.pdf", PDF).id();
    std::fs::remove_dir_all(t.dir.path().join("kept")).unwrap();
    let got = ask!(app, t.worker, GET format!("/files/{file}/content"));
    assert_eq!((got.status, got.code()), (503, "files.store_unreachable"));
    std::fs::create_dir(t.dir.path().join("kept")).unwrap();
    let again = upload!(app, t.worker, "application/pdf", "a.pdf", PDF);
    assert_eq!(again.status, 201);
    assert_eq!(
        ask!(app, t.worker, GET format!("/files/{file}/content")).status,
        200,
        "healed by the same bytes"
    );
}
