//! What `trace` shows, and where a fault is said to come from.

use crate::language::mapping::testing::{mapping, shown};
use serde_json::{Value, json};

const TEXT: &str = "
job_ids: 4012
mapping:
  first_name: '{{ profile.first }}'
  last_name: B
  email_addresses:
    - { value: '{{ profile.email }}', type: personal }
    - { value: '{{ profile.other }}', type: '{{ profile.kind }}' }
  employments:
    $each: profile.jobs
    $as: job
    company_name: '{{ job.company }}'
    title: '{{ job.title }}'
    start_date: '{{ job.start }}'
  tags:
    - hrflow
    - { $each: profile.skills, $as: skill, $value: '{{ skill }}' }
    - '{{ profile.tag }}'
";

fn fields(profile: Value) -> String {
    let trace = mapping(TEXT).trace(&profile);
    let line = |f: &crate::language::mapping::Field| {
        format!("{} = {} <- {} ({})", f.path, f.value.as_ref().map_or("(left out)".into(), Value::to_string), f.template, f.place.line())
    };
    trace.fields.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_trace_shows_every_leaf_where_it_ends_up() {
    let profile = json!({"first": "A", "other": "b@example.org", "kind": "work", "skills": ["x", " ", "y"], "tag": "z",
        "jobs": [{"company": "C", "title": "T", "start": "2020-01-01"}, {"company": "D", "title": "U", "start": "2021-01-01"}]});
    insta::assert_snapshot!(fields(profile), @r#"
    first_name = "A" <- {{ profile.first }} (4)
    last_name = "B" <- B (5)
    email_addresses[0].value = (left out) <- {{ profile.email }} (7)
    email_addresses[0].type = "personal" <- personal (7)
    email_addresses[0].value = "b@example.org" <- {{ profile.other }} (8)
    email_addresses[0].type = "work" <- {{ profile.kind }} (8)
    employments[0].company_name = "C" <- {{ job.company }} (12)
    employments[0].title = "T" <- {{ job.title }} (13)
    employments[0].start_date = "2020-01-01" <- {{ job.start }} (14)
    employments[1].company_name = "D" <- {{ job.company }} (12)
    employments[1].title = "U" <- {{ job.title }} (13)
    employments[1].start_date = "2021-01-01" <- {{ job.start }} (14)
    tags[0] = "hrflow" <- hrflow (16)
    tags[1] = "x" <- {{ skill }} (17)
    tags[2] = (left out) <- {{ skill }} (17)
    tags[2] = "y" <- {{ skill }} (17)
    tags[3] = "z" <- {{ profile.tag }} (18)
    applications = 4012 <- 4012 (2)
    "#);
}

#[test]
fn a_trace_and_a_rendering_agree() {
    let mapping = mapping(TEXT);
    for profile in [
        json!({}),
        json!({"first": "A", "email": "a@example.org"}),
        json!({"first": "A", "email": "a@example.org", "jobs": [{"company": "C"}]}),
        json!({"first": "A", "email": "a@example.org", "skills": [{"a": 1}]}),
    ] {
        assert_eq!(mapping.render(&profile), mapping.trace(&profile).result);
    }
}

#[test]
fn a_fault_names_the_template_that_made_the_member() {
    insta::assert_snapshot!(shown(&mapping(TEXT), json!({"first": 5, "email": "a@example.org", "other": "b@example.org", "kind": "busines",
        "skills": ["x", 7], "tag": true, "jobs": [{"company": "C", "title": "T", "start": "2020-01-01"}, {"company": "D", "start": "soon"}]})), @r"
    first_name: must be text, and is a whole number (4: '{{ profile.first }}')
    email_addresses[1].type: must be one of personal, work, other, and is text of 7 characters (8: '{{ profile.kind }}' )
    employments[1].start_date: must be a date, YYYY-MM-DD or RFC 3339, and is text of 4 characters (14: '{{ job.start }}')
    employments[1].title: is missing (13: '{{ job.title }}')
    tags[2]: must be text, and is a whole number (17: '{{ skill }}' )
    tags[3]: must be text, and is true or false (18: '{{ profile.tag }}')
    ");
}

#[test]
fn a_field_that_failed_is_not_told_to_be_missing_as_well() {
    let text = "
without_email: yes
job_ids: '{{ profile.jobs | int }}'
mapping:
  first_name: '{{ profile.first | date }}'
  last_name: '{{ profile.last }}'
  employments: { $each: profile.jobs | int, $as: job, company_name: A, title: B, start_date: '{{ job.x }}' }
";
    insta::assert_snapshot!(shown(&mapping(text), json!({"first": "x", "jobs": "y"})), @r"
    first_name: `date` reads YYYY-MM-DD, with or without a time, and is given other text (5: date)
    employments[0]: `int` makes a whole number, and is given text that is none (7: int)
    applications: `int` makes a whole number, and is given text that is none (3: int)
    last_name: is missing (6: '{{ profile.last }}')
    ");
}

#[test]
fn a_fault_of_the_block_on_each_application_is_found_there() {
    let text = "
without_email: yes
job_ids: [1, 2]
application:
  source_id: '{{ profile.source }}'
mapping: { first_name: A, last_name: B }
";
    insta::assert_snapshot!(shown(&mapping(text), json!({"source": "x"})), @r"
    applications[0].source_id: must be a whole number from 1, and is text of 1 character (5: '{{ profile.source }}')
    applications[1].source_id: must be a whole number from 1, and is text of 1 character (5: '{{ profile.source }}')
    ");
}

#[test]
fn a_mapping_goes_between_threads_and_shows_no_values() {
    fn shared<T: Send + Sync>(value: T) -> T {
        value
    }
    let mapping = shared(mapping(TEXT));
    assert_eq!(format!("{mapping:?}"), r#"Mapping { members: ["first_name", "last_name", "email_addresses", "employments", "tags"], .. }"#);
}
