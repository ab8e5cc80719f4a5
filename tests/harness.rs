//! A sandbox in this process, a workspace in a temporary folder, and the real binary in between.

use crate::contract::Watch;
use hireline::sandbox::{self, Jobs, Sandbox, Settings};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub const BINARY: &str = env!("CARGO_BIN_EXE_hireline");
pub const SOURCE_KEY: &str = "abababababababababababababababababababab";
/// Longer than any run of this suite takes: what hangs is killed and fails its test.
const PATIENCE: Duration = Duration::from_secs(100);

/// What one test needs: stand-ins for both services and a folder for pipelines and the ledger.
pub struct Office {
    pub sandbox: Sandbox,
    runtime: Runtime,
    folder: TempDir,
    env: BTreeMap<String, String>,
    watch: Watch,
}

/// Every exchange with Harvest v3 was as Greenhouse documents it, and no note is on nobody.
impl Drop for Office {
    fn drop(&mut self) {
        self.watch.end();
        let state = self.state();
        assert!(state.get("notes_on_nobody").is_none() || std::thread::panicking(), "a note is on nobody: {}", state["notes_on_nobody"]);
    }
}

impl Office {
    pub fn open(profiles: Vec<Value>) -> Self {
        Self::with(Settings { profiles, ..Settings::default() })
    }

    pub fn with(settings: Settings) -> Self {
        let watch = Watch::default();
        let settings = Settings { jobs: Jobs::Any, requests_kept: 200_000, observer: watch.observer(), ..settings };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let sandbox = runtime.block_on(Sandbox::start(settings)).unwrap();
        let folder = tempfile::Builder::new().prefix("hireline-test-").tempdir().unwrap();
        let office = Self { sandbox, runtime, folder, env: secrets(), watch };
        office.write("hireline.yaml", "version: 1\n");
        office
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.folder().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The variables that a run is given, and no others.
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.env
    }

    pub fn env(&mut self, name: &str, value: &str) {
        self.env.insert(name.into(), value.into());
    }

    /// A pipeline that reads the sandbox's HrFlow and pushes to its Harvest v3; tests change its members.
    pub fn v3(&self, name: &str) -> Value {
        json!({
            "version": 1,
            "pipeline": name,
            "source": {"hrflow": {
                "base_url": self.sandbox.hrflow_url(),
                "api_key": {"env": "HRFLOW_API_KEY"},
                "user_email": {"env": "HRFLOW_USER_EMAIL"},
                "source_keys": [SOURCE_KEY],
            }},
            "filters": ["contactable"],
            "mapping": "candidate",
            "destination": {"greenhouse": {
                "base_url": self.sandbox.greenhouse_url(),
                "auth": {"oauth_client": {
                    "client_id": {"env": "CLIENT_ID"},
                    "client_secret": {"env": "CLIENT_SECRET"},
                    "token_url": self.sandbox.token_url(),
                }},
                "on_behalf_of": sandbox::SITE_ADMIN,
                "job_ids": [4001],
                "settle": "1s",
            }},
        })
    }

    pub fn v1(&self, name: &str) -> Value {
        let mut pipeline = self.v3(name);
        pipeline["destination"]["greenhouse"]["api"] = json!("harvest-v1");
        pipeline["destination"]["greenhouse"]["auth"] = json!({"api_key": {"env": "API_KEY"}});
        pipeline
    }

    /// Writes a pipeline as `NAME.yaml`; gives that name.
    pub fn save(&self, pipeline: &Value) -> String {
        let file = format!("{}.yaml", pipeline["pipeline"].as_str().unwrap());
        self.write(&file, &serde_yaml::to_string(pipeline).unwrap());
        file
    }

    pub fn command<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Command {
        command(self.folder(), &self.env, arguments)
    }

    pub fn call<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Ended {
        finish(self.command(arguments))
    }

    /// `run --json` of one pipeline.
    pub fn run(&self, file: &str) -> Ended {
        self.call(&["run", "--json", file])
    }

