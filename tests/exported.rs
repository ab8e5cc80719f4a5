//! Spans to a collector, with `--features otel`: what is sent, what is not, and that a run never waits for
//! it.

use crate::harness::{Ended, Office};
use crate::people::{email, key, profiles};
use crate::secrets::{none_of, personal, secrets};
use hireline::sandbox::{Answer, Misbehaviour, Work};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Head and body.
type Received = (String, Vec<u8>);

/// A collector on loopback: keeps what it is sent.
struct Collector {
    address: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Collector {
    fn open(answers: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::<Mutex<Vec<Received>>>::default();
        let kept = Arc::clone(&received);
        std::thread::spawn(move || {
            let mut held = Vec::new();
            for stream in listener.incoming().map_while(Result::ok) {
                if answers {
                    let kept = Arc::clone(&kept);
                    std::thread::spawn(move || serve(stream, &kept));
                } else {
                    held.push(stream);
                }
            }
        });
        Self { address, received }
    }

    fn heads(&self) -> Vec<String> {
        self.received.lock().unwrap().iter().map(|(head, _)| head.clone()).collect()
    }

    fn bytes(&self) -> Vec<u8> {
        self.received.lock().unwrap().iter().flat_map(|(_, body)| body.clone()).collect()
    }

    fn spans(&self) -> Vec<Span> {
        self.received.lock().unwrap().iter().flat_map(|(_, body)| spans(body)).collect()
    }
}

/// One request after another, each with its Content-Length.
fn serve(mut stream: TcpStream, kept: &Mutex<Vec<Received>>) {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.trim().parse().ok()).unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                let body = bytes[end + 4..end + 4 + length].to_vec();
                bytes.drain(..end + 4 + length);
                kept.lock().unwrap().push((head, body));
                let _gone = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n");
                continue;
            }
        }
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return,
            Ok(many) => bytes.extend_from_slice(&piece[..many]),
        }
    }
}

/// What is needed of a span. Source: `opentelemetry/proto/trace/v1/trace.proto`.
#[derive(Debug, Clone)]
struct Span {
    id: Vec<u8>,
    parent: Vec<u8>,
    name: String,
    attributes: BTreeMap<String, String>,
    service: String,
}

/// A message's fields that have a length: number and bytes. Others are passed over.
fn fields(mut bytes: &[u8]) -> Vec<(u64, &[u8])> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let mut value = 0;
        for shift in (0..).step_by(7) {
            let (first, rest) = bytes.split_first().unwrap();
            *bytes = rest;
            value |= u64::from(first & 0x7f) << shift;
            if first & 0x80 == 0 {
                break;
            }
        }
        value
    }
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes);
        let length = match tag & 7 {
            0 => {
                varint(&mut bytes);
                continue;
            }
            1 => 8,
            5 => 4,
            _ => usize::try_from(varint(&mut bytes)).unwrap(),
        };
        let (value, rest) = bytes.split_at(length);
        bytes = rest;
        if tag & 7 == 2 {
            all.push((tag >> 3, value));
        }
    }
    all
}

