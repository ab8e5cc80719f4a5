//! The road of a request: read it, log it, pace it, look for a misbehaviour, do the work, let the answer leave.

use super::call::{Call, Reply, Service, now};
use super::control;
use super::misbehave::{Delivery, Misbehaviour, Work};
use super::world::World;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use jiff::Timestamp;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::net::TcpListener;
use tokio::sync::watch;

#[derive(Debug)]
pub(super) struct Shared {
    world: Mutex<World>,
    /// Changes when all late work is to be done at once.
    late: watch::Sender<()>,
}

impl Shared {
    pub fn new(world: World) -> Self {
        Self { world: Mutex::new(world), late: watch::Sender::new(()) }
    }

    /// The world is whole between requests, also after a panic in a test that held it.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn finish_late_work(&self) {
        self.late.send_replace(());
    }
}

/// Serves one service until `stop` changes, or its sender goes.
pub(super) async fn serve(service: Service, shared: Arc<Shared>, listener: TcpListener, mut stop: watch::Receiver<()>) -> io::Result<()> {
    let router = axum::Router::new().fallback(answer).with_state((service, shared));
    axum::serve(listener, router).with_graceful_shutdown(async move { drop(stop.changed().await) }).await
}

async fn answer(State((service, shared)): State<(Service, Arc<Shared>)>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    // The caller broke off: there is nobody to answer.
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let at = now();
    let query = head.uri.query();
    let mut call = Call {
        service,
        method: head.method,
        path: head.uri.path().to_owned(),
        query: form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect(),
        headers: head.headers,
        body: body.to_vec(),
        number: 0,
        at,
        visible_from: at,
        as_stub: false,
    };
    if service == Service::Control {
        return leave(control::answer(&mut shared.world(), &call), Delivery::Whole);
    }
    shared.world().log(&mut call, query);
    let kind = call.kind();
    let (mut reply, delivery) = go(&shared, call).await;
    let ahead = shared.world().settings.date_ahead;
    if !ahead.is_zero() {
        reply = reply.with("date", httpdate::fmt_http_date(SystemTime::now() + ahead));
    }
    shared.world().counts.answered(kind, reply.status, delivery);
    leave(reply, delivery)
}

async fn go(shared: &Arc<Shared>, mut call: Call) -> (Reply, Delivery) {
    let told = shared.world().pace(&call);
    if let Some(told) = told.as_ref().filter(|told| !told.admitted) {
        return (told.onto(told.refusal()), Delivery::Whole);
    }
    let misbehaviour = shared.world().misbehaviour(&call).unwrap_or_default();
    misbehaviour.bend(&mut call);
    let usual = work(shared, call, &misbehaviour);
    if misbehaviour.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(misbehaviour.delay_ms)).await;
    }
    let (reply, delivery) = misbehaviour.shape(usual);
    (told.iter().fold(reply, |reply, told| told.onto(reply)), delivery)
}

/// The work's own answer, if the work is done now.
fn work(shared: &Arc<Shared>, mut call: Call, misbehaviour: &Misbehaviour) -> Option<Reply> {
    match misbehaviour.work {
        Work::Done => shared.world().work_with(Some(&call), misbehaviour),
        Work::Never => shared.world().work_with(None, misbehaviour),
        Work::Late(milliseconds) => {
            let (shared, late) = (Arc::clone(shared), misbehaviour.clone());
            let mut at_once = shared.late.subscribe();
            tokio::spawn(async move {
                let _either_way = tokio::time::timeout(Duration::from_millis(milliseconds), at_once.changed()).await;
                let hidden = call.visible_from.duration_since(call.at);
                call.at = now();
                call.visible_from = call.at.checked_add(hidden).unwrap_or(Timestamp::MAX);
                shared.world().work_with(Some(&call), &late);
            });
            None
        }
    }
}

/// The answer as bytes. Hyper adds the `Date` header.
fn leave(reply: Reply, delivery: Delivery) -> Response {
    let bytes = reply.bytes();
    let half = bytes.len() / 2;
    let broken = || Err(io::Error::from(io::ErrorKind::ConnectionAborted));
    let body = match delivery {
        Delivery::Whole => Body::from(bytes.clone()),
        // A body that fails before its first byte ends the connection before the head was flushed: not a byte leaves.
        Delivery::Nothing => Body::from_stream(stream::iter([broken() as io::Result<Bytes>])),
        Delivery::Long => Body::from_stream(halved(Bytes::copy_from_slice(&bytes))),
        Delivery::Half => Body::from_stream(halved(Bytes::copy_from_slice(bytes.get(..half).unwrap_or_default()))),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if delivery != Delivery::Whole {
        // More than will come; and never 0, with which no body would be waited for.
        let length = if delivery == Delivery::Long { TERABYTE } else { bytes.len().max(1) as u64 };
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    if let Some(kind) = reply.content_type() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

const TERABYTE: u64 = 1 << 40;

/// The first half, time for it to leave, and then the end of the connection.
fn halved(first: Bytes) -> impl stream::Stream<Item = io::Result<Bytes>> {
    stream::unfold(Some(first), |first| async move {
        match first {
            Some(first) if !first.is_empty() => Some((Ok(first), None)),
            _ => {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Some((Err(io::Error::from(io::ErrorKind::ConnectionAborted)), None))
            }
        }
    })
}
