//! What has changed since it was sent, and what differs from what somebody else wrote.

use super::*;
use crate::model::candidate::Education;

fn everything_made() -> Vec<Answer> {
    vec![Nobody, Made(10), Made(20), Made(30), Made(31), Made(32), Made(40), Made(50)]
}

fn ours() -> Story {
    let mut story = Story::new().when_changed(WhenChanged::Update);
    story.candidate.set("title", json!("Engineer"));
    story.push(everything_made());
    story
}

#[test]
fn of_ours_only_what_has_changed_is_sent() {
    let mut story = ours();
    insta::assert_snapshot!(story.push(vec![]), @"unchanged");
    story.candidate.set("title", json!("Head of Engines"));
    story.candidate.set("company", json!("Engines"));
    // A recruiter has changed the first name meanwhile: that stays.
    insta::assert_snapshot!(story.push(vec![Now(|now| drop(now.values.insert("first_name", json!("Augusta")))), Made(0)]), @r#"
    look up Candidate { candidate: 10, fields: false }
    update 10: {"company":"Engines","title":"Head of Engines"}
    updated: changed: company, title
    "#);
    insta::assert_snapshot!(story.push(vec![]), @"unchanged");
    // What became blank clears nothing.
    story.candidate.set("title", Value::Null);
    insta::assert_snapshot!(story.push(vec![]), @"unchanged");
}

#[test]
fn what_greenhouse_has_already_is_not_sent() {
    let mut story = ours();
    story.candidate.set("title", json!("Head of Engines"));
    insta::assert_snapshot!(story.push(vec![Now(|now| drop(now.values.insert("title", json!("Head of Engines"))))]), @"
    look up Candidate { candidate: 10, fields: false }
    record as sent: title
    unchanged
    ");
    insta::assert_snapshot!(story.push(vec![]), @"unchanged");
}

#[test]
fn lists_are_sent_with_what_is_there() {
    let mut story = ours();
    let emails = json!([{"value": "ada@example.org", "type": "personal"}, {"value": "ada@work.example", "type": "work"}]);
    story.candidate.set("email_addresses", emails);
    let others = |now: &mut Current| {
        let entry = |value: &str| update::Entry { value: value.into(), written: Some(json!({ "value": value, "type": "other" })) };
        now.lists.insert("email_addresses", vec![entry("ADA@example.org"), entry("other@example.org")]);
    };
    insta::assert_snapshot!(story.push(vec![Now(others), Made(0)]), @r#"
    look up Candidate { candidate: 10, fields: false }
    update 10: {"email_addresses":[{"value":"ADA@example.org","type":"other"},{"value":"other@example.org","type":"other"},{"value":"ada@work.example","type":"work"}]}
    updated: changed: email_addresses
    "#);
}

#[test]
fn with_ignore_nothing_of_ours_is_sent_again() {
    let mut story = ours().when_changed(WhenChanged::Ignore);
    story.candidate.set("title", json!("Head of Engines"));
    story.candidate.employments[0].title = "Head".into();
    insta::assert_snapshot!(story.push(vec![]), @"unchanged");
    story = story.when_changed(WhenChanged::Update);
    insta::assert_snapshot!(story.push(vec![Now(|_| {}), Made(0), NoChildren, Made(41)]), @r#"
    look up Candidate { candidate: 10, fields: false }
    update 10: {"title":"Head of Engines"}
    look up Employments { candidate: 10 }
    create employments: employment
    updated: changed: title, employment
    "#);
}

#[test]
fn what_an_older_ledger_sent_is_recorded_and_not_sent() {
    let mut story = ours();
    story.profile = json!({"attachments": [{"public_url": "https://files.example.org/cv.pdf", "file_size": 10}]});
    story.person.sent = None;
    story.candidate.set("title", json!("Head of Engines"));
    insta::assert_snapshot!(story.push(vec![]), @"
    record as sent: email_addresses, first_name, last_name, title
    record as sent: attachment
    record as sent: attachment
    record as sent: employment
    unchanged: what was sent before is not known: what the profile says now is taken for it, and sent when it changes
    ");
    insta::assert_snapshot!(story.push(vec![]), @"unchanged");
    story.candidate.set("title", json!("Countess"));
    insta::assert_snapshot!(story.push(vec![Now(|_| {}), Made(0)]), @r#"
    look up Candidate { candidate: 10, fields: false }
    update 10: {"title":"Countess"}
    updated: changed: title
    "#);
}

#[test]
fn a_new_employment_is_added_and_another_end_is_told_once() {
    let mut story = ours();
    story.candidate.employments[0].end_date = Some("2024-05-31".into());
    story.candidate.employments.push(Employment { title: "Founder".into(), ..story.candidate.employments[0].clone() });
    insta::assert_snapshot!(story.push(vec![NoChildren, Made(41)]), @"
    record as sent: employment
    look up Employments { candidate: 10 }
    create employments: employment
    updated: changed: employment; an employment or education has another end than in Greenhouse: change it there
    ");
    insta::assert_snapshot!(story.push(vec![]), @"unchanged");
}

#[test]
fn a_note_is_sent_once_whatever_becomes_of_its_words() {
    let mut story = ours();
    story.candidate.notes[0].body = "Hello again".into();
    insta::assert_snapshot!(story.push(vec![]), @"unchanged");
    // Also where the first push came to no good end.
    let mut story = Story::new();
    let mut answers = everything_made();
    answers[6] = Refused;
    story.push(answers);
    story.candidate.notes[0].body = "Hello again".into();
    story.candidate.employments.clear();
    insta::assert_snapshot!(story.push(vec![]), @"created");
}

#[test]
fn a_newer_resume_takes_the_place_of_ours_and_another_file_does_not() {
    let file = |name: &str, size: u64| json!({"public_url": format!("https://files.example.org/{name}"), "file_size": size});
    let mut story = Story::new().when_changed(WhenChanged::Update);
    story.candidate.applications.truncate(1);
    story.profile = json!({"attachments": [file("cv.pdf", 10), file("letter.pdf", 10)]});
    story.push(vec![Nobody, Made(10), Made(30), Made(31), Made(40), Made(50)]);
    insta::assert_snapshot!(story.push(vec![]), @"unchanged");
    story.profile = json!({"attachments": [file("cv.pdf", 11), file("letter.pdf", 11)]});
    insta::assert_snapshot!(story.push(vec![Lost]), @"
    create attachments cv.pdf to 11: attachment on 4001
    park for the attachment on 4001 until Some(2026-11-23T10:02:00Z)
    ");
    // The lost one is not there after all: it is sent again, although there is a résumé, which is the older one.
    let open = story.person.steps.iter().find(|row| row.state == State::Open).unwrap().step;
    story.person.settle(&Settled { step: open, state: State::Absent, id: None, ours: false }, "p", None, at());
    insta::assert_snapshot!(story.push(vec![Made(33)]), @"
    create attachments cv.pdf to 11: attachment on 4001
    updated: changed: attachment
    ");
    insta::assert_snapshot!(story.push(vec![]), @"unchanged");
}

#[test]
fn an_update_whose_answer_was_lost_is_read_and_compared_again() {
    let mut story = ours();
    story.candidate.set("title", json!("Head of Engines"));
    insta::assert_snapshot!(story.push(vec![Now(|_| {}), Lost]), @r#"
    look up Candidate { candidate: 10, fields: false }
    update 10: {"title":"Head of Engines"}
    park for the update until Some(2026-11-23T10:02:00Z)
    "#);
    // It still differs: it waits for the lost one to be over.
    insta::assert_snapshot!(story.push(vec![Now(|_| {})]), @"
    look up Candidate { candidate: 10, fields: false }
    park for the update until Some(2026-11-23T10:02:00Z)
    ");
    // It was done after all.
    let mut done = Story { candidate: story.candidate.clone(), person: story.person.clone(), ..ours() };
    insta::assert_snapshot!(done.push(vec![Now(|now| drop(now.values.insert("title", json!("Head of Engines"))))]), @"
    look up Candidate { candidate: 10, fields: false }
    record update Some(10), ours; as sent: title
    unchanged
    ");
    // The profile went back to what was sent before: the lost one may have arrived all the same.
    let mut back = Story { candidate: done.candidate.clone(), person: story.person.clone(), ..ours() };
    back.candidate.set("title", json!("Engineer"));
    insta::assert_snapshot!(back.push(vec![Now(|now| drop(now.values.insert("title", json!("Head of Engines"))))]), @"
    look up Candidate { candidate: 10, fields: false }
    park for the update until Some(2026-11-23T10:02:00Z)
    ");
    // It is over, and was not done.
    story.person.settle(&Settled { step: Step::Update, state: State::Absent, id: None, ours: false }, "p", None, at());
    insta::assert_snapshot!(story.push(vec![Now(|_| {}), Made(0)]), @r#"
    look up Candidate { candidate: 10, fields: false }
    update 10: {"title":"Head of Engines"}
    updated: changed: title
    "#);
}

#[test]
fn a_refused_update_leaves_the_others_and_is_sent_again_only_when_it_changed() {
    let mut story = ours();
    story.candidate.set("title", json!("Head of Engines"));
    story.candidate.applications.push(Application { job_id: Some(4003), ..Default::default() });
    insta::assert_snapshot!(story.push(vec![Now(|_| {}), Refused, Applications(vec![]), Made(21), Made(33)]), @r#"
    look up Candidate { candidate: 10, fields: false }
    update 10: {"title":"Head of Engines"}
    look up Applications { candidate: 10, pools: false }
    create applications: application 4003
    create attachments cv.pdf to 21: attachment on 4003
    failed: Greenhouse refused this before, and nothing in it has changed: mend the pipeline or the profile, or send it again with `hireline retry`
    "#);
    insta::assert_snapshot!(story.push(vec![]), @"failed: Greenhouse refused this before, and nothing in it has changed: mend the pipeline or the profile, or send it again with `hireline retry`");
    story.candidate.set("title", json!("Countess"));
    insta::assert_snapshot!(story.push(vec![Now(|_| {}), Made(0)]), @r#"
    look up Candidate { candidate: 10, fields: false }
    update 10: {"title":"Countess"}
    updated: changed: title
    "#);
}

#[test]
fn theirs_gets_what_differs_and_what_is_missing() {
    let mut story = Story::new().existing(Existing::Update);
    story.candidate.set("title", json!("Engineer"));
    story.candidate.set("tags", json!(["hrflow"]));
    story.candidate.educations = vec![Education { school_id: Some(459), start_date: Some("2010-09-01".into()), ..Default::default() }];
    let now = |now: &mut Current| {
        now.values.insert("title", json!("Consultant"));
        now.lists.insert("tags", vec![update::Entry { value: "HrFlow".into(), written: Some(json!("HrFlow")) }]);
    };
    let key = key();
    let employment = |end: Option<&str>| Known {
        step: Step::Employment(wanted::employment_digest(&key, "ENGINES", "engineer", "2020-01")),
        likeness: wanted::employment_likeness(&key, "ENGINES", "engineer", "2020-01-15T00:00:00Z"),
        end: end.map(str::to_owned),
    };
    story.candidate.employments[0].end_date = Some("2024-05-31".into());
    let answers = vec![
        There(vec![9]),
        Now(now),
        Made(0),
        Applications(vec![(91, 4001), (92, 4002)]),
        Children(vec![employment(None)]),
        NoChildren,
        Made(60),
        NoChildren,
        Made(50),
    ];
    insta::assert_snapshot!(story.push(answers), @r#"
    look up ByEmail
    record candidate Some(9)
    look up Candidate { candidate: 9, fields: false }
    update 9: {"title":"Engineer"}
    look up Applications { candidate: 9, pools: false }
    record application 4001 Some(91)
    record application 4002 Some(92)
    look up Employments { candidate: 9 }
    record employment None; as sent: employment
    look up Educations { candidate: 9 }
    create educations: education
    look up Notes { candidate: 9 }
    create notes: note
    updated: changed: title, education, note; an employment or education has another end than in Greenhouse: change it there
    "#);
    insta::assert_snapshot!(story.push(vec![]), @"unchanged");
    // A recruiter's later words stay; what changes in the profile is sent.
    story.candidate.set("company", json!("Engines"));
    insta::assert_snapshot!(story.push(vec![Now(|now| drop(now.values.insert("title", json!("Recruiter's own")))), Made(0)]), @r#"
    look up Candidate { candidate: 9, fields: false }
    update 9: {"company":"Engines"}
    updated: changed: company
    "#);
}

#[test]
fn what_cannot_be_written_back_is_left_and_told() {
    let mut story = Story::new().existing(Existing::Update);
    story.candidate.attachments.clear();
    (story.candidate.employments, story.candidate.notes) = Default::default();
    story.candidate.set("title", json!("Engineer"));
    story.candidate.custom_fields.insert("level".into(), json!("senior"));
    let now = |now: &mut Current| {
        let user = update::Field { key: "owner".into(), id: None, name: None, shown: json!({"user_id": 7}), written: None };
        now.fields = vec![user];
    };
    let answers = vec![There(vec![9]), Now(now), Made(0), Applications(vec![(91, 4001), (92, 4002)])];
    insta::assert_snapshot!(story.push(answers), @r#"
    look up ByEmail
    record candidate Some(9)
    look up Candidate { candidate: 9, fields: true }
    update 9: {"title":"Engineer"}
    look up Applications { candidate: 9, pools: false }
    record application 4001 Some(91)
    record application 4002 Some(92)
    updated: changed: title; custom_fields.level left as Greenhouse has it: beside it stands what could not be written back as it is
    "#);
    let mut story = Story { capabilities: &v1::CAPABILITIES, person: Person::default(), ..story };
    insta::assert_snapshot!(story.push(vec![There(vec![9]), Now(now), Made(0), Applications(vec![(91, 4001), (92, 4002)])]), @r#"
    look up ByEmail
    record candidate Some(9)
    look up Candidate { candidate: 9, fields: true }
    update 9: {"title":"Engineer","custom_fields.level":"senior"}
    look up Applications { candidate: 9, pools: false }
    record application 4001 Some(91)
    record application 4002 Some(92)
    updated: changed: title, custom_fields.level
    "#);
}

#[test]
fn custom_fields_go_with_those_that_are_there() {
    let mut story = ours();
    story.candidate.custom_fields.insert("6".into(), json!(602));
    let now = |now: &mut Current| {
        let field = |key: &str, id, shown: Value, written: Value| update::Field {
            key: key.into(),
            id: Some(id),
            name: None,
            shown,
            written: Some(written),
        };
        now.fields = vec![field("level", 6, json!("junior"), json!(601)), field("languages", 9, json!(["English"]), json!([901]))];
    };
    insta::assert_snapshot!(story.push(vec![Now(now), Made(0)]), @r#"
    look up Candidate { candidate: 10, fields: true }
    update 10: {"custom_fields.languages":[901],"custom_fields.6":602}
    updated: changed: custom_fields.6
    "#);
}

#[test]
fn an_update_without_leave_to_read_is_not_sent() {
    let mut story = ours();
    story.candidate.set("title", json!("Head of Engines"));
    insta::assert_snapshot!(story.push(vec![Forbidden]), @"
    look up Candidate { candidate: 10, fields: false }
    uncertain: Greenhouse does not allow the look-up that would tell whether it is there
    ");
}
