//! What is taken, what is refused, and what is left of it.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::test::init_service;
use files::FilesPlugin;
use files::model::Limits;
use image::{GenericImageView, ImageFormat};

use crate::pictures::{encoded, from_a_phone, jpeg, picture, png, png_that_says, png_that_unpacks};
use crate::setting::{Town, towns};
use crate::{ask, upload};

#[test]
fn the_document_passes_the_lint() {
    let t = Town::each().remove(0);
    let plugins: Vec<Arc<dyn web::WebPlugin>> =
        vec![Arc::new(web::System), Arc::new(FilesPlugin::new(t.services.clone()))];
    assert_eq!(web::check(&plugins), Vec::<String>::new());
}

#[actix_web::test]
async fn a_photo_from_a_phone_is_upright_and_says_nothing_of_where_it_was_taken() {
    for t in towns().await {
        let app = init_service(t.site().app()).await;
        let sent = from_a_phone(640, 320, 6);
        let holds = |bytes: &[u8], word: &[u8]| bytes.windows(word.len()).any(|w| w == word);
        for word in [b"GPSMARK".as_slice(), b"Lei Feng", b"PK\x03\x04"] {
            assert!(holds(&sent, word));
        }
        let made = upload!(app, t.worker, "image/jpeg", "%E7%8E%B0%E5%9C%BA.jpg", sent);
        assert_eq!(made.status, 201, "{} {}", t.engine(), made.json);
        assert_eq!(made.json["name"], "现场.jpg");
        assert_eq!((&made.json["width"], &made.json["height"]), (&320.into(), &640.into()), "turned");
        assert_eq!(made.json["state"], "uploaded");
        assert_eq!(made.json["can"], serde_json::json!(["attach", "delete"]));
        assert_eq!(made.header("location"), format!("/api/v1/files/{}", made.id()));
        let got = ask!(app, t.worker, GET format!("/files/{}/content", made.id()));
        assert_eq!((got.status, got.header("content-type")), (200, "image/jpeg"));
        for word in [b"GPSMARK".as_slice(), b"Lei Feng", b"Exif", b"xmpmeta", b"PK\x03\x04", b"\xff\xe1"] {
            assert!(!holds(&got.bytes, word), "{:?}", String::from_utf8_lossy(word));
        }
        let photo = image::load_from_memory(&got.bytes).unwrap();
        assert_eq!(photo.dimensions(), (320, 640));
        let (top, bottom) = (photo.get_pixel(160, 40).0, photo.get_pixel(160, 600).0);
        assert!(top[0] > 180 && top[2] < 60 && bottom[2] > 180 && bottom[0] < 60, "{top:?} {bottom:?}");
        let small = ask!(app, t.worker, GET format!("/files/{}/thumbnail", made.id()));
        let small = image::load_from_memory(&small.bytes).unwrap();
        assert_eq!(small.dimensions(), (160, 320));
        assert!(!t.trail().await.contains("现场"), "a name may say who somebody is");
    }
}

#[actix_web::test]
async fn each_way_a_camera_is_held_comes_out_upright() {
    let t = towns().await.remove(0);
    let app = init_service(t.site().app()).await;
    // Where the red half is: left, right, top or bottom.
    for (orientation, red) in [
        (1, (0, 16)),
        (2, (63, 16)),
        (3, (63, 16)),
        (4, (0, 16)),
        (5, (16, 0)),
        (6, (16, 0)),
        (7, (16, 63)),
        (8, (16, 63)),
    ] {
        let made = upload!(app, t.worker, "image/jpeg", "a.jpg", from_a_phone(64, 32, orientation));
        let got = ask!(app, t.worker, GET format!("/files/{}/content", made.id()));
        let pixel = image::load_from_memory(&got.bytes).unwrap().get_pixel(red.0, red.1).0;
        assert!(pixel[0] > 150 && pixel[2] < 100, "{orientation}: {pixel:?}");
    }
}

