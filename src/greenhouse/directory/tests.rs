//! Names against lists, as a pipeline's author and a recruiter would expect.

mod custom_fields;
mod stand_ins;

use super::fields::{Field, options};
use super::*;
use crate::model::candidate::Candidate;
use crate::model::settings::{Api, UnmatchedEducation};
use serde_json::{Value, json};

fn entry(id: u64, name: &str) -> Entry {
    Entry { id, name: name.into(), within: None, open: true }
}

fn closed(id: u64, name: &str) -> Entry {
    Entry { open: false, ..entry(id, name) }
}

fn within(job: u64, id: u64, name: &str) -> Entry {
    Entry { within: Some(job), ..entry(id, name) }
}

fn field(id: u64, name: &str, kind: &str, named: &[&str]) -> Field {
    let name_key = name.to_lowercase().replace(' ', "_");
    let entries = named.iter().zip(id * 100 + 1..).map(|(name, id)| entry(id, name)).collect();
    Field { id, name: name.into(), name_key, belongs: "candidate".into(), kind: kind.into(), active: true, options: options(entries) }
}

fn directory() -> Directory {
    let lists = [
        (
            Kind::Job,
            vec![
                entry(1, "Platform Engineer"),
                entry(2, "Senior Platform Engineer"),
                entry(3, "Account Executive"),
                entry(4, "Account Executive"),
                entry(5, "C++ Developer"),
                entry(6, "C# Developer"),
                closed(7, "Night Porter"),
                closed(8, "Platform Engineer"),
            ],
        ),
        (Kind::Source, vec![entry(11, "HrFlow"), entry(12, "LinkedIn (Prospecting)")]),
        (Kind::Stage, vec![within(1, 21, "Application Review"), within(2, 22, "Application Review"), within(2, 23, "Offer")]),
        (Kind::User, vec![entry(31, "Rita@Example.org"), entry(31, "rita.r@example.org"), closed(32, "gone@example.org")]),
        (Kind::Pool, vec![entry(41, "Engineers"), entry(42, "Sales")]),
        (Kind::PoolStage, vec![within(41, 51, "New"), within(42, 52, "New"), within(42, 53, "Contacted")]),
        (
            Kind::School,
            vec![entry(61, "University of Michigan - Ann Arbor"), entry(62, "Université de Paris"), entry(63, "Twin"), entry(64, "twin")],
        ),
        (Kind::Degree, vec![entry(71, "Bachelor's Degree"), entry(72, "Doctor of Philosophy (Ph.D.)"), entry(73, "Master of Science")]),
        (Kind::Discipline, vec![entry(81, "Mathematics"), entry(82, "Arts & Sciences")]),
    ];
    let mut job = field(98, "Employment Type", "short_text", &[]);
    job.belongs = "job".into();
    let mut old = field(99, "Fax", "short_text", &[]);
    old.active = false;
    let mut twin = field(97, "Region", "short_text", &[]);
    twin.name_key = "region_1".into();
    let fields = vec![
        field(91, "Level", "single_select", &["Junior", "Senior"]),
        field(92, "Spoken Languages", "multi_select", &["English", "French", "German"]),
        field(93, "Desired Salary", "currency", &[]),
        field(94, "Work Remotely", "yes_no", &[]),
        field(95, "Region", "short_text", &[]),
        field(96, "Years", "number", &[]),
        field(101, "Available From", "date", &[]),
        field(102, "Portfolio", "url", &[]),
        field(103, "Sourced By", "user", &[]),
        field(104, "Salary Range", "currency_range", &[]),
        twin,
        job,
        old,
    ];
    Directory {
        lists: lists.into_iter().map(|(kind, entries)| (kind, List::new(kind, entries))).collect(),
        fields: Some(Fields::new(fields)),
        notices: Vec::new(),
    }
}

/// The id, or both sentences and the help.
fn found(kind: Kind, within: Option<u64>, name: &str) -> String {
    match directory().find(kind, within, name) {
        Ok(id) => id.to_string(),
        Err(trouble) => format!("{}\n{}\n{}", trouble.of_name(name), trouble.of_value(), trouble.help()),
    }
}