    pub fn spawn<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Running {
        Running::start(self.command(arguments))
    }

    pub fn state(&self) -> Value {
        self.sandbox.state()
    }

    /// As if so many hours had passed since everything that the ledger knows. Greenhouse's own times stay.
    pub fn hours_pass(&self, hours: i64) {
        self.minutes_pass(60 * hours);
    }

    pub fn minutes_pass(&self, minutes: i64) {
        let ms = minutes * 60_000;
        let sql = format!(
            "UPDATE action SET intended_at = intended_at - {ms}, sent_by = sent_by - {ms}; \
             UPDATE step SET settled_at = settled_at - {ms}; UPDATE seen SET at = at - {ms}; \
             UPDATE run SET started = started - {ms}, ended = ended - {ms}"
        );
        rusqlite::Connection::open(self.folder().join(".hireline/ledger.db")).unwrap().execute_batch(&sql).unwrap();
    }

    /// Greenhouse does what it has put off, and this much is there then.
    #[track_caller]
    pub fn late_work_is_done(&self, is_there: impl Fn(&Value) -> bool) {
        self.sandbox.finish_late_work();
        wait_until("the late work is done", || is_there(&self.state()));
    }

    /// Waits for something of the library's own.
    pub fn wait<T>(&self, what: impl Future<Output = T>) -> T {
        self.runtime.block_on(what)
    }

    /// Requests that a run sent to Greenhouse and that would change something there.
    pub fn writes(&self) -> u64 {
        self.sandbox.writes()
    }

    /// Waits until Greenhouse has received so many writing requests.
    #[track_caller]
    pub fn wait_for_writes(&self, many: u64) {
        wait_until(&format!("Greenhouse has received {many} writing requests"), || self.writes() >= many);
    }

    /// All files of the ledger: it, its log, its key, its leases.
    pub fn ledger_files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let folder = self.folder().join(".hireline");
        let mut files = Vec::new();
        for path in below(&folder) {
            let bytes = std::fs::read(&path).unwrap();
            files.push((path, bytes));
        }
        assert!(files.iter().any(|(path, _)| path.ends_with("ledger.db")), "there is no ledger");
        files
    }

    /// A text without what differs from run to run: ports, folders, ids, times.
    pub fn steady(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (url, name) in [
            (self.sandbox.hrflow_url(), "[hrflow]"),
            (self.sandbox.greenhouse_url(), "[greenhouse]"),
            (self.sandbox.token_url(), "[token]"),
        ] {
            text = text.replace(&url, name);
        }
        text = text.replace(&format!("{}/", self.folder().display()), "");
        steady(&text)
    }
}

/// Waits until something is so; not for ever.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain until {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

pub fn command<S: AsRef<std::ffi::OsStr>>(folder: &Path, env: &BTreeMap<String, String>, arguments: &[S]) -> Command {
    let mut command = Command::new(BINARY);
    // Nothing of who runs the tests: no proxy, no locale, no HIRELINE_….
    command.args(arguments).current_dir(folder).env_clear().envs(env).stdin(Stdio::null());
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    if !env.contains_key("HIRELINE_STATE") {
        command.env("HIRELINE_STATE", folder.join(".state"));
    }
    command
}

