//! How long an editor waits: from a keystroke in a pipeline of 300 lines to the errors that it causes or
//! fixes, through the server's own messages. `cargo bench --bench lsp`
//!
//! Measured on one core of a virtual machine that others worked on, release build: see `docs/editors.md`.

use serde_json::{Value, json};
use std::error::Error;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

const LINES: usize = 300;
const KEYSTROKES: usize = 300;

type Done<T> = Result<T, Box<dyn Error>>;

fn main() -> Done<()> {
    let mut out = std::io::stdout().lock();
    let mut row = |what: &str, mut times: Vec<Duration>| -> Done<()> {
        times.sort_unstable();
        let at = |percent: usize| times.get(times.len() * percent / 100).or(times.last()).copied().unwrap_or_default();
        Ok(writeln!(out, "{what:<58} median {:>8.2?}   99 % {:>8.2?}", at(50), at(99))?)
    };
    row("a keystroke, 1 file open", keystrokes(1, 0, "p0.yaml")?)?;
    row("a keystroke, 1 file open, 1,000 pipelines on the disk", keystrokes(1, 1_000, "p0.yaml")?)?;
    row("a keystroke, 10 files open", keystrokes(10, 0, "p0.yaml")?)?;
    row("a keystroke in a library that 10 open files import", keystrokes(10, 0, "library.yaml")?)?;
    row("completion of a field", asked("textDocument/completion")?)?;
    row("hover", asked("textDocument/hover")?)?;
    row("the hints of the whole file", asked("textDocument/inlayHint")?)?;
    Ok(())
}

/// The time from each edit to its faults.
fn keystrokes(open: usize, on_the_disk: usize, edited: &str) -> Done<Vec<Duration>> {
    let folder = workspace(open.max(on_the_disk))?;
    let mut editor = Editor::start()?;
    for at in 0..open {
        editor.open(&folder.path().join(format!("p{at}.yaml")))?;
    }
    let path = folder.path().join(edited);
    editor.open(&path)?;
    let text = std::fs::read_to_string(&path)?;
    let line = text.lines().position(|line| line.contains("because")).ok_or("no line to edit")?;
    let column = text.lines().nth(line).and_then(|line| line.find("because")).ok_or("no word to edit")?;
    let mut times = Vec::with_capacity(KEYSTROKES);
    // One more letter in a key is an error, and one letter less fixes it.
    for keystroke in 0..KEYSTROKES {
        let (end, new) = if keystroke % 2 == 0 { (column, "x") } else { (column + 1, "") };
        let range = json!({"start": {"line": line, "character": column}, "end": {"line": line, "character": end}});
        let start = Instant::now();
        editor.send(
            "textDocument/didChange",
            json!({"textDocument": {"uri": uri(&path), "version": keystroke}, "contentChanges": [{"range": range, "text": new}]}),
        )?;
        editor.wait(|message| message["params"]["uri"] == uri(&path).as_str() && message["params"]["version"] == keystroke)?;
        times.push(start.elapsed());
    }
    Ok(times)
}

/// The time that an answer takes, right behind an edit.
fn asked(method: &str) -> Done<Vec<Duration>> {
    let folder = workspace(1)?;
    let path = folder.path().join("p0.yaml");
    let mut editor = Editor::start()?;
    editor.open(&path)?;
    let text = std::fs::read_to_string(&path)?;
    let line = text.lines().position(|line| line.contains("{{ job.")).ok_or("no template")?;
    let column = text.lines().nth(line).and_then(|line| line.find("job.")).ok_or("no field")? + 4;
    let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": LINES, "character": 0}});
    let params = json!({"textDocument": {"uri": uri(&path)}, "position": {"line": line, "character": column}, "range": range});
    let mut times = Vec::with_capacity(KEYSTROKES);
    for id in 1..=KEYSTROKES {
        let start = Instant::now();
        editor.write(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))?;
        let answer = editor.wait(|message| message["id"] == id)?;
        times.push(start.elapsed());
        if answer["result"].is_null() {
            return Err(format!("{method} has no answer: {answer}").into());
        }
    }
    Ok(times)
}

fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

