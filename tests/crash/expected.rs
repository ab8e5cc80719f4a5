//! What a person should have in Greenhouse, worked out from the profile alone: nothing of the product's is used.

use crate::cast::{Cast, Member, Part};
use crate::round::PIPELINES;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Rows as texts: `application 4001`, `employment Exempel 0 AB, Engineer, 2010-03-01`.
pub type Rows = BTreeSet<String>;

/// How often each row is there.
pub fn there(candidate: &Value) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    rows(candidate).into_iter().for_each(|(row, _)| *counted.entry(row).or_default() += 1);
    counted
}

/// Each row with its id.
pub fn rows(candidate: &Value) -> Vec<(String, u64)> {
    let list = |name: &str| candidate[name].as_array().cloned().unwrap_or_default();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let day = |row: &Value| text(row, "start_date").get(..10).unwrap_or_default().to_owned();
    let applications = list("applications");
    let job_of = |id: &Value| {
        let job = applications.iter().find(|application| application["id"] == *id).map(|application| application["job_id"].to_string());
        job.unwrap_or_else(|| "the candidate".into())
    };
    let in_words = |kind: &str, row: &Value| match kind {
        "applications" => format!("application {}", row["job_id"]),
        "attachments" => format!("{} {} on {}", text(row, "type"), text(row, "filename"), job_of(&row["application_id"])),
        "employments" => format!("employment {}, {}, {}", text(row, "company_name"), text(row, "title"), day(row)),
        "educations" => format!("education from {}", day(row)),
        _ => format!("note {}", first_words(&text(row, "body"))),
    };
    let kinds = ["applications", "attachments", "employments", "educations", "notes"];
    let of = |kind| list(kind).iter().map(|row| (in_words(kind, row), row["id"].as_u64().unwrap())).collect::<Vec<_>>();
    kinds.into_iter().flat_map(of).collect()
}

/// An education that is not in Greenhouse's lists goes into a note, whose words are not checked.
fn first_words(body: &str) -> String {
    if body.starts_with("Knows much of") { body.to_owned() } else { "of an education".into() }
}

/// The jobs that a member applies to, by all pipelines.
fn jobs(member: &Member) -> BTreeSet<u64> {
    let pipelines = PIPELINES.iter().filter(|(name, _)| member.in_file == (*name == "from-file"));
    pipelines.flat_map(|(_, jobs)| jobs.iter().copied()).collect()
}

fn first_jobs(member: &Member) -> BTreeSet<u64> {
    let pipelines = PIPELINES.iter().filter(|(name, _)| member.in_file == (*name == "from-file"));
    pipelines.filter_map(|(_, jobs)| jobs.first().copied()).collect()
}

fn files<'p>(profile: &'p Value, kind: &str) -> Vec<&'p str> {
    let files = profile["attachments"].as_array().into_iter().flatten().filter(|file| file["type"] == kind);
    files.filter_map(|file| file["original_file_name"].as_str()).collect()
}

/// What belongs to a candidate that was created from this profile, except files.
fn of_profile(profile: &Value) -> Rows {
    let list = |name: &str| profile[name].as_array().cloned().unwrap_or_default();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let mut rows: Rows = list("experiences")
        .iter()
        .map(|row| {
            format!(
                "employment {}, {}, {}",
                text(row, "company"),
                text(row, "title"),
                text(row, "date_start").get(..10).unwrap_or_default()
            )
        })
        .collect();
    for row in list("educations") {
        // The degree is in the lists, whether the school is or not.
        rows.insert(format!("education from {}", text(&row, "date_start").get(..10).unwrap_or_default()));
        if !text(&row, "school").starts_with("University") {
            rows.insert("note of an education".into());
        }
    }
    rows.insert(format!("note {}", profile["info"]["summary"].as_str().unwrap_or_default()));
    rows
}

/// What must be there, and what may be.
pub struct Expected {
    pub must: Rows,
    pub may: Rows,
    /// One of each of these must be there.
    pub one_of: Vec<Rows>,
}

/// `creator` is whose the candidate is by its name; `group` all who are the same person.
pub fn expected(cast: &Cast, creator: &Member, update: bool, v1: bool, late: bool) -> Expected {
    let group: Vec<&Member> = cast.members.iter().filter(|member| cast.group(member) == cast.group(creator)).collect();
    let mut expected = Expected { must: Rows::new(), may: Rows::new(), one_of: Vec::new() };
    let all_jobs: BTreeSet<u64> = group.iter().flat_map(|member| jobs(member)).collect();
    expected.must.extend(all_jobs.iter().map(|job| format!("application {job}")));
    let docs = |member: &Member| (member.first.clone().unwrap_or_default(), member.now.clone().unwrap_or_default());
    let ours = creator.part == Part::Usual;
    if ours {
        let (first, now) = docs(creator);
        expected.must.extend(of_profile(if update { &now } else { &first }));
        expected.may.extend(of_profile(&now));
        let letters: Rows = files(&now, "cover")
            .iter()
            .flat_map(|name| match v1 {
                true => vec![format!("cover_letter {name} on the candidate")],
                false => first_jobs(creator).iter().map(|job| format!("cover_letter {name} on {job}")).collect(),
            })
            .collect();
        // It belongs on the first application, and never on another profile's: if a twin created that one, it
        // goes nowhere.
        if !letters.is_empty() && (v1 || group.len() == 1) {
            expected.one_of.push(letters);
        }
    }
    // A résumé for every application of either; v1 adds it to the candidate.
    let names: BTreeSet<String> = group
        .iter()
        .flat_map(|member| files(&docs(member).1, "resume").iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        .collect();
    let places: Vec<String> = if v1 { vec!["the candidate".into()] } else { all_jobs.iter().map(u64::to_string).collect() };
    expected.one_of.extend(places.iter().map(|place| names.iter().map(|name| format!("resume {name} on {place}")).collect::<Rows>()));
    // The profile that created an application adds its files. If both were taken for missing, either may
    // finish them.
    for member in &group {
        if late {
            expected.may.extend(of_profile(&docs(member).1));
        }
        let letters: Vec<String> = files(&docs(member).1, "cover").iter().map(|name| (*name).to_owned()).collect();
        let places: Vec<String> = if v1 { vec!["the candidate".into()] } else { all_jobs.iter().map(u64::to_string).collect() };
        expected.may.extend(letters.iter().flat_map(|name| places.iter().map(move |place| format!("cover_letter {name} on {place}"))));
    }
    expected.may.extend(expected.must.iter().cloned());
    expected.may.extend(expected.one_of.iter().flatten().cloned());
    expected
}
