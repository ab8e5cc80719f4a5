//! An untrusted repository: every verb that a merge request's build calls is run on it. Nothing outside it is
//! read or changed, no secret opened, no command run, no server called, and nothing hangs.
#![cfg(unix)]

use crate::harness::{Ended, command, finish};
use crate::repository::Repository;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The content of files outside, and of the environment.
const CANARY: &str = "kanarienvogel";

/// The repository, what is around it, and a listener for network calls.
struct Trap {
    repository: Repository,
    outside: tempfile::TempDir,
    listener: TcpListener,
    before: BTreeSet<String>,
}

impl Trap {
    fn new() -> Self {
        let outside = tempfile::Builder::new().prefix("hireline-outside-").tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let repository = Repository::new();
        let trap = Self { repository, outside, listener, before: BTreeSet::new() };
        trap.lay_outside();
        trap.write_pipelines();
        trap.repository.commit();
        trap.lay_traps();
        Self { before: trap.around(), ..trap }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.repository.folder().join(path)
    }

    fn out(&self, path: &str) -> PathBuf {
        self.outside.path().join(path)
    }

    /// Another customer's workspace, and keys.
    fn lay_outside(&self) {
        let library = format!("version: 1\nlibrary: {CANARY}\nvars: {{ {CANARY}: {CANARY} }}\n");
        let pipeline = format!("version: 1\npipeline: {CANARY}\n{CANARY}: {CANARY}\n");
        let profile = json!({"key": CANARY, "info": {"first_name": CANARY, "last_name": CANARY, "email": "c@example.org"}}).to_string();
        for (path, text) in [
            ("hireline.yaml", "version: 1\n"),
            ("library.yaml", library.as_str()),
            ("pipeline.yaml", &pipeline),
            ("keys", CANARY),
            ("pipeline/fixtures/stolen.json", &profile),
            ("folder/stolen.json", &profile),
            ("folder/orphan.json", &profile),
        ] {
            fs::create_dir_all(self.out(path).parent().unwrap()).unwrap();
            fs::write(self.out(path), text).unwrap();
        }
    }

    fn pipeline(&self, name: &str, imports: &Value) -> String {
        let address = format!("http://{}", self.listener.local_addr().unwrap());
        let marker = self.out("marker").display().to_string();
        let pipeline = json!({
            "version": 1, "pipeline": name, "imports": imports,
            "source": {"hrflow": {
                "base_url": address, "api_key": {"command": ["touch", marker]}, "user_email": {"file": self.at("pipe.yaml")},
                "headers": {"X-Gateway": {"env": "HUSH"}}, "source_keys": ["abababababababababababababababababababab"],
            }},
            "filters": ["contactable"],
            "mapping": {
                "$use": "candidate", "title": "{{ profile.info.first_name }}",
                "attachments": [{"type": "resume", "filename": "a.pdf", "url": format!("{address}/cv.pdf")}],
            },
            "destination": {"greenhouse": {
                "base_url": address,
                "auth": {"oauth_client": {
                    "client_id": {"env": "HUSH"}, "client_secret": {"command": ["touch", marker]}, "token_url": format!("{address}/token"),
                }},
                "on_behalf_of": "somebody@example.org", "jobs": ["Engineer"], "attachments": {"send": "content", "hosts": ["127.0.0.1"]},
            }},
        });
        serde_yaml::to_string(&pipeline).unwrap()
    }

