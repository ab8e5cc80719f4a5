//! Who is there already, and what `existing` makes of it.

use super::*;

#[test]
fn to_who_is_there_only_what_is_missing_beside_is_added() {
    let mut story = Story::new();
    // 4001 is there; 4002 is not, and gets the résumé and nothing else.
    insta::assert_snapshot!(story.push(vec![There(vec![9]), Applications(vec![(91, 4001)]), Made(20), Made(30)]), @"
    look up ByEmail
    record candidate Some(9)
    look up Applications { candidate: 9, pools: false }
    record application 4001 Some(91)
    create applications: application 4002
    create attachments cv.pdf to 20: attachment on 4002
    applied
    ");
    insta::assert_snapshot!(story.push(vec![]), @"unchanged");
}

#[test]
fn who_is_there_is_left_with_skip_now_and_ever() {
    let mut story = Story::new().existing(Existing::Skip);
    insta::assert_snapshot!(story.push(vec![There(vec![9])]), @"
    look up ByEmail
    record candidate Some(9)
    skipped: existing: a candidate with this e-mail is there
    ");
    insta::assert_snapshot!(story.push(vec![]), @"skipped: existing: a candidate with this e-mail is there");
}

#[test]
fn two_with_one_email_are_a_persons_decision_or_the_older_one() {
    insta::assert_snapshot!(Story::new().push(vec![There(vec![8, 9])]), @"
    look up ByEmail
    uncertain: candidates 8, 9 all have this e-mail: merge them in Greenhouse, or set `ambiguous: oldest`, and run again
    ");
    let mut story = Story::new();
    story.policy.ambiguous = Ambiguous::Oldest;
    insta::assert_snapshot!(story.push(vec![There(vec![8, 9]), Applications(vec![(91, 4001), (92, 4002)])]), @"
    look up ByEmail
    record candidate Some(8)
    look up Applications { candidate: 8, pools: false }
    record application 4001 Some(91)
    record application 4002 Some(92)
    unchanged
    ");
}

#[test]
fn an_email_that_the_ledger_knows_is_that_candidates_whatever_existing_says() {
    let mut story = Story::new().existing(Existing::Create);
    insta::assert_snapshot!(story.push(vec![Taken(9), Applications(vec![]), Made(20), Made(30), Made(31), Made(21), Made(32)]), @"
    create candidates: candidate, application 4001
    record candidate Some(9)
    look up Applications { candidate: 9, pools: false }
    create applications: application 4001
    create applications: application 4002
    create attachments cv.pdf to 20: attachment on 4001
    create attachments cv.pdf to 30: attachment on 4002
    create attachments letter.pdf to 20: attachment on 4001
    applied
    ");
    insta::assert_snapshot!(Story::new().push(vec![Nobody, Busy]), @"
    look up ByEmail
    create candidates: candidate, application 4001
    park for the candidate until None
    ");
}

#[test]
fn a_look_up_that_is_not_allowed_creates_nobody() {
    insta::assert_snapshot!(Story::new().push(vec![Forbidden]), @"
    look up ByEmail
    uncertain: Greenhouse does not allow the look-up that would tell whether it is there
    ");
}

/// Sent, looked for in vain, and there before it is sent again: with its first application, which came along.
#[test]
fn what_comes_late_is_ours_and_is_finished() {
    let mut story = Story::new();
    story.push(vec![Nobody, Lost]);
    believed_absent(&mut story, &[]);
    insta::assert_snapshot!(story.push(vec![There(vec![9]), Applications(vec![(91, 4001)]), Made(92), NoAttachments, Made(30), Made(31), Made(32), NoChildren, Made(40), NoChildren, Made(50)]), @"
    look up ByEmail
    record candidate Some(9), ours
    look up Applications { candidate: 9, pools: false }
    record application 4001 Some(91), ours
    create applications: application 4002
    look up Attachments { candidate: 9, application: Some(91), job: Some(4001) }
    create attachments cv.pdf to 91: attachment on 4001
    create attachments cv.pdf to 92: attachment on 4002
    create attachments letter.pdf to 91: attachment on 4001
    look up Employments { candidate: 9 }
    create employments: employment
    look up Notes { candidate: 9 }
    create notes: note
    created
    ");
    // What was there before is not what was sent.
    let mut story = Story::new();
    story.push(vec![Nobody, Lost]);
    believed_absent(&mut story, &[9]);
    insta::assert_snapshot!(story.push(vec![There(vec![9]), Applications(vec![(91, 4001), (92, 4002)])]), @"
    look up ByEmail
    record candidate Some(9)
    look up Applications { candidate: 9, pools: false }
    record application 4001 Some(91)
    record application 4002 Some(92)
    unchanged
    ");
    // Both of two attempts came: one is ours, and who looks again tells of the other.
    let mut story = Story::new();
    story.push(vec![Nobody, Lost]);
    believed_absent(&mut story, &[]);
    assert!(story.push(vec![There(vec![8, 9])]).contains("uncertain"), "one attempt makes one candidate");
    story.person.steps.iter_mut().filter(|row| row.step == Step::Candidate).for_each(|row| row.absences = 2);
    story.policy.existing = Existing::Skip;
    insta::assert_snapshot!(story.push(vec![There(vec![8, 9]), Applications(vec![(91, 4001), (92, 4002)]), NoAttachments, Made(30), Made(31), NoChildren, Made(40), NoChildren, Made(50)]), @"
    look up ByEmail
    record candidate Some(8), ours
    look up Applications { candidate: 8, pools: false }
    record application 4001 Some(91), ours
    record application 4002 Some(92)
    look up Attachments { candidate: 8, application: Some(91), job: Some(4001) }
    create attachments cv.pdf to 91: attachment on 4001
    create attachments letter.pdf to 91: attachment on 4001
    look up Employments { candidate: 8 }
    create employments: employment
    look up Notes { candidate: 8 }
    create notes: note
    created
    ");
}

/// As recovery writes it: the create is absent, and what went along with it as if it had never been tried.
fn believed_absent(story: &mut Story, seen_before: &[u64]) {
    for row in &mut story.person.steps {
        row.state = if row.step == Step::Candidate { State::Absent } else { State::Closed };
        row.absences = u32::from(row.step == Step::Candidate);
        if let Some(attempt) = &mut row.attempt {
            attempt.seen_before = seen_before.to_vec();
            attempt.fingerprint.emails = vec![key().email("ada@example.org")];
        }
    }
}