fn of(bytes: &[u8], number: u64) -> Vec<&[u8]> {
    fields(bytes).into_iter().filter(|(there, _)| *there == number).map(|(_, value)| value).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn attributes(bytes: &[u8], number: u64) -> BTreeMap<String, String> {
    let pair = |pair: &[u8]| {
        let value = of(pair, 2).first().map(|value| of(value, 1).first().map_or(String::new(), |value| text(value)));
        (text(of(pair, 1)[0]), value.unwrap_or_default())
    };
    of(bytes, number).into_iter().map(pair).collect()
}

fn spans(request: &[u8]) -> Vec<Span> {
    let mut all = Vec::new();
    for resource_spans in of(request, 1) {
        let service = of(resource_spans, 1).first().map(|resource| attributes(resource, 1)["service.name"].clone()).unwrap_or_default();
        for span in of(resource_spans, 2).into_iter().flat_map(|scope| of(scope, 2)) {
            let bytes = |number| of(span, number).first().map(|bytes| bytes.to_vec()).unwrap_or_default();
            all.push(Span {
                id: bytes(2),
                parent: bytes(4),
                name: text(&bytes(5)),
                attributes: attributes(span, 9),
                service: service.clone(),
            });
        }
    }
    all
}

fn run(office: &mut Office, endpoint: &str, verb: &[&str]) -> Ended {
    office.env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
    office.env("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20hush-collector");
    office.env("HIRELINE_LOG", "trace");
    office.call(verb)
}

#[test]
fn a_run_is_exported_with_its_profiles_steps_and_requests_and_nobodys_data() {
    let people = profiles(4);
    let mut office = Office::open(people.clone());
    let quoted = json!({"message": format!("{} is taken", email(1))});
    let answer = Answer::Status { status: 422, body: Some(quoted), retry_after: None };
    office
        .sandbox
        .misbehave(Misbehaviour { contains: Some(email(1)), work: Work::Never, answer, ..Misbehaviour::at("POST", "/v3/candidates") })
        .unwrap();
    let collector = Collector::open(true);
    let file = office.save(&office.v3("traced"));
    let ended = run(&mut office, &collector.address, &["run", "--json", &file]).expect(1);
    let spans = collector.spans();
    let by_id: BTreeMap<_, _> = spans.iter().map(|span| (span.id.clone(), span)).collect();
    let way = |span: &Span| {
        let mut names = vec![span.name.clone()];
        let mut at = span;
        while let Some(parent) = by_id.get(&at.parent) {
            names.push(parent.name.clone());
            at = parent;
        }
        assert!(at.parent.is_empty(), "{} has a parent that was not exported", at.name);
        names.reverse();
        names.join(" > ")
    };
    let ways: BTreeSet<String> = spans.iter().map(way).collect();
    insta::assert_snapshot!(ways.into_iter().collect::<Vec<_>>().join("\n"));
    let keys: BTreeSet<_> = spans.iter().filter(|span| span.name == "profile").map(|span| span.attributes["key"].clone()).collect();
    assert_eq!(keys, (0..4).map(key).collect());
    let create = |span: &&Span| span.name == "request" && span.attributes["operation"] == "POST /v3/candidates";
    assert_eq!(spans.iter().filter(create).count() as u64, 3);
    assert!(spans.iter().all(|span| span.service == "hireline"), "{spans:?}");
    let heads = collector.heads();
    assert!(
        heads.iter().all(|head| head.starts_with("post /v1/traces") && head.contains("authorization: bearer hush-collector")),
        "{heads:?}"
    );
    let sent = text(&collector.bytes());
    none_of(&personal(&people), &sent, "what was exported");
    none_of(&secrets(), &sent, "what was exported");
    none_of(&["hush-collector".to_owned()], &format!("{sent}{}{}", ended.stdout, ended.stderr), "an output");
}

#[test]
fn nothing_is_exported_without_an_endpoint_nor_by_a_verb_that_pushes_nothing() {
    let mut office = Office::open(profiles(1));
    let collector = Collector::open(true);
    let file = office.save(&office.v3("quiet"));
    for verb in [&["check", &file] as &[&str], &["plan", &file]] {
        run(&mut office, &collector.address, verb).expect(0);
    }
    run(&mut office, "", &["run", &file]).expect(0);
    office.env("OTEL_SDK_DISABLED", "true");
    run(&mut office, &collector.address, &["run", &file]).expect(0);
    assert_eq!(collector.heads(), Vec::<String>::new());
}

/// No collector, one that never answers, and an invalid address: the run is the same as without.
#[test]
fn a_collector_that_is_not_well_changes_nothing() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let silent = Collector::open(false);
    for (endpoint, warned) in [
        (format!("http://{gone}"), None),
        (silent.address.clone(), Some("warning: not all spans reached the collector")),
        ("no address hush-collector".to_owned(), Some("warning: no spans are exported")),
    ] {
        let mut office = Office::open(profiles(2));
        let file = office.save(&office.v3("alone"));
        let ended = run(&mut office, &endpoint, &["run", "--json", &file]).expect(0);
        assert_eq!(ended.profiles().len(), 2, "{endpoint}");
        assert!(warned.is_none_or(|words| ended.stderr.contains(words)), "{endpoint}: {}", ended.stderr);
        none_of(&["hush-collector".to_owned()], &format!("{}{}", ended.stdout, ended.stderr), &endpoint);
    }
}
