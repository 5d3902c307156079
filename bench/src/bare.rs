//! The ceiling: a handler that does nothing but answer, in the same web server with as many threads.

use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use actix_web::{App, HttpResponse, HttpServer, web};

use crate::load::{self, Plan};
use crate::report::Limit;
use crate::{Bench, Fallible, process, server};

/// The child's part: serves until it is ended.
pub fn serve(address: &str) -> Fallible<()> {
    let address: SocketAddr = address.parse()?;
    let body = serde_json::json!({
        "id": "01900000-0000-7000-8000-000000000000", "title": "A lamp is out", "description": "x".repeat(300), "version": 1
    })
    .to_string();
    actix_web::rt::System::new().block_on(async move {
        HttpServer::new(move || {
            let body = body.clone();
            App::new().route(
                "/incidents/{id}",
                web::get().to(move |_id: web::Path<String>| {
                    let body = body.clone();
                    async move { HttpResponse::Ok().content_type("application/json").body(body) }
                }),
            )
        })
        .bind(address)?
        .run()
        .await
    })?;
    Ok(())
}

/// The parent's part.
pub fn measure(bench: &mut Bench) -> Fallible<()> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut child = Command::new(std::env::current_exe()?)
        .args(["bare-handler", &address.to_string()])
        .stdin(Stdio::null())
        .spawn()?;
    let started = Instant::now();
    while server::call(address, "GET", "/incidents/1", None, None).is_err() {
        if started.elapsed() > Duration::from_secs(20) {
            child.kill()?;
            return Err("the bare handler did not start".into());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let requests = [server::request("GET", "/incidents/01900000", Some("token"), None, &[])];
    let mut cpu = Vec::new();
    let plan = Plan { connections: 64, warm_up: Duration::from_secs(1), measure: Duration::from_secs(4) };
    let outcome = load::run(address, &requests, 200, plan, || {
        cpu.push(process::cpu_micros(child.id())?);
        Ok(())
    });
    child.kill()?;
    child.wait()?;
    let outcome = outcome?;
    let spent = cpu.last().copied().unwrap_or(0).saturating_sub(cpu.first().copied().unwrap_or(0));
    let each = crate::real(spent) / crate::real(outcome.good.max(1));
    let detail = format!(
        "{} requests/s, p99 {:.1} ms",
        crate::report::number(outcome.rate()),
        outcome.latency_ms(990)
    );
    bench.report.figure("bare handler, 64 connections: CPU per request", each, "µs", Limit::None, &detail);
    Ok(())
}
