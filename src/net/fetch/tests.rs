use super::*;
use crate::net::http::testing::{Loopback, Reply, reply};
use std::sync::atomic::{AtomicUsize, Ordering};

fn quick() -> Bounds {
    Bounds {
        file: 64 << 10,
        together: 512 << 10,
        connect: Duration::from_secs(2),
        whole: Duration::from_millis(700),
        first_wait: Duration::from_millis(5),
        ..Bounds::default()
    }
}

fn here() -> std::net::SocketAddr {
    (std::net::Ipv4Addr::LOCALHOST, 0).into()
}

/// Names lead where the test says; this machine's address is listed.
fn fetcher(bounds: Bounds) -> Fetcher {
    let everywhere = |_| Box::pin(async { Ok(vec![here()]) }) as _;
    Fetcher::by(Public::looking_up(&["127.0.0.1".into(), "listed.example".into()], everywhere), bounds)
}

async fn said(url: &str) -> String {
    let said = fetcher(quick()).fetch(url).await.map(|fetched| format!("{} bytes", fetched.bytes.len()));
    said.unwrap_or_else(|error| error.to_string())
}

#[tokio::test]
async fn a_file_is_fetched_without_a_credential() {
    let host = Loopback::script(vec![reply(200, &[], "%PDF-1.4 Ada")]).await;
    let url = host.url("/cv.pdf?signature=hush#page").replace("//", "//user:word@");
    let fetched = fetcher(quick()).fetch(&url).await.unwrap();
    assert_eq!(fetched.bytes, b"%PDF-1.4 Ada");
    let sent = host.requests().concat().to_lowercase();
    assert!(sent.starts_with("get /cv.pdf?signature=hush http/1.1\r\n"), "{sent}");
    assert!(!sent.contains("authorization") && !sent.contains("cookie") && !sent.contains("accept-encoding"), "{sent}");
}

#[tokio::test]
async fn what_is_not_fetched() {
    let stranger = Loopback::script(vec![reply(200, &[], "secret of this machine")]).await;
    let port = stranger.port;
    let to = |location: String| async move { Loopback::script(vec![reply(302, &[("location", &location)], "")]).await.url("/") };
    let cases = [
        ("private address", "https://10.0.0.1/cv.pdf".to_owned()),
        ("metadata", "https://169.254.169.254/latest/meta-data".into()),
        ("metadata, as a number", "https://2852039166/latest".into()),
        ("loopback, in octal", format!("https://0177.0.0.2:{port}/")),
        ("loopback of the newer kind", format!("https://[::1]:{port}/")),
        ("mapped", format!("https://[::ffff:127.0.0.1]:{port}/")),
        ("a name that leads to this machine", format!("https://rebound.example:{port}/")),
        ("plain http", "http://files.example/cv.pdf".into()),
        ("plain http, listed", "http://listed.example/cv.pdf".into()),
        ("a file", "file:///etc/passwd".into()),
        ("no address", "cv.pdf".into()),
        ("sent to a private address", to("https://10.0.0.1/".into()).await),
        ("sent to this machine", to(format!("http://localhost:{port}/")).await),
        ("sent to a name that leads here", to(format!("https://rebound.example:{port}/")).await),
        ("sent nowhere", Loopback::script(vec![reply(302, &[], "")]).await.url("/")),
        ("sent in a circle", to("/".into()).await),
        ("not there", Loopback::script(vec![reply(404, &[], "")]).await.url("/")),
        ("a link that is over", Loopback::script(vec![reply(403, &[], "")]).await.url("/")),
        ("no content", Loopback::script(vec![reply(204, &[], "")]).await.url("/")),
        ("empty", Loopback::script(vec![reply(200, &[], "")]).await.url("/")),
        ("compressed", Loopback::script(vec![reply(200, &[("content-encoding", "gzip")], "\x1f")]).await.url("/")),
        (
            "too big, and says so",
            Loopback::script(vec![Reply::Last("HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n".into())]).await.url("/"),
        ),
        (
            "too big, and does not",
            Loopback::script(vec![Reply::Last(format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(70_000)))]).await.url("/"),
        ),
        ("broken off", Loopback::script(vec![Reply::Last("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx".into())]).await.url("/")),
        ("silent", Loopback::script(vec![Reply::Hang]).await.url("/")),
        ("out of order", Loopback::script(vec![reply(503, &[], "")]).await.url("/")),
    ];
    let mut told = String::new();
    for (name, url) in cases {
        told.push_str(&format!("{name}: {}\n", said(&url).await));
    }
    insta::assert_snapshot!(told);
    assert_eq!(stranger.connections(), 0, "nobody whom the pipeline does not name was connected to");
}

