//! Who is made, and what becomes of it after an answer that was not the best one.

use super::*;

#[test]
fn a_new_person_is_made_whole_and_the_second_push_does_nothing() {
    let mut story = Story::new();
    let first = story.push(vec![Nobody, Made(10), Made(20), Made(30), Made(31), Made(32), Made(40), Made(50)]);
    insta::assert_snapshot!(first, @"
    look up ByEmail
    create candidates: candidate, application 4001
    create applications: application 4002
    create attachments cv.pdf to 11: attachment on 4001
    create attachments cv.pdf to 20: attachment on 4002
    create attachments letter.pdf to 11: attachment on 4001
    create employments: employment
    create notes: note
    created
    ");
    insta::assert_snapshot!(story.push(vec![]), @"unchanged");
}

#[test]
fn v1_makes_all_but_attachments_in_one_request() {
    let mut story = Story::new().v1();
    insta::assert_snapshot!(story.push(vec![Nobody, Made(10), Made(30), Made(31)]), @"
    look up ByEmail
    create candidates: candidate, application 4001, application 4002, employment, note
    create attachments: attachment
    create attachments: attachment
    created
    ");
    insta::assert_snapshot!(story.push(vec![]), @"unchanged");
}

#[test]
fn create_does_not_look_but_makes_no_second_candidate() {
    let mut story = Story::new().v1().existing(Existing::Create);
    story.candidate.attachments.clear();
    insta::assert_snapshot!(story.push(vec![Made(10)]), @"
    create candidates: candidate, application 4001, application 4002, employment, note
    created
    ");
    insta::assert_snapshot!(story.push(vec![]), @"unchanged");
}

#[test]
fn a_lost_create_parks_the_person_and_is_not_sent_again() {
    let mut story = Story::new();
    insta::assert_snapshot!(story.push(vec![Nobody, Lost]), @"
    look up ByEmail
    create candidates: candidate, application 4001
    park for the candidate until Some(2026-11-23T10:02:00Z)
    ");
    // The e-mail changes meanwhile: still the open step comes first.
    story.candidate.set("email_addresses", json!([{"value": "other@example.org", "type": "personal"}]));
    insta::assert_snapshot!(story.push(vec![]), @"park for the candidate until Some(2026-11-23T10:02:00Z)");
}

#[test]
fn a_refused_step_leaves_the_others_and_is_sent_again_only_when_it_changed() {
    let mut story = Story::new();
    let refused = story.push(vec![Nobody, Made(10), Made(20), Made(30), Made(31), Made(32), Refused, Made(50)]);
    insta::assert_snapshot!(refused, @"
    look up ByEmail
    create candidates: candidate, application 4001
    create applications: application 4002
    create attachments cv.pdf to 11: attachment on 4001
    create attachments cv.pdf to 20: attachment on 4002
    create attachments letter.pdf to 11: attachment on 4001
    create employments: employment
    create notes: note
    failed: Greenhouse refused this before, and nothing in it has changed: mend the pipeline or the profile, or send it again with `hireline retry`
    ");
    insta::assert_snapshot!(story.push(vec![]), @"failed: Greenhouse refused this before, and nothing in it has changed: mend the pipeline or the profile, or send it again with `hireline retry`");
    story.policy.retry = true;
    insta::assert_snapshot!(story.push(vec![NoChildren, Refused]), @"
    look up Employments { candidate: 10 }
    create employments: employment
    failed: Greenhouse refused this before, and nothing in it has changed: mend the pipeline or the profile, or send it again with `hireline retry`
    ");
    story.policy.retry = false;
    story.candidate.employments[0].end_date = Some("2021-01-01".into());
    insta::assert_snapshot!(story.push(vec![NoChildren, Made(40)]), @"
    look up Employments { candidate: 10 }
    create employments: employment
    created
    ");
}

#[test]
fn a_new_job_for_who_was_delivered_is_an_application_with_a_resume() {
    let mut story = Story::new();
    story.push(vec![Nobody, Made(10), Made(20), Made(30), Made(31), Made(32), Made(40), Made(50)]);
    story.candidate.applications.push(Application { job_id: Some(4003), ..Default::default() });
    story.candidate.notes[0].body = "Something new".into();
    insta::assert_snapshot!(story.push(vec![Applications(vec![]), Made(21), Made(33)]), @"
    look up Applications { candidate: 10, pools: false }
    create applications: application 4003
    create attachments cv.pdf to 21: attachment on 4003
    applied
    ");
}

#[test]
fn who_was_left_between_apply_and_attach_gets_the_resume() {
    let mut story = Story::new();
    story.candidate.applications.truncate(1);
    (story.candidate.employments, story.candidate.notes) = (Vec::new(), Vec::new());
    story.person.candidate = Some(CandidateRow { id: 10, ours: true, gone: false });
    for (step, id) in [(Step::Candidate, 10), (Step::Application { job: 4001 }, 11)] {
        story.person.settle(&Settled { step, state: State::Done, id: Some(id), ours: true }, "p", None, at());
    }
    insta::assert_snapshot!(story.push(vec![NoAttachments, Made(30), Made(31)]), @"
    look up Attachments { candidate: 10, application: Some(11), job: Some(4001) }
    create attachments cv.pdf to 11: attachment on 4001
    create attachments letter.pdf to 11: attachment on 4001
    created
    ");
}

#[test]
fn what_is_in_vain_is_sent_again_after_a_while_for_three_days() {
    let absent = |step: Step, hours: i64| {
        let mut story = Story::new();
        story.push(vec![Nobody, Made(10), Made(20), Made(30), Made(31), Made(32), Made(40), Lost]);
        let now = story.policy.now;
        let failing = Some(Failing { since: now - SignedDuration::from_hours(hours), last: now });
        let row = story.person.steps.iter_mut().find(|row| row.step.word() == step.word()).unwrap();
        (row.state, row.absences, row.failing) = (State::Absent, 3, failing);
        if step == Step::Candidate {
            story.person.candidate = None;
        }
        story
    };
    let note = Step::Note(key().digest(&["Hello"]));
    for step in [Step::Candidate, note] {
        let name = step.word();
        for (hours, until) in [(1, "12:20"), (12, "16:00"), (71, "18:00")] {
            assert_eq!(absent(step, hours).push(vec![]), format!("park for the {name} until Some(2026-11-23T{until}:00Z)"));
        }
        let words = "sent again and again for three days, and it never appeared in Greenhouse: look there, then send it again with `hireline retry`";
        assert_eq!(absent(step, 72).push(vec![]), format!("failed: {words}"));
        // The wait is over; or `hireline retry` forces it, also after three days.
        let (mut later, mut forced) = (absent(step, 1), absent(step, 72));
        later.policy.now += SignedDuration::from_mins(20);
        forced.policy.retry = true;
        for mut story in [later, forced] {
            let told = story.push(vec![if step == note { NoChildren } else { Nobody }, Lost]);
            assert!(told.contains("create"), "{told}");
        }
    }
}
