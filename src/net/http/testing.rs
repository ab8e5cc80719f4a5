//! A host on this machine that answers by a script, for tests of what talks HTTP.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What happens when a request has been read.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Sends this, and keeps the connection.
    Send(String),
    /// Sends this, and closes.
    Last(String),
    /// Closes without a word.
    Close,
    /// Never answers.
    Hang,
}

/// A whole answer.
pub(crate) fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
    Reply::Send(text(status, headers, body))
}

pub(crate) fn json(body: impl Into<serde_json::Value>) -> Reply {
    reply(200, &[("content-type", "application/json")], &body.into().to_string())
}

pub(crate) fn text(status: u16, headers: &[(&str, &str)], body: &str) -> String {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("HTTP/1.1 {status} Said\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

type Answerer = dyn Fn(&str) -> Reply + Send + Sync;

#[derive(Debug, Clone)]
pub(crate) struct Loopback {
    pub port: u16,
    requests: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<usize>>,
}

impl Loopback {
    /// Answers the first request with the first reply, and so on; the last one again for all that follow.
    pub async fn script(replies: Vec<Reply>) -> Self {
        let next = Mutex::new(0);
        Self::answering(move |_| {
            let mut next = next.lock().unwrap();
            *next += 1;
            replies[(*next - 1).min(replies.len() - 1)].clone()
        })
        .await
    }

    /// Answers by the request: its first line, headers and body as they came.
    pub async fn answering(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = Self { port: listener.local_addr().unwrap().port(), requests: Arc::default(), connections: Arc::default() };
        let (served, answer): (_, Arc<Answerer>) = (host.clone(), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *served.connections.lock().unwrap() += 1;
                tokio::spawn(serve(stream, served.clone(), Arc::clone(&answer)));
            }
        });
        host
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The requests that were read to their end, in order.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Their first lines, without the version.
    pub fn lines(&self) -> Vec<String> {
        let line = |request: &String| request.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
        self.requests().iter().map(line).collect()
    }

    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

async fn serve(mut stream: TcpStream, host: Loopback, answer: Arc<Answerer>) {
    while let Some(request) = read(&mut stream).await {
        let reply = answer(&request);
        host.requests.lock().unwrap().push(request);
        match reply {
            Reply::Send(text) => stream.write_all(text.as_bytes()).await.unwrap_or_default(),
            Reply::Last(text) => return stream.write_all(text.as_bytes()).await.unwrap_or_default(),
            Reply::Close => return,
            Reply::Hang => std::future::pending().await,
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Some(text);
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}
