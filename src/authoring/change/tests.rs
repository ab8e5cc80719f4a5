//! What is told of two records.

use super::*;

fn told(before: Value, now: Value) -> String {
    let difference = Difference::between(before, now, None, None);
    let value = |value: &Option<Value>| value.as_ref().map_or("–".to_owned(), Value::to_string);
    let line = |change: &Change| format!("{} {}: {} → {}", change.part.as_str(), change.member, value(&change.before), value(&change.now));
    difference.changes.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn leaf_by_leaf_and_lists_aligned() {
    let before = json!({"outcome": "created", "candidate": {
        "title": "A", "company": "C", "tags": ["x", "y", "z"],
        "employments": [{"title": "1", "start_date": "2020"}, {"title": "2", "start_date": "2010", "end_date": "2019"}],
    }});
    let now = json!({"outcome": "created", "candidate": {
        "title": "B", "preferred_name": "P", "tags": ["new", "x", "z"],
        "employments": [{"title": "0", "start_date": "2024"}, {"title": "1", "start_date": "2020"}, {"title": "2", "start_date": "2011"}],
    }});
    insta::assert_snapshot!(told(before, now), @r#"
    candidate title: "A" → "B"
    candidate preferred_name: – → "P"
    candidate tags[0]: – → "new"
    candidate tags[1]: "y" → –
    candidate employments[0].title: – → "0"
    candidate employments[0].start_date: – → "2024"
    candidate employments[2].start_date: "2010" → "2011"
    candidate employments[1].end_date: "2019" → –
    candidate company: "C" → –
    "#);
}

#[test]
fn the_same_in_another_order_of_keys_is_the_same() {
    let text = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let (one, other) = (r#"{"outcome":"x","candidate":{"e":[{"a":1,"b":2}]}}"#, r#"{"candidate":{"e":[{"b":2,"a":1}]},"outcome":"x"}"#);
    assert!(Difference::between(text(one), text(other), None, None).is_empty());
}

#[test]
fn a_value_that_becomes_a_block() {
    insta::assert_snapshot!(told(json!({"candidate": {"a": 1, "b": [1]}}), json!({"candidate": {"a": {"c": 1}, "b": 1}})), @"
    candidate a: 1 → –
    candidate a.c: – → 1
    candidate b[0]: 1 → –
    candidate b: – → 1
    ");
}

#[test]
fn the_ending_is_told_first() {
    let before = json!({"profile": "k", "outcome": "created", "candidate": {"title": "A"}});
    let now = json!({"profile": "k", "outcome": "filtered", "filter": "f", "because": "So."});
    insta::assert_snapshot!(told(before.clone(), now.clone()), @r#"
    ending outcome: "created" → "filtered"
    ending filter: – → "f"
    ending because: – → "So."
    candidate title: "A" → –
    "#);
    let difference = Difference::between(before, now, None, None);
    assert!(difference.lost_its_candidate());
    assert_eq!(difference.outcomes(), ("created", "filtered"));
}
