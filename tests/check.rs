//! `check` for machines, and while a file is edited.

use crate::harness::BINARY;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tempfile::TempDir;

const WRONG: &str = "version: 1
pipeline: engineers
source: { files: { path: \"profiles/*.json\" } }
filters:
  - contactible
mapping: candidate
destination: { greenhouse: { auth: { access_token: { command: [print-token] } }, job_ids: [4012] } }
";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("hireline.yaml", "version: 1\n")].iter().chain(files) {
        write(folder.path(), name, text);
    }
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn check(folder: &Path, words: &[&str]) -> Output {
    Command::new(BINARY).arg("check").args(words).current_dir(folder).env_remove("CLICOLOR_FORCE").output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Two files: one with an accent before the fault, one in which two places belong together.
fn faults() -> TempDir {
    let twice = WRONG.replace("  - contactible\n", "  - { keep: \"@.info.email\", drop: \"@.key\" }\n").replace("engineers", "a");
    folder(&[
        ("a b/50%,ü:.yaml", &WRONG.replace("  - contactible", "  - { because: \"é, 100%\", keep: \"@.info.emial\" }")),
        ("twice.yaml", &twice),
    ])
}

#[test]
fn github_is_told_in_its_own_words() {
    let output = check(faults().path(), &[".", "--format", "github"]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(text(&output), @"
    ::warning file=a b/50%25%2Cü%3A.yaml,line=5,endLine=5,col=41,endColumn=45,title=unknown-field::HrFlow's profiles have no `@.info.emial` that is known%0Ahelp: did you mean `@.info.email`?
    ::error file=twice.yaml,line=5,endLine=5,col=29,endColumn=32,title=conflicting-keys::an item of `filters` takes only one of `keep` and `drop`%0Ahelp: keep `keep` or `drop`%0Atwice.yaml:5:7: the first is here
    ");
}

#[test]
fn sarif_is_what_its_schema_says() {
    // One pattern of the schema has a bracket too many, which this validator does not take.
    let schema = include_str!("sarif/sarif-schema-2.1.0.json").replace("|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$", "|^[a-zA-Z]{2}-[a-zA-Z]{2}$");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let clean = folder(&[("engineers.yaml", &WRONG.replace("contactible", "contactable"))]);
    for (folder, results) in [(faults(), 2), (clean, 0)] {
        let log: Value = serde_json::from_slice(&check(folder.path(), &["--format", "sarif"]).stdout).unwrap();
        let errors: Vec<String> = validator.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), results);
    }
    // A fault without a place, and a path from the root.
    for words in [&["nothing.yaml", "--format", "sarif"][..], &[faults().path().to_str().unwrap(), "--format", "sarif"]] {
        let log: Value = serde_json::from_slice(&check(faults().path(), words).stdout).unwrap();
        assert!(validator.is_valid(&log), "{log:#}");
    }
}

#[test]
fn sarif_names_the_rule_the_place_and_what_belongs_to_it() {
    let log: Value = serde_json::from_slice(&check(faults().path(), &["--format", "sarif"]).stdout).unwrap();
    let run = &log["runs"][0];
    let rule = |result: &Value| run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize]["id"].clone();
    let results = run["results"].as_array().unwrap();
    assert!(results.iter().all(|result| rule(result) == result["ruleId"]));
    insta::assert_snapshot!(format!("{:#}", run["results"]), @r#"
    [
      {
        "ruleId": "unknown-field",
        "ruleIndex": 23,
        "level": "warning",
        "message": {
          "text": "HrFlow's profiles have no `@.info.emial` that is known\nHelp: did you mean `@.info.email`?"
        },
        "locations": [
          {
            "physicalLocation": {
              "artifactLocation": {
                "uri": "a%20b/50%25%2C%C3%BC%3A.yaml"
              },
              "region": {
                "startLine": 5,
                "startColumn": 41,
                "endLine": 5,
                "endColumn": 46
              }
            }
          }
        ]
      },
      {
        "ruleId": "conflicting-keys",
        "ruleIndex": 6,
        "level": "error",
        "message": {
          "text": "an item of `filters` takes only one of `keep` and `drop`\nHelp: keep `keep` or `drop`"
        },
        "locations": [
          {
            "physicalLocation": {
              "artifactLocation": {
                "uri": "twice.yaml"
              },
              "region": {
                "startLine": 5,
                "startColumn": 29,
                "endLine": 5,
                "endColumn": 33
              }
            }
          }
        ],
        "relatedLocations": [
          {
            "id": 0,
            "physicalLocation": {
              "artifactLocation": {
                "uri": "twice.yaml"
              },
              "region": {
                "startLine": 5,
                "startColumn": 7,
                "endLine": 5,
                "endColumn": 11
              }
            },
            "message": {
              "text": "the first is here"
            }
          }
        ]
      }
    ]
    "#);
}

#[test]
fn a_pipe_gets_no_colours_and_no_links() {
    let folder = faults();
    assert!(!text(&check(folder.path(), &["."])).contains('\u{1b}'));
    let forced = |name: &str| {
        let output = Command::new(BINARY).args(["check", "."]).current_dir(folder.path()).env(name, "1").output().unwrap();
        text(&output)
    };
    assert!(forced("CLICOLOR_FORCE").contains("\u{1b}["));
    assert!(!forced("CLICOLOR_FORCE").contains("\u{1b}]8;"));
}

/// Reads what a child prints, and ends it where it says nothing for too long.
struct Watched {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    ended: Arc<AtomicBool>,
}

impl Watched {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(BINARY)
            .args(["check", "--watch", "."])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ended = Arc::new(AtomicBool::new(false));
        let (id, over) = (child.id().to_string(), Arc::clone(&ended));
        std::thread::spawn(move || {
            for _ in 0..600 {
                std::thread::sleep(Duration::from_millis(100));
                if over.load(Ordering::SeqCst) {
                    return;
                }
            }
            drop(Command::new("kill").arg(id).status());
        });
        Self { child, lines, ended }
    }

    /// What it says of one look at the files.
    fn round(&mut self) -> String {
        let mut said = String::new();
        loop {
            let line = self.lines.next().unwrap().unwrap();
            if line.starts_with("Watching") {
                return said;
            }
            said += &(line + "\n");
        }
    }

    fn until(&mut self, words: &str) -> String {
        loop {
            let said = self.round();
            if said.contains(words) {
                return said;
            }
        }
    }

    fn stop(mut self) -> Option<i32> {
        assert!(Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap().success());
        let code = self.child.wait().unwrap().code();
        self.ended.store(true, Ordering::SeqCst);
        code
    }
}

#[test]
fn a_file_that_is_saved_is_checked_again() {
    let folder = folder(&[("engineers.yaml", WRONG)]);
    let mut watched = Watched::start(folder.path());
    let said = watched.round();
    assert!(said.contains("did you mean `contactable`?") && !said.contains('\u{1b}'), "{said}");
    // As most editors save: a new file in the place of the old one.
    write(folder.path(), ".engineers.yaml.swp", &WRONG.replace("contactible", "contactable"));
    std::fs::rename(folder.path().join(".engineers.yaml.swp"), folder.path().join("engineers.yaml")).unwrap();
    watched.until("1 pipeline: no faults");
    // A file that comes, in a folder that comes.
    write(folder.path(), "more/sales.yaml", &WRONG.replace("engineers", "sales"));
    watched.until("more/sales.yaml:5:5");
    std::fs::remove_file(folder.path().join("more/sales.yaml")).unwrap();
    watched.until("1 pipeline: no faults");
    assert_eq!(watched.stop(), Some(130));
}
