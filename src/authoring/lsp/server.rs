//! The conversation: who may say what when, and what is answered.
//!
//! Source: "Server lifecycle" of the Language Server Protocol, 3.18.

use super::checks::Published;
use super::documents::{Document, Documents};
use super::text::Encoding;
use super::transport::{Incoming, Speaker};
use super::{complete, hover, inlay};
use gen_lsp_types::json_rpc::{Error, Id};
use gen_lsp_types::{
    CompletionOptions, DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams, ErrorCodes, InitializeResult,
    InlayHintParams, InlayHintProvider, Position, PositionEncodingKind, ServerCapabilities, ServerInfo, TextDocumentPositionParams,
    TextDocumentSyncKind, TextDocumentSyncOptions,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, TryRecvError};

/// Files whose changes on the disk change what is told: pipelines, libraries, fixtures.
const WATCHED: [&str; 3] = ["**/*.yaml", "**/*.yml", "**/fixtures/*.json"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Starting,
    Working,
    ShutDown,
}

/// What the client can do, as far as it matters here.
#[derive(Debug, Default)]
struct Client {
    watches_files: bool,
    refreshes_hints: bool,
    snippets: bool,
}

/// One session.
#[derive(Debug)]
pub struct Server<W> {
    speaker: Speaker<W>,
    phase: Phase,
    client: Client,
    documents: Documents,
    published: Published,
    /// Something has changed that was not checked yet.
    stale: bool,
    requests: u64,
}

type Answer = Result<Value, Error>;

impl<W: Write> Server<W> {
    pub fn new(output: W) -> Self {
        Self {
            speaker: Speaker::new(output),
            phase: Phase::Starting,
            client: Client::default(),
            documents: Documents::default(),
            published: Published::default(),
            stale: false,
            requests: 0,
        }
    }

    /// Listens until the client says `exit` or goes. True where it went as agreed: `shutdown`, then `exit`.
    ///
    /// # Errors
    /// The client does not listen any more.
    pub fn run(mut self, incoming: &Receiver<Incoming>) -> io::Result<bool> {
        loop {
            // What was typed is checked when nothing more is there to be read: a fast typist's keystrokes are checked together.
            let next = match incoming.try_recv() {
                Err(TryRecvError::Empty) => {
                    self.check()?;
                    incoming.recv().ok()
                }
                next => next.ok(),
            };
            let Some(next) = next else { return Ok(false) };
            match next {
                Incoming::Answer => {}
                Incoming::Unreadable(error) => self.speaker.refuse(Id::Null, error)?,
                Incoming::Message(message) => match message.into_parts() {
                    (method, _, _) if method == "exit" => return Ok(self.phase == Phase::ShutDown),
                    (method, Some(id), params) => match self.request(&method, params.unwrap_or_default()) {
                        Ok(result) => self.speaker.answer(id, result)?,
                        Err(error) => self.speaker.refuse(id, error)?,
                    },
                    (method, None, params) => self.notification(&method, params.unwrap_or_default())?,
                },
            }
        }
    }

    fn request(&mut self, method: &str, params: Value) -> Answer {
        match (self.phase, method) {
            (Phase::Starting, "initialize") => Ok(self.initialize(&params)),
            (Phase::Starting, _) => Err(error(ErrorCodes::ServerNotInitialized, "the first request is `initialize`")),
            (_, "initialize") => Err(error(ErrorCodes::InvalidRequest, "`initialize` was said already")),
            (Phase::ShutDown, _) => Err(error(ErrorCodes::InvalidRequest, "after `shutdown` comes `exit`")),
            (Phase::Working, "shutdown") => {
                self.phase = Phase::ShutDown;
                Ok(Value::Null)
            }
            (Phase::Working, method) => self.feature(method, params),
        }
    }

    fn feature(&mut self, method: &str, params: Value) -> Answer {
        let documents = &self.documents;
        let snippets = self.client.snippets;
        guarded(|| match method {
            "textDocument/completion" => at(documents, params, |document, at| complete::complete(documents, document, at, snippets)),
            "textDocument/hover" => at(documents, params, |document, at| hover::hover(documents, document, at)),
            "textDocument/definition" => at(documents, params, |document, at| hover::definition(documents, document, at)),
            "textDocument/inlayHint" => {
                let params: InlayHintParams = read(params)?;
                to_json(&documents.get(&params.text_document.uri).and_then(|document| inlay::hints(documents, document, params.range)))
            }
            _ => Err(error(ErrorCodes::MethodNotFound, format!("this server does not do `{method}`"))),
        })
    }

