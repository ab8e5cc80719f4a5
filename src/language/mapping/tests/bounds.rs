//! `docs/mapping.md`, 7: a mapping cannot hang, eat the machine, or see more than its profile.

use crate::language::mapping::testing::{compiled, faults, rendered, with_members, wrapped};
use serde_json::json;
use std::time::{Duration, Instant};

/// Renders on a thread as small as the ones that a run uses, and tells how it ended.
fn on_a_small_thread(template: &str) -> String {
    let members = format!("tags:\n  - |\n    {}", template.replace('\n', "\n    "));
    let work = move || rendered(&members, json!({"text": "é".repeat(500), "l": (0..200).collect::<Vec<_>>()}));
    std::thread::Builder::new().stack_size(2 << 20).spawn(work).unwrap().join().expect("no panic")
}

#[test]
fn whatever_a_template_does_ends_soon_and_small() {
    for template in [
        "x{{ 'x' * 1000000000 }}",
        "x{{ 'x' * 1000 * 1000000 }}",
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "{% for a in range(100000) %}{{ profile.text }}{% endfor %}",
        "x{{ range(1000000000) | list | length }}",
        "x{{ '%1000000000s' | format('x') }}",
        "x{{ ('a\\n' * 100000) | indent(100) | indent(100) }}",
        "x{{ profile.l | batch(1000000000, 'x') | list | length }}",
        "x{{ profile.l | slice(1000000000, 'x') | list | length }}",
        "x{{ profile.text | replace('', profile.text * 100) | replace('', profile.text * 100) | length }}",
        "x{{ profile.text | regex_replace('', 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy') | regex_replace('', 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy') | length }}",
        "{% set a = [profile.text] %}{% set a = [a, a, a, a, a, a, a, a, a, a] %}{% set a = [a, a, a, a, a, a, a, a, a, a] %}{% set a = [a, a, a, a, a, a, a, a, a, a] %}{% set a = [a, a, a, a, a, a, a, a, a, a] %}{% set a = [a, a, a, a, a, a, a, a, a, a] %}x{{ a | tojson | length }}",
        "{% for a in range(20000) %}{{ range(50000) | list | last }}{% endfor %}",
        "x{{ profile.l | join('x' * 1000000) | length }}",
    ] {
        let start = Instant::now();
        let told = on_a_small_thread(template);
        assert!(
            told.contains("does more than one template may")
                || told.contains("more than")
                || told.contains("too large")
                || told.contains("too many"),
            "{template}: {told}"
        );
        assert!(start.elapsed() < Duration::from_secs(5), "{template}: {:?}", start.elapsed());
    }
}

#[test]
fn doubling_in_a_chain_stops() {
    let doubling = format!("{{% set a = 'xxxxxxxx' %}}{}{{{{ a | length }}}}", "{% set a = a ~ a %}".repeat(40));
    assert!(on_a_small_thread(&doubling).contains("does more than one template may"));
}

#[test]
fn values_cannot_be_nested_deeper_than_a_stack_holds() {
    let nested = |times| format!("{{% set a = [1] %}}{}x{{{{ a | tojson | length > 0 }}}}", "{%set a=[a]%}".repeat(times));
    assert_eq!(on_a_small_thread(&nested(140)), r#"{"tags":["xtrue"]}"#);
    assert!(faults(&wrapped(&format!("tags: [\"{}\"]", nested(300)))).contains("more than 300 lists, functions and `set`s"));
    // What could nest them without end is not there at all.
    for template in [
        "{% set n = namespace(a=1) %}",
        "{% macro m(a) %}{{ m([a]) }}{% endmacro %}{{ m(1) }}",
        "{% for x in [1] recursive %}{{ loop([[x]]) }}{% endfor %}",
        "{% set n.a = 1 %}",
    ] {
        assert!(compiled(&wrapped(&format!("tags: [\"{template}\"]"))).0.is_none(), "{template}");
    }
}

#[test]
fn lists_are_neither_repeated_nor_written_into_text() {
    assert!(on_a_small_thread("x{{ ([0] * 1000000000) | length }}").contains("multiplies what is neither a number nor text"));
    assert!(on_a_small_thread("x{{ ([profile.text] ~ '') | length }}").contains("is a list inside text"));
    let wide = "[[0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1]";
    let many = format!(
        "custom_fields: {{ x: \"{{{{ range(20000) | map('default', [], true) | list | batch(1) | list | zip({wide}) | list }}}}\" }}"
    );
    assert!(!rendered(&many, json!({})).is_empty());
    assert!(rendered("custom_fields: { x: '{{ range(60000) | batch(1) | list }}' }", json!({})).contains("more than"));
}

#[test]
fn nothing_else_can_be_read() {
    for template in [
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% from 'x' import y %}",
        "{% extends 'x' %}",
        "{% block x %}{% endblock %}",
        "{{ now() }}",
        "{{ env('HOME') }}",
        "{{ profile.__class__() }}",
    ] {
        assert!(compiled(&wrapped(&format!("tags: [\"{template}\"]"))).0.is_none(), "{template}");
    }
}

