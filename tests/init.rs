//! A folder from `hireline init` works at once: it is checked, tested and run unchanged. Also the shell's
//! completions and pages.

use crate::harness::{Ended, command, finish};
use std::collections::BTreeMap;
use std::path::Path;

fn hireline(folder: &Path, arguments: &[&str]) -> Ended {
    finish(command(folder, &BTreeMap::new(), arguments))
}

fn both(ended: &Ended) -> String {
    format!("exit {}\n--- standard output\n{}--- standard error\n{}", ended.code.unwrap_or(-1), ended.stdout, ended.stderr)
}

/// Every file below a folder, from there, sorted.
fn listed(folder: &Path) -> Vec<String> {
    let options = glob::MatchOptions { require_literal_leading_dot: false, ..glob::MatchOptions::default() };
    let found = glob::glob_with(&format!("{}/**/*", folder.display()), options).unwrap().map(Result::unwrap);
    let files = found.filter(|path| path.is_file());
    files.map(|path| path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned()).collect()
}

#[test]
fn a_new_folder_passes_at_once() {
    let with: [&[&str]; 4] = [
        &[],
        &["--ci", "gitlab"],
        &["--api", "harvest-v1", "--ci", "none"],
        &[
            "--source-key",
            "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f",
            "--source-key",
            "b",
            "--job-id",
            "77123",
            "--job-id",
            "8",
            "--on-behalf-of",
            "5",
        ],
    ];
    for options in with {
        let folder = tempfile::tempdir().unwrap();
        let made = hireline(folder.path(), &[&["init", "acme"], options].concat()).expect(0);
        let acme = folder.path().join("acme");
        assert_eq!(made.stdout.matches("written").count(), listed(&acme).len() - 5 + 1, "what is written is told: {}", made.stdout);
        let checked = hireline(&acme, &["check", "--format", "json"]).expect(0);
        let known = ["secret-unavailable", "end-of-life"];
        for warning in checked.lines() {
            assert!(known.contains(&warning["code"].as_str().unwrap()), "{options:?}: {warning}");
        }
        let tested = hireline(&acme, &["test"]).expect(0);
        assert_eq!(tested.stdout, "5 fixtures: 5 same\n");
        let run = hireline(&acme, &["run", "acme.yaml", "--sandbox", "--json"]).expect(0);
        assert_eq!(run.counts(), BTreeMap::from([("created".to_owned(), 2), ("filtered".to_owned(), 3)]), "{options:?}");
    }
}

#[test]
fn what_init_says_and_writes() {
    let folder = tempfile::tempdir().unwrap();
    insta::assert_snapshot!("init", both(&hireline(folder.path(), &["init", "acme"]).expect(0)));
    let acme = folder.path().join("acme");
    insta::assert_snapshot!("init files", listed(&acme).join("\n"));
    insta::assert_snapshot!("init readme", std::fs::read_to_string(acme.join("README.md")).unwrap());
    // Nothing that exists is overwritten, and nothing else is written.
    std::fs::write(acme.join("acme.yaml"), "mine").unwrap();
    std::fs::remove_file(acme.join("README.md")).unwrap();
    insta::assert_snapshot!("init again", both(&hireline(folder.path(), &["init", "acme"]).expect(2)));
    assert_eq!(std::fs::read_to_string(acme.join("acme.yaml")).unwrap(), "mine");
    assert!(!acme.join("README.md").exists());
    insta::assert_snapshot!("init with a bad name", both(&hireline(folder.path(), &["init", "Acme GmbH"]).expect(2)));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// The hook runs what it says, wherever git starts it, and lets nothing wrong through.
#[cfg(unix)]
#[test]
fn the_hook_before_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    hireline(folder.path(), &["init", "acme"]).expect(0);
    let hook = folder.path().join("acme/.githooks/pre-commit");
    let binaries = Path::new(crate::harness::BINARY).parent().unwrap();
    let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap());
    let run = || {
        let mut hook = std::process::Command::new(&hook);
        hook.current_dir(folder.path()).env("PATH", &path);
        finish(hook)
    };
    run().expect(0);
    let pipeline = folder.path().join("acme/acme.yaml");
    let text = std::fs::read_to_string(&pipeline).unwrap();
    std::fs::write(&pipeline, text.replace("- hrflow ", "- other ")).unwrap();
    run().expect(1);
    std::fs::write(&pipeline, text.replace("contactable", "contactible")).unwrap();
    run().expect(2);
}

#[test]
fn completions_and_pages_know_every_verb() {
    let here = Path::new(".");
    let help = hireline(here, &["--help"]).expect(0).stdout;
    let commands = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    let verbs: Vec<&str> = commands
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(verbs.len() > 10 && verbs.contains(&"run"), "{verbs:?}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = hireline(here, &["completions", shell]).expect(0).stdout;
        assert!(verbs.iter().all(|verb| script.contains(verb)) && script.contains("sandbox"), "{shell}");
    }
    let page = hireline(here, &["man"]).expect(0).stdout;
    assert!(verbs.iter().all(|verb| page.contains(verb)), "{page}");
    let run = hireline(here, &["man", "run"]).expect(0).stdout;
    assert!(run.contains(".TH hireline-run 1") && run.contains("\\-\\-sandbox"), "{run}");
    let folder = tempfile::tempdir().unwrap();
    hireline(folder.path(), &["man", "--out", "pages"]).expect(0);
    let pages = listed(&folder.path().join("pages"));
    for verb in &verbs {
        assert!(pages.contains(&format!("hireline-{verb}.1")), "{verb}: {pages:?}");
    }
    insta::assert_snapshot!("man of no verb", both(&hireline(here, &["man", "psuh"]).expect(2)));
}

/// The handbook shows the pipeline without its comments: it is the one that is written.
#[test]
fn the_handbook_shows_the_pipeline_that_is_made() {
    let folder = tempfile::tempdir().unwrap();
    hireline(folder.path(), &["init", "acme"]).expect(0);
    let made = std::fs::read_to_string(folder.path().join("acme/acme.yaml")).unwrap();
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/first-pipeline.md")).unwrap();
    let shown = page.split("```yaml acme/acme.yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let [mut made, shown] = [made.as_str(), shown].map(|text| serde_yaml::from_str::<serde_json::Value>(text).unwrap());
    made.as_object_mut().unwrap().shift_remove("description");
    assert_eq!(made, shown);
}
