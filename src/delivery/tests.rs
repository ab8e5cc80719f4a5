//! Pushes as stories: what is decided, what is answered, until it ends. Each snapshot reads as documentation of the rules.

use super::action::{Action, Id};
use super::wanted::Wanted;
use super::*;
use crate::candidate::{Application, Attachment, Candidate, Contact, Employment, Note};
use crate::digest::Key;
use crate::settings::Api;
use crate::step::{Attempt, Fingerprint};

const SETTLE: SignedDuration = SignedDuration::from_secs(120);

fn key() -> Key {
    Key::new([7; 32])
}

fn ada() -> Candidate {
    Candidate {
        first_name: "Ada".into(),
        last_name: "Example".into(),
        email_addresses: vec![Contact { value: "ada@example.org".into(), kind: "personal".into() }],
        applications: [4001, 4002].map(|job| Application { job_id: Some(job), ..Default::default() }).to_vec(),
        attachments: vec![attachment("resume", "cv.pdf"), attachment("cover_letter", "letter.pdf")],
        employments: vec![Employment {
            company_name: "Engines".into(),
            title: "Engineer".into(),
            start_date: "2020-01-01".into(),
            end_date: None,
        }],
        notes: vec![Note { body: "Hello".into(), visibility: "private".into() }],
        ..Default::default()
    }
}

fn attachment(kind: &str, filename: &str) -> Attachment {
    let url = Some(format!("https://files.example.org/{filename}"));
    Attachment { kind: kind.into(), filename: filename.into(), url, content: None, content_type: None, visibility: None }
}

/// Greenhouse's answers, in the order in which they are asked for.
enum Answer {
    Nobody,
    There(Vec<u64>),
    Applications(Vec<(u64, u64)>),
    NoAttachments,
    Made(u64),
    Refused,
    Lost,
    Taken(u64),
    Busy,
    Forbidden,
}
use Answer::*;

struct Story {
    candidate: Candidate,
    api: Api,
    policy: Policy,
    person: Person,
}

impl Story {
    fn new() -> Self {
        let policy = Policy { existing: Existing::Apply, ambiguous: Ambiguous::Uncertain, settle: SETTLE };
        Self { candidate: ada(), api: Api::HarvestV3, policy, person: Person::default() }
    }

    fn existing(mut self, existing: Existing) -> Self {
        self.policy.existing = existing;
        self
    }

    fn v1(mut self) -> Self {
        self.api = Api::HarvestV1;
        self
    }

    /// Goes through one push; the person is kept for the next.
    fn push(&mut self, answers: Vec<Answer>) -> String {
        let key = key();
        let candidate = self.candidate.clone();
        let wanted = Wanted::new(&candidate, self.api, &key);
        let mut observed = Observed::default();
        let mut answers = answers.into_iter();
        let mut told = Vec::new();
        for _ in 0..40 {
            let decision = decide(&wanted, &self.person, &observed, &self.policy);
            told.push(words(&decision));
            match decision {
                Decision::Done(verdict) => {
                    self.person.delivered |= verdict.delivered;
                    assert!(answers.next().is_none(), "not all answers were asked for:\n{}", told.join("\n"));
                    return told.join("\n");
                }
                Decision::Park { .. } => return told.join("\n"),
                Decision::Record { candidate, steps } => {
                    self.person.candidate = candidate.or(self.person.candidate);
                    steps.iter().for_each(|settled| self.person.settle(settled, "p", None));
                }
                Decision::LookUp(question) => match (answers.next(), question) {
                    (Some(Nobody), _) => observed.matches = Some(Vec::new()),
                    (Some(There(ids)), _) => observed.matches = Some(ids),
                    (Some(Applications(there)), _) => {
                        let seen = |(id, job)| SeenApplication { id, jobs: vec![job] };
                        observed.applications = Some(there.into_iter().map(seen).collect());
                    }
                    (Some(NoAttachments), LookUp::Attachments { job, .. }) => observed.attachments.push((job, Vec::new())),
                    (Some(Forbidden), _) => observed.forbidden = true,
                    _ => panic!("no answer to the look-up:\n{}", told.join("\n")),
                },
                Decision::Intend { action, covers } => {
                    let creates = matches!(action, Action::CreateCandidate { .. });
                    self.answer(
                        answers.next().unwrap_or_else(|| panic!("no answer:\n{}", told.join("\n"))),
                        creates,
                        &covers,
                        &wanted,
                        &mut observed,
                    );
                }
            }
        }
        panic!("it does not end:\n{}", told.join("\n"));
    }

    fn answer(&mut self, answer: Answer, creates: bool, covers: &[Step], wanted: &Wanted<'_>, observed: &mut Observed) {
        let attempt = attempt(wanted, covers[0]);
        let (state, id) = match answer {
            Made(id) => (State::Done, Some(id)),
            Refused => (State::Rejected, None),
            Lost => (State::Open, None),
            Taken(candidate_id) => return observed.claim = Some(Claimed::Taken { candidate_id }),
            Busy => return observed.claim = Some(Claimed::Busy),
            _ => panic!("no answer to a request"),
        };
        for (at, step) in covers.iter().enumerate() {
            let settled = Settled { step: *step, state, id: id.map(|id| id + at as u64), ours: true };
            self.person.settle(&settled, "p", Some(&attempt));
            if state == State::Done {
                observed.made.push(*step);
            }
        }
        if let (true, Some(id)) = (creates, id) {
            self.person.candidate = Some(CandidateRow { id, ours: true, gone: false });
        }
    }
}

