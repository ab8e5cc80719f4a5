//! Spans to a collector, by OTLP over HTTP: only where `OTEL_EXPORTER_OTLP_ENDPOINT` says whereto. The specification's other variables are read
//! by the library: `…_HEADERS` (a secret, shown nowhere), `…_TIMEOUT`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER`.
//! Source: "OTLP exporter configuration" of the OpenTelemetry specification.
//!
//! A run never waits for it: spans go through a bounded queue to a thread of its own, and those that find it full are dropped. At the end what
//! is left is waited for within [`LONGEST`].

use crate::cli::print;
use crate::net::http::USER_AGENT;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SdkTracerProvider};
use std::pin::Pin;
use std::time::Duration;
use tokio::runtime::{Handle, Runtime};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::registry::LookupSpan;

/// No run ends later than this for its collector's sake.
const LONGEST: Duration = Duration::from_secs(3);
/// What a collector answers is a few bytes.
const LONGEST_ANSWER: usize = 1 << 20;

#[derive(Debug)]
pub(super) struct Export {
    provider: SdkTracerProvider,
    runtime: Runtime,
}

/// The layer that exports, and what ends it; none where there is no endpoint. What cannot be set up is a warning, and no reason not to run.
pub(super) fn start<S>(pushes: bool) -> Option<(Box<dyn Layer<S> + Send + Sync>, Export)>
where
    S: tracing::Subscriber + for<'s> LookupSpan<'s> + Send + Sync,
{
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let endpoint = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"].into_iter().any(is_set);
    let disabled = std::env::var("OTEL_SDK_DISABLED").is_ok_and(|value| value.eq_ignore_ascii_case("true"));
    if !pushes || !endpoint || disabled {
        return None;
    }
    match exporter() {
        Ok((exporter, runtime)) => {
            let processor = BatchSpanProcessor::builder(exporter).build();
            let provider = SdkTracerProvider::builder().with_span_processor(processor).with_resource(resource()).build();
            let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("hireline"));
            let layer = layer.with_location(false).with_threads(false).with_tracked_inactivity(false);
            // The program's own spans, whatever the log shows, and none of the libraries'.
            let own = Targets::new().with_target("hireline", LevelFilter::DEBUG);
            Some((layer.with_filter(own).boxed(), Export { provider, runtime }))
        }
        // Its words could repeat a header.
        Err(_secret) => {
            print::warning("no spans are exported: OTEL_EXPORTER_OTLP_ENDPOINT is no address, or another of its variables is wrong");
            None
        }
    }
}

fn exporter() -> Result<(SpanExporter, Runtime), Box<dyn std::error::Error>> {
    crate::net::http::install_tls_provider();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).thread_name("export").enable_all().build()?;
    // Nothing is followed: the headers are for the collector alone.
    let client =
        reqwest::Client::builder().user_agent(USER_AGENT).redirect(reqwest::redirect::Policy::none()).timeout(timeout()).build()?;
    let client = Client { client, runtime: runtime.handle().clone() };
    let exporter = SpanExporter::builder().with_http().with_http_client(client).with_protocol(Protocol::HttpBinary).build()?;
    Ok((exporter, runtime))
}

/// A request's, in milliseconds as the specification has it; ten seconds by default.
fn timeout() -> Duration {
    let told = ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"].into_iter().find_map(|name| std::env::var(name).ok());
    Duration::from_millis(told.and_then(|told| told.trim().parse().ok()).unwrap_or(10_000))
}

/// The variables' words first.
fn resource() -> Resource {
    let named = std::env::var_os("OTEL_SERVICE_NAME").is_some_and(|name| !name.is_empty())
        || std::env::var("OTEL_RESOURCE_ATTRIBUTES").is_ok_and(|all| all.split(',').any(|one| one.trim().starts_with("service.name=")));
    let version = opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let builder = Resource::builder().with_attribute(version);
    if named { builder.build() } else { builder.with_service_name("hireline").build() }
}

impl Export {
    /// Sends what is left, and waits for it no longer than [`LONGEST`].
    pub fn end(self) {
        if self.provider.shutdown_with_timeout(LONGEST).is_err() {
            print::warning("not all spans reached the collector at OTEL_EXPORTER_OTLP_ENDPOINT");
        }
        self.runtime.shutdown_background();
    }
}

/// The library's exporter over our HTTP client. Its thread knows no runtime, so the request has one of its own.
#[derive(Debug)]
struct Client {
    client: reqwest::Client,
    runtime: Handle,
}

type Sending<'c> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'c>>;

impl HttpClient for Client {
    fn send_bytes<'c, 'r>(&'c self, request: Request<Bytes>) -> Sending<'r>
    where
        'c: 'r,
        Self: 'r,
    {
        Box::pin(async move { self.runtime.spawn(send(self.client.clone(), request)).await? })
    }
}

async fn send(client: reqwest::Client, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    // Without the address: it may hold a key.
    let mut answer = client.execute(request.try_into()?).await.map_err(reqwest::Error::without_url)?;
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        response = response.header(name, value);
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return Err("the collector's answer is too long".into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(response.body(body.into())?)
}
