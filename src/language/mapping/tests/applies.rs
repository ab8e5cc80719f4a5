//! To what a candidate applies: jobs by id and by name, applications of the mapping's own, or as a prospect.

use crate::language::mapping::testing::{compiled, faults, mapping, shown};
use crate::language::mapping::{Name, Named};
use crate::model::settings::Api;
use serde_json::json;

#[test]
fn names_stand_where_ids_may() {
    insta::assert_snapshot!(faults("
api: harvest-v3
jobs: [Platform Engineer, '{{ vars.job }}']
job_ids: 4012
application: { source: HrFlow, stage: First, recruiter: { email: a@example.org }, referrer: { type: outside, value: B } }
vars: { job: Data Engineer }
mapping:
  first_name: A
  last_name: B
  email_addresses: [{ value: a@example.org, type: personal }]
  recruiter: { email: r@example.org }
  educations: [{ school: A, degree: B, discipline: C }]
  custom_fields: { Desired Salary: 1, desired_salary: 2, 55: 3 }
"), @"
    5:95 error unknown-member [type] `type` exists only in harvest-v1
        write `id`, or use `api: harvest-v1`
    5:110 error unknown-member [value] `value` exists only in harvest-v1
        write `id`, or use `api: harvest-v1`
    ");
}

#[test]
fn a_person_applies_or_is_a_prospect() {
    let beside =
        |above: &str, members: &str| faults(&format!("{above}\nwithout_email: yes\nmapping:\n  first_name: A\n  last_name: B\n{members}"));
    insta::assert_snapshot!(beside("", "  prospect: { job_ids: [1], pool: Engineers, stage: New, owner: { email: a@example.org } }"), @"nothing");
    insta::assert_snapshot!(beside("", "  prospect: {}"), @"nothing");
    insta::assert_snapshot!(beside("jobs: A\njob_ids: 1\napplication: { source: B }", "  prospect: { pool: A }"), @"
    1:7 error conflicting-keys [A] `jobs` cannot be used with a mapping that has `prospect`
        keep one of the two; a prospect's own jobs are `prospect: { job_ids: [4012] }`
    2:10 error conflicting-keys [1] `job_ids` cannot be used with a mapping that has `prospect`
        keep one of the two; a prospect's own jobs are `prospect: { job_ids: [4012] }`
    3:14 error conflicting-keys [{ ] `application` cannot be used with a mapping that has `prospect`
        a prospect has no application yet: leave it out
    ");
    insta::assert_snapshot!(beside("jobs: A", "  applications: [{ job: B }]"), @"
    1:7 error conflicting-keys [A] `jobs` cannot be used with a mapping that has `applications`
        keep one of the two
    ");
    insta::assert_snapshot!(beside("", "  prospect: { pool: A, pool_id: 1 }\n  applications: [{ job: B, job_id: 5 }]"), @"
    6:3 error conflicting-keys [prospect] `prospect` cannot be used with `applications`
        a person is a prospect or applies: keep one of the two
    ");
    insta::assert_snapshot!(beside("jobs: []", ""), @"
    1:7 error missing-member [[] candidates would not apply to any job
        write the jobs' names: `jobs: [Platform Engineer]`
    ");
    insta::assert_snapshot!(beside("jobs: [4012]", ""), @"
    1:8 error wrong-type [4012] `jobs` takes text, and is given a whole number
        `jobs` are names; ids go into `job_ids`
    ");
}

#[test]
fn jobs_by_name_stand_beside_jobs_by_id() {
    let mapping = mapping(
        "
without_email: yes
job_ids: 4012
jobs: [Platform Engineer, '{{ profile.tags | tags(\"job\") }}']
application: { source: HrFlow }
mapping: { first_name: A, last_name: B }
",
    );
    let profile = json!({"tags": [{"name": "job", "value": "Data Engineer"}, {"name": "job", "value": "Platform Engineer"}]});
    insta::assert_snapshot!(shown(&mapping, profile), @r#"{"applications":[{"job_id":4012,"source":"HrFlow"},{"job":"Platform Engineer","source":"HrFlow"},{"job":"Data Engineer","source":"HrFlow"}]}"#);
    insta::assert_snapshot!(shown(&mapping, json!({})), @r#"{"applications":[{"job_id":4012,"source":"HrFlow"},{"job":"Platform Engineer","source":"HrFlow"}]}"#);
}

#[test]
fn a_prospect_that_comes_to_nothing_applies_to_nothing() {
    let mapping = mapping(
        "
without_email: yes
mapping: { first_name: A, last_name: B, prospect: { pool: '{{ profile.info.pool }}' } }
",
    );
    insta::assert_snapshot!(shown(&mapping, json!({"info": {"pool": "Engineers"}})), @r#"{"prospect":{"pool":"Engineers"}}"#);
    insta::assert_snapshot!(shown(&mapping, json!({})), @"applications: applies to no job: `prospect` gives nothing");
    insta::assert_snapshot!(shown(&super::super::testing::mapping("
without_email: yes
mapping: { first_name: A, last_name: B, prospect: {} }
"), json!({})), @r#"{"prospect":{}}"#);
}

/// `job Platform Engineer in [] (5)`: what, where, and its line.
fn told(names: &[Name]) -> String {
    let line = |name: &Name| match &name.named {
        Named::Listed { kind, name: text, within } => format!("{kind:?} {text} {within:?} ({})", name.place.line()),
        Named::JobId(id) => format!("JobId {id} ({})", name.place.line()),
        Named::Field { key, value } => format!("Field {key} {value:?} ({})", name.place.line()),
    };
    names.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_names_that_are_the_same_for_every_profile_are_known() {
    let text = "
without_email: yes
vars: { jobs: [Data Engineer, Data Scientist], level: senior }
job_ids: 4012
jobs: ['{{ vars.jobs }}', '{{ profile.info.job }}', 'Job {{ vars.level }}']
application: { source: HrFlow, stage: '{% if vars.level %}Offer{% endif %}', recruiter: { email: r@example.org } }
mapping:
  first_name: A
  last_name: B
  coordinator: { email: c@example.org }
  educations: { $each: profile.educations, $as: one, school: '{{ one.school }}', degree: Diploma }
  custom_fields: { Level: '{{ vars.level }}', Salary: { value: 5, unit: '{{ profile.info.unit }}' }, Langs: [English] }
";
    let (mapping, _) = compiled(text);
    let mapping = mapping.unwrap();
    insta::assert_snapshot!(told(&mapping.names()), @r#"
    Job Data Engineer [] (5)
    Job Data Scientist [] (5)
    Job Job senior [] (5)
    Source HrFlow [] (6)
    Stage Offer [Name("Data Engineer"), Name("Data Scientist"), Name("Job senior"), Id(4012)] (6)
    User r@example.org [] (6)
    User c@example.org [] (10)
    Degree Diploma [] (11)
    JobId 4012 (4)
    Field Level Some(String("senior")) (12)
    Field Salary None (12)
    Field Langs Some(Array [String("English")]) (12)
    "#);
    insta::assert_snapshot!(format!("{:?}", mapping.needs()), @r#"Needs { lists: {Job, Source, Stage, User, School, Degree}, fields: {"Langs", "Level", "Salary"} }"#);
    let v1 = compiled(&format!("api: {}\n{text}", Api::HarvestV1.as_str())).0.unwrap();
    assert!(!told(&v1.names()).contains("c@example.org"), "v1 takes the candidate's coordinator by e-mail address");
    let pool = compiled(
        "
without_email: yes
mapping: { first_name: A, last_name: B, prospect: { job_ids: [7], pool: P, stage: S, owner: { email: o@example.org } } }
",
    )
    .0
    .unwrap();
    insta::assert_snapshot!(told(&pool.names()), @r#"
    Pool P [] (3)
    PoolStage S [Name("P")] (3)
    User o@example.org [] (3)
    JobId 7 (3)
    "#);
    insta::assert_snapshot!(format!("{:?}", pool.needs().lists), @"{User, Pool, PoolStage}");
}