    fn write_pipelines(&self) {
        let profile = json!({"key": "a", "info": {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org"}}).to_string();
        self.repository.write("good.yaml", &self.pipeline("good", &json!([])));
        self.repository.write("good/fixtures/ada.json", &profile);
        self.repository.write("ledger.yaml", &self.pipeline("ledger", &json!([])));
        for (name, import) in [
            ("climbs", "../library.yaml".to_owned()),
            ("absolute", self.out("library.yaml").display().to_string()),
            ("home", "~/library.yaml".into()),
            ("by-link", "link.yaml".into()),
            ("by-folder", "sub/outside/library.yaml".into()),
            ("by-loop", "loop.yaml".into()),
            ("by-pipe", "pipe.yaml".into()),
            ("by-environment", "environ.yaml".into()),
            ("by-size", "sparse.yaml".into()),
        ] {
            self.repository.write(&format!("{name}.yaml"), &self.pipeline(name, &json!([import])));
        }
        for (name, path) in [("files-climb", "../../**/*.json"), ("files-absolute", "/etc/*.json"), ("files-link", "sub/outside/*.json")] {
            let mut pipeline: Value = serde_yaml::from_str(&self.pipeline(name, &json!([]))).unwrap();
            pipeline["source"] = json!({"files": {"path": path}});
            self.repository.write(&format!("{name}.yaml"), &serde_yaml::to_string(&pipeline).unwrap());
        }
        for name in ["snapshots-out", "fixtures-out"] {
            self.repository.write(&format!("{name}.yaml"), &self.pipeline(name, &json!([])));
        }
        self.repository.write("snapshots-out/fixtures/stolen.json", &profile);
    }

    /// What git does not keep, and archives do.
    fn lay_traps(&self) {
        fs::create_dir_all(self.at("sub")).unwrap();
        fs::create_dir_all(self.at("fixtures-out")).unwrap();
        fs::create_dir_all(self.at("good/snapshots")).unwrap();
        fs::create_dir_all(self.at(".hireline")).unwrap();
        for (to, path) in [
            (self.out("pipeline.yaml"), "stolen.yaml"),
            (self.out("library.yaml"), "link.yaml"),
            (self.outside.path().to_owned(), "sub/outside"),
            (self.outside.path().to_owned(), "customer"),
            ("loop.yaml".into(), "loop.yaml"),
            ("/proc/self/environ".into(), "environ.yaml"),
            ("/dev/zero".into(), "zero.yaml"),
            (self.out("folder/stolen.json"), "good/fixtures/stolen.json"),
            ("/proc/self/environ".into(), "good/fixtures/environ.json"),
            (self.out("keys"), "good/snapshots/ada.json"),
            (self.out("folder"), "snapshots-out/snapshots"),
            (self.out("folder"), "fixtures-out/fixtures"),
            (self.out("keys"), "report.xml"),
            (self.out("folder"), "reports"),
            (self.out("ledger.db"), ".hireline/ledger.db"),
        ] {
            symlink(to, self.at(path)).unwrap();
        }
        for path in ["pipe.yaml", "good/fixtures/pipe.json", "good/snapshots/pipe.json"] {
            assert!(Command::new("mkfifo").arg(self.at(path)).status().unwrap().success());
        }
        for path in ["sparse.yaml", "good/fixtures/sparse.json"] {
            File::create(self.at(path)).unwrap().set_len(1 << 40).unwrap();
        }
    }

    /// Every file outside with its text, as it was.
    fn around(&self) -> BTreeSet<String> {
        let paths = glob::glob(&format!("{}/**/*", self.outside.path().display())).unwrap().map(Result::unwrap);
        paths.map(|path| format!("{}: {}", path.display(), fs::read_to_string(&path).unwrap_or_default())).collect()
    }

    fn call(&self, arguments: &[&str]) -> Ended {
        finish(self.command(arguments))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let variables = BTreeMap::from([("HUSH".to_owned(), CANARY.to_owned()), ("HOME".to_owned(), self.out("").display().to_string())]);
        command(self.repository.folder(), &variables, arguments)
    }

    #[track_caller]
    fn holds(&self, name: &str, ended: &Ended) {
        assert!(ended.code.is_some(), "{name} hangs");
        for (stream, text) in [("standard output", &ended.stdout), ("standard error", &ended.stderr)] {
            assert!(!text.contains(CANARY), "{name} shows on {stream} what lies outside:\n{text}");
        }
        assert!(!self.out("marker").exists(), "{name} runs a command");
        assert_eq!(self.around(), self.before, "{name} changes something outside");
        let called = self.listener.accept();
        assert!(matches!(&called, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock), "{name} calls somebody: {called:?}");
    }
}

#[test]
fn every_verb_of_a_build_is_safe() {
    let trap = Trap::new();
    let verbs: [&[&str]; 19] = [
        &["check"],
        &["check", "--format", "json"],
        &["check", "--format", "github"],
        &["check", "--format", "sarif"],
        &["test"],
        &["test", "good.yaml"],
        &["test", "--coverage", "--format", "json", "good.yaml"],
        &["test", "--format", "junit", "--output", "report.xml", "good.yaml"],
        &["test", "--format", "junit", "--output", "reports/new.xml", "good.yaml"],
        &["test", "snapshots-out.yaml"],
        &["test", "fixtures-out.yaml"],
        &["diff", "--base", "main"],
        &["diff", "--base", "main", "--format", "markdown", "--output", "report.xml", "good.yaml"],
        &["diff", "--base", "main", "--format", "json", "good.yaml"],
        &["diff", "--base", "main", "snapshots-out.yaml", "fixtures-out.yaml"],
        &["explain"],
        &["schema"],
        &["fixtures", "add", "good.yaml", "--from", "good/fixtures/ada.json"],
        &["fixtures", "add", "fixtures-out.yaml", "--from", "good/fixtures/ada.json", "--force"],
    ];
    for verb in verbs {
        trap.holds(&verb.join(" "), &trap.call(verb));
    }
    for name in ["stolen", "environ", "pipe", "sparse"] {
        let file = format!("good/fixtures/{name}.json");
        for verb in [&["trace", "good.yaml", &file][..], &["fixtures", "add", "good.yaml", "--from", &file, "--force"]] {
            let ended = trap.call(verb).expect(2);
            trap.holds(&verb.join(" "), &ended);
        }
    }
    trap.call(&["trace", "good.yaml", "/dev/zero"]).expect(2);
    // A caller that names each file of a merge request.
    for path in fs::read_dir(trap.repository.folder()).unwrap().map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_str().unwrap();
        if !name.starts_with('.') {
            for verb in [&["check", name][..], &["test", name], &["diff", "--base", "main", name]] {
                trap.holds(&verb.join(" "), &trap.call(verb));
            }
        }
    }
}

/// `--accept` writes and removes: within the repository, and through no link.
#[test]
fn what_is_accepted_is_written_through_no_link() {
    let trap = Trap::new();
    for verb in
        [&["test", "--accept", "good.yaml"][..], &["test", "--accept", "snapshots-out.yaml"], &["test", "--accept", "fixtures-out.yaml"]]
    {
        trap.holds(&verb.join(" "), &trap.call(verb));
    }
    assert!(!trap.at("good/snapshots/ada.json").is_symlink(), "the link is still there");
    let snapshot: Value = serde_json::from_slice(&fs::read(trap.at("good/snapshots/ada.json")).unwrap()).unwrap();
    assert_eq!(snapshot["outcome"], "created");
}

/// What an editor asks of the same folder.
#[test]
fn an_editor_is_safe_too() {
    let trap = Trap::new();
    let mut messages = Vec::new();
    let mut say = |body: Value| write!(messages, "Content-Length: {}\r\n\r\n{body}", body.to_string().len()).unwrap();
    let root = format!("file://{}", fs::canonicalize(trap.repository.folder()).unwrap().display());
    say(json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"processId": null, "rootUri": root, "capabilities": {}}}));
    say(json!({"jsonrpc": "2.0", "method": "initialized", "params": {}}));
    for (id, name) in ["good", "by-link", "by-pipe", "by-environment", "files-link", "fixtures-out"].into_iter().enumerate() {
        let uri = format!("{root}/{name}.yaml");
        let text = fs::read_to_string(trap.at(&format!("{name}.yaml"))).unwrap();
        let lines = text.lines().count();
        let imports = text.lines().position(|line| line.starts_with("- ")).unwrap_or_default();
        let document = json!({"uri": uri, "languageId": "yaml", "version": 1, "text": text});
        say(json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": document}}));
        let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": lines, "character": 0}});
        let document = json!({"uri": uri});
        let position = json!({"line": imports, "character": 3});
        for (n, (method, params)) in [
            ("textDocument/inlayHint", json!({"textDocument": document, "range": range})),
            ("textDocument/completion", json!({"textDocument": document, "position": position})),
            ("textDocument/hover", json!({"textDocument": document, "position": position})),
            ("textDocument/definition", json!({"textDocument": document, "position": position})),
        ]
        .into_iter()
        .enumerate()
        {
            say(json!({"jsonrpc": "2.0", "id": 10 * id + n + 2, "method": method, "params": params}));
        }
    }
    say(json!({"jsonrpc": "2.0", "id": 1000, "method": "shutdown"}));
    say(json!({"jsonrpc": "2.0", "method": "exit"}));
    let path = trap.at("../messages");
    let path = path.with_file_name(format!("{}.messages", trap.repository.folder().file_name().unwrap().to_str().unwrap()));
    fs::write(&path, messages).unwrap();
    let mut command = trap.command(&["lsp"]);
    command.stdin(File::open(&path).unwrap());
    let ended = finish(command);
    fs::remove_file(&path).unwrap();
    trap.holds("lsp", &ended);
    assert!(ended.stdout.contains("inlayHintProvider") && ended.stdout.contains("\"id\":1000"), "{}", ended.stdout);
}