/// Takes ids, times and ports out of a text.
pub fn steady(text: &str) -> String {
    const CHANGING: [(&str, &str); 9] = [
        (r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "[run]"),
        (r"\b57\d{6}\b", "[candidate]"),
        (r"\b69\d{6}\b", "[application]"),
        (r#""seconds":[0-9.e-]+"#, r#""seconds":[seconds]"#),
        (r"\bin \d+\.\d s\b", "in [seconds] s"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[time]"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:[port]"),
        (r"os error \d+", "os error [number]"),
        (r"/tmp/hireline-[A-Za-z0-9-]+", "[folder]"),
    ];
    CHANGING.iter().fold(text.to_owned(), |text, (pattern, word)| {
        regex::Regex::new(pattern).unwrap().replace_all(&text, regex::NoExpand(word)).into_owned()
    })
}

fn secrets() -> BTreeMap<String, String> {
    [
        ("HRFLOW_API_KEY", sandbox::HRFLOW_API_KEY),
        ("HRFLOW_USER_EMAIL", sandbox::HRFLOW_USER_EMAIL),
        ("CLIENT_ID", sandbox::CLIENT_ID),
        ("CLIENT_SECRET", sandbox::CLIENT_SECRET),
        ("USERNAME", sandbox::OAUTH_USERNAME),
        ("PASSWORD", sandbox::OAUTH_PASSWORD),
        ("API_KEY", sandbox::V1_API_KEY),
        ("HEADER_KEY", sandbox::V1_HEADER_KEY),
        ("ACCESS_TOKEN", sandbox::ACCESS_TOKEN),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// How a process ended and what it said.
#[derive(Debug, Clone)]
pub struct Ended {
    /// None where a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a command to its end.
pub fn finish(command: Command) -> Ended {
    Running::start(command).end()
}

/// A process whose output is read while it runs, so that it never waits for its reader.
pub struct Running {
    pub child: Child,
    stdout: JoinHandle<String>,
    stderr: JoinHandle<String>,
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (stdout, stderr) = (reader(child.stdout.take().unwrap()), reader(child.stderr.take().unwrap()));
        Self { child, stdout, stderr }
    }

    /// Sends it a signal, by the shell: `kill` need not be a program of its own.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.child.id())]).status().unwrap();
        assert!(sent.success(), "there is no process to send {name} to");
    }

    /// The largest part of memory that it has held so far, KiB; none where it has ended.
    #[cfg(target_os = "linux")]
    pub fn most_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().trim_end_matches(" kB").parse().ok()
    }

    /// Waits for its end, not for ever.
    pub fn end(mut self) -> Ended {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if begun.elapsed() > PATIENCE {
                self.child.kill().unwrap();
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        Ended { code: status.code(), stdout: self.stdout.join().unwrap(), stderr: self.stderr.join().unwrap() }
    }
}

fn reader(mut from: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = String::new();
        from.read_to_string(&mut text).unwrap();
        text
    })
}

impl Ended {
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard output as JSON lines: there is nothing else on it.
    #[track_caller]
    pub fn lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"))).collect()
    }

    /// The profiles' lines, by key. Two lines for one profile are an error.
    #[track_caller]
    pub fn profiles(&self) -> BTreeMap<String, Value> {
        let mut profiles = BTreeMap::new();
        for line in self.lines() {
            if line["type"] == "profile" {
                let key = line["profile"].as_str().unwrap().to_owned();
                assert!(profiles.insert(key.clone(), line).is_none(), "{key} is told twice");
            }
        }
        profiles
    }

    /// How often each outcome occurred, by the summary line; compared with the profiles' own lines.
    #[track_caller]
    pub fn counts(&self) -> BTreeMap<String, u64> {
        let lines = self.lines();
        let summary = lines.last().unwrap_or_else(|| panic!("no line on standard output; on standard error:\n{}", self.stderr));
        assert_eq!(summary["type"], "summary", "{summary}");
        let told: BTreeMap<String, u64> = serde_json::from_value(summary["counts"].clone()).unwrap();
        let mut counted = BTreeMap::new();
        for line in lines.iter().filter(|line| line["type"] == "profile" && line["pipeline"] == summary["pipeline"]) {
            *counted.entry(line["outcome"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        assert_eq!(told, counted, "the summary counts otherwise than the lines");
        told
    }

    /// The profiles' outcomes, by key.
    #[track_caller]
    pub fn outcomes(&self) -> BTreeMap<String, String> {
        self.profiles().into_iter().map(|(key, line)| (key, line["outcome"].as_str().unwrap().to_owned())).collect()
    }
}

/// `created 3, filtered 1`: counts as they are compared in tests.
pub fn shown(counts: &BTreeMap<String, u64>) -> String {
    counts.iter().map(|(outcome, n)| format!("{outcome} {n}")).collect::<Vec<_>>().join(", ")
}
