//! `hireline test`: what differs, whose snapshot is taken, what is missing, what is not covered.

use crate::harness::Ended;
use crate::repository::{Repository, steady};
use std::path::Path;

pub const PIPELINE: &str = r#"version: 1
pipeline: acme
imports: [lib.yaml]
source: { files: { path: "people/*.json" } }
filters:
  - contactable
  - experienced
mapping:
  $use: candidate
  title: "{{ profile.experiences[0].title }}"
  tags:
    - hrflow
    - { $each: profile.skills, $as: skill, $when: skill.type == 'hard', $value: "{{ skill.name }}" }
destination:
  greenhouse:
    auth:
      oauth_client:
        client_id: { command: [touch, pwned] }
        client_secret: { env: NOT_SET }
    on_behalf_of: 92120
    job_ids: [4001]
"#;

pub const LIBRARY: &str = r#"version: 1
library: lib
filters:
  experienced:
    keep: "@.experiences_duration >= 2"
    because: The team takes two years of experience or more.
"#;

pub fn profile(key: &str, first_name: &str, years: u32, skills: &[&str]) -> String {
    let skills: Vec<_> = skills.iter().map(|skill| serde_json::json!({"name": skill, "type": "hard"})).collect();
    let profile = serde_json::json!({
        "key": key, "experiences_duration": years, "skills": skills,
        "info": {"first_name": first_name, "last_name": "Exempel", "email": format!("{key}@example.org")},
        "experiences": [{"title": "Engineer", "company": "Exempel AB", "date_start": "2020-01-01T00:00:00+0000"}],
    });
    format!("{profile:#}\n")
}

/// Two fixtures with their snapshots: one that passes and one that does not.
pub fn workspace() -> Repository {
    let workspace = Repository::new();
    workspace.write("acme.yaml", PIPELINE);
    workspace.write("lib.yaml", LIBRARY);
    workspace.write("acme/fixtures/senior.json", &profile("senior", "Ada", 7, &["go", "rust"]));
    workspace.write("acme/fixtures/junior.json", &profile("junior", "Grace", 1, &[]));
    workspace.call(&["test", "--accept"]).expect(0);
    workspace
}

fn told(ended: &Ended) -> String {
    steady(&format!("exit {}\n{}{}", ended.code.unwrap(), ended.stdout, ended.stderr))
}

