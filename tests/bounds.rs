//! Absurd input: deep, wide, endless. It is always reported, with one of Hireline's exit codes, on a small
//! stack.
//! A stack that ends kills the process without a word; so each runs in the real binary, with an eighth of the stack that a process has.
#![cfg(unix)]

use crate::harness::{Ended, finish};
use serde_json::json;
use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use tempfile::TempDir;

const ABSURD: usize = 100_000;
/// Longer than an expression may be.
const LONG: usize = 20_000;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::Builder::new().prefix("hireline-bounds-").tempdir().unwrap());
        folder.write("hireline.yaml", "version: 1\n");
        folder
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn pipeline(&self, name: &str, filter: &str, title: &str) {
        let mapping = json!({"$use": "candidate", "title": title});
        let greenhouse = json!({"auth": {"access_token": {"env": "TOKEN"}}, "on_behalf_of": 1, "job_ids": [1]});
        let filters = json!(["contactable", {"keep": filter}]);
        let text = format!(
            "version: 1\npipeline: {name}\nsource: {{ files: {{ path: people.json }} }}\nfilters: {filters}\nmapping: {mapping}\ndestination: {}\n",
            json!({ "greenhouse": greenhouse })
        );
        self.write(&format!("{name}.yaml"), &text);
        let profile = json!({"key": "a", "a": 1, "info": {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org"}});
        self.write(&format!("{name}/fixtures/a.json"), &profile.to_string());
    }

    fn call(&self, verb: &str) -> Ended {
        let mut command = Command::new("sh");
        // 1 MiB; and memory that has an end, where the machine knows how to set one.
        command.args(["-c", "ulimit -s 1024; ulimit -v 6000000 2>/dev/null; exec \"$0\" $1", crate::harness::BINARY, verb]);
        command.current_dir(self.0.path()).stdin(Stdio::null());
        finish(command)
    }

    /// Everything below at once: `check` of all, then `test` of files without errors. Returns `check`'s
    /// report of each.
    #[track_caller]
    fn all(&self) -> BTreeMap<String, String> {
        let checked = self.call("check --format json").ended();
        let mut told: BTreeMap<String, String> = BTreeMap::new();
        for fault in checked.lines() {
            let text = told.entry(fault["file"].as_str().unwrap_or_default().to_owned()).or_default();
            if fault["severity"] == "error" {
                text.push_str(fault["message"].as_str().unwrap());
            }
        }
        let files = std::fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let sound: Vec<String> =
            files.filter(|name| name.starts_with("p-") && name.ends_with(".yaml") && told.get(name).is_none_or(String::is_empty)).collect();
        if !sound.is_empty() {
            self.call(&format!("test --coverage {}", sound.join(" "))).ended();
        }
        told
    }
}

/// Ended by itself, with one of Hireline's exit codes.
trait OfItself {
    fn ended(self) -> Self;
}

impl OfItself for Ended {
    #[track_caller]
    fn ended(self) -> Self {
        assert!(matches!(self.code, Some(0..=2)), "{:?} {} {}", self.code, self.stderr, self.stdout.chars().take(2000).collect::<String>());
        self
    }
}

#[test]
fn absurd_yaml() {
    let folder = Folder::new();
    let chain = |line: &dyn Fn(usize) -> String, many: usize| (1..many).map(line).collect::<String>();
    let head = "version: 1\npipeline: y\nvars:";
    let cases = [
        ("lists", format!("{head} {}{}", "[".repeat(ABSURD), "]".repeat(ABSURD)), "deep"),
        ("maps", format!("{head} {}{}", "{a: ".repeat(ABSURD), "}".repeat(ABSURD)), "deep"),
        ("dashes", format!("{head}\n  {}a", "- ".repeat(ABSURD)), "deep"),
        ("questions", format!("{head}\n  {}a", "? ".repeat(ABSURD)), "deep"),
        ("blocks", format!("{head}{}", chain(&|n| format!("\n{}a:", " ".repeat(n)), 1300)), "deep"),
        ("templates", format!("version: 1\npipeline: y\nmapping: {{ title: {}{} }}", "{{".repeat(ABSURD), "}}".repeat(ABSURD)), ""),
        (
            "laughs",
            format!("version: 1\npipeline: y\na0: &a0 [x]\n{}", chain(&|n| format!("a{n}: &a{n} [*a{m}, *a{m}, *a{m}]\n", m = n - 1), 60)),
            "keys and values",
        ),
        ("aliases", format!("{head}\n  a0: &a0 [x]\n{}", chain(&|n| format!("  a{n}: &a{n} [*a{}]\n", n - 1), 20_000)), "keys and values"),
        ("keys", format!("{head}\n{}", chain(&|n| format!("  a{n}: 1\n"), 60_000)), "keys and values"),
        ("size", format!("{head}\n  a: {}\n", "x".repeat(2 << 20)), "bytes"),
        ("anchors", format!("{head}\n{}", chain(&|n| format!("  a{n}: &a{n} [x]\n"), 20_000)), ""),
    ];
    for (name, text, _) in &cases {
        folder.write(&format!("{name}.yaml"), &text.replace("pipeline: y", &format!("pipeline: {name}")));
    }
    let told = folder.all();
    for (name, _, words) in &cases {
        let said = told.get(&format!("{name}.yaml")).map_or("", String::as_str);
        assert!(said.contains(words), "{name}: {said}");
    }
}

#[test]
fn absurd_names() {
    let folder = Folder::new();
    for n in 0..1000 {
        folder.write(&format!("l{n}.yaml"), &format!("version: 1\nlibrary: l{n}\nimports: [l{}.yaml]\n", n + 1));
    }
    folder.write("import.yaml", "version: 1\npipeline: import\nimports: [l0.yaml]\n");
    let uses: String = (1..10_000).map(|n| format!("  m{n}: {{ $use: m{} }}\n", n - 1)).collect();
    folder.write("u.yaml", &format!("version: 1\nlibrary: u\nmappings:\n  m0: {{ $use: candidate }}\n{uses}"));
    folder.write("use.yaml", "version: 1\npipeline: use\nimports: [u.yaml]\nmapping: { $use: m9999 }\n");
    for (file, words) in
        [("import.yaml", "imports lead more than 32 libraries deep"), ("use.yaml", "`$use` leads from name to name more than 32 times")]
    {
        let told = folder.call(&format!("check {file}")).ended();
        assert!(told.stdout.contains(words), "{file}: {}", told.stdout.chars().take(2000).collect::<String>());
    }
}

#[test]
fn absurd_predicates() {
    let folder = Folder::new();
    let around = |open: &str, inner: &str, close: &str, many: usize| format!("{}{inner}{}", open.repeat(many), close.repeat(many));
    let mut cases = Vec::new();
    // Longer than a predicate may be, and as long as it may be.
    for many in [200, 3000, LONG] {
        cases.push(around("(", "@.a", ")", many));
        cases.push(around("!", "(@.a)", "", many));
        cases.push(around("@.a[?", "@.b", "]", many));
        cases.push(around("@.a && ", "@.a", "", many));
        cases.push(around("@.a == 1 || ", "@.a", "", many));
        cases.push(format!("{} == 1", around("length(", "@.a", ")", many)));
        cases.push(format!("@{}", ".a".repeat(many)));
        cases.push(format!("@{}", "..a".repeat(many)));
        cases.push(format!("match(@.a, '{}')", around("(", "a", ")", many)));
    }
    cases.push("match(@.a, '(a{1000}){1000}')".into());
    for (n, predicate) in cases.iter().enumerate() {
        folder.pipeline(&format!("p-{n}"), predicate, "x");
    }
    let faulty = folder.all().values().filter(|told| !told.is_empty()).count();
    assert!(faulty > 9 && faulty < cases.len(), "{faulty} of {} are refused", cases.len());
}

#[test]
fn absurd_templates() {
    let folder = Folder::new();
    let around = |open: &str, inner: &str, close: &str, many: usize| format!("{}{inner}{}", open.repeat(many), close.repeat(many));
    let mut cases = Vec::new();
    for many in [100, 1000, LONG] {
        let inside = [
            around("(", "1", ")", many),
            around("[", "1", "]", many),
            around("{'a': ", "1", "}", many),
            around("not ", "1", "", many),
            around("-", "1", "", many),
            around("1+", "1", "", many),
            around("1 and ", "1", "", many),
            around("1 if 0 else ", "1", "", many),
            around("range(", "1", ")", many),
            around("2**", "1", "", many),
            around("'a' ~ ", "1", "", many),
            format!("1{}", "|int".repeat(many)),
            format!("profile{}", ".a".repeat(many)),
            format!("profile{}", "[0]".repeat(many)),
        ];
        cases.extend(inside.map(|inner| format!("{{{{ {inner} }}}}")));
        cases.push(around("{% if 1 %}", "x", "{% endif %}", many));
        cases.push(around("{% for i in [1] %}", "x", "{% endfor %}", many));
        cases.push(format!("{{% if 0 %}}{}{{% endif %}}", "{% elif 0 %}".repeat(many)));
    }
    for template in [
        "{% macro m(x) %}{{ m([x]) }}{% endmacro %}{{ m(1) }}",
        "{% macro m(x) %}{% for y in x %}{{ m([x, x]) }}{% endfor %}{% endmacro %}{{ m([1]) }}",
        "{{ range(999999999999) | list | length }}",
        "{{ 'x' * 999999999 }}",
        "{{ [1] * 999999999 }}",
        "{{ '%0999999999d' | format(1) }}",
        "{{ 'a' | indent(999999999) }}",
        "{{ range(10) | slice(999999999) | list }}",
        "{{ range(9999) | join('x' * 99999) }}",
        "{{ ('a' * 1000) | replace('a', 'b' * 100000) | replace('b', 'c' * 100000) }}",
        "{{ 'a' | regex_replace('(a{1000}){1000}', 'x') }}",
        "{{ ('[' * 100000) | fromjson }}",
    ] {
        cases.push(template.to_owned());
    }
    for (n, template) in cases.iter().enumerate() {
        folder.pipeline(&format!("p-{n}"), "@.a", template);
    }
    let faulty = folder.all().values().filter(|told| !told.is_empty()).count();
    assert!(faulty > 17 && faulty < cases.len(), "{faulty} of {} are refused", cases.len());
}

#[test]
fn absurd_json() {
    let folder = Folder::new();
    folder.pipeline("j", "@.a", "{{ profile.x }}");
    let profile = |x: &str| {
        format!(r#"{{"key": "a", "a": 1, "info": {{"first_name": "Ada", "last_name": "L", "email": "a@example.org"}}, "x": {x}}}"#)
    };
    let lists = |many: usize| format!("{}{}", "[".repeat(many), "]".repeat(many));
    let cases = [
        ("lists", profile(&lists(ABSURD)), "recursion limit"),
        ("objects", profile(&format!("{}1{}", "{\"a\": ".repeat(ABSURD), "}".repeat(ABSURD))), "recursion limit"),
        ("deep", profile(&lists(120).replace("[]", "[1]")), ""),
        ("text", profile(&format!("\"{}\"", "x".repeat(2 << 20))), "larger than"),
        ("values", profile(&format!("[{}1]", "1, ".repeat(200_000))), "more than"),
        ("number", profile(&"1".repeat(100_000)), "number out of range"),
    ];
    for (name, text, _) in &cases {
        folder.write(&format!("j/fixtures/{name}.json"), text);
        folder.call(&format!("trace j.yaml j/fixtures/{name}.json")).ended();
        // A million values are a moment's work, and not for a test.
        if *name != "values" {
            folder.call(&format!("fixtures add j.yaml --force --from j/fixtures/{name}.json")).ended();
        }
    }
    std::fs::File::create(folder.0.path().join("j/fixtures/size.json")).unwrap().set_len(17 << 20).unwrap();
    folder.write("j/snapshots/a.json", &format!(r#"{{"outcome": "created", "candidate": {}}}"#, lists(ABSURD)));
    let told = folder.call("test --format json j.yaml").ended().lines();
    let cases = cases.iter().map(|(name, _, words)| (*name, *words)).chain([("size", "has more than"), ("a", "recursion limit")]);
    for (name, words) in cases {
        let line = told.iter().find(|line| line["fixture"] == name).unwrap();
        assert!(line["message"].as_str().unwrap_or_default().contains(words), "{name}: {line}");
    }
}
