//! Messages on a pair of streams, framed as the protocol wants it. A message that cannot be read is answered, and the next one is
//! awaited; only a frame that cannot be followed ends the stream.
//!
//! Source: "Base Protocol" of the Language Server Protocol, 3.18.

use gen_lsp_types::ErrorCodes;
use gen_lsp_types::json_rpc::{Error, Id, RequestObject, ResponseObject};
use serde_json::Value;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::sync::mpsc;

/// Bytes of one message: a hundred times the largest file that is read. More is no message.
const LARGEST: usize = 100 << 20;
/// Bytes of one line of a header.
const LONGEST_HEADER: u64 = 8 << 10;

/// What the client sent.
#[derive(Debug)]
pub enum Incoming {
    /// A request, or (without an id) a notification.
    Message(RequestObject),
    /// An answer to a request of ours: none is waited for.
    Answer,
    /// It could not be read, and why.
    Unreadable(Error),
}

/// Reads on a thread of its own until the stream ends, so that a client never waits for us to listen.
pub fn listen(input: impl Read + Send + 'static) -> io::Result<mpsc::Receiver<Incoming>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::Builder::new().name("lsp-reader".into()).spawn(move || {
        let mut input = BufReader::new(input);
        // The end of the stream and a frame that cannot be followed are one thing to the other side: nothing more comes.
        while let Ok(Some(body)) = frame(&mut input) {
            let incoming = message(&body);
            let last = matches!(&incoming, Incoming::Message(message) if message.method() == "exit");
            if sender.send(incoming).is_err() || last {
                break;
            }
        }
    })?;
    Ok(receiver)
}

/// The next message's bytes; nothing at the end of the stream.
fn frame(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        if input.by_ref().take(LONGEST_HEADER).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_ascii();
        if line.is_empty() {
            // Empty lines before a header are forgiven.
            if length.is_some() {
                break;
            }
            continue;
        }
        let Some((name, value)) = std::str::from_utf8(line).ok().and_then(|line| line.split_once(':')) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        if name.trim().eq_ignore_ascii_case("Content-Length") {
            length = value.trim().parse::<usize>().ok().filter(|length| *length <= LARGEST);
            if length.is_none() {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
    }
    let length = length.unwrap_or_default();
    let mut body = Vec::new();
    // By what comes, not by what is promised.
    if input.by_ref().take(length as u64).read_to_end(&mut body)? < length {
        return Ok(None);
    }
    Ok(Some(body))
}

fn message(body: &[u8]) -> Incoming {
    let unreadable = |code, message: String| Incoming::Unreadable(Error { code, message, data: None });
    let value: Value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(error) => return unreadable(ErrorCodes::ParseError, format!("this is not JSON: {error}")),
    };
    let is_answer = value.get("method").is_none() && (value.get("result").is_some() || value.get("error").is_some());
    if is_answer {
        return Incoming::Answer;
    }
    match serde_json::from_value::<RequestObject>(value) {
        Ok(message) if !message.method().is_empty() => Incoming::Message(message),
        _ => unreadable(ErrorCodes::InvalidRequest, "this is no request of JSON-RPC 2.0".to_owned()),
    }
}

/// Writes messages, each at once.
#[derive(Debug)]
pub struct Speaker<W> {
    output: W,
}

impl<W: Write> Speaker<W> {
    pub fn new(output: W) -> Self {
        Self { output }
    }

    /// # Errors
    /// The client has gone.
    pub fn answer(&mut self, id: Id, result: Value) -> io::Result<()> {
        self.write(&serde_json::json!({"jsonrpc": "2.0", "id": id, "result": result}))
    }

    /// # Errors
    /// The client has gone.
    pub fn refuse(&mut self, id: Id, error: Error) -> io::Result<()> {
        self.write(&ResponseObject::from_error(id, error))
    }

    /// A notification, or with an id a request.
    ///
    /// # Errors
    /// The client has gone.
    pub fn send(&mut self, id: Option<&str>, method: &str, params: &impl serde::Serialize) -> io::Result<()> {
        let mut message = serde_json::json!({"jsonrpc": "2.0", "method": method, "params": params});
        if let (Some(id), Value::Object(members)) = (id, &mut message) {
            members.insert("id".into(), id.into());
        }
        self.write(&message)
    }

    fn write(&mut self, message: &impl serde::Serialize) -> io::Result<()> {
        let body = serde_json::to_vec(message)?;
        write!(self.output, "Content-Length: {}\r\n\r\n", body.len())?;
        self.output.write_all(&body)?;
        self.output.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &str) -> Vec<String> {
        let received = listen(io::Cursor::new(input.to_owned().into_bytes())).unwrap();
        let told = |incoming: Incoming| match incoming {
            Incoming::Message(message) => message.method().to_owned(),
            Incoming::Answer => "answer".to_owned(),
            Incoming::Unreadable(error) => format!("{:?}", error.code),
        };
        received.iter().map(told).collect()
    }

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn what_cannot_be_read_is_answered_and_the_next_one_is_read() {
        let well = framed(r#"{"jsonrpc":"2.0","method":"initialized"}"#);
        let answer = framed(r#"{"jsonrpc":"2.0","id":1,"result":null}"#);
        let input = [framed("{"), framed("[]"), framed(r#"{"id":1}"#), answer, well.clone()].concat();
        assert_eq!(read(&input), ["ParseError", "InvalidRequest", "InvalidRequest", "answer", "initialized"]);
        let other_headers = well.replacen("Content-", "content-type: x; charset=utf-8\r\ncontent-", 1);
        assert_eq!(read(&other_headers), ["initialized"]);
    }

    #[test]
    fn a_frame_that_cannot_be_followed_ends_the_stream() {
        let well = framed(r#"{"jsonrpc":"2.0","method":"initialized"}"#);
        for bad in ["Content-Length: 18446744073709551615\r\n\r\n", "Content-Length: many\r\n\r\n", "\u{0}\u{1}\r\n\r\n", "x\n"] {
            assert_eq!(read(&format!("{bad}{well}")), Vec::<String>::new(), "{bad}");
        }
        assert_eq!(read("Content-Length: 90\r\n\r\n{}"), Vec::<String>::new());
    }
}
