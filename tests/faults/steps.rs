//! A candidate's further steps, and its update. The candidates exist already, so each step is a separate
//! request in both APIs.

use super::list::{said, stops, writes};
use super::table::{About, Elsewhere, about, greenhouse, table};
use hireline::sandbox::Misbehaviour;

type Meets = fn(usize, u64) -> Misbehaviour;

const V3: [(&str, Meets); 6] = [
    ("application", |_, candidate| about(format!("\"candidate_id\":{candidate}"), greenhouse("POST", "/v3/applications"))),
    ("attachment", |n, _| about(format!("CV{n:03}"), greenhouse("POST", "/v3/attachments"))),
    ("employment", |n, _| about(format!("Engineer{n:03}"), greenhouse("POST", "/v3/candidate_employments"))),
    ("education", |n, _| about(format!("{}-09-01", 1900 + n), greenhouse("POST", "/v3/candidate_educations"))),
    ("note", |n, _| about(format!("Note{n:03}"), greenhouse("POST", "/v3/notes"))),
    ("update", |_, candidate| greenhouse("PATCH", &format!("/v3/candidates/{candidate}"))),
];

const V1: [(&str, Meets); 6] = [
    ("application", |_, candidate| greenhouse("POST", &format!("/v1/candidates/{candidate}/applications"))),
    ("attachment", |_, candidate| greenhouse("POST", &format!("/v1/candidates/{candidate}/attachments"))),
    ("employment", |_, candidate| greenhouse("POST", &format!("/v1/candidates/{candidate}/employments"))),
    ("education", |_, candidate| greenhouse("POST", &format!("/v1/candidates/{candidate}/educations"))),
    ("note", |_, candidate| greenhouse("POST", &format!("/v1/candidates/{candidate}/activity_feed/notes"))),
    ("update", |_, candidate| greenhouse("PATCH", &format!("/v1/candidates/{candidate}"))),
];

/// They wait far more than they work, so they wait together.
fn steps(api: &'static str, all: [(&'static str, Meets); 6]) {
    let elsewhere = Elsewhere::open();
    let told = std::thread::scope(|scope| {
        let running: Vec<_> = all.iter().map(|(name, meets)| scope.spawn(|| step(api, name, *meets, &elsewhere.url()))).collect();
        running.into_iter().map(|table| table.join().unwrap()).collect::<Vec<_>>()
    });
    for ((name, _), told) in all.iter().zip(told) {
        insta::assert_snapshot!(format!("{name} {api}"), told);
    }
    elsewhere.nobody_came();
}

fn step(api: &'static str, name: &str, meets: Meets, elsewhere: &str) -> String {
    let of = About { planted: true, ..About::new(api, meets) };
    let (mut passing, mut ending) = (writes(elsewhere), stops());
    // What ends a run does so in one place for all steps: the create's table has every form of it, here is one of each kind.
    ending.retain(|fault| ["401, for ever", "403, for ever", "429, Retry-After 3600"].contains(&fault.name.as_str()));
    // v1's key cannot be renewed, so its first 401 ends the run; v3's token can.
    let unauthorized = said("401, not done", 401);
    if api == "v3" {
        passing.push(unauthorized)
    } else {
        ending.push(unauthorized)
    }
    let at = meets(0, 0);
    let path = at.path.unwrap_or_default().replace("/0", "/ID");
    table(&format!("{api}, {name}: {} {path}", at.method.unwrap_or_default()), &of, &passing, &ending)
}

#[test]
fn the_steps_of_v3() {
    steps("v3", V3);
}

#[test]
fn the_steps_of_v1() {
    steps("v1", V1);
}