#[actix_web::test]
async fn each_kind_that_is_taken_is_kept_as_what_it_is() {
    for t in towns().await {
        let app = init_service(t.site().app()).await;
        let see_through = image::RgbaImage::from_pixel(40, 30, image::Rgba([9, 9, 9, 100])).into();
        let pdf = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF\n".to_vec();
        for (said, bytes, kept) in [
            ("image/jpeg", jpeg(50, 40), "image/jpeg"),
            ("image/jpg", jpeg(50, 40), "image/jpeg"),
            ("image/png", png(50, 40), "image/png"),
            ("application/octet-stream", png(50, 40), "image/png"),
            ("image/webp", encoded(&picture(50, 40), ImageFormat::WebP), "image/jpeg"),
            ("image/webp", encoded(&see_through, ImageFormat::WebP), "image/png"),
            ("application/pdf", pdf, "application/pdf"),
            ("text/plain; charset=UTF-8", "会议记录".as_bytes().to_vec(), "text/plain"),
        ] {
            let made = upload!(app, t.worker, said, "a", bytes);
            assert_eq!(
                (made.status, made.json["media_type"].as_str()),
                (201, Some(kept)),
                "{said} {}",
                made.json
            );
            assert_eq!(made.json["has_thumbnail"], kept.starts_with("image/"));
        }
    }
}

#[actix_web::test]
async fn bombs_lies_and_what_is_cut_off_are_refused_and_leave_nothing() {
    for t in towns().await {
        let app = init_service(t.site().app()).await;
        let whole = jpeg(300, 200);
        let whole_png = png(300, 200);
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec();
        let exif_only = from_a_phone(300, 200, 1)[..120].to_vec();
        for (said, bytes, status, code) in [
            ("image/png", png_that_says(60_000, 60_000), 413, "files.too_many_pixels"),
            ("image/png", png_that_says(30_000, 30_000), 413, "files.too_many_pixels"),
            ("image/png", png_that_says(6_000, 6_000), 422, "files.damaged"),
            ("image/png", png_that_says(0, 10), 422, "files.damaged"),
            ("image/jpeg", b"\xff\xd8\xff\xe0 and then no photo at all".to_vec(), 422, "files.damaged"),
            ("image/jpeg", b"hello".to_vec(), 422, "files.type_differs"),
            ("image/jpeg", whole_png.clone(), 422, "files.type_differs"),
            ("application/pdf", whole.clone(), 422, "files.type_differs"),
            ("image/jpeg", whole[..whole.len() - 40].to_vec(), 422, "files.damaged"),
            ("image/jpeg", whole[..whole.len() / 2].to_vec(), 422, "files.damaged"),
            ("image/jpeg", exif_only, 422, "files.damaged"),
            ("image/png", whole_png[..whole_png.len() - 30].to_vec(), 422, "files.damaged"),
            ("image/jpeg", Vec::new(), 422, "files.empty"),
            ("image/svg+xml", svg.clone(), 415, "files.type_not_taken"),
            ("text/plain", svg.clone(), 415, "files.type_not_taken"),
            ("", svg, 415, "files.type_not_taken"),
            ("text/html", b"<html>".to_vec(), 415, "files.type_not_taken"),
            ("image/gif", b"GIF89a".to_vec(), 415, "files.type_not_taken"),
            ("image/heic", b"\0\0\0\x18ftypheic".to_vec(), 415, "files.heic"),
            ("image/jpeg", b"\0\0\0\x18ftypheic\0\0\0\0".to_vec(), 415, "files.heic"),
            ("text/plain; charset=gbk", vec![0xcd, 0xf8], 415, "files.type_not_taken"),
        ] {
            let got = upload!(app, t.worker, said, "a", bytes);
            assert_eq!((got.status, got.code()), (status, code), "{said}: {}", got.json);
        }
        settled(&t).await;
        assert_eq!((t.rows().await, t.used().await), (0, 0), "{}", t.engine());
        t.sweep().await;
        assert_eq!((t.kept().len(), t.scratch().len(), t.objects().await), (0, 0, 0));
    }
}

