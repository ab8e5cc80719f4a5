//! Whose candidate is not there any more.

use super::*;

#[test]
fn the_gone_and_the_forgotten_are_left_alone() {
    let mut story = Story::new();
    story.person.candidate = Some(CandidateRow { id: 9, ours: true, gone: true });
    insta::assert_snapshot!(story.push(vec![]), @"skipped: gone: the candidate was removed from Greenhouse, and is not made again; if it should be, say so with `hireline resolve … --recreate`");
    let mut story = Story::new();
    story.person.forgotten = true;
    insta::assert_snapshot!(story.push(vec![]), @"skipped: forgotten: this person was erased on request, and is not sent again");
}

/// Ada, ours, with an application; another job is wanted now.
fn ours() -> Story {
    let mut story = Story::new();
    story.push(vec![Nobody, Made(10), Made(20), Made(30), Made(31), Made(32), Made(40), Made(50)]);
    story.candidate.applications.push(Application { job_id: Some(4003), ..Default::default() });
    story
}

#[test]
fn whose_candidate_was_merged_goes_on_with_the_other_one() {
    let mut story = ours();
    let answers = vec![Missing, At(Whereabouts::Merged(77)), Applications(vec![(11, 4001)]), Made(21), Made(33)];
    insta::assert_snapshot!(story.push(answers), @"
    look up Applications { candidate: 10, pools: false }
    look up Whereabouts { candidate: 10, applications: [11, 20] }
    record candidate 77
    look up Applications { candidate: 77, pools: false }
    create applications: application 4003
    create attachments cv.pdf to 21: attachment on 4003
    applied: its candidate was merged into this one in Greenhouse
    ");
    assert_eq!(story.person.candidate, Some(CandidateRow { id: 77, ours: false, gone: false }));
    insta::assert_snapshot!(story.push(vec![]), @"unchanged");
}

#[test]
fn whose_candidate_is_nowhere_is_gone_and_not_made_again() {
    let mut story = ours();
    insta::assert_snapshot!(story.push(vec![Missing, At(Whereabouts::Nowhere)]), @"
    look up Applications { candidate: 10, pools: false }
    look up Whereabouts { candidate: 10, applications: [11, 20] }
    record candidate 10, gone
    skipped: gone: the candidate was removed from Greenhouse, and is not made again; if it should be, say so with `hireline resolve … --recreate`
    ");
    insta::assert_snapshot!(story.push(vec![]), @"skipped: gone: the candidate was removed from Greenhouse, and is not made again; if it should be, say so with `hireline resolve … --recreate`");
}

#[test]
fn who_is_only_not_shown_is_not_gone() {
    insta::assert_snapshot!(ours().push(vec![Missing, At(Whereabouts::Hidden)]), @"
    look up Applications { candidate: 10, pools: false }
    look up Whereabouts { candidate: 10, applications: [11, 20] }
    uncertain: candidate 10 has applications in Greenhouse, and is not shown itself: let the acting user see it (it may be private), and run again
    ");
}

#[test]
fn where_nobody_at_all_is_shown_nobody_is_gone() {
    insta::assert_snapshot!(ours().push(vec![Missing, At(Whereabouts::Untold)]), @"
    look up Applications { candidate: 10, pools: false }
    look up Whereabouts { candidate: 10, applications: [11, 20] }
    uncertain: Greenhouse shows no candidate at all, so whether candidate 10 is gone is not known: give the acting user the permission to see candidates, and run again
    ");
}

#[test]
fn a_candidate_that_was_made_a_moment_ago_may_still_be_being_made() {
    let mut story = ours();
    story.policy.now = "2026-11-23T10:01:00Z".parse().unwrap();
    insta::assert_snapshot!(story.push(vec![Missing]), @"
    look up Applications { candidate: 10, pools: false }
    park for the candidate until Some(2026-11-23T10:01:05Z)
    ");
}

/// A step that is refused for want of its candidate: where it was merged, the step is sent to the other one.
#[test]
fn a_step_that_finds_no_candidate_asks_where_it_is() {
    let refused = || vec![Nobody, Made(10), Made(20), Made(30), Made(31), Made(32), NotFound, Made(50)];
    let with = |answers: Vec<Answer>| refused().into_iter().take(7).chain(answers).collect::<Vec<_>>();
    let mut story = Story::new();
    story.policy.settle = SignedDuration::ZERO;
    story.policy.existing = Existing::Update;
    let told = story.push(with(vec![Missing, At(Whereabouts::Merged(77)), NoChildren, Made(41), NoChildren, Made(51)]));
    insta::assert_snapshot!(told, @"
    look up ByEmail
    create candidates: candidate, application 4001
    create applications: application 4002
    create attachments cv.pdf to 11: attachment on 4001
    create attachments cv.pdf to 20: attachment on 4002
    create attachments letter.pdf to 11: attachment on 4001
    create employments: employment
    look up Candidate { candidate: 10, fields: true }
    look up Whereabouts { candidate: 10, applications: [11, 20] }
    record employment closed None; candidate 77
    look up Employments { candidate: 77 }
    create employments: employment
    look up Notes { candidate: 77 }
    create notes: note
    applied: its candidate was merged into this one in Greenhouse
    ");
    let mut story = Story::new();
    insta::assert_snapshot!(story.push(with(vec![Now(|_| {}), Made(50)])), @"
    look up ByEmail
    create candidates: candidate, application 4001
    create applications: application 4002
    create attachments cv.pdf to 11: attachment on 4001
    create attachments cv.pdf to 20: attachment on 4002
    create attachments letter.pdf to 11: attachment on 4001
    create employments: employment
    look up Candidate { candidate: 10, fields: true }
    create notes: note
    failed: Greenhouse refused this before, and nothing in it has changed: mend the pipeline or the profile, or send it again with `hireline retry`
    ");
}