#[tokio::test]
async fn a_name_is_judged_by_the_look_up_that_the_connection_uses() {
    // It may have led elsewhere whenever somebody looked before: the look-up that counts is the one that the connection is made by.
    let stranger = Loopback::script(vec![Reply::Close]).await;
    let looked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&looked);
    let lookup = move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Ok(vec![here()]) }) as _
    };
    let fetcher = Fetcher::by(Public::looking_up(&["listed.example".into()], lookup), Bounds { tries: 1, ..quick() });
    for tried in 1..=3 {
        let url = format!("https://rebinding.example:{}/", stranger.port);
        fetcher.fetch(&url).await.unwrap_err();
        assert_eq!((stranger.connections(), looked.load(Ordering::SeqCst)), (0, tried));
    }
    fetcher.fetch(&format!("https://listed.example:{}/", stranger.port)).await.unwrap_err();
    assert_eq!((stranger.connections(), looked.load(Ordering::SeqCst)), (1, 4));
}

#[tokio::test]
async fn a_fault_that_passes_is_tried_again() {
    let host = Loopback::script(vec![reply(503, &[], ""), Reply::Close, reply(200, &[], "%PDF-")]).await;
    assert_eq!(said(&host.url("/")).await, "5 bytes");
    assert_eq!(host.requests().len(), 3);
}

#[tokio::test]
async fn redirects_are_followed() {
    let end = Loopback::script(vec![reply(200, &[], "%PDF-")]).await;
    let begin = Loopback::script(vec![reply(302, &[("location", &end.url("/end"))], "")]).await;
    assert_eq!(said(&begin.url("/")).await, "5 bytes");
}

#[tokio::test]
async fn a_slow_drip_ends() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 1024];
        let _read = stream.read(&mut request).await;
        let _head = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 50000\r\n\r\n").await;
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert_eq!(said(&url).await, "127.0.0.1 did not send it within 0.7 s");
}

#[tokio::test]
async fn all_files_together_are_bound_in_bytes() {
    let host = Loopback::script(vec![reply(200, &[], &"x".repeat(60_000))]).await;
    // Two of these fit, with what they become on their way out.
    let fetcher = fetcher(quick());
    let (one, other) = (fetcher.fetch(&host.url("/1")).await.unwrap(), fetcher.fetch(&host.url("/2")).await.unwrap());
    let url = host.url("/3");
    let third = fetcher.fetch(&url);
    let mut third = std::pin::pin!(third);
    assert!(tokio::time::timeout(Duration::from_millis(100), &mut third).await.is_err(), "it waits for room");
    drop(one);
    assert_eq!(third.await.unwrap().bytes.len(), 60_000);
    drop(other);
    assert_eq!(fetcher.memory.available_permits(), 512, "everything is given back");
}

#[tokio::test]
async fn a_size_that_is_not_told_reserves_the_most_and_gives_the_rest_back() {
    let host = Loopback::script(vec![Reply::Last("HTTP/1.1 200 OK\r\n\r\n%PDF-".into())]).await;
    let fetcher = fetcher(quick());
    let fetched = fetcher.fetch(&host.url("/")).await.unwrap();
    assert_eq!((fetched.share.num_permits(), fetcher.memory.available_permits()), (1, 511));
}