/// Uploads that were refused are cleared away behind their answers.
async fn settled(t: &Town) {
    let began = Instant::now();
    while t.rows().await > 0 && began.elapsed() < Duration::from_secs(5) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[actix_web::test]
async fn what_unpacks_to_much_more_than_it_is_does_not_take_them() {
    let t = towns().await.remove(0);
    let app = init_service(t.site().app()).await;
    let bomb = png_that_unpacks();
    assert!(bomb.len() < 8 << 20);
    let before = most_memory();
    let got = upload!(app, t.worker, "image/png", "a.png", bomb);
    // A decoder may take the pixels that fit and leave the rest; what matters is what it costs.
    assert!(got.status == 422 || got.status == 201, "{}", got.json);
    assert!(most_memory() - before < 100 << 20, "{} MiB", (most_memory() - before) >> 20);
}

/// The most memory this process ever had, in bytes.
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

#[actix_web::test]
async fn a_large_document_takes_no_memory_of_its_size() {
    let t = towns().await.remove(0);
    let keep = t.services.keep.clone().unwrap();
    let line = "今日走访六十户，一切如常。\n".repeat(1_600);
    let pieces = (48 << 20) / line.len();
    let before = most_memory();
    let mut sent = 0;
    let next = async || {
        sent += 1;
        Ok((sent <= pieces).then(|| actix_web::web::Bytes::from(line.clone())))
    };
    let said = files::inspect::Said::of("text/plain", None).unwrap();
    let taken = files::receive::take(&keep.scratch, &Limits::default(), said, next).await.unwrap();
    let made = t.services.workshop.make(taken).await.unwrap();
    assert!(made.size > 47 << 20);
    keep.shelf.put("k", files::shelf::Part::Itself, made.content).await.unwrap();
    let mut reading = keep.shelf.open("k", files::shelf::Part::Itself, None).await.unwrap();
    let mut read = 0;
    while let Some(piece) = reading.piece().await.unwrap() {
        read += u64::try_from(piece.len()).unwrap();
    }
    assert_eq!(read, made.size);
    assert!(most_memory() - before < 40 << 20, "{} MiB", (most_memory() - before) >> 20);
}

#[actix_web::test]
async fn what_is_too_large_is_refused_before_it_has_come() {
    let limits = Limits { photo_bytes: 10_000, document_bytes: 20_000, ..Limits::default() };
    let all = actix_web::web::block(move || Town::each_with(limits)).await.unwrap();
    for t in all {
        let app = init_service(t.site().app()).await;
        for (said, size, status) in [
            ("image/jpeg", 10_001, 413),
            ("text/plain", 20_001, 413),
            ("text/plain", 20_000, 201),
            ("application/octet-stream", 20_001, 413),
        ] {
            let got = upload!(app, t.worker, said, "a", vec![b'x'; size]);
            assert_eq!(got.status, status, "{said} {size} {}", got.json);
        }
        // Not announced as a photo, and seen to be one.
        let mut photo = jpeg(50, 40);
        photo.resize(15_000, 0);
        let got = upload!(app, t.worker, "", "a", photo);
        assert_eq!((got.status, got.code()), (413, "files.too_large"));
    }
}

#[actix_web::test]
async fn names_are_cleaned_and_never_reach_a_path_or_a_second_header() {
    for t in towns().await {
        let app = init_service(t.site().app()).await;
        for (name, cleaned) in [
            ("..%2F..%2F..%2Fetc%2Fpasswd", "passwd.txt"),
            ("a%0D%0ASet-Cookie%3A%20x%3D1", "aSet-Cookie_ x=1.txt"),
            ("C%3A%5Cwindows%5Cnul.txt", "_nul.txt"),
            ("%22%3B%20filename%3Devil.exe", "_; filename=evil.exe.txt"),
            ("%E2%80%AEtxt.exe", "txt.exe.txt"),
            ("", "file.txt"),
        ] {
            let made = upload!(app, t.worker, "text/plain", name, "text");
            assert_eq!(made.json["name"], cleaned, "{name}");
            let got = ask!(app, t.worker, GET format!("/files/{}/content", made.id()));
            let told = got.header("content-disposition");
            assert!(told.starts_with("attachment; filename=\"") && told.matches('"').count() == 2, "{told}");
            assert!(!got.headers.contains_key("set-cookie"));
        }
        for bad in ["%ff%fe", "%zz", "%e4%bd"] {
            let got = upload!(app, t.worker, "text/plain", bad, "text");
            assert_eq!((got.status, got.code()), (400, "files.name_unreadable"), "{bad}");
        }
        let by_query = ask!(app, t.worker, POST "/files?name=%E8%AE%B0%E5%BD%95.txt", &[("content-type", "text/plain")], "x");
        assert_eq!(by_query.json["name"], "记录.txt");
        assert!(t.kept().iter().all(|(path, _)| path.contains("/kept/") && !path.contains("passwd")));
    }
}

#[actix_web::test]
async fn a_sender_who_goes_away_leaves_nothing_behind() {
    for t in towns().await {
        let (address, handle) = t.serve();
        let worker = t.worker;
        actix_web::web::block(move || {
            let mut line = TcpStream::connect(address).unwrap();
            let head = format!("POST /api/v1/files HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {worker}\r\ncontent-type: text/plain\r\ncontent-length: 900000\r\n\r\n");
            line.write_all(head.as_bytes()).unwrap();
            line.write_all(&[b'x'; 60_000]).unwrap();
            std::thread::sleep(Duration::from_millis(300));
        })
        .await
        .unwrap();
        settled(&t).await;
        assert_eq!((t.rows().await, t.used().await), (0, 0), "{}", t.engine());
        assert_eq!((t.kept().len(), t.scratch().len()), (0, 0));
        handle.stop(false).await;
    }
}

#[actix_web::test]
async fn a_day_has_only_so_many_files_and_bytes() {
    let limits = Limits { files_a_day: 3, bytes_a_day: 1_000, ..Limits::default() };
    let all = actix_web::web::block(move || Town::each_with(limits)).await.unwrap();
    for t in all {
        let app = init_service(t.site().app()).await;
        let send = |size: usize| vec![b'x'; size];
        assert_eq!(upload!(app, t.worker, "text/plain", "a", send(700)).status, 201);
        let much = upload!(app, t.worker, "text/plain", "a", send(400));
        assert_eq!((much.status, much.code()), (429, "files.quota"), "{}", t.engine());
        assert!(much.header("retry-after").parse::<u32>().unwrap() <= 86_400);
        // Deleting gives nothing back: it has come all the same.
        let made = upload!(app, t.worker, "text/plain", "a", send(300));
        let gone = ask!(app, t.worker, DELETE format!("/files/{}", made.id()), &[("if-match", "\"1\"")], "");
        assert_eq!(gone.status, 204);
        assert_eq!(upload!(app, t.worker, "text/plain", "a", send(1)).code(), "files.quota");
        assert_eq!(upload!(app, t.other, "text/plain", "a", send(900)).status, 201, "somebody else");
        assert_eq!(t.used().await, 1_900);
        for _ in 0..2 {
            assert_eq!(upload!(app, t.reader, "text/plain", "a", send(1)).status, 201);
        }
        let bad = upload!(app, t.reader, "image/png", "a", send(1));
        assert_eq!(bad.code(), "files.type_differs", "it is counted, or trying would cost nothing");
        assert_eq!(upload!(app, t.reader, "text/plain", "a", send(1)).code(), "files.quota");
    }
}

#[actix_web::test]
async fn the_same_key_answers_the_same_file_and_keeps_no_name_beside_it() {
    for t in towns().await {
        let app = init_service(t.site().app()).await;
        let headers: &[(&str, &str)] =
            &[("content-type", "text/plain"), ("x-file-name", "secret.txt"), ("idempotency-key", "k-1")];
        let first = ask!(app, t.worker, POST "/files", headers, "once");
        let again = ask!(app, t.worker, POST "/files", headers, "once");
        assert_eq!((first.status, again.status), (201, 201));
        assert_eq!((first.id(), again.header("idempotency-replayed")), (again.id(), "true"));
        let other = ask!(app, t.worker, POST "/files", headers, "twice");
        assert_eq!(other.status, 422, "another file under the same key");
        let began = Instant::now();
        while t.rows().await > 1 && began.elapsed() < Duration::from_secs(5) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(t.rows().await, 1, "{}", t.engine());
    }
}