fn attempt(wanted: &Wanted<'_>, step: Step) -> Attempt {
    let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
    Attempt {
        number: 1,
        action: "a".into(),
        hash: wanted.hash(step),
        fingerprint: Fingerprint::default(),
        seen_before: Vec::new(),
        greenhouse_time: None,
        intended_at: now,
        sent_by: now,
    }
}

fn words(decision: &Decision<'_>) -> String {
    let name = |step: &Step| match step {
        Step::Application { job } => format!("application {job}"),
        Step::Attachment { job: Some(job), .. } => format!("attachment on {job}"),
        step => step.word().to_owned(),
    };
    match decision {
        Decision::LookUp(question) => format!("look up {question:?}"),
        Decision::Record { steps, .. } => {
            let told: Vec<_> =
                steps.iter().map(|s| format!("{} {:?}{}", name(&s.step), s.id, if s.ours { ", ours" } else { "" })).collect();
            format!("record {}", told.join("; "))
        }
        Decision::Intend { action, covers } => {
            let on = match action {
                Action::CreateAttachment { application: Some(Id::Known(id)), attachment, .. } => {
                    format!(" {} to {id}", attachment.filename)
                }
                _ => String::new(),
            };
            format!("{}{on}: {}", action.operation(), covers.iter().map(name).collect::<Vec<_>>().join(", "))
        }
        Decision::Park { until, step } => format!("park for the {} until {until:?}", name(step)),
        Decision::Done(verdict) => {
            format!("{}{}", verdict.outcome, verdict.reason.as_deref().map(|r| format!(": {r}")).unwrap_or_default())
        }
    }
}

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
fn to_who_is_there_only_what_is_missing_beside_is_added() {
    let mut story = Story::new();
    // 4001 is there; 4002 is not, and gets the résumé and nothing else.
    insta::assert_snapshot!(story.push(vec![There(vec![9]), Applications(vec![(91, 4001)]), Made(20), Made(30)]), @"
    look up ByEmail
    record candidate Some(9)
    look up Applications { candidate: 9 }
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
    look up Applications { candidate: 8 }
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
    look up Applications { candidate: 9 }
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
fn a_lost_create_parks_the_person_and_is_not_sent_again() {
    let mut story = Story::new();
    insta::assert_snapshot!(story.push(vec![Nobody, Lost]), @"
    look up ByEmail
    create candidates: candidate, application 4001
    park for the candidate until Some(2026-11-23T10:02:00Z)
    ");
    // The e-mail changes meanwhile: still the open step comes first.
    story.candidate.email_addresses[0].value = "other@example.org".into();
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
    failed: Greenhouse refused this before, and nothing in it has changed: mend the pipeline or the profile, or use `hireline retry`
    ");
    insta::assert_snapshot!(story.push(vec![]), @"failed: Greenhouse refused this before, and nothing in it has changed: mend the pipeline or the profile, or use `hireline retry`");
    story.candidate.employments[0].end_date = Some("2021-01-01".into());
    insta::assert_snapshot!(story.push(vec![Made(40)]), @"
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
    look up Applications { candidate: 10 }
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
        story.person.settle(&Settled { step, state: State::Done, id: Some(id), ours: true }, "p", None);
    }
    insta::assert_snapshot!(story.push(vec![NoAttachments, Made(30), Made(31)]), @"
    look up Attachments { candidate: 10, application: Some(11), job: Some(4001) }
    create attachments cv.pdf to 11: attachment on 4001
    create attachments letter.pdf to 11: attachment on 4001
    created
    ");
}

#[test]
fn a_look_up_that_is_not_allowed_creates_nobody() {
    insta::assert_snapshot!(Story::new().push(vec![Forbidden]), @"
    look up ByEmail
    uncertain: Greenhouse does not allow the look-up that would tell whether it is there
    ");
}

#[test]
fn the_gone_and_the_forgotten_are_left_alone() {
    let mut story = Story::new();
    story.person.candidate = Some(CandidateRow { id: 9, ours: true, gone: true });
    insta::assert_snapshot!(story.push(vec![]), @"skipped: gone: the candidate was removed from Greenhouse, and is not made again");
    let mut story = Story::new();
    story.person.forgotten = true;
    insta::assert_snapshot!(story.push(vec![]), @"skipped: forgotten: this person was erased on request, and is not sent again");
}

#[test]
fn three_vain_attempts_are_enough() {
    let mut story = Story::new();
    for _ in 0..3 {
        let absent = Settled { step: Step::Candidate, state: State::Absent, id: None, ours: false };
        story.person.settle(&absent, "p", None);
    }
    insta::assert_snapshot!(story.push(vec![]), @"failed: sent 3 times, and it never appeared in Greenhouse: look there, then use `hireline retry`");
}
