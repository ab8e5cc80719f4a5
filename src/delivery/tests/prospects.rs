//! Who comes without an application.

use super::*;
use crate::model::candidate::Prospect;

fn prospect(story: Story) -> Story {
    let mut story = story;
    story.candidate.applications.clear();
    (story.candidate.employments, story.candidate.notes) = Default::default();
    story.candidate.attachments.truncate(1);
    story.candidate.prospect = Some(Prospect { job_ids: vec![4001, 4002], pool_id: Some(7), ..Default::default() });
    story
}

fn there(jobs: &[u64], prospect: bool, pool: Option<u64>) -> Answer {
    Prospects(vec![SeenApplication { id: 91, jobs: jobs.to_vec(), prospect, pool, created_at: None }])
}

#[test]
fn a_prospect_comes_with_its_candidate_and_has_the_resume() {
    let mut story = prospect(Story::new());
    insta::assert_snapshot!(story.push(vec![Nobody, Made(10), Made(30)]), @"
    look up ByEmail
    create candidates: candidate, prospect
    create attachments cv.pdf to 11: attachment
    created
    ");
    insta::assert_snapshot!(story.push(vec![]), @"unchanged");
    insta::assert_snapshot!(prospect(Story::new().v1()).push(vec![Nobody, Made(10), Made(30)]), @"
    look up ByEmail
    create candidates: candidate, prospect
    create attachments: attachment
    created
    ");
}

#[test]
fn whoever_is_there_becomes_one_unless_they_are() {
    let mut story = prospect(Story::new());
    insta::assert_snapshot!(story.push(vec![There(vec![9]), Applications(vec![(90, 4001)]), Made(20), Made(30)]), @"
    look up ByEmail
    record candidate Some(9)
    look up Applications { candidate: 9, pools: true }
    create applications: prospect
    create attachments cv.pdf to 20: attachment
    applied
    ");
    insta::assert_snapshot!(story.push(vec![]), @"unchanged");
    let becomes_one = |answer| {
        let mut story = prospect(Story::new());
        let told = story.push(vec![There(vec![9]), answer, Made(20), Made(30)]);
        told.contains("create applications")
    };
    let is_one = |answer| prospect(Story::new()).push(vec![There(vec![9]), answer]).ends_with("unchanged");
    assert!(is_one(there(&[4002, 4001], true, Some(7))), "the same jobs and pool");
    assert!(is_one(there(&[4001, 4002, 4003], false, None)), "who has applied to all of them");
    assert!(becomes_one(there(&[4001, 4002], true, Some(8))), "another pool");
    assert!(becomes_one(there(&[4001], true, Some(7))), "other jobs");
    assert!(becomes_one(there(&[4001], false, None)), "who has applied to one of them");
}

#[test]
fn a_prospect_is_no_application() {
    let mut story = Story::new();
    story.candidate.applications.truncate(1);
    story.candidate.attachments.clear();
    insta::assert_snapshot!(story.push(vec![There(vec![9]), there(&[4001], true, None), Made(20)]), @"
    look up ByEmail
    record candidate Some(9)
    look up Applications { candidate: 9, pools: false }
    create applications: application 4001
    applied
    ");
}
