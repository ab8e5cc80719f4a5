//! What goes wrong below HTTP: names, connections, TLS. By small servers of this file's own, on loopback; no name is looked up on a network.
//!
//! The certificates were made once and are good until 2126: an authority that the runs are told to trust (`SSL_CERT_FILE`), a good certificate of
//! it, one for another host, one whose time is over, and one of nobody's.

use super::table::{Row, aligned, everything_is_there_once, key, person, pipeline, row_of};
use crate::harness::{Office, shown};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

const UNAUTHORIZED: &str =
    "HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{}";

/// Listens, and does this with each connection, until it goes.
struct Host {
    port: u16,
    stop: Arc<AtomicBool>,
    came: Arc<std::sync::Mutex<Vec<String>>>,
}

impl Host {
    fn doing(with: impl Fn(TcpStream) -> Option<String> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = Self { port: listener.local_addr().unwrap().port(), stop: Arc::default(), came: Arc::default() };
        let (stop, came) = (Arc::clone(&host.stop), Arc::clone(&host.came));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok).take_while(|_| !stop.load(Ordering::SeqCst)) {
                let request = with(stream);
                came.lock().unwrap().extend(request);
            }
        });
        host
    }

    /// Requests that were read: with their credentials.
    fn requests(&self) -> usize {
        self.came.lock().unwrap().len()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _wakes_it = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn head(stream: &mut impl Read) -> Option<String> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes);
        if text.contains("\r\n\r\n") {
            return Some(text.into_owned());
        }
    }
}

