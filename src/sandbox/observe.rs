//! Who looks on: a test that compares every request to Greenhouse, and the sandbox's own answer to it, with what the real one documents.

use super::call::{Call, Content, Reply};
use serde_json::{Value, json};
use std::fmt;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// A request, and the work's own answer: not what a fault made of it.
#[derive(Debug)]
pub struct Exchange<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a [(String, String)],
    pub body: &'a [u8],
    pub status: u16,
    /// None where it is not JSON.
    pub answer: Option<&'a Value>,
}

#[derive(Clone)]
pub struct Observer(Arc<dyn Fn(&Exchange<'_>) + Send + Sync>);

impl Observer {
    pub fn new(look: impl Fn(&Exchange<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(look))
    }

    /// Writes a JSON object for each exchange, one a line.
    ///
    /// # Errors
    /// The file cannot be created.
    pub fn record(path: &Path) -> io::Result<Self> {
        let file = Mutex::new(File::create(path)?);
        Ok(Self::new(move |exchange: &Exchange<'_>| {
            let line = json!({
                "method": exchange.method, "path": exchange.path, "query": exchange.query, "body": String::from_utf8_lossy(exchange.body),
                "status": exchange.status, "answer": exchange.answer,
            });
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            // Whoever reads the file misses what a full disk does not take.
            let _written = writeln!(file, "{line}");
        }))
    }

    pub fn see(&self, exchange: &Exchange<'_>) {
        (self.0)(exchange);
    }

    pub(super) fn sees(&self, call: &Call, reply: &Reply) {
        let answer = if let Content::Json(value) = &reply.content { Some(value) } else { None };
        let (method, path, query) = (call.method.as_str(), &*call.path, &*call.query);
        self.see(&Exchange { method, path, query, body: &call.body, status: reply.status, answer });
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}
