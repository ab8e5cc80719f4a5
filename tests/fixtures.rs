//! `hireline fixtures add`: real people in, fictional people out.

use crate::harness::{Office, SOURCE_KEY};
use serde_json::{Value, json};

fn ada() -> Value {
    json!({
        "key": "7596ce2aecba4f8ab01a3202aa4eb3a22376a1a9", "id": 4711, "reference": "", "source": {"key": SOURCE_KEY}, "archived_at": null,
        "updated_at": "2026-06-20T15:25:07+0000", "experiences_duration": 3, "text": "Ada Quilliam\nada.quilliam@mail.example, 06 12 34 56 78",
        "info": {"full_name": "Ada Quilliam", "first_name": "Ada", "last_name": "Quilliam", "email": "ada.quilliam@mail.example", "phone": "06 12 34 56 78",
            "date_birth": "1969-12-31T23:59:59", "urls": {"from_resume": [], "linkedin": "https://linkedin.example/in/ada-q"}, "location": {"fields": []}},
        "experiences": [{"title": "", "company": "Quux", "date_start": "2020-01-01T00:00:00", "date_end": null}],
        "tags": [{"name": "stage", "value": "Shortlisted"}, {"name": "owner", "value": "quilliam"}, {"name": "seen", "value": true}],
    })
}

const PERSONAL: [&str; 8] = ["quilliam", "ada", "mail.example", "34 56 78", "ada-q", "quux", "4711", "7596ce2a"];

fn assert_nobody(text: &str) {
    let text = text.to_lowercase();
    for value in PERSONAL {
        assert!(!text.contains(value), "{value} is left in {text}");
    }
}

/// The fixtures of a pipeline, by name, with their texts.
fn fixtures(office: &Office, name: &str) -> Vec<(String, String)> {
    let mut found: Vec<_> = std::fs::read_dir(office.folder().join(name).join("fixtures"))
        .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_else(|_| Vec::<std::path::PathBuf>::new());
    found.sort();
    let named = |path: &std::path::PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    found.iter().map(|path| (named(path), std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn from_hrflow_by_key_with_the_shapes_of_the_original() {
    let office = Office::open(vec![ada()]);
    let mut pipeline = office.v3("people");
    pipeline["filters"] = json!(["contactable", {"keep": "@.tags[?@.name == 'stage' && @.value == 'Shortlisted']"}]);
    let file = office.save(&pipeline);
    let arguments = ["fixtures", "add", &file, "--key", "7596ce2aecba4f8ab01a3202aa4eb3a22376a1a9", "--seed", "tests"];
    let added = office.call(&arguments).expect(0);
    insta::assert_snapshot!("fixtures add", added.stdout);
    assert_eq!(added.stderr, "", "the pipeline does the same with the fixture");
    let (name, text) = fixtures(&office, "people").remove(0);
    [&name, &text, &added.stdout].into_iter().for_each(|text| assert_nobody(text));
    insta::assert_snapshot!("fixtures add writes", text);
    // It is there: nothing is written over it, unless that is asked for. With the seed it is the same.
    insta::assert_snapshot!("fixtures add again", office.call(&arguments).expect(2).stderr);
    office.call(&[&arguments[..], &["--force"]].concat()).expect(0);
    assert_eq!(fixtures(&office, "people"), [(name, text)]);
    // Without a seed, the same person cannot be recognised.
    office.call(&arguments[..5]).expect(0);
    let all = fixtures(&office, "people");
    let key = |at: usize| serde_json::from_str::<Value>(&all[at].1).unwrap()["key"].clone();
    assert!(all.len() == 2 && key(0) != key(1), "{all:?}");
    // And then it is a fixture like any other.
    office.call(&["test", "--accept", &file]).expect(0);
    let run = office.call(&["run", "--sandbox", "--json", &file]).expect(0);
    assert_eq!(run.counts()["created"], 2);
}

#[test]
fn from_a_file_or_standard_input_in_every_form() {
    let office = Office::open(Vec::new());
    let file = office.save(&office.v3("people"));
    let mut second = ada();
    second["key"] = json!("8876cc8e8613509fefb2b47483ee3dd53f29fee5");
    second["info"]["first_name"] = json!(null);
    second["info"]["last_name"] = json!("");
    office.write("one.json", &ada().to_string());
    office.write("lines.jsonl", &format!("{}\n{second}\n", ada()));
    office.write("envelope.json", &json!({"code": 200, "message": "ok", "data": {"profiles": [ada(), second]}}).to_string());
    for (from, count) in [("one.json", 1), ("lines.jsonl", 2), ("envelope.json", 2)] {
        let before = fixtures(&office, "people").len();
        let added = office.call(&["fixtures", "add", &file, "--from", from]).expect(0);
        assert_eq!(fixtures(&office, "people").len(), before + count, "{from}: {}", added.stdout);
    }
    let mut piped = office.command(&["fixtures", "add", &file, "--from", "-"]);
    piped.stdin(std::fs::File::open(office.folder().join("lines.jsonl")).unwrap());
    crate::harness::finish(piped).expect(0);
    let all = fixtures(&office, "people");
    assert_eq!(all.len(), 7);
    assert_eq!(all.iter().filter(|(name, _)| name.starts_with("person-")).count(), 3, "who has no name is named by the fictional key");
    all.iter().for_each(|(name, text)| assert_nobody(&format!("{name}\n{text}")));
}

/// What cannot be read is reported; the rest is written.
#[test]
fn what_is_no_profile_or_not_there() {
    let office = Office::open(vec![ada()]);
    let file = office.save(&office.v3("people"));
    let key = "7596ce2aecba4f8ab01a3202aa4eb3a22376a1a9";
    let missing = office.call(&["fixtures", "add", &file, "--key", key, "--key", "0000"]).expect(1);
    insta::assert_snapshot!("fixtures add of one that is missing", missing.stderr);
    assert_eq!(fixtures(&office, "people").len(), 1);
    office.write("bad.jsonl", &format!("{}\n{{\"info\": {{\"first_name\": \"Ada\"}}}}\n[1]\n{{\n", ada()));
    let bad = office.call(&["fixtures", "add", &file, "--from", "bad.jsonl"]).expect(1);
    insta::assert_snapshot!("fixtures add of what is none", bad.stderr);
    assert_nobody(&bad.stderr);
    assert_eq!(fixtures(&office, "people").len(), 2);
    insta::assert_snapshot!("fixtures add of no file", office.call(&["fixtures", "add", &file, "--from", "nothing.json"]).expect(2).stderr);
    office.call(&["fixtures", "add", &file]).expect(2);
}

/// A filter that turns on a value that is replaced: said, without the value.
#[test]
fn a_filter_that_says_something_else_of_the_fixture_is_told() {
    let office = Office::open(vec![ada()]);
    let mut pipeline = office.v3("people");
    pipeline["filters"] = json!([{"drop": "@.tags[?match(@.value, 'quil.*')]"}, {"keep": "search(@.text, 'Quilliam')"}]);
    let file = office.save(&pipeline);
    let key = "7596ce2aecba4f8ab01a3202aa4eb3a22376a1a9";
    let added = office.call(&["fixtures", "add", &file, "--key", key, "--seed", "tests"]).expect(0);
    assert_nobody(&added.stderr);
    insta::assert_snapshot!("fixtures add that a filter notices", added.stderr);
}
