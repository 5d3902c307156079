//! Traces of requests, sent to an OpenTelemetry collector over OTLP/HTTP. What waits is bounded and sent from a thread of its
//! own: a collector that is slow or gone loses spans, never a request.

use std::sync::Arc;

use kernel::{Clock, SystemClock};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{Span, SpanKind, Status, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use web::traces::{Caller, Served, Traces};

/// Sends a span for each request.
pub struct Collector {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    context: TraceContextPropagator,
}

impl Collector {
    /// Starts the thread that sends to the collector at this address.
    pub fn start(endpoint: &str, realm: &str) -> Result<Arc<Self>, String> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .build()
            .map_err(|e| format!("otlp_endpoint: {e}"))?;
        let resource = Resource::builder()
            .with_service_name("commonweal")
            .with_attributes([
                KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
                KeyValue::new("service.namespace", realm.to_owned()),
            ])
            .build();
        let provider =
            SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
        let tracer = provider.tracer("commonweal");
        Ok(Arc::new(Self { provider, tracer, context: TraceContextPropagator::new() }))
    }

    /// Sends what waits, and ends.
    pub fn stop(&self) {
        if let Err(error) = self.provider.shutdown() {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

impl Traces for Collector {
    fn served(&self, request: &Served<'_>) {
        let ended = std::time::SystemTime::from(SystemClock.now().utc());
        let name = format!("{} {}", request.method, request.route.unwrap_or("unrouted"));
        let mut about = vec![
            KeyValue::new("http.request.method", request.method.to_owned()),
            KeyValue::new("url.path", request.path.to_owned()),
            KeyValue::new("http.response.status_code", i64::from(request.status)),
            KeyValue::new("commonweal.request_id", request.request_id.to_owned()),
            KeyValue::new("commonweal.operation", request.operation.to_owned()),
        ];
        about.extend(request.route.map(|route| KeyValue::new("http.route", route.to_owned())));
        about.extend(request.user.map(|user| KeyValue::new("user.id", user.to_string())));
        let started = ended.checked_sub(request.took).unwrap_or(ended);
        let span = self
            .tracer
            .span_builder(name)
            .with_kind(SpanKind::Server)
            .with_start_time(started)
            .with_attributes(about);
        // A parent that is not well formed is none: the request begins a trace of its own.
        let parent = self.context.extract_with_context(&Context::new(), &Headers(request.caller));
        let mut span = self.tracer.build_with_context(span, &parent);
        if request.status >= 500 {
            span.set_status(Status::error(request.operation.to_owned()));
        }
        span.end_with_timestamp(ended);
    }
}

/// The two headers of a W3C trace context.
struct Headers<'a>(&'a Caller);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            "traceparent" => self.0.parent.as_deref(),
            "tracestate" => self.0.state.as_deref(),
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent", "tracestate"]
    }
}
