//! A lean server: keeps its connections, makes a candidate of every request, and remembers when the first one came.

use super::Outcome;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Instant;

pub struct Server {
    address: SocketAddr,
    books: Arc<Books>,
}

#[derive(Default)]
struct Books {
    first: OnceLock<Instant>,
    created: AtomicU64,
    closed: AtomicBool,
}

impl Server {
    pub fn start() -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (address, books) = (listener.local_addr()?, Arc::new(Books::default()));
        let kept = Arc::clone(&books);
        thread::spawn(move || {
            for connection in listener.incoming() {
                if kept.closed.load(Ordering::SeqCst) {
                    return;
                }
                let books = Arc::clone(&kept);
                // A connection that breaks is the client's to complain of.
                thread::spawn(move || connection.and_then(|connection| serve(connection, &books)));
            }
        });
        Ok(Self { address, books })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn first_request(&self) -> Option<Instant> {
        self.books.first.get().copied()
    }

    pub fn created(&self) -> u64 {
        self.books.created.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.books.closed.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(mut connection: TcpStream, books: &Books) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(16 * 1024);
    let mut chunk = [0; 16 * 1024];
    loop {
        while let Some(length) = whole(&buffer) {
            let answer = answer(&buffer, books);
            buffer.drain(..length);
            connection.write_all(answer.as_bytes())?;
        }
        let read = connection.read(&mut chunk)?;
        if read == 0 {
            return Ok(());
        }
        books.first.get_or_init(Instant::now);
        buffer.extend_from_slice(chunk.get(..read).unwrap_or_default());
    }
}

/// The length of the first request, where all of it is there.
fn whole(buffer: &[u8]) -> Option<usize> {
    const END: &[u8] = b"\r\n\r\n";
    let head = buffer.windows(END.len()).position(|window| window == END)? + END.len();
    let text = std::str::from_utf8(buffer.get(..head)?).ok()?;
    let length = text.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let all = head + length.unwrap_or(0);
    (buffer.len() >= all).then_some(all)
}

fn answer(request: &[u8], books: &Books) -> String {
    if request.starts_with(b"POST /token") {
        return of(200, r#"{"access_token":"local","token_type":"Bearer","expires_in":3600}"#);
    }
    if !request.starts_with(b"POST /v1/candidates ") && !request.starts_with(b"POST /v3/candidates ") {
        // A candidate's other rows have an id; v3 also asks whether it may see candidates.
        return if request.starts_with(b"POST ") { of(201, r#"{"id":1}"#) } else { of(200, "[]") };
    }
    let id = 1 + books.created.fetch_add(1, Ordering::SeqCst);
    of(201, &format!(r#"{{"id":{id},"application":{{"id":{id}}},"applications":[{{"id":{id},"jobs":[{{"id":4012}}]}}]}}"#))
}

fn of(status: u16, body: &str) -> String {
    format!("HTTP/1.1 {status} OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}