#[test]
fn what_repeats_in_what_repeats_ends() {
    let members = "
notes: { $each: range(15000), $as: a, body: '{{ a | string }}{{ a | string }}' }
";
    assert!(with_members(members).render(&json!({})).is_ok());
    insta::assert_snapshot!(rendered(&members.replace("15000", "25000"), json!({})), @"notes[19999].body: the mapping evaluates more than 20000 templates for this profile: is one `$each` inside another? (4: first_name)");
    let endless = members.replace("range(15000)", "range(1000000000)");
    let told = rendered(&endless, json!({}));
    assert!(told.contains("more than") || told.contains("too many"), "{told}");
}

#[test]
fn a_text_and_a_payload_have_their_sizes() {
    let profile = json!({"text": "x".repeat(700_000), "long": "x".repeat(1_100_000)});
    assert!(rendered("tags: ['x {{ profile.text }}']", profile.clone()).starts_with("{"));
    insta::assert_snapshot!(rendered("tags: ['x {{ profile.long }}']", profile.clone()), @"tags[0]: the template gives a text of more than 1048576 bytes (6: 'x {{ profile.long }}')");
    insta::assert_snapshot!(rendered("tags: ['{{ profile.text }}', '{{ profile.text }}']", profile.clone()), @"(the whole): the candidate is larger than 1048576 bytes, without its attachments (4: first_name)");
    let content = "attachments: [{ filename: a.pdf, content: '{{ profile.long }}', content_type: application/pdf }]";
    assert!(rendered(content, profile).starts_with("{"), "attachments' content does not count");
}

#[test]
fn all_templates_together_have_their_bounds() {
    let busy = "notes: { $each: range(100), $as: a, body: '{% for i in range(20000) %}{% endfor %}x' }";
    assert!(rendered(busy, json!({})).contains("the mapping takes more than 1000000 steps for this profile"));
    let failing = "notes: { $each: range(100), $as: a, body: \"{{ 'x' * 1000000000 }}\" }";
    assert!(rendered(failing, json!({})).contains("the mapping takes more than 1000000 steps for this profile"));
    let wide = "notes: { $each: range(20), $as: a, body: '{{ profile.long }}' }";
    let told = rendered(wide, json!({"long": "x".repeat(1_000_000)}));
    assert!(told.contains("the mapping makes more than 16777216 bytes of this profile"), "{told}");
    let shared = "custom_fields: { x: '{{ [profile.l, profile.l, profile.l, profile.l] }}' }";
    assert!(rendered(shared, json!({"l": vec![1; 40_000]})).contains("gives more than 100000 values"));
}

#[test]
fn a_template_has_its_length() {
    let long = format!("tags: ['{}{{{{ profile.text }}}}']", "x".repeat(20_000));
    assert!(faults(&wrapped(&long)).contains("more than 16384 bytes"));
    let brackets = format!("tags: ['{{{{ {}1{} }}}}']", "(".repeat(5000), ")".repeat(5000));
    assert!(faults(&wrapped(&brackets)).contains("too many brackets in brackets"));
}
