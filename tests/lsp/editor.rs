//! An editor, as far as a language server can tell: the real binary, spoken to in real messages.

use crate::harness::BINARY;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;

/// Longer than any answer takes: what never comes fails its test.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Editor {
    folder: TempDir,
    child: Child,
    input: Option<ChildStdin>,
    output: Receiver<Value>,
    requests: i64,
    /// What came while something else was awaited.
    heard: VecDeque<Value>,
    texts: BTreeMap<String, String>,
    pub capabilities: Value,
}

impl Editor {
    pub fn open(files: &[(&str, &str)]) -> Self {
        Self::with(files, json!({}))
    }

    pub fn with(files: &[(&str, &str)], capabilities: Value) -> Self {
        let mut editor = Self::silent(files);
        let answer = editor.request("initialize", json!({"processId": null, "rootUri": null, "capabilities": capabilities}));
        editor.capabilities = answer["result"]["capabilities"].clone();
        editor.notify("initialized", json!({}));
        editor
    }

    /// One that has not said anything yet.
    pub fn silent(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::Builder::new().prefix("hireline-lsp-").tempdir().unwrap();
        for (path, text) in [("hireline.yaml", "version: 1\n")].iter().chain(files) {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let mut command = Command::new(BINARY);
        command.arg("lsp").current_dir(folder.path()).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (input, mut stdout) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let (sender, output) = channel();
        std::thread::spawn(move || {
            while let Some(message) = read(&mut stdout) {
                let _nobody_listens_at_the_end = sender.send(message);
            }
        });
        let texts = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Self { folder, child, input, output, requests: 0, heard: VecDeque::new(), texts, capabilities: Value::Null }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn uri(&self, path: &str) -> String {
        let real = std::fs::canonicalize(self.folder.path()).unwrap();
        format!("file://{}/{path}", real.display())
    }

    pub fn raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    fn say(&mut self, message: &Value) {
        let body = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.say(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// The whole answer, with its result or its error.
    pub fn request(&mut self, method: &str, params: Value) -> Value {
        self.requests += 1;
        let id = self.requests;
        self.say(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        self.hear(|message| message["id"] == id && message.get("method").is_none())
    }

    /// The next message that is wanted; the others are kept.
    #[track_caller]
    pub fn hear(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.heard.iter().position(&wanted) {
            return self.heard.remove(at).unwrap();
        }
        loop {
            let message = self.output.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{error}; heard: {:#?}", self.heard));
            if wanted(&message) {
                return message;
            }
            self.heard.push_back(message);
        }
    }

    pub fn show(&mut self, path: &str) {
        let (uri, text) = (self.uri(path), self.texts[path].clone());
        self.notify("textDocument/didOpen", json!({"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}}));
    }

    pub fn edit(&mut self, path: &str, old: &str, new: &str) {
        self.edits(path, &[(old, new)]);
    }

    /// Replaces the first `old` by `new`, one pair after the other, as incremental changes of one message; positions are UTF-16's.
    #[track_caller]
    pub fn edits(&mut self, path: &str, pairs: &[(&str, &str)]) {
        let mut changes = Vec::new();
        for (old, new) in pairs {
            let text = self.texts.get_mut(path).unwrap();
            let at = text.find(old).unwrap_or_else(|| panic!("no {old:?} in {path}"));
            changes.push(json!({"range": {"start": position(text, at), "end": position(text, at + old.len())}, "text": new}));
            text.replace_range(at..at + old.len(), new);
        }
        let uri = self.uri(path);
        self.notify("textDocument/didChange", json!({"textDocument": {"uri": uri, "version": 2}, "contentChanges": changes}));
    }

    /// The next faults that are published for a file, as `severity code line:character-line:character message`.
    #[track_caller]
    pub fn faults(&mut self, path: &str) -> Vec<String> {
        let uri = self.uri(path);
        let message = self.hear(|message| message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == uri);
        message["params"]["diagnostics"].as_array().unwrap().iter().map(fault).collect()
    }

    /// Asks something of the place behind `mark` in the file.
    pub fn ask(&mut self, method: &str, path: &str, mark: &str) -> Value {
        let text = &self.texts[path];
        let at = text.find(mark).unwrap_or_else(|| panic!("no {mark:?} in {path}")) + mark.len();
        let params = json!({"textDocument": {"uri": self.uri(path)}, "position": position(text, at)});
        let answer = self.request(method, params);
        assert_eq!(answer.get("error"), None, "{answer:#}");
        answer["result"].clone()
    }

    pub fn text(&self, path: &str) -> &str {
        &self.texts[path]
    }

    /// `shutdown`, `exit`; the exit code.
    pub fn leave(mut self) -> i32 {
        assert_eq!(self.request("shutdown", Value::Null)["result"], Value::Null);
        self.notify("exit", Value::Null);
        self.end()
    }

    /// The exit code once nothing more is said.
    pub fn end(&mut self) -> i32 {
        self.input = None;
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        self.input = None;
        let _gone_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// The next message; nothing where the server has gone.
fn read(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some((_, value)) => length = value.parse().ok()?,
            None => break,
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

fn fault(diagnostic: &Value) -> String {
    let at = |end: &str| format!("{}:{}", diagnostic["range"][end]["line"], diagnostic["range"][end]["character"]);
    let severity = if diagnostic["severity"] == 1 { "error" } else { "warning" };
    format!(
        "{severity} {} {}-{} {}",
        diagnostic["code"].as_str().unwrap(),
        at("start"),
        at("end"),
        diagnostic["message"].as_str().unwrap().replace('\n', " | ")
    )
}

pub fn position(text: &str, at: usize) -> Value {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    json!({"line": before.matches('\n').count(), "character": before[line_start..].encode_utf16().count()})
}