    fn notification(&mut self, method: &str, params: Value) -> io::Result<()> {
        if self.phase != Phase::Working {
            return Ok(());
        }
        // A notification has no answer: one that cannot be read is told to whoever reads the log.
        let done = match method {
            "initialized" => return self.watch(),
            "textDocument/didOpen" => read::<DidOpenTextDocumentParams>(params).map(|params| {
                let item = params.text_document;
                self.documents.open(item.uri, item.version, item.text);
                self.documents.overlay().forget_the_disk();
            }),
            "textDocument/didChange" => read::<DidChangeTextDocumentParams>(params).map(|params| {
                let document = params.text_document;
                self.documents.change(&document.text_document_identifier.uri, document.version, params.content_changes);
            }),
            "textDocument/didClose" => {
                read::<DidCloseTextDocumentParams>(params).map(|params| self.documents.close(&params.text_document.uri))
            }
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => {
                self.documents.overlay().forget_the_disk();
                self.stale = true;
                return self.refresh_hints();
            }
            _ => return Ok(()),
        };
        match done {
            Ok(()) => self.stale = true,
            Err(error) => tracing::warn!(method, error = error.message, "a notification cannot be read"),
        }
        Ok(())
    }

    /// Publishes what has changed.
    fn check(&mut self) -> io::Result<()> {
        if !std::mem::take(&mut self.stale) {
            return Ok(());
        }
        let news = guarded(|| Ok(self.published.renew(&self.documents)));
        for params in news.unwrap_or_default() {
            self.speaker.send(None, "textDocument/publishDiagnostics", &params)?;
        }
        Ok(())
    }

    /// Reads the few capabilities that matter one by one: a client that says something new elsewhere is no reason to refuse it.
    fn initialize(&mut self, params: &Value) -> Value {
        let can = |path: &str| params.pointer(&format!("/capabilities/{path}")).and_then(Value::as_bool).unwrap_or_default();
        self.client = Client {
            watches_files: can("workspace/didChangeWatchedFiles/dynamicRegistration"),
            refreshes_hints: can("workspace/inlayHint/refreshSupport"),
            snippets: can("textDocument/completion/completionItem/snippetSupport"),
        };
        let offered = params.pointer("/capabilities/general/positionEncodings").cloned().unwrap_or_default();
        let offered: Vec<PositionEncodingKind> = serde_json::from_value(offered).unwrap_or_default();
        let encoding = Encoding::negotiated(&offered);
        self.documents = Documents::new(encoding);
        self.phase = Phase::Working;
        let triggers = [".", "|", "@", "$", " ", "/"].map(str::to_owned).to_vec();
        let sync = TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::Incremental),
            save: Some(true.into()),
            ..TextDocumentSyncOptions::default()
        };
        let capabilities = ServerCapabilities {
            position_encoding: Some(encoding.kind()),
            text_document_sync: Some(sync.into()),
            completion_provider: Some(CompletionOptions { trigger_characters: Some(triggers), ..CompletionOptions::default() }),
            hover_provider: Some(true.into()),
            definition_provider: Some(true.into()),
            inlay_hint_provider: Some(InlayHintProvider::Bool(true)),
            ..ServerCapabilities::default()
        };
        let server = ServerInfo::new("hireline".to_owned(), Some(env!("CARGO_PKG_VERSION").to_owned()));
        json!(InitializeResult::new(capabilities, Some(server)))
    }

    /// Asks to be told when files change on the disk.
    fn watch(&mut self) -> io::Result<()> {
        if !self.client.watches_files {
            return Ok(());
        }
        let watchers = WATCHED.map(|pattern| json!({"globPattern": pattern}));
        let registration = json!({"id": "files", "method": "workspace/didChangeWatchedFiles", "registerOptions": {"watchers": watchers}});
        self.ask("client/registerCapability", &json!({"registrations": [registration]}))
    }

    /// A fixture may have changed, and with it every hint.
    fn refresh_hints(&mut self) -> io::Result<()> {
        if self.client.refreshes_hints { self.ask("workspace/inlayHint/refresh", &Value::Null) } else { Ok(()) }
    }

    fn ask(&mut self, method: &str, params: &Value) -> io::Result<()> {
        self.requests += 1;
        self.speaker.send(Some(&format!("hireline-{}", self.requests)), method, params)
    }
}

/// Answers a question about a position in an open file; `null` for other files.
fn at<T: serde::Serialize>(documents: &Documents, params: Value, ask: impl FnOnce(&Document, Position) -> Option<T>) -> Answer {
    let params: TextDocumentPositionParams = read(params)?;
    to_json(&documents.get(&params.text_document.uri).and_then(|document| ask(document, params.position)))
}

/// One question that we cannot answer must not end the session: what is behind us is a dozen parsers.
fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(error(ErrorCodes::InternalError, "a fault of hireline's own")))
}

fn read<T: DeserializeOwned>(params: Value) -> Result<T, Error> {
    serde_json::from_value(params).map_err(|fault| error(ErrorCodes::InvalidParams, fault.to_string()))
}

fn to_json(result: &impl serde::Serialize) -> Answer {
    serde_json::to_value(result).map_err(|fault| error(ErrorCodes::InternalError, fault.to_string()))
}

fn error(code: ErrorCodes, message: impl Into<String>) -> Error {
    Error { code, message: message.into(), data: None }
}
