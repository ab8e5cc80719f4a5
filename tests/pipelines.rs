//! The pipelines that come with Hireline are good examples: without fault, and as their snapshots say.

use crate::contract::Watch;
use crate::harness::{command, finish};
use std::collections::BTreeMap;
use std::path::Path;

fn hireline(arguments: &[&str]) -> crate::harness::Ended {
    finish(command(Path::new(env!("CARGO_MANIFEST_DIR")), &BTreeMap::new(), arguments))
}

#[test]
fn they_render_as_their_snapshots_say() {
    let ended = hireline(&["test", "pipelines"]).expect(0);
    assert_eq!(ended.stderr.matches("error").count(), 0, "{}", ended.stderr);
    assert!(ended.stdout.contains("24 fixtures"), "{}", ended.stdout);
}

#[test]
fn they_have_no_error_and_no_secret_is_needed_to_see_that() {
    let ended = hireline(&["check", "--format", "json", "pipelines"]).expect(0);
    let told: Vec<_> = ended
        .lines()
        .iter()
        .map(|line| format!("{} {} {}", line["severity"].as_str().unwrap(), line["code"].as_str().unwrap(), line["file"].as_str().unwrap()))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

/// Each as a user would try it, in a folder of its own, with nothing set.
#[test]
fn each_runs_against_the_sandbox() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut told = Vec::new();
    for path in ["pipelines/demo", "pipelines/acme", "pipelines/legacy", "pipelines/talent"] {
        let record = tempfile::NamedTempFile::new().unwrap();
        let variables = BTreeMap::from([("HIRELINE_SANDBOX_RECORD".to_owned(), record.path().to_str().unwrap().to_owned())]);
        let ended = finish(command(root, &variables, &["run", path, "--sandbox", "--json"])).expect(0);
        let watch = Watch::default();
        watch.read(&std::fs::read_to_string(record.path()).unwrap());
        watch.end();
        told.push(format!("{path}: {}", crate::harness::shown(&ended.counts())));
    }
    insta::assert_snapshot!(told.join("\n"));
    assert!(!root.join(".hireline").exists(), "a run in the sandbox leaves a ledger behind");
}
