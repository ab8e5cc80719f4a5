//! How changes look.

use super::*;

fn maker(line: usize, written: &str) -> Option<Maker> {
    Some(Maker { file: "pipelines/acme/platform.yaml".into(), line, column: 10, written: Some(written.into()) })
}

fn change(member: &str, before: Value, now: Value) -> Change {
    let some = |value: Value| (!value.is_null()).then_some(value);
    let from_now = maker(34, "{{ profile.info.x }}");
    Change { part: Part::Candidate, member: member.into(), before: some(before), now: some(now), from_before: None, from_now }
}

fn drawn(difference: &Difference, look: Look) -> String {
    let lines = human(difference, look).join("\n");
    let plain = anstream::adapter::strip_str(&lines).to_string();
    let widest = plain.lines().filter(|line| !line.contains(".yaml:")).map(UnicodeWidthStr::width).max().unwrap_or_default();
    assert!(widest <= look.width, "{widest} columns\n{plain}");
    plain
}

const WIDE: Look = Look { width: 60, show: true, most: 30 };

#[test]
fn long_values_are_shown_where_they_differ() {
    let long = "The quick brown fox jumps over the lazy dog, and then it does the same again";
    let changes = vec![
        change("notes[0].body", json!(format!("{long}, twice and for a long time")), json!(format!("{long}, once and for a long time"))),
        change("tags[1]", Value::Null, json!("rust")),
        change("title", json!("Engineer"), Value::Null),
        change("company", json!("漢字".repeat(40)), json!("漢字".repeat(41))),
        change("preferred_name", json!("a\u{1b}[31m\u{202e}b\nc"), json!(long)),
    ];
    let difference = Difference { before: json!({"outcome": "created"}), now: json!({"outcome": "created"}), changes };
    insta::assert_snapshot!(drawn(&difference, WIDE), @r#"
    ~ notes[0].body  pipelines/acme/platform.yaml:34:10
      {{ profile.info.x }}
      - …same again, twice and for a long time"
      + …same again, once and for a long time"
    + tags[1]  pipelines/acme/platform.yaml:34:10
      {{ profile.info.x }}
      + "rust"
    - title  pipelines/acme/platform.yaml:34:10
      {{ profile.info.x }}
      - "Engineer"
    ~ company  pipelines/acme/platform.yaml:34:10
      {{ profile.info.x }}
      - …漢字漢字漢字漢字漢字漢字"
      + …漢字漢字漢字漢字漢字漢字漢字"
    ~ preferred_name  pipelines/acme/platform.yaml:34:10
      {{ profile.info.x }}
      - "a\u001b[31m�b\nc"
      + "The quick brown fox jumps over the lazy dog, and the…
    "#);
    insta::assert_snapshot!(drawn(&difference, Look { show: false, most: 2, ..WIDE }), @r#"
    ~ notes[0].body  pipelines/acme/platform.yaml:34:10
      {{ profile.info.x }}
      - "***"
      + "***"
    + tags[1]  pipelines/acme/platform.yaml:34:10
      {{ profile.info.x }}
      + "***"
    … and 3 more
    "#);
}

#[test]
fn an_outcome_is_one_thing() {
    let (before, now) = (json!({"outcome": "created", "candidate": {}}), json!({"outcome": "filtered", "filter": "f", "because": "So."}));
    let mut outcome = change("outcome", json!("created"), json!("filtered"));
    outcome.part = Part::Ending;
    let changes = vec![outcome.clone(), Change { member: "filter".into(), ..outcome }, change("title", json!("A"), Value::Null)];
    insta::assert_snapshot!(drawn(&Difference { before, now, changes }, WIDE), @"
    ~ outcome  pipelines/acme/platform.yaml:34:10
      {{ profile.info.x }}
      - created
      + filtered by f: So.
    - the candidate, with 1 value
    ");
}

#[test]
fn both_templates_where_they_differ() {
    let before = Maker { file: "main:p.yaml".into(), line: 3, column: 4, written: Some("{{ profile.old }}".into()) };
    let changes = vec![Change { from_before: Some(before), ..change("title", json!("A"), json!("B")) }];
    let difference = Difference { before: json!({}), now: json!({}), changes };
    insta::assert_snapshot!(drawn(&difference, WIDE), @r#"
    ~ title  pipelines/acme/platform.yaml:34:10
      was {{ profile.old }}
      now {{ profile.info.x }}
      - "A"
      + "B"
    "#);
    insta::assert_json_snapshot!(objects(&difference, false), @r#"
    [
      {
        "part": "candidate",
        "member": "title",
        "before": "***",
        "now": "***",
        "file": "pipelines/acme/platform.yaml",
        "line": 34,
        "column": 10,
        "template": "{{ profile.info.x }}",
        "before_file": "main:p.yaml",
        "before_line": 3,
        "before_column": 4,
        "before_template": "{{ profile.old }}"
      }
    ]
    "#);
}