fn workspace(pipelines: usize) -> Done<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    let library =
        "version: 1\nlibrary: shared\nfilters:\n  experienced:\n    keep: \"@.experiences_duration >= 2\"\n    because: Two years.\n";
    std::fs::write(folder.path().join("hireline.yaml"), "version: 1\n")?;
    std::fs::write(folder.path().join("library.yaml"), library)?;
    for at in 0..pipelines {
        std::fs::write(folder.path().join(format!("p{at}.yaml")), pipeline(at)?)?;
    }
    let fixtures = folder.path().join("p0/fixtures");
    std::fs::create_dir_all(&fixtures)?;
    let profile = json!({"key": "abc", "experiences_duration": 3, "info": {"first_name": "Ada", "last_name": "Example", "email": "ada@example.org"},
        "experiences": [{"title": "Engineer", "company": "Acme", "date_start": "2020-01-01"}]});
    std::fs::write(fixtures.join("ada.json"), profile.to_string())?;
    Ok(folder)
}

/// 300 lines of what people write: filters, templates, repeated blocks.
fn pipeline(number: usize) -> Done<String> {
    let mut text = format!(
        "version: 1\npipeline: p{number}\nimports:\n  - library.yaml\nsource:\n  hrflow:\n    api_key: {{ env: HRFLOW_API_KEY }}\n    user_email: {{ env: HRFLOW_USER_EMAIL }}\n    source_keys: [\"abab\"]\nfilters:\n  - experienced\n"
    );
    for at in 0..20 {
        write!(text, "  - drop: \"@.tags[?@.name == 'stage' && @.value == 'rejected {at}']\"\n    because: Rejected by the team.\n")?;
    }
    text.push_str("mapping:\n  $use: candidate\n  employments:\n    $each: profile.experiences\n    $as: job\n    $when: job.title and job.company and job.date_start\n    company_name: \"{{ job.company }}\"\n    title: \"{{ job.title }}\"\n    start_date: \"{{ job.date_start | date }}\"\n");
    text.push_str("  notes:\n");
    for at in 0..20 {
        write!(
            text,
            "    - $when: profile.info.summary\n      body: \"Note {at}: {{{{ profile.info.summary | default('') | strip_html }}}}\"\n      visibility: private\n"
        )?;
    }
    text.push_str("  custom_fields:\n");
    let tail = "destination:\n  greenhouse:\n    auth:\n      oauth_client:\n        client_id: { env: GREENHOUSE_CLIENT_ID }\n        client_secret: { env: GREENHOUSE_CLIENT_SECRET }\n    on_behalf_of: 92120\n    job_ids: [4001, 4002]\n";
    for at in 0..LINES - text.lines().count() - tail.lines().count() {
        writeln!(text, "    field_{at}: \"{{{{ profile.tags | tag('field {at}') }}}}\"")?;
    }
    text.push_str(tail);
    Ok(text)
}

/// The server in this process, behind pipes.
struct Editor {
    input: PipeWriter,
    output: BufReader<PipeReader>,
}

impl Editor {
    fn start() -> Done<Self> {
        let (server_reads, input) = std::io::pipe()?;
        let (output, server_writes) = std::io::pipe()?;
        std::thread::spawn(move || hireline::authoring::lsp::serve(server_reads, server_writes));
        let mut editor = Self { input, output: BufReader::new(output) };
        editor.write(&json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"capabilities": {}}}))?;
        editor.wait(|message| message["id"] == 0)?;
        editor.send("initialized", json!({}))?;
        Ok(editor)
    }

    fn open(&mut self, path: &Path) -> Done<()> {
        let text = std::fs::read_to_string(path)?;
        self.send("textDocument/didOpen", json!({"textDocument": {"uri": uri(path), "languageId": "yaml", "version": 0, "text": text}}))
    }

    fn send(&mut self, method: &str, params: Value) -> Done<()> {
        self.write(&json!({"jsonrpc": "2.0", "method": method, "params": params}))
    }

    fn write(&mut self, message: &Value) -> Done<()> {
        let body = message.to_string();
        Ok(write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len())?)
    }

    fn wait(&mut self, wanted: impl Fn(&Value) -> bool) -> Done<Value> {
        loop {
            let mut header = String::new();
            self.output.read_line(&mut header)?;
            let length = header.trim().strip_prefix("Content-Length: ").ok_or("the server has gone")?.parse()?;
            self.output.read_line(&mut String::new())?;
            let mut body = vec![0; length];
            self.output.read_exact(&mut body)?;
            let message = serde_json::from_slice(&body)?;
            if wanted(&message) {
                return Ok(message);
            }
        }
    }
}
