//! The seven rules of a mapping, one after another. Source: `docs/mapping.md`.

use crate::language::mapping::testing::{faults, mapping, rendered, shown, wrapped};
use serde_json::{Value, json};

fn tags(template: &str, profile: Value) -> String {
    rendered(&format!("tags: ['{}']", template.replace('\'', "''")), profile)
}

#[test]
fn rule_1_a_single_expression_keeps_its_type() {
    let fields = "
custom_fields:
  whole: '{{ profile.n }}'
  spaced: '  {{- profile.n -}}  '
  fraction: '{{ profile.f }}'
  truth: '{{ profile.t }}'
  list: '{{ profile.l }}'
  text: '{{ profile.s }}'
  braces: \"{{ '}} {{' }}\"
  longer: '{{ profile.n }} of {{ profile.t }} and {{ profile.f }}'
  twice: '{{ profile.n }}{{ profile.n }}'
  constant: 7
  comment: '{# how many #}{{ profile.n }}'
";
    let profile = json!({"n": 5, "f": 2.0, "t": true, "l": ["a", 1], "s": "  kept  "});
    insta::assert_snapshot!(rendered(fields, profile), @r#"{"custom_fields":{"whole":5,"spaced":5,"fraction":2.0,"truth":true,"list":["a",1],"text":"  kept  ","braces":"}} {{","longer":"5 of true and 2.0","twice":"55","constant":7,"comment":5}}"#);
}

#[test]
fn rule_1_longer_text_is_trimmed_and_written_as_json_writes_it() {
    assert_eq!(tags("  {{ profile.a }} x  ", json!({"a": false})), r#"{"tags":["false x"]}"#);
    assert_eq!(tags("{% if profile.a %}yes{% else %}no{% endif %}", json!({"a": true})), r#"{"tags":["yes"]}"#);
    assert_eq!(
        tags("{% for x in profile.l %}{{ x }}{% if not loop.last %}, {% endif %}{% endfor %}", json!({"l": [1, 2.5]})),
        r#"{"tags":["1, 2.5"]}"#
    );
    assert_eq!(tags("<b>{{ profile.a }}</b>", json!({"a": "R&D's"})), r#"{"tags":["<b>R&D's</b>"]}"#, "nothing is escaped");
    insta::assert_snapshot!(tags("x {{ profile.l }}", json!({"l": [1]})), @"tags[0]: `profile.l` is a list inside text: write `| join(', ')` after it, or use the list alone (6: profile.l)");
    insta::assert_snapshot!(tags("x {{ profile.o }}", json!({"o": {"a": 1}})), @"tags[0]: `profile.o` is a block of keys inside text: name one of its keys (6: profile.o)");
}

#[test]
fn rule_2_blank_is_left_out() {
    for blank in [json!({}), json!({"a": ""}), json!({"a": " \u{a0}\n"}), json!({"a": []}), json!({"a": {}}), json!({"a": [[], {"b": ""}]})]
    {
        assert_eq!(rendered("title: '{{ profile.a }}'", blank.clone()), "{}", "{blank}");
    }
    assert_eq!(rendered("title: '{% if false %}x{% endif %}  '", json!({})), "{}");
    assert_eq!(rendered("is_private: '{{ profile.a }}'", json!({"a": false})), r#"{"is_private":false}"#);
    assert_eq!(rendered("custom_fields: {zero: '{{ profile.a }}'}", json!({"a": 0})), r#"{"custom_fields":{"zero":0}}"#);
    assert_eq!(rendered("title: ''\ncompany:", json!({})), "{}", "constants, too");
    assert_eq!(
        rendered("custom_fields: {l: '{{ profile.l }}'}", json!({"l": ["a", " ", null, [], "b"]})),
        r#"{"custom_fields":{"l":["a","b"]}}"#
    );
}

#[test]
fn rule_2_a_contact_lives_by_its_value() {
    let phones = "phone_numbers: [{value: '{{ profile.phone }}', type: mobile}, {value: '{{ profile.work }}', type: \"{{ 'work' }}\"}]";
    assert_eq!(rendered(phones, json!({"phone": "1"})), r#"{"phone_numbers":[{"value":"1","type":"mobile"}]}"#);
    assert_eq!(rendered(phones, json!({})), "{}");
}

#[test]
fn rule_2_a_block_lives_by_its_templates() {
    let note = "notes: [{body: '{{ profile.a }}', visibility: public}]";
    assert_eq!(rendered(note, json!({})), "{}");
    assert_eq!(
        rendered("notes: [{body: Always, visibility: public}]", json!({})),
        r#"{"notes":[{"body":"Always","visibility":"public"}]}"#
    );
    let salary = "custom_fields: {salary: {value: '{{ profile.a }}', unit: EUR}, source: careers}";
    assert_eq!(rendered(salary, json!({})), r#"{"custom_fields":{"source":"careers"}}"#, "each custom field lives for itself");
    assert_eq!(rendered(salary, json!({"a": 5})), r#"{"custom_fields":{"salary":{"value":5,"unit":"EUR"},"source":"careers"}}"#);
}

#[test]
fn rule_3_missing_in_missing_out() {
    for template in [
        "{{ profile.a.b.c }}",
        "{{ profile.a[0].b }}",
        "{{ profile.a | upper }}",
        "{{ profile.a | tag('x') | int }}",
        "{{ profile.a | split('_') | last }}",
        "{{ profile.a[1:3] | join }}",
        "{{ 'x' if profile.a }}",
        "{{ profile.s | split('_') | attr('9') }}",
    ] {
        assert_eq!(rendered(&format!("title: \"{template}\""), json!({"s": "q"})), "{}", "{template}");
    }
    assert_eq!(rendered("title: \"{{ profile.a | default('x') }}\"", json!({})), r#"{"title":"x"}"#);
    assert_eq!(rendered("custom_fields: {n: '{{ profile.a | length }}'}", json!({})), r#"{"custom_fields":{"n":0}}"#);
    assert_eq!(rendered("is_private: '{{ profile.a is defined }}'", json!({})), r#"{"is_private":false}"#);
}

#[test]
fn rule_3_a_missing_part_of_a_longer_text_is_a_fault_with_its_name() {
    insta::assert_snapshot!(tags("Dear {{ profile.info.last_name }}, hello", json!({})), @"tags[0]: `profile.info.last_name` is missing; write `| default('')` after it if it may be missing (6: profile.info.last_name)");
    insta::assert_snapshot!(tags("Dear {{ profile.info.last_name | upper }}", json!({})), @"tags[0]: `profile.info.last_name | upper` is missing; write `| default('')` after it if it may be missing (6: profile.info.last_name | upper)");
    assert_eq!(tags("Dear {{ profile.info.last_name | default('') }}", json!({})), r#"{"tags":["Dear"]}"#);
}

#[test]
fn rule_3_holds_for_operators() {
    for template in ["{{ profile.a < 8 }}", "{{ profile.a >= 8 }}", "{{ 8 > profile.a }}", "{{ profile.a * 2 }}"] {
        assert_eq!(rendered(&format!("is_private: \"{template}\""), json!({})), "{}", "{template}");
    }
    assert_eq!(
        rendered("custom_fields: {a: '{{ profile.a < 8 }}', b: '{{ profile.a * 2 }}', c: '{{ 2.5 * 2 }}'}", json!({"a": 3})),
        r#"{"custom_fields":{"a":true,"b":6,"c":5.0}}"#
    );
    assert_eq!(rendered("title: \"{{ profile.a ~ '/' ~ profile.b }}\"", json!({"a": true, "b": 2})), r#"{"title":"true/2"}"#);
    insta::assert_snapshot!(rendered("title: \"{{ profile.a ~ '!' }}\"", json!({})), @"title: `profile.a ~ '!'` has a part that is missing; write `| default('')` after the part that may be missing (6: profile.a ~ '!')");
    insta::assert_snapshot!(rendered("is_private: '{{ profile.a < 8 }}'", json!({"a": "SECRET"})), @"is_private: the template compares what has no order: two numbers have one, and two texts (6: '{{ profile.a < 8 }}')");
}

#[test]
fn rule_3_a_condition_without_else_gives_nothing_in_a_text() {
    let template = "{{ 'Dr. ' if profile.doctor }}{{ profile.name }}{{ (' of ' ~ profile.town) if profile.town }}";
    assert_eq!(tags(template, json!({"name": "Ada"})), r#"{"tags":["Ada"]}"#);
    assert_eq!(tags(template, json!({"name": "Ada", "doctor": true, "town": "Paris"})), r#"{"tags":["Dr. Ada of Paris"]}"#);
    // What is named is what was written, whatever stands before it.
    insta::assert_snapshot!(tags(template, json!({"doctor": true})), @"tags[0]: `profile.name` is missing; write `| default('')` after it if it may be missing (6: profile.name)");
}

#[test]
fn rule_4_each_repeats_a_block() {
    let jobs = "
employments:
  $each: profile.jobs
  $as: job
  $when: job.title and job.start
  company_name: '{{ job.company }}'
  title: '{{ job.title }}'
  start_date: '{{ job.start | date }}'
";
    let profile = json!({"jobs": [{"company": "A", "title": "T", "start": "2020-01-01"}, {"company": "B"}, {"company": "C", "title": "U", "start": "2021-01-01T00:00:00"}]});
    insta::assert_snapshot!(rendered(jobs, profile), @r#"{"employments":[{"company_name":"A","title":"T","start_date":"2020-01-01"},{"company_name":"C","title":"U","start_date":"2021-01-01"}]}"#);
    assert_eq!(rendered(jobs, json!({})), "{}", "missing counts as none");
    let one = json!({"jobs": {"company": "A", "title": "T", "start": "2020-01-01"}});
    insta::assert_snapshot!(rendered(jobs, one), @r#"{"employments":[{"company_name":"A","title":"T","start_date":"2020-01-01"}]}"#);
}

#[test]
fn rule_4_each_is_spliced_into_a_list_and_value_gives_scalars() {
    let tags = "
tags:
  - hrflow
  - { $each: profile.skills, $as: skill, $when: skill.type == 'hard', $value: '{{ skill.name }}' }
  - { $when: profile.remote, $value: remote }
  - '{{ pipeline }}'
";
    let profile = json!({"skills": [{"name": "rust", "type": "hard"}, {"name": "kind", "type": "soft"}, {"type": "hard"}, {"name": "go", "type": "hard"}]});
    assert_eq!(rendered(tags, profile), r#"{"tags":["hrflow","rust","go","acme-engineering"]}"#);
    assert_eq!(rendered(tags, json!({"remote": true})), r#"{"tags":["hrflow","remote","acme-engineering"]}"#);
    assert_eq!(rendered("title: {$when: profile.senior, $value: Senior}", json!({"senior": false})), "{}");
}

#[test]
fn rule_4_each_in_each_sees_both_items() {
    let members = "
notes:
  - $each: profile.jobs
    $as: job
    body: '{{ job.name }}: {% for t in job.tasks %}{{ t }}{% endfor %}'
custom_fields:
  skills: { $each: profile.jobs, $as: job, $value: '{{ job.name }}' }
";
    let profile = json!({"jobs": [{"name": "A", "tasks": ["x", "y"]}, {"name": "B", "tasks": []}]});
    assert_eq!(
        rendered(members, profile),
        r#"{"custom_fields":{"skills":["A","B"]},"notes":[{"body":"A: xy","visibility":"private"},{"body":"B:","visibility":"private"}]}"#
    );
}

#[test]
fn rule_5_the_scope_is_profile_vars_and_pipeline() {
    let text = "
without_email: yes
job_ids: '{{ vars.job_ids }}'
vars: { job_ids: [4012, 4013, 4012], greeting: Hello }
mapping:
  first_name: '{{ profile.first }}'
  last_name: B
  title: '{{ vars.greeting }} {{ pipeline }}'
";
    insta::assert_snapshot!(shown(&mapping(text), json!({"first": "A"})), @r#"{"applications":[{"job_id":4012},{"job_id":4013}],"title":"Hello acme-engineering"}"#);
}

#[test]
fn rule_6_a_function_that_cannot_do_its_work_is_a_fault_without_the_value() {
    let profile = json!({"info": {"phone": "SECRET"}, "l": ["SECRET"], "n": 3});
    for (template, said) in [
        ("{{ profile.info.phone | int }}", "`int` makes a whole number, and is given text that is none"),
        ("{{ profile.info.phone | date }}", "`date` reads YYYY-MM-DD"),
        ("{{ profile.info.phone / 2 }}", "cannot be worked out"),
        ("{{ profile.l | fromjson }}", "`fromjson` works on text, and is given a list"),
        ("{{ profile.info.phone | country('name') }}", "`country` is given text that is not a country's"),
        ("{{ -profile.info.phone }}", "cannot be worked out"),
        ("{{ profile.n / 0 }}", ""),
    ] {
        let told = rendered(&format!("title: \"{template}\""), profile.clone());
        assert!(told.contains(said) && !told.contains("SECRET"), "{template}: {told}");
    }
}

#[test]
fn job_ids_become_applications_with_the_block_on_each() {
    let text = "
without_email: yes
job_ids: ['{{ profile.job }}', 7, '{{ profile.more }}']
application: { source_id: 2, recruiter: { id: '{{ profile.recruiter }}' } }
mapping: { first_name: A, last_name: B }
";
    let mapping = mapping(text);
    insta::assert_snapshot!(shown(&mapping, json!({"job": 5, "more": [7, 8]})), @r#"{"applications":[{"job_id":5,"source_id":2},{"job_id":7,"source_id":2},{"job_id":8,"source_id":2}]}"#);
    insta::assert_snapshot!(shown(&mapping, json!({"job": 5, "recruiter": 9})), @r#"{"applications":[{"job_id":5,"source_id":2,"recruiter":{"id":9}},{"job_id":7,"source_id":2,"recruiter":{"id":9}}]}"#);
    insta::assert_snapshot!(shown(&mapping, json!({"job": "5"})), @"applications[0].job_id: must be a whole number from 1, and is text of digits (3: '{{ profile.job }}')");
}

#[test]
fn an_own_application_wins_over_the_block_and_a_job_stands_once() {
    let text = "
without_email: yes
application: { source_id: 2, initial_stage_id: 3 }
mapping:
  first_name: A
  last_name: B
  applications:
    - { job_id: 1, source_id: 9 }
    - { job_id: '{{ profile.job }}', recruiter: { id: '{{ profile.recruiter }}' } }
    - { job_id: 1, source_id: 10 }
";
    insta::assert_snapshot!(shown(&mapping(text), json!({"job": 4})), @r#"{"applications":[{"job_id":1,"source_id":9,"initial_stage_id":3},{"job_id":4,"source_id":2,"initial_stage_id":3}]}"#);
    insta::assert_snapshot!(shown(&mapping(text), json!({})), @r#"{"applications":[{"job_id":1,"source_id":9,"initial_stage_id":3}]}"#);
}

#[test]
fn a_candidate_must_apply_to_something_and_be_reachable() {
    let text = "
job_ids: '{{ profile.jobs }}'
mapping:
  first_name: A
  last_name: B
  email_addresses: [{value: '{{ profile.email }}', type: personal}]
";
    insta::assert_snapshot!(shown(&mapping(text), json!({})), @r"
    applications: applies to no job: neither `job_ids` nor `applications` gives one (2: '{{ profile.jobs }}')
    email_addresses: is missing: without an e-mail address duplicates cannot be found (`without_email: invalid`) (6: [)
    ");
    insta::assert_snapshot!(shown(&mapping(text), json!({"email": "nobody", "jobs": [1]})), @"email_addresses[0].value: must be an e-mail address, and is text of 6 characters (6: '{{ profile.email }}')");
    insta::assert_snapshot!(shown(&mapping(text), json!({"email": "a@example.org", "jobs": [1]})), @r#"{"email_addresses":[{"value":"a@example.org","type":"personal"}]}"#);
}

#[test]
fn rule_1_constants_are_trimmed_like_other_text() {
    assert_eq!(rendered("tags: [' a ', \"b\\n\"]", json!({})), r#"{"tags":["a","b"]}"#);
}

#[test]
fn a_constant_that_is_no_text_does_not_slip_into_one() {
    insta::assert_snapshot!(faults(&wrapped("tags: [\"{{ 'a' ~ none }}\", \"{{ 'a' ~ true }}\", \"{{ 'a' ~ [1] }}\", \"{{ 'a' ~ 1 ~ 'b' }}\"]")), @"
    6:20 error bad-template [none] this constant is not text, but is joined to text
        write text in quotes: 'true'
    6:40 error bad-template [true] this constant is not text, but is joined to text
        write text in quotes: 'true'
    6:60 error bad-template [[1]] this constant is not text, but is joined to text
        write text in quotes: 'true'
    ");
}