fn secure(name: &str) -> Host {
    hireline::net::http::install_tls_provider();
    let file = |ending: &str| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/faults/certificates/{name}.{ending}"));
    let chain = vec![CertificateDer::from_pem_file(file("pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(file("key")).unwrap();
    let config = Arc::new(ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap());
    Host::doing(move |stream| {
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
        let request = head(&mut stream)?;
        let _it_may_be_gone = stream.write_all(UNAUTHORIZED.as_bytes()).and_then(|()| stream.flush());
        stream.conn.send_close_notify();
        let _it_may_be_gone = stream.flush();
        Some(request)
    })
}

fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Nothing listens, an impossible name, and so on: the address, and what listens.
fn hosts() -> Vec<(&'static str, String, Option<Host>)> {
    let at = |host: &Host, scheme: &str| format!("{scheme}://127.0.0.1:{}", host.port);
    let with = |name, host: Host, scheme: &str| (name, at(&host, scheme), Some(host));
    vec![
        ("connection refused", format!("http://127.0.0.1:{}", closed_port()), None),
        // `RES_OPTIONS` below: the resolver gives up before it asks anybody.
        ("name not found", "https://greenhouse.invalid".to_owned(), None),
        with("TLS, a good certificate", secure("good"), "https"),
        with("TLS, of an authority that is not trusted", secure("nobodys"), "https"),
        with("TLS, for another host", secure("elsewhere"), "https"),
        with("TLS, its time is over", secure("over"), "https"),
        with(
            "TLS asked, plain HTTP spoken",
            Host::doing(|mut stream| {
                let _it_may_be_gone = stream.write_all(UNAUTHORIZED.as_bytes());
                None
            }),
            "https",
        ),
        with(
            "TLS, closed in the middle of its beginning",
            Host::doing(|mut stream| {
                let _begun = stream.read(&mut [0; 16]);
                None
            }),
            "https",
        ),
    ]
}

/// What the system says differs from one to the next.
fn steady(words: &str) -> String {
    const WORDS: [(&str, &str); 5] = [
        (r"127\.0\.0\.1:\[port\]", "[host]"),
        (r" \(os error \[number\]\)", ""),
        (r"(failed to lookup address information): [^:,)]*", "$1"),
        (r"tls handshake eof|unexpected EOF during handshake|Connection reset by peer|Broken pipe", "[closed]"),
        (r"\d+ \(UNIX\)|after \d+|\(\d+ seconds ago\)", "[time]"),
    ];
    WORDS
        .iter()
        .fold(words.to_owned(), |words, (pattern, word)| regex::Regex::new(pattern).unwrap().replace_all(&words, *word).into_owned())
}

#[test]
fn hosts_that_cannot_be_spoken_to() {
    let rows = |(name, address, host): &(&'static str, String, Option<Host>)| -> Row {
        let mut office = Office::open((0..2).map(person).collect());
        let authority = format!("{}/tests/faults/certificates/authority.pem", env!("CARGO_MANIFEST_DIR"));
        office.env("SSL_CERT_FILE", &authority);
        office.env("RES_OPTIONS", "attempts:0");
        let mut greenhouse = pipeline(&office, "v1");
        greenhouse["destination"]["greenhouse"]["base_url"] = json!(address);
        let mut hrflow = pipeline(&office, "v3");
        hrflow["source"]["hrflow"]["base_url"] = json!(format!("{address}/v1"));
        hrflow["source"]["hrflow"]["profiles"] = json!({"keys": [key(0)]});
        let mut token = pipeline(&office, "v3");
        token["destination"]["greenhouse"]["auth"]["oauth_client"]["token_url"] = json!(format!("{address}/token"));
        let run = |pipeline: &Value, ledger: &str| {
            let mut pipeline = pipeline.clone();
            pipeline["pipeline"] = json!(ledger);
            let file = office.save(&pipeline);
            let run = office.call(&["run", "--json", &file]);
            let word = run
                .stderr
                .lines()
                .find_map(|line| line.strip_prefix(&format!("error: pipeline {ledger}: ")))
                .unwrap_or_default()
                .to_owned();
            format!("exit {} {}", run.code.unwrap_or(-1), steady(&office.steady(&word)))
        };
        let told = thread::scope(|scope| {
            let all = [(&greenhouse, "greenhouse"), (&hrflow, "hrflow"), (&token, "token")];
            let running: Vec<_> = all.map(|(pipeline, name)| scope.spawn(move || run(pipeline, name))).into();
            running.into_iter().map(|run| run.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(office.writes(), 0);
        // Now the address is the right one.
        let next = office.run(&office.save(&pipeline(&office, "v3"))).expect(0);
        everything_is_there_once(&office, 2);
        let seen = host.as_ref().map_or(0, Host::requests);
        assert_eq!(
            seen > 0,
            name.contains("good"),
            "{name}: {seen} requests, with their credentials, were sent to who did not show who it is"
        );
        vec![(*name).to_owned(), shown(&next.counts()), told[0].clone(), told[1].clone(), told[2].clone()]
    };
    let hosts = hosts();
    let mut all: Vec<Row> = thread::scope(|scope| {
        let running: Vec<_> = hosts.iter().map(|host| scope.spawn(|| rows(host))).collect();
        running.into_iter().map(|row| row.join().unwrap()).collect()
    });
    let mut told = Vec::new();
    for (index, what) in [(2, "Greenhouse, before anything is asked"), (3, "HrFlow"), (4, "the token endpoint")] {
        let mut table: Vec<Row> = all.iter().map(|row| vec![row[0].clone(), row[1].clone(), row[index].clone()]).collect();
        table.insert(0, ["fault", "next run", "first run"].map(str::to_owned).to_vec());
        told.push(format!("{what}\n\n{}", aligned(&table)));
    }
    all.clear();
    insta::assert_snapshot!(told.join("\n\n"));
}

/// In the middle of a run: a way to Greenhouse that does one thing with the request to create the candidate, and lets all others pass.
fn passing_but_creates(greenhouse: String, with: fn(TcpStream)) -> Host {
    Host::doing(move |stream| {
        let (greenhouse, with) = (greenhouse.clone(), with);
        thread::spawn(move || relay(stream, &greenhouse, with));
        None
    })
}

fn relay(mut client: TcpStream, greenhouse: &str, with: fn(TcpStream)) {
    let mut buffer = vec![0; 1 << 20];
    let Ok(read @ 1..) = client.read(&mut buffer) else { return };
    if buffer[..read].starts_with(b"POST /v3/candidates ") {
        return with(client);
    }
    let Ok(mut server) = TcpStream::connect(greenhouse.trim_start_matches("http://")) else { return };
    // One request a connection, so that the create has one of its own.
    let text = String::from_utf8_lossy(&buffer[..read]).replacen("\r\n", "\r\nconnection: close\r\n", 1);
    let _it_may_be_gone = server.write_all(text.as_bytes());
    let (Ok(mut back), Ok(mut out)) = (server.try_clone(), client.try_clone()) else { return };
    thread::spawn(move || std::io::copy(&mut back, &mut out));
    let _ends = std::io::copy(&mut client, &mut server);
}

/// What is done with the connection on which the create came.
type Breaks = (&'static str, fn(TcpStream));

/// A connection that is reset (RST, as data lies there unread), one that never answers, one that closes after half of a head.
#[test]
fn connections_that_break_under_a_create() {
    let cases: [Breaks; 3] = [
        ("reset", |stream| {
            stream.set_nonblocking(true).unwrap();
            // What is left unread when it is closed makes the kernel send a reset.
            thread::sleep(std::time::Duration::from_millis(30));
            drop(stream);
        }),
        ("half-open: nobody ever answers", |stream| {
            thread::sleep(std::time::Duration::from_millis(super::table::TIMEOUT * 1000 + 1500));
            drop(stream);
        }),
        ("half of a head, then closed", |mut stream| {
            let _it_may_be_gone = stream.write_all(b"HTTP/1.1 201 Crea");
        }),
    ];
    let one = |(name, with): &Breaks| -> Row {
        let office = Office::open((0..2).map(person).collect());
        let host = passing_but_creates(office.sandbox.greenhouse_url(), *with);
        let mut through = pipeline(&office, "v3");
        through["destination"]["greenhouse"]["base_url"] = json!(format!("http://127.0.0.1:{}", host.port));
        let file = office.save(&through);
        let timeout = super::table::TIMEOUT.to_string();
        let first = office.call(&["run", "--json", "--no-wait", "--limit", "1", "--timeout", &timeout, &file]);
        let [outcome, ledger, words] = row_of(&office, &first, &key(0));
        let writes = office.writes();
        // The connection works again: the same account, the same ledger.
        let next = office.run(&office.save(&pipeline(&office, "v3"))).expect(0);
        everything_is_there_once(&office, 2);
        vec![
            (*name).to_owned(),
            format!("exit {} {outcome}", first.code.unwrap_or(-1)),
            ledger,
            writes.to_string(),
            shown(&next.counts()),
            words,
        ]
    };
    let mut all: Vec<Row> = thread::scope(|scope| {
        let running: Vec<_> = cases.iter().map(|case| scope.spawn(|| one(case))).collect();
        running.into_iter().map(|row| row.join().unwrap()).collect()
    });
    all.insert(0, ["fault", "first run", "ledger", "writes that arrived", "next run", "words"].map(str::to_owned).to_vec());
    insta::assert_snapshot!(aligned(&all));
}