/// Each error says what to do, and correct files next to it are still processed.
#[test]
fn what_is_refused_is_told() {
    let trap = Trap::new();
    let steady = |text: &str| crate::harness::steady(text).replace(&trap.outside.path().display().to_string(), "[outside]");
    let check = |names: &[&str]| {
        let ended = trap.call(&[&["check", "--format", "json"], names].concat()).expect(2);
        let told = ended.lines().into_iter().filter(|line| line["severity"] == "error");
        told.map(|line| line["message"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join("\n")
    };
    let named = ["stolen.yaml", "loop.yaml", "environ.yaml", "zero.yaml", "pipe.yaml", "sparse.yaml", "customer"];
    let imports = ["climbs", "absolute", "home", "by-link", "by-folder", "by-loop", "by-pipe", "by-environment", "by-size", "files-climb"];
    let told: Vec<String> = named.iter().map(|name| (*name).to_owned()).chain(imports.iter().map(|name| format!("{name}.yaml"))).collect();
    let told: Vec<String> = told.iter().map(|name| format!("## {name}\n{}", check(&[name]))).collect();
    insta::assert_snapshot!(steady(&told.join("\n")));
    let test = trap.call(&["test", "good.yaml"]);
    insta::assert_snapshot!("what test refuses", steady(&format!("{}{}", test.stdout, test.stderr)));
}

/// A profile's file as a source: at the time of a run too, nothing outside is read.
#[test]
fn a_source_reads_no_file_outside() {
    let trap = Trap::new();
    let out = trap.call(&["fixtures", "add", "files-link.yaml", "--key", CANARY]);
    assert!(matches!(out.code, Some(2 | 3)), "{out:?}");
    let mut pipeline: Value = serde_yaml::from_str(&trap.pipeline("files", &json!([]))).unwrap();
    pipeline["source"] = json!({"files": {"path": "people/*.json"}});
    trap.repository.write("files.yaml", &serde_yaml::to_string(&pipeline).unwrap());
    trap.repository.write("people/a.json", r#"{"key": "a"}"#);
    symlink(trap.out("folder/stolen.json"), trap.at("people/b.json")).unwrap();
    let ended = trap.call(&["fixtures", "add", "files.yaml", "--key", CANARY]).expect(1);
    assert!(ended.stderr.contains("the source has no profile with the key"), "{ended:?}");
    trap.holds("a source of files", &Ended { stderr: ended.stderr.replace(&format!("key {CANARY}"), ""), ..ended });
}

/// A folder with very many files is reported, and not searched for ever.
#[test]
fn a_path_that_is_no_folder_of_pipelines_has_an_end() {
    let folder = tempfile::Builder::new().prefix("hireline-deep-").tempdir().unwrap();
    let deep: PathBuf = (0..40).map(|_| "d").collect();
    fs::create_dir_all(folder.path().join(&deep)).unwrap();
    fs::write(folder.path().join(deep).join("p.yaml"), "version: 1\npipeline: deep\n").unwrap();
    let ended = finish(command(folder.path(), &BTreeMap::new(), &["check"])).expect(2);
    assert!(ended.stdout.contains("is more than 32 folders deep, and was not searched to its end"), "{}", ended.stdout);
    assert!(Path::new(folder.path()).exists());
}
