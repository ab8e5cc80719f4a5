//! `hireline diff`: what an edit changes, and what it must not do with what others have written.

use crate::fixture_tests::{LIBRARY, PIPELINE, profile, workspace};
use crate::harness::{Ended, command, finish};
use crate::repository::{Repository, git, steady};
use std::collections::BTreeMap;

fn told(ended: &Ended) -> String {
    let told = format!("exit {}\n--- standard output\n{}--- standard error\n{}", ended.code.unwrap(), ended.stdout, ended.stderr);
    steady(&told)
}

fn committed() -> Repository {
    let repository = workspace();
    repository.commit();
    repository
}

#[test]
fn an_edit_of_a_pipeline_and_of_a_library() {
    let repository = committed();
    insta::assert_snapshot!("no change", told(&repository.call(&["diff", "--base", "main", "--exit-code"]).expect(0)));
    repository.edit("acme.yaml", "title: \"{{ profile.experiences[0].title }}\"", "title: \"Senior {{ profile.experiences[0].title }}\"");
    repository.edit("acme.yaml", "job_ids: [4001]", "job_ids: [4001, 4002]\n    existing: skip");
    repository.edit("lib.yaml", ">= 2", ">= 1");
    insta::assert_snapshot!("an edit", told(&repository.call(&["diff", "--base", "main"]).expect(0)));
    insta::assert_snapshot!("an edit as markdown", told(&repository.call(&["diff", "--base", "HEAD", "--format", "markdown"]).expect(0)));
    let json = repository.call(&["diff", "--base", "main", "--format", "json", "--exit-code"]).expect(1);
    insta::assert_snapshot!("an edit as json", steady(&json.stdout));
    json.lines();
    // From another folder, the same.
    std::fs::create_dir(repository.folder().join("below")).unwrap();
    let below = finish(command(&repository.folder().join("below"), &BTreeMap::new(), &["diff", "--base", "main", ".."])).expect(0);
    assert_eq!(below.stdout.replace("../", ""), repository.call(&["diff", "--base", "main"]).stdout);
    // A report in a file; people read on.
    let ended = repository.call(&["diff", "--base", "main", "--format", "markdown", "--output", "report.md"]).expect(0);
    assert!(ended.stdout.contains("changed    acme/senior"), "{}", ended.stdout);
    assert!(std::fs::read_to_string(repository.folder().join("report.md")).unwrap().starts_with("### Hireline"));
}

/// If the requests change and the candidate does not, the requests are reported.
#[test]
fn an_edit_of_the_requests_alone() {
    let repository = committed();
    repository.edit("acme.yaml", "on_behalf_of: 92120", "base_url: https://gateway.example.org\n    on_behalf_of: 92120");
    insta::assert_snapshot!("requests", told(&repository.call(&["diff", "--base", "main"]).expect(0)));
}

#[test]
fn pipelines_and_fixtures_that_are_on_one_side_only() {
    let repository = committed();
    repository.write("gone.yaml", &PIPELINE.replace("pipeline: acme", "pipeline: gone"));
    repository.write("gone/fixtures/senior.json", &profile("senior", "Ada", 7, &[]));
    repository.write("broken.yaml", &PIPELINE.replace("pipeline: acme", "pipeline: mended").replace("- contactable", "- contactible"));
    repository.commit();
    // Renamed, with its fixtures: the same pipeline still.
    repository.git(&["rm", "--quiet", "-r", "gone.yaml", "gone"]);
    repository.git(&["mv", "acme.yaml", "moved.yaml"]);
    repository.git(&["mv", "acme", "moved"]);
    repository.edit("moved.yaml", "- hrflow", "- imported");
    repository.edit("broken.yaml", "- contactible", "- contactable");
    repository.write("new.yaml", &PIPELINE.replace("pipeline: acme", "pipeline: new"));
    repository.write("new/fixtures/senior.json", &profile("senior", "Ada", 7, &[]));
    repository.write("moved/fixtures/added.json", &profile("added", "Neu", 5, &[]));
    repository.write("moved/fixtures/senior.json", &profile("senior", "Augusta", 7, &["go"]));
    std::fs::remove_file(repository.folder().join("moved/fixtures/junior.json")).unwrap();
    repository.write("moved/fixtures/several.json", "[]");
    insta::assert_snapshot!("one side", told(&repository.call(&["diff", "--base", "main", "--exit-code"]).expect(1)));
    insta::assert_snapshot!("one side as json", told(&repository.call(&["diff", "--base", "main", "--format", "json"]).expect(0)));
    // A file that is only there.
    let ended = repository.call(&["diff", "--base", "main", "gone.yaml"]).expect(0);
    assert!(ended.stdout.contains("the pipeline is gone"), "{}", ended.stdout);
    // What does not compile now is wrong; what still can be compared is.
    repository.edit("new.yaml", "- contactable", "- contactible");
    let ended = repository.call(&["diff", "--base", "main"]).expect(2);
    insta::assert_snapshot!("broken now", told(&ended));
}