#[test]
fn a_name_is_found_but_for_what_does_not_tell_names_apart() {
    assert_eq!(found(Kind::Job, None, " platform  ENGINEER"), "1");
    assert_eq!(found(Kind::Job, None, "c++ developer"), "5");
    assert_eq!(found(Kind::Source, None, "linkedin – prospecting"), "12");
    assert_eq!(found(Kind::User, None, "RITA@example.org"), "31");
    assert_eq!(found(Kind::Stage, Some(2), "application review"), "22");
    assert_eq!(found(Kind::School, None, "Universite de Paris"), "62");
    assert_eq!(found(Kind::School, None, "the univ. of Michigan, Ann Arbor"), "61");
    assert_eq!(found(Kind::Degree, None, "PhD"), "72");
    assert_eq!(found(Kind::Degree, None, "M.Sc."), "73");
    assert_eq!(found(Kind::Discipline, None, "Maths"), "81");
    // As it is written comes first.
    assert_eq!(found(Kind::School, None, "Twin"), "63");
}

#[test]
fn what_is_not_found_is_told_with_what_is_near() {
    insta::assert_snapshot!(found(Kind::Job, None, "Platfrom Engineer"), @"
    Greenhouse has no open job `Platfrom Engineer`
    is not among the open jobs in Greenhouse; near: `Platform Engineer`, `Senior Platform Engineer`
    did you mean one of `Platform Engineer`, `Senior Platform Engineer`?
    ");
    insta::assert_snapshot!(found(Kind::Job, None, "Account executive"), @"
    `Account executive` is the name of 2 open jobs in Greenhouse: 3, 4
    is the name of 2 open jobs in Greenhouse (3, 4)
    write the id that is meant: in `job_ids`, or as an application's `job_id`
    ");
    insta::assert_snapshot!(found(Kind::Job, None, "Night porter"), @"
    `Night porter` is a closed job in Greenhouse
    is a closed job in Greenhouse
    open it again in Greenhouse, or name another job
    ");
    insta::assert_snapshot!(found(Kind::Job, None, "Gardener"), @"
    Greenhouse has no open job `Gardener`
    is not among the open jobs in Greenhouse
    Greenhouse has `Platform Engineer`, `Senior Platform Engineer`, `Account Executive`, `Account Executive`, `C++ Developer`, `C# Developer`
    ");
    insta::assert_snapshot!(found(Kind::Stage, Some(1), "Offer"), @"
    this job has no stage `Offer`
    is not among the job's stages in Greenhouse
    Greenhouse has `Application Review`
    ");
    insta::assert_snapshot!(found(Kind::User, None, "gone@example.org"), @"
    `gone@example.org` is a user who was deactivated in Greenhouse
    is a user who was deactivated in Greenhouse
    name another one
    ");
    insta::assert_snapshot!(found(Kind::User, None, "rita"), @"
    Greenhouse has no user with the e-mail address `rita`
    is not among the users in Greenhouse; near: `Rita@Example.org`, `rita.r@example.org`
    did you mean one of `Rita@Example.org`, `rita.r@example.org`?
    ");
    insta::assert_snapshot!(found(Kind::School, None, "TWIN"), @"
    `TWIN` is the name of 2 schools in Greenhouse: 63, 64
    is the name of 2 schools in Greenhouse (63, 64)
    write the id that is meant, as `school_id`
    ");
    insta::assert_snapshot!(found(Kind::Degree, None, "Master's Degree"), @"
    Greenhouse has no degree `Master's Degree`
    is not among the degrees in Greenhouse; near: `Bachelor's Degree`
    did you mean `Bachelor's Degree`?
    ");
    insta::assert_snapshot!(found(Kind::Source, None, "…"), @"
    Greenhouse has no source `…`
    is not among the sources in Greenhouse
    Greenhouse has `HrFlow`, `LinkedIn (Prospecting)`
    ");
}

fn resolved(document: Value, unmatched_education: UnmatchedEducation) -> String {
    let mut document = document;
    document["first_name"] = json!("A");
    document["last_name"] = json!("B");
    let candidate = Candidate::from_document(document).unwrap();
    let rules = Rules { api: Api::HarvestV3, unmatched_education };
    match resolve(candidate, &mut &directory(), rules) {
        Ok(candidate) => {
            let mut document = serde_json::to_value(candidate).unwrap();
            ["first_name", "last_name"].iter().for_each(|name| drop(document.as_object_mut().unwrap().remove(*name)));
            serde_json::to_string_pretty(&document).unwrap()
        }
        Err(faults) => faults.iter().map(|fault| format!("{}: {}", fault.member, fault.message)).collect::<Vec<_>>().join("\n"),
    }
}

#[test]
fn a_candidates_names_become_ids() {
    let document = json!({
        "recruiter": {"email": "rita@example.org"},
        "applications": [
            {"job": "Platform Engineer", "source": "hrflow", "stage": "Application Review", "recruiter": {"email": "rita@example.org"}},
            {"job_id": 2, "stage": "Offer", "coordinator": {"id": 5}},
            {"job": "platform engineer"},
        ],
        "custom_fields": {"Level": "Senior", "region_1": "EMEA"},
    });
    insta::assert_snapshot!(resolved(document, UnmatchedEducation::Note), @r#"
    {
      "applications": [
        {
          "job_id": 1,
          "source_id": 11,
          "initial_stage_id": 21,
          "recruiter": {
            "id": 31
          }
        },
        {
          "job_id": 2,
          "initial_stage_id": 23,
          "coordinator": {
            "id": 5
          }
        }
      ],
      "recruiter": {
        "id": 31
      },
      "custom_fields": {
        "91": 9102,
        "region_1": "EMEA"
      }
    }
    "#);
    let prospect = json!({"prospect": {"job_ids": [1], "pool": "sales", "stage": "new", "owner": {"email": "rita@example.org"}}});
    insta::assert_snapshot!(resolved(prospect, UnmatchedEducation::Note), @r#"
    {
      "prospect": {
        "job_ids": [
          1
        ],
        "pool_id": 42,
        "stage_id": 52,
        "owner": {
          "id": 31
        }
      }
    }
    "#);
}

#[test]
fn every_name_that_is_not_there_is_told() {
    let document = json!({
        "recruiter": {"email": "nobody@example.com"},
        "applications": [{"job": "Gardener", "source": "HrFlo", "stage": "New"}, {"job_id": 1, "stage": "Offer"}],
        "custom_fields": {"Level": "Boss", "level": "Senior", "Lavel": 1},
    });
    insta::assert_snapshot!(resolved(document, UnmatchedEducation::Note), @"
    applications[0].job: is not among the open jobs in Greenhouse
    applications[0].source: is not among the sources in Greenhouse; near: `HrFlow`
    applications[1].stage: is not among the job's stages in Greenhouse
    recruiter.email: is not among the users in Greenhouse
    custom_fields.Level: takes one of its options (`Junior`, `Senior`), and is given something else
    custom_fields.Lavel: is no custom field of candidates in Greenhouse
    ");
    let twice = json!({"custom_fields": {"Level": "Junior", "91": "Senior"}});
    insta::assert_snapshot!(resolved(twice, UnmatchedEducation::Note), @"custom_fields.91: is set twice: by two names of the same field");
}

#[test]
fn educations_that_do_not_match_go_where_the_pipeline_says() {
    let document = json!({
        "notes": [{"body": "Met at a fair."}],
        "educations": [
            {"school": "Universite de Paris", "degree": "PhD", "discipline": "Maths", "start_date": "2010-09-01", "end_date": "2014-06-30"},
            {"school": "Siena College", "degree": "Master of Science", "start_date": "2008-09-01T00:00:00Z"},
            {"school": "School of Hard Knocks", "degree": "Life", "end_date": "2006-01-01"},
            {"school": "tWIN"},
            {"school_id": 99},
        ],
    });
    insta::assert_snapshot!(resolved(document.clone(), UnmatchedEducation::Note), @r#"
    {
      "notes": [
        {
          "body": "Met at a fair.",
          "visibility": "private"
        },
        {
          "body": "Education that is not, or not wholly, in Greenhouse's own lists:\n- Siena College, Master of Science, from 2008-09-01 (not in the list: school)\n- School of Hard Knocks, Life, until 2006-01-01 (not in the list: school, degree)\n- tWIN (not in the list: school)",
          "visibility": "private"
        }
      ],
      "educations": [
        {
          "school_id": 62,
          "degree_id": 72,
          "discipline_id": 81,
          "start_date": "2010-09-01",
          "end_date": "2014-06-30"
        },
        {
          "degree_id": 73,
          "start_date": "2008-09-01T00:00:00Z"
        },
        {
          "school_id": 99
        }
      ]
    }
    "#);
    insta::assert_snapshot!(resolved(document.clone(), UnmatchedEducation::LeaveOut), @r#"
    {
      "notes": [
        {
          "body": "Met at a fair.",
          "visibility": "private"
        }
      ],
      "educations": [
        {
          "school_id": 62,
          "degree_id": 72,
          "discipline_id": 81,
          "start_date": "2010-09-01",
          "end_date": "2014-06-30"
        },
        {
          "degree_id": 73,
          "start_date": "2008-09-01T00:00:00Z"
        },
        {
          "school_id": 99
        }
      ]
    }
    "#);
    insta::assert_snapshot!(resolved(document, UnmatchedEducation::Invalid), @"
    educations[1].school: is not among the schools in Greenhouse
    educations[2].school: is not among the schools in Greenhouse
    educations[2].degree: is not among the degrees in Greenhouse
    educations[3].school: is the name of 2 schools in Greenhouse (63, 64)
    ");
}
