//! A bucket in place of the folder: against a store that speaks as much of S3 as is needed, and checks that requests are signed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use actix_web::http::Method;
use actix_web::web::{Bytes, Data, PayloadConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web as actix};
use files::Shelf;
use files::shelf::{Content, Part, S3};

type Objects = Data<Mutex<BTreeMap<String, Vec<u8>>>>;

/// Answers a request to the bucket; parts of an upload lie below their object until it is complete.
async fn answer(req: HttpRequest, body: Bytes, objects: Objects) -> HttpResponse {
    let signed = req.headers().get("authorization").and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !signed.starts_with("AWS4-HMAC-SHA256 Credential=key/") {
        return HttpResponse::Forbidden().finish();
    }
    let mut objects = objects.lock().unwrap();
    let (path, query) = (req.path().to_owned(), req.query_string());
    let xml = |text: &str| HttpResponse::Ok().content_type("application/xml").body(text.to_owned());
    match (req.method(), query) {
        (&Method::POST, "uploads" | "uploads=") => xml(
            "<InitiateMultipartUploadResult><Bucket>town</Bucket><Key>k</Key><UploadId>u</UploadId></InitiateMultipartUploadResult>",
        ),
        (&Method::POST, query) if query.contains("uploadId") => {
            let begin = format!("{path}?");
            let parts: Vec<String> = objects.keys().filter(|key| key.starts_with(&begin)).cloned().collect();
            let whole = parts.iter().flat_map(|key| objects.remove(key).unwrap()).collect();
            objects.insert(path, whole);
            xml("<CompleteMultipartUploadResult><ETag>\"e\"</ETag></CompleteMultipartUploadResult>")
        }
        (&Method::POST, _) => {
            let text = String::from_utf8_lossy(&body);
            let key = text.split("<Key>").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
            objects.remove(&format!("/town/{key}"));
            xml(&format!("<DeleteResult><Deleted><Key>{key}</Key></Deleted></DeleteResult>"))
        }
        (&Method::PUT, query) => {
            let name = if query.is_empty() { path } else { format!("{path}?{query}") };
            objects.insert(name, body.to_vec());
            HttpResponse::Ok().insert_header(("etag", "\"e\"")).finish()
        }
        (&Method::DELETE, _) => {
            objects.remove(&path);
            HttpResponse::NoContent().finish()
        }
        (_, _) => match objects.get(&path) {
            None => HttpResponse::NotFound().finish(),
            Some(bytes) => read(&req, bytes),
        },
    }
}

fn read(req: &HttpRequest, bytes: &[u8]) -> HttpResponse {
    let range = req.headers().get("range").and_then(|v| v.to_str().ok()?.strip_prefix("bytes="));
    let head = |mut answer: actix_web::HttpResponseBuilder| {
        answer
            .insert_header(("etag", "\"e\""))
            .insert_header(("last-modified", "Wed, 25 Nov 2026 00:00:00 GMT"))
            .take()
    };
    match range.and_then(|range| range.split_once('-')) {
        None => head(HttpResponse::Ok()).body(bytes.to_vec()),
        Some((first, last)) => {
            let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
            let told = format!("bytes {first}-{last}/{}", bytes.len());
            let part = bytes[first..=last].to_vec();
            head(HttpResponse::PartialContent()).insert_header(("content-range", told)).body(part)
        }
    }
}

#[actix_web::test]
async fn a_bucket_keeps_what_the_folder_would() {
    let objects: Objects = Data::from(Arc::new(Mutex::default()));
    let shared = objects.clone();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .app_data(PayloadConfig::new(64 << 20))
            .default_service(actix::to(answer))
    });
    let server = server.workers(1).bind(("127.0.0.1", 0)).unwrap();
    let endpoint = format!("http://{}", server.addrs()[0]);
    actix_web::rt::spawn(server.run());
    let s3 = S3 {
        endpoint: Some(endpoint),
        region: "us-east-1".to_owned(),
        bucket: "town".to_owned(),
        access_key: "key".to_owned(),
        secret_key: "secret".to_owned().into(),
    };
    let shelf = Shelf::s3(&s3).unwrap();
    assert!(!shelf.has("realm/aa/x", Part::Itself, None).await.unwrap());
    shelf.put("realm/aa/x", Part::Itself, Content::Made(b"0123456789".to_vec())).await.unwrap();
    shelf.put("realm/aa/x", Part::Thumbnail, Content::Made(b"small".to_vec())).await.unwrap();
    assert!(shelf.has("realm/aa/x", Part::Itself, Some(10)).await.unwrap());
    let mut part = shelf.open("realm/aa/x", Part::Itself, Some((2, 6))).await.unwrap();
    assert_eq!(part.left(), 4);
    assert_eq!(part.piece().await.unwrap().unwrap(), "2345");
    assert_eq!(part.piece().await.unwrap(), None);

    let mut file = tempfile::tempfile().unwrap();
    let whole: Vec<u8> = (0..20_u32 << 18).flat_map(u32::to_le_bytes).collect();
    std::io::Write::write_all(&mut file, &whole).unwrap();
    shelf.put("realm/bb/y", Part::Itself, Content::Taken(file)).await.unwrap();
    assert_eq!(objects.lock().unwrap().get("/town/realm/bb/y/file"), Some(&whole), "in parts, in order");

    shelf.remove("realm/aa/x").await.unwrap();
    assert_eq!(objects.lock().unwrap().len(), 1);
    let gone = shelf.open("realm/aa/x", Part::Itself, None).await.err().unwrap();
    assert_eq!(gone.code(), Some(&files::error::STORE_UNREACHABLE));
}