#[test]
fn where_there_is_nothing_to_compare_with() {
    let repository = committed();
    let asked = |arguments: &[&str]| {
        let ended = repository.call(&[&["diff"], arguments].concat()).expect(2);
        format!("{arguments:?}\n{}", told(&ended))
    };
    let mut lines = vec![
        asked(&[]),
        asked(&["--base", "nope"]),
        asked(&["--base", "-rf"]),
        asked(&["--base", "--output=pwned"]),
        asked(&["--base", ""]),
        asked(&["--base", "main..main"]),
        asked(&["--base", "main:acme.yaml"]),
        asked(&["--base", "main", "nothing.yaml"]),
        asked(&["--base", "main", "/"]),
    ];
    let elsewhere = tempfile::Builder::new().prefix("hireline-git-").tempdir().unwrap();
    std::fs::write(elsewhere.path().join("acme.yaml"), PIPELINE).unwrap();
    let other = elsewhere.path().display().to_string();
    lines.push(asked(&["--base", "main", &other]));
    git(elsewhere.path(), &["init", "--quiet", "--initial-branch", "main", "."]);
    lines.push(asked(&["--base", "main", ".", &other]));
    let alone = finish(command(elsewhere.path(), &BTreeMap::new(), &["diff", "--base", "main"])).expect(2);
    lines.push(format!("a repository without a commit\n{}", told(&alone)));
    let mut without_git = command(repository.folder(), &BTreeMap::new(), &["diff", "--base", "main"]);
    without_git.env("PATH", elsewhere.path());
    lines.push(format!("no git\n{}", crate::harness::steady(&told(&finish(without_git).expect(3)))));
    insta::assert_snapshot!("nothing to compare with", lines.join("\n").replace(&other, "[other]"));
    assert!(!repository.folder().join("pwned").exists());
}