fn snapshots(workspace: &Repository) -> Vec<String> {
    let folder = workspace.folder().join("acme/snapshots");
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_difference_is_told_with_the_line_that_made_it() {
    let workspace = workspace();
    workspace.call(&["test"]).expect(0);
    workspace.edit("acme.yaml", "title: \"{{ profile.experiences[0].title }}\"", "title: \"{{ profile.experiences[0].title | upper }}\"");
    workspace.edit("acme.yaml", "    - hrflow\n", "    - imported\n    - hrflow\n");
    workspace.edit("lib.yaml", ">= 2", ">= 1");
    let ended = workspace.call(&["test"]).expect(1);
    insta::assert_snapshot!("a difference", told(&ended));
    insta::assert_snapshot!("a difference as json", told(&workspace.call(&["test", "--format", "json"]).expect(1)));
    insta::assert_snapshot!("a difference as junit", told(&workspace.call(&["test", "--format", "junit"]).expect(1)));
    // Everything but the changed lines is as it was; the other way round the candidate goes.
    workspace.call(&["test", "--accept"]).expect(0);
    workspace.edit("lib.yaml", ">= 1", ">= 9");
    insta::assert_snapshot!("a candidate that goes", told(&workspace.call(&["test"]).expect(1)));
}

#[test]
fn one_snapshot_is_taken_and_no_other() {
    let workspace = workspace();
    workspace.edit("acme.yaml", "on_behalf_of", "application: { source_id: 7 }\n    on_behalf_of");
    workspace.edit("lib.yaml", ">= 2", ">= 1");
    let before = std::fs::read(workspace.folder().join("acme/snapshots/junior.json")).unwrap();
    let asked: [&[&str]; 5] = [
        &["test", "--accept=snior"],
        &["test", "--accept=whoever"],
        &["test", "--accept", "senior"],
        &["test", "--accept", "acme/fixtures/senior.json"],
        &["test", "senior"],
    ];
    let refused: Vec<_> = asked.iter().map(|asked| format!("{asked:?}\n{}", told(&workspace.call(asked).expect(2)))).collect();
    insta::assert_snapshot!("accepts that are refused", refused.join("\n"));
    let ended = workspace.call(&["test", "--format", "json", "--accept=senior", "acme.yaml"]).expect(1);
    let states: Vec<_> =
        ended.lines().iter().filter_map(|line| Some(format!("{}: {}", line["fixture"].as_str()?, line["status"]))).collect();
    assert_eq!(states, ["junior: \"differs\"", "senior: \"accepted\""]);
    assert_eq!(std::fs::read(workspace.folder().join("acme/snapshots/junior.json")).unwrap(), before);
    // By its pipeline, and by its path.
    workspace.call(&["test", "--accept=acme/junior"]).expect(0);
    workspace.edit("lib.yaml", ">= 1", ">= 2");
    workspace.call(&["test", "--accept=acme/fixtures/junior.json"]).expect(0);
    // A name that two pipelines have.
    workspace.write("other.yaml", &PIPELINE.replace("pipeline: acme", "pipeline: other"));
    workspace.write("other/fixtures/senior.json", &profile("senior", "Ada", 7, &[]));
    insta::assert_snapshot!("a name that two have", told(&workspace.call(&["test", "--accept=senior"]).expect(2)));
    workspace.call(&["test", "--accept=other/senior", "--accept=acme/senior"]).expect(0);
}

#[test]
fn what_is_missing_is_told() {
    let workspace = workspace();
    workspace.write("acme/fixtures/new.json", &profile("new", "Neu", 3, &["c"]));
    std::fs::rename(workspace.folder().join("acme/snapshots/junior.json"), workspace.folder().join("acme/snapshots/gone.json")).unwrap();
    workspace.write("acme/snapshots/senior.json", "{\n<<<<<<< HEAD\n=======\n>>>>>>> other\n}\n");
    insta::assert_snapshot!("missing", told(&workspace.call(&["test"]).expect(1)));
    // An orphan is removed by its name, or with all.
    workspace.call(&["test", "--accept=gone"]).expect(1);
    assert_eq!(snapshots(&workspace), ["senior.json"]);
    workspace.write("acme/snapshots/gone.json", "{}\n");
    insta::assert_snapshot!("missing accepted", told(&workspace.call(&["test", "--accept"]).expect(0)));
    assert_eq!(snapshots(&workspace), ["junior.json", "new.json", "senior.json"]);
    workspace.call(&["test"]).expect(0);
    // A broken fixture does not hide the reports of others; and it is worse than a difference.
    workspace.write("acme/fixtures/several.json", "[{\"key\": \"a\"}, {\"key\": \"b\"}]");
    workspace.edit("acme.yaml", "- hrflow", "- imported");
    insta::assert_snapshot!("broken", told(&workspace.call(&["test"]).expect(2)));
}

#[test]
fn a_report_is_written_to_a_file_and_people_read_on() {
    let workspace = workspace();
    workspace.edit("acme.yaml", "- hrflow", "- imported");
    let ended = workspace.call(&["test", "--format", "junit", "--output", "report.xml"]).expect(1);
    assert!(ended.stdout.starts_with("differs    acme/senior\n"), "{}", ended.stdout);
    let xml = std::fs::read_to_string(workspace.folder().join("report.xml")).unwrap();
    let report = quick_junit::Report::deserialize_from_str(&xml).unwrap();
    assert_eq!((report.tests, report.failures, report.errors), (2, 1, 0));
    let ended = workspace.call(&["test", "--output", "no/such/folder/report.txt"]).expect(3);
    assert!(ended.stderr.contains("no/such/folder/report.txt cannot be written"), "{}", ended.stderr);
}

#[test]
fn coverage_tells_what_no_fixture_shows() {
    let workspace = workspace();
    let mapping = r#"mapping:
  first_name: "{{ profile.info.first_name }}"
  last_name: "{{ profile.info.last_name }}"
  preferred_name: "{{ profile.info.full_name }}"
  email_addresses:
    - { value: "{{ profile.info.email }}", type: personal }
    - { $when: profile.info.phone, value: "{{ profile.info.phone }}@example.org", type: work }
  tags:
    - { $each: profile.skills, $as: skill, $when: skill.type == 'hard', $value: "{{ skill.name }}" }
    - { $each: profile.languages, $as: language, $value: "{{ language.name }}" }
"#;
    let (head, tail) = (PIPELINE.split("mapping:").next().unwrap(), PIPELINE.split("destination:").nth(1).unwrap());
    let filters = "  - { drop: \"@.archive == true\" }\n";
    workspace.write("acme.yaml", &format!("{head}{filters}{mapping}destination:{tail}"));
    workspace.call(&["test", "--accept"]).expect(0);
    insta::assert_snapshot!("coverage", told(&workspace.call(&["test", "--coverage"]).expect(0)));
    let json = workspace.call(&["test", "--coverage", "--format", "json"]).expect(0);
    insta::assert_snapshot!("coverage as json", steady(json.stdout.lines().find(|line| line.contains("coverage")).unwrap()));
    workspace.call(&["test", "--coverage", "--fail-uncovered"]).expect(1);
    workspace.call(&["test", "--fail-uncovered"]).expect(2);
    // A profile that the filters keep out shows nothing of the mapping, and nothing of the filters behind the one that said no.
    let whole = |key: &str, years: u32| {
        let text = profile(key, "Ada", years, &["go"]);
        let mut profile: serde_json::Value = serde_json::from_str(&text).unwrap();
        profile["info"]["full_name"] = "Ada E".into();
        profile["info"]["phone"] = "1".into();
        profile["languages"] = serde_json::json!([{"name": "en"}]);
        profile["skills"].as_array_mut().unwrap().push(serde_json::json!({"name": "kind", "type": "soft"}));
        profile
    };
    workspace.write("acme/fixtures/junior.json", &whole("junior", 1).to_string());
    let gaps = |workspace: &Repository| {
        let ended = workspace.call(&["test", "--coverage", "--format", "json", "--accept"]).expect(0);
        let line = ended.lines().into_iter().find(|line| line["type"] == "coverage").unwrap();
        line["gaps"].as_array().unwrap().iter().map(|gap| format!("{} {}", gap["name"], gap["missing"])).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!("gaps with one who is kept out", gaps(&workspace));
    workspace.write("acme/fixtures/whole.json", &whole("whole", 3).to_string());
    let mut archived = whole("archived", 3);
    archived["archive"] = true.into();
    workspace.write("acme/fixtures/archived.json", &archived.to_string());
    workspace.write("acme/fixtures/unreachable.json", &profile("unreachable", "", 3, &[]));
    assert_eq!(gaps(&workspace), "");
    workspace.call(&["test", "--coverage", "--fail-uncovered"]).expect(0);
}

/// No verb that works on fixtures opens a secret.
#[test]
fn no_secret_is_opened() {
    let workspace = workspace();
    workspace.call(&["test", "--coverage"]).expect(0);
    assert!(!Path::new(workspace.folder()).join("pwned").exists());
}