#[test]
fn a_shallow_clone_and_a_merge_base() {
    let repository = committed();
    repository.git(&["switch", "--quiet", "--create", "edit"]);
    repository.edit("acme.yaml", "- hrflow", "- mine");
    repository.commit();
    repository.git(&["switch", "--quiet", "main"]);
    repository.edit("acme.yaml", "[0].title }}", "[0].title | upper }}");
    repository.commit();
    repository.git(&["switch", "--quiet", "edit"]);
    let changed = |arguments: &[&str]| {
        let ended = repository.call(&[&["diff", "--format", "json", "--base", "main"], arguments].concat()).expect(0);
        let lines = ended.lines();
        let changes = lines.iter().filter_map(|line| line["changes"].as_array()).flatten();
        changes.map(|change| change["member"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(changed(&[]), ["title", "tags[0]"]);
    assert_eq!(changed(&["--merge-base"]), ["tags[0]"]);
    let clones = tempfile::tempdir().unwrap();
    let from = format!("file://{}", repository.folder().display());
    git(clones.path(), &["clone", "--quiet", "--depth", "1", "--branch", "edit", &from, "shallow"]);
    let ended = finish(command(&clones.path().join("shallow"), &BTreeMap::new(), &["diff", "--base", "main"])).expect(2);
    insta::assert_snapshot!("shallow", told(&ended));
    git(clones.path(), &["clone", "--quiet", "--no-local", &from, "other"]);
    git(&clones.path().join("other"), &["switch", "--quiet", "--orphan", "root"]);
    git(&clones.path().join("other"), &["commit", "--quiet", "--allow-empty", "--message", "Another root"]);
    std::fs::write(clones.path().join("other/acme.yaml"), PIPELINE).unwrap();
    let arguments = ["diff", "--base", "origin/main", "--merge-base"];
    let ended = finish(command(&clones.path().join("other"), &BTreeMap::new(), &arguments)).expect(2);
    assert!(ended.stderr.contains("have no common commit here"), "{}", ended.stderr);
}

/// Real people: masked in a pipe, in a file and in every format.
#[test]
fn profiles_are_masked() {
    let repository = committed();
    repository.edit("acme.yaml", "title: \"{{ profile.experiences[0].title }}\"", "title: \"Dr {{ profile.info.first_name }}\"");
    let people: String = (0..3)
        .map(|n| {
            let person: serde_json::Value = serde_json::from_str(&profile(&format!("p{n}"), "Wilhelmina", n + 1, &[])).unwrap();
            format!("{person}\n")
        })
        .collect();
    repository.write("people.jsonl", &format!("{people}{{\"no\": \"Wilhelmina\"}}\n"));
    for format in ["human", "json", "markdown"] {
        let arguments = ["diff", "--base", "main", "--profiles", "people.jsonl", "--format", format];
        let ended = repository.call(&arguments).expect(0);
        assert!(!ended.stdout.contains("Wilhelmina") && !ended.stderr.contains("Wilhelmina"), "{}", told(&ended));
        assert!(ended.stdout.contains("p1") && ended.stdout.contains("***") || format == "markdown", "{}", ended.stdout);
        insta::assert_snapshot!(format!("profiles {format}"), told(&ended));
        let shown = repository.call(&[&arguments[..], &["--show-personal-data"]].concat()).expect(0);
        assert!(shown.stdout.contains("Wilhelmina"), "{}", shown.stdout);
    }
    let ended = repository.call(&["diff", "--base", "main", "--profiles", "nobody.json"]).expect(2);
    assert!(ended.stderr.contains("nobody.json"), "{}", ended.stderr);
}

/// A merge request from an untrusted person.
#[test]
fn nothing_that_others_wrote_is_run_or_read() {
    let outside = tempfile::tempdir().unwrap();
    let pwned = outside.path().join("pwned");
    let touch = format!("touch {}", pwned.display());
    let repository = committed();
    repository.write(".gitattributes", "*.yaml filter=evil diff=evil\n*.json filter=evil\n");
    repository.commit();
    for (key, value) in [
        ("core.fsmonitor", touch.as_str()),
        ("core.pager", &touch),
        ("core.sshCommand", &touch),
        ("core.editor", &touch),
        ("filter.evil.smudge", &touch),
        ("filter.evil.clean", &touch),
        ("filter.evil.process", &touch),
        ("diff.evil.textconv", &touch),
        ("diff.external", &touch),
        ("alias.ls-tree", &format!("!{touch}")),
        ("alias.rev-parse", &format!("!{touch}")),
    ] {
        repository.git(&["config", key, value]);
    }
    repository.edit("acme.yaml", "- hrflow", "- imported");
    let ended = repository.call(&["diff", "--base", "main", "--profiles", "acme/fixtures/senior.json"]).expect(0);
    assert!(ended.stdout.contains("1 of 2 fixtures changes"), "{}", told(&ended));
    assert!(!pwned.exists(), "something in the repository's configuration was run");
    assert!(!repository.folder().join("pwned").exists(), "a secret was opened");

    // Links, of the work tree and of the revision.
    let secret = outside.path().join("secret.json");
    std::fs::write(&secret, profile("secret", "Hemlig", 9, &[])).unwrap();
    std::fs::write(outside.path().join("secret.yaml"), PIPELINE.replace("pipeline: acme", "pipeline: hemlig")).unwrap();
    repository.link(&secret, "acme/fixtures/stolen.json");
    let ended = repository.call(&["diff", "--base", "main"]).expect(0);
    assert!(ended.stderr.contains("stolen.json: is outside the workspace"), "{}", told(&ended));
    assert!(!told(&ended).contains("Hemlig"), "{}", told(&ended));
    // Of the revision: the link is left out, and stays one of the work tree alone.
    repository.git(&["config", "--unset", "core.fsmonitor"]);
    repository.git(&["config", "--remove-section", "filter.evil"]);
    repository.git(&["add", "acme/fixtures/stolen.json"]);
    repository.git(&["commit", "--quiet", "--message", "A link"]);
    std::fs::remove_file(repository.folder().join("acme/fixtures/stolen.json")).unwrap();
    let ended = repository.call(&["diff", "--base", "HEAD"]).expect(0);
    assert!(ended.stderr.contains("stolen.json is a link there, and was left out"), "{}", told(&ended));
    repository.link(&outside.path().join("secret.yaml"), "deep/stolen.yaml");
    let ended = repository.call(&["diff", "--base", "main"]).expect(2);
    assert!(ended.stderr.contains("deep/stolen.yaml is outside the workspace"), "{}", told(&ended));
    assert!(!told(&ended).contains("hemlig"), "{}", told(&ended));
    std::fs::remove_file(repository.folder().join("deep/stolen.yaml")).unwrap();
    repository.link(&outside.path().join("secret.yaml"), "hireline.yaml");
    let ended = repository.call(&["diff", "--base", "main", "acme.yaml"]).expect(2);
    assert!(ended.stderr.contains("hireline.yaml is outside the workspace"), "{}", told(&ended));
}

/// A partial clone lacks files; to get them would be the network, and a program of the repository's choice.
#[test]
fn what_a_partial_clone_lacks_is_not_fetched() {
    let origin = committed();
    origin.git(&["config", "uploadpack.allowFilter", "true"]);
    origin.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let folder = tempfile::tempdir().unwrap();
    let from = format!("file://{}", origin.folder().display());
    git(folder.path(), &["clone", "--quiet", "--no-checkout", "--filter", "blob:none", &from, "partial"]);
    let (clone, pwned) = (folder.path().join("partial"), folder.path().join("pwned"));
    git(&clone, &["config", "remote.origin.uploadpack", &format!("touch {}; git-upload-pack", pwned.display())]);
    for (name, text) in [("acme.yaml", PIPELINE), ("lib.yaml", LIBRARY)] {
        std::fs::write(clone.join(name), text).unwrap();
    }
    let ended = finish(command(&clone, &BTreeMap::new(), &["diff", "--base", "origin/main"])).expect(2);
    insta::assert_snapshot!("partial clone", told(&ended));
    assert!(!pwned.exists(), "a program of the repository's choice was run");
}

/// A folder that looks like a repository, and has a configuration of its own, is none.
#[test]
fn a_bare_repository_in_the_work_tree_is_not_asked() {
    let repository = committed();
    let evil = repository.folder().join("evil");
    std::fs::create_dir(&evil).unwrap();
    git(&evil, &["init", "--quiet", "--bare", "."]);
    let pwned = repository.folder().join("pwned-by-bare");
    git(&evil, &["config", "core.bare", "false"]);
    git(&evil, &["config", "core.worktree", &repository.folder().display().to_string()]);
    git(&evil, &["config", "core.fsmonitor", &format!("touch {}", pwned.display())]);
    repository.write("evil/p.yaml", &PIPELINE.replace("pipeline: acme", "pipeline: evil").replace("[lib.yaml]", "[../lib.yaml]"));
    let ended = repository.call(&["diff", "--base", "main", "evil"]).expect(2);
    insta::assert_snapshot!("bare repository", told(&ended));
    assert!(!pwned.exists());
}
