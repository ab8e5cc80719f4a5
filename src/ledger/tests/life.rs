//! A step's life: what each state means for who asks next.

use super::*;

/// Brings a step to a state and tells what is then open, who has the e-mail, and what asking for the step again gives.
async fn life_of(step: Step, state: State) -> String {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    let asked = if step == Step::Candidate { create(&ledger, "ada", &["ada@example.org"]) } else { intent(&ledger, "ada", step) };
    assert_eq!(ledger.intend(asked.clone()).await, Ok(Claim::Intended));
    if state != State::Intended {
        ledger.settle(ended("ada", step, state)).await.unwrap();
    }
    let open = ledger.open_steps(ACCOUNT).await.unwrap().len();
    let holder = holder(&ledger, "ada@example.org").await;
    let again = match ledger.intend(asked).await.unwrap() {
        Claim::Intended => {
            let person = ledger.person(&who("ada")).await.unwrap();
            let row = person.step(step).unwrap();
            let attempt = row.attempt.as_ref().unwrap().number;
            format!("intended, attempt {attempt}, {} in vain", row.absences)
        }
        Claim::Taken { candidate_id } => format!("taken by {candidate_id}"),
        Claim::Busy => "busy".to_owned(),
    };
    format!("{:<10} {open:<5} {holder:<15} {again}", state.as_str())
}

async fn lives_of(step: Step) -> String {
    let mut lines = vec!["is         open  e-mail          asked again".to_owned()];
    for state in State::ALL {
        lines.push(life_of(step, state).await);
    }
    lines.join("\n")
}

#[tokio::test]
async fn a_candidate() {
    insta::assert_snapshot!(lives_of(Step::Candidate).await, @"
    is         open  e-mail          asked again
    intended   1     claimed by ada  busy
    open       1     claimed by ada  busy
    done       0     candidate 71    taken by 71
    rejected   0     free            intended, attempt 2, 0 in vain
    closed     0     free            intended, attempt 2, 0 in vain
    absent     0     free            intended, attempt 2, 1 in vain
    uncertain  0     claimed by ada  busy
    given-up   0     free            intended, attempt 2, 0 in vain
    ");
}

#[tokio::test]
async fn an_application() {
    insta::assert_snapshot!(lives_of(APPLICATION).await, @"
    is         open  e-mail          asked again
    intended   1     free            busy
    open       1     free            busy
    done       0     free            busy
    rejected   0     free            intended, attempt 2, 0 in vain
    closed     0     free            intended, attempt 2, 0 in vain
    absent     0     free            intended, attempt 2, 1 in vain
    uncertain  0     free            busy
    given-up   0     free            intended, attempt 2, 0 in vain
    ");
}

#[tokio::test]
async fn a_note() {
    let folder = folder();
    let key = Ledger::open(path(&folder)).unwrap().key().clone();
    insta::assert_snapshot!(lives_of(Step::Note(key.digest(&["note"]))).await, @"
    is         open  e-mail          asked again
    intended   1     free            busy
    open       1     free            busy
    done       0     free            busy
    rejected   0     free            intended, attempt 2, 0 in vain
    closed     0     free            intended, attempt 2, 0 in vain
    absent     0     free            intended, attempt 2, 1 in vain
    uncertain  0     free            busy
    given-up   0     free            intended, attempt 2, 0 in vain
    ");
}

#[tokio::test]
async fn every_attempt_is_counted_and_the_newest_is_told() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    let mut told = Vec::new();
    for state in [State::Closed, State::Absent, State::Open, State::Absent, State::Done] {
        ledger.intend(create(&ledger, "ada", &["ada@example.org"])).await.unwrap();
        ledger.settle(ended("ada", Step::Candidate, state)).await.unwrap();
        told.push(shown(&ledger, "ada").await);
    }
    insta::assert_snapshot!(told.join("\n"), @"
    no candidate
      candidate: closed, attempt 1
    no candidate
      candidate: absent, attempt 2, 1 in vain
    no candidate
      candidate: open, attempt 3, 1 in vain
    no candidate
      candidate: absent, attempt 3, 2 in vain
    candidate 71, ours
      candidate: done 71, ours, attempt 4, 2 in vain
    ");
}

#[tokio::test]
async fn a_step_that_was_open_can_be_found() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    ledger.intend(create(&ledger, "ada", &["ada@example.org"])).await.unwrap();
    for state in [State::Open, State::Uncertain, State::Done] {
        ledger.settle(ended("ada", Step::Candidate, state)).await.unwrap();
    }
    insta::assert_snapshot!(shown(&ledger, "ada").await, @"
    candidate 71, ours
      candidate: done 71, ours, attempt 1
    ");
    assert_eq!(ledger.open_steps(ACCOUNT).await.unwrap(), []);
}

#[tokio::test]
async fn what_was_there_is_written_without_an_attempt() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    let found = Settlement {
        steps: vec![
            Settled { step: Step::Candidate, state: State::Done, id: Some(9), ours: false },
            Settled { step: APPLICATION, state: State::Done, id: Some(90), ours: false },
        ],
        candidate: Some(CandidateRow { id: 9, ours: false, gone: false }),
        identities: vec![ledger.key().email("ada@example.org")],
        delivered: true,
        ..ended("ada", Step::Candidate, State::Done)
    };
    ledger.settle(found).await.unwrap();
    insta::assert_snapshot!(shown(&ledger, "ada").await, @"
    candidate 9, theirs, delivered
      candidate: done 9, theirs, found
      application/4012: done 90, theirs, found
    ");
    insta::assert_snapshot!(holder(&ledger, "ada@example.org").await, @"candidate 9");
    let row = ledger.person(&who("ada")).await.unwrap().step(APPLICATION).cloned().unwrap();
    assert_eq!((row.pipeline.as_str(), row.attempt), (PIPELINE, None));
}

/// Who has read the person a moment too early finds there what another run has made: it stays ours.
#[tokio::test]
async fn what_we_made_stays_ours_for_whoever_finds_it() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    ledger.intend(create(&ledger, "ada", &["ada@example.org"])).await.unwrap();
    ledger.settle(ended("ada", Step::Candidate, State::Done)).await.unwrap();
    let before = shown(&ledger, "ada").await;
    let theirs = |id| Settlement {
        steps: vec![Settled { step: Step::Candidate, state: State::Done, id: Some(id), ours: false }],
        candidate: Some(CandidateRow { id, ours: false, gone: false }),
        ..ended("ada", Step::Candidate, State::Done)
    };
    ledger.settle(theirs(71)).await.unwrap();
    assert_eq!(shown(&ledger, "ada").await, before);
    // Another one is theirs: ours was merged into it.
    ledger.settle(theirs(72)).await.unwrap();
    insta::assert_snapshot!(shown(&ledger, "ada").await, @"
    candidate 72, theirs
      candidate: done 72, theirs, attempt 1
    ");
}

#[tokio::test]
async fn a_candidate_step_that_is_done_tells_the_candidate_by_itself() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    ledger.intend(create(&ledger, "ada", &["ada@example.org"])).await.unwrap();
    ledger.settle(Settlement { candidate: None, ..ended("ada", Step::Candidate, State::Done) }).await.unwrap();
    insta::assert_snapshot!(shown(&ledger, "ada").await, @"
    candidate 71, ours
      candidate: done 71, ours, attempt 1
    ");
    insta::assert_snapshot!(holder(&ledger, "ada@example.org").await, @"candidate 71");
}

#[tokio::test]
async fn a_candidate_that_was_made_can_be_changed() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    ledger.intend(create(&ledger, "ada", &["ada@example.org"])).await.unwrap();
    ledger.settle(Settlement { delivered: true, ..ended("ada", Step::Candidate, State::Done) }).await.unwrap();
    let update = intent(&ledger, "ada", Step::Candidate);
    assert_eq!(ledger.intend(update).await, Ok(Claim::Intended));
    insta::assert_snapshot!(shown(&ledger, "ada").await, @"
    candidate 71, ours, delivered
      candidate: intended, attempt 2
    ");
    // A refused change takes nothing from the candidate.
    ledger.settle(ended("ada", Step::Candidate, State::Rejected)).await.unwrap();
    insta::assert_snapshot!(shown(&ledger, "ada").await, @"
    candidate 71, ours, delivered
      candidate: rejected, attempt 2
    ");
    insta::assert_snapshot!(holder(&ledger, "ada@example.org").await, @"candidate 71");
}

#[tokio::test]
async fn a_newer_file_may_follow_and_the_same_one_may_not() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    let resume = Step::Attachment { job: Some(4012), digest: ledger.key().digest(&["resume", "ada.pdf"]) };
    let first = intent(&ledger, "ada", resume);
    let newer = Intent { hash: ledger.key().digest(&["another body"]), ..first.clone() };
    assert_eq!(ledger.intend(first.clone()).await, Ok(Claim::Intended));
    ledger.settle(ended("ada", resume, State::Done)).await.unwrap();
    assert_eq!(ledger.intend(first).await, Ok(Claim::Busy));
    assert_eq!(ledger.intend(newer).await, Ok(Claim::Intended));
}

/// v1's create covers nearly all; two files of one type and name are one step.
#[tokio::test]
async fn one_request_covers_several_steps_and_all_is_read_back() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    let key = ledger.key().clone();
    let resume = Step::Attachment { job: None, digest: key.digest(&["resume", "ada.pdf"]) };
    let asked = Intent {
        steps: vec![Step::Candidate, APPLICATION, resume, resume],
        seen_before: vec![5, u64::MAX],
        greenhouse_time: Some(at(-1)),
        ..create(&ledger, "ada", &["ada@example.org", "a.lovelace@example.org"])
    };
    ledger.intend(asked.clone()).await.unwrap();
    insta::assert_snapshot!(shown(&ledger, "ada").await, @"
    no candidate
      candidate: intended, attempt 1
      application/4012: intended, attempt 1
      attachment: intended, attempt 1
    ");
    let open = ledger.open_steps(ACCOUNT).await.unwrap();
    for found in open {
        let attempt = found.row.attempt.unwrap();
        assert_eq!((&attempt.action, attempt.hash), (&asked.action, asked.hash));
        assert_eq!((attempt.greenhouse_time, attempt.intended_at, attempt.sent_by), (Some(at(-1)), at(0), at(30)));
        // By what a candidate is recognised is kept with the candidate alone.
        let (fingerprint, seen) = match found.row.step {
            Step::Candidate => (asked.fingerprint.clone(), asked.seen_before.clone()),
            _ => (Fingerprint::default(), Vec::new()),
        };
        assert_eq!((attempt.fingerprint, attempt.seen_before), (fingerprint, seen));
    }
}

#[tokio::test]
async fn what_was_seen_before_an_application_is_kept_with_it() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    ledger.intend(Intent { seen_before: vec![81, 82], ..intent(&ledger, "ada", APPLICATION) }).await.unwrap();
    let open = ledger.open_steps(ACCOUNT).await.unwrap();
    assert_eq!(open[0].row.attempt.as_ref().unwrap().seen_before, [81, 82]);
}

#[tokio::test]
async fn open_steps_are_told_by_account_oldest_first() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    for (name, seconds) in [("ada", 20), ("grace", 10), ("mary", 30)] {
        let asked = create(&ledger, name, &[&format!("{name}@example.org")]);
        ledger.intend(Intent { intended_at: at(seconds), ..asked }).await.unwrap();
    }
    let mut elsewhere = create(&ledger, "ada", &["ada@example.org"]);
    elsewhere.person.account = "second".to_owned();
    assert_eq!(ledger.intend(elsewhere).await, Ok(Claim::Intended));
    ledger.settle(ended("grace", Step::Candidate, State::Open)).await.unwrap();
    let told =
        |open: Vec<OpenStep>| open.into_iter().map(|step| format!("{} {}", step.person.profile_key, line(&step.row))).collect::<Vec<_>>();
    insta::assert_snapshot!(told(ledger.open_steps(ACCOUNT).await.unwrap()).join("\n"), @"
    grace candidate: open, attempt 1
    ada candidate: intended, attempt 1
    mary candidate: intended, attempt 1
    ");
    insta::assert_snapshot!(told(ledger.open_steps("second").await.unwrap()).join("\n"), @"ada candidate: intended, attempt 1");
}

#[tokio::test]
async fn what_was_not_there_is_told_until_it_was_looked_for_again() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    for name in ["ada", "grace"] {
        ledger.intend(intent(&ledger, name, APPLICATION)).await.unwrap();
        ledger.settle(ended(name, APPLICATION, State::Absent)).await.unwrap();
    }
    // A later attempt does not hide the one that was not there: if it is there after all, there are two.
    ledger.intend(intent(&ledger, "ada", APPLICATION)).await.unwrap();
    let absent = ledger.absent_since(ACCOUNT, at(60)).await.unwrap();
    let told: Vec<_> = absent.iter().map(|step| format!("{} {}", step.person.profile_key, line(&step.row))).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    ada application/4012: absent, attempt 1, 1 in vain
    grace application/4012: absent, attempt 1, 1 in vain
    ");
    assert_eq!(ledger.absent_since(ACCOUNT, at(61)).await.unwrap(), []);
    assert_eq!(ledger.absent_since("second", at(60)).await.unwrap(), []);
    assert!(ledger.looked_again(&absent[0], at(90)).await.unwrap());
    assert_eq!(ledger.absent_since(ACCOUNT, at(60)).await.unwrap(), &absent[1..]);
    ledger.settle(ended("grace", APPLICATION, State::Done)).await.unwrap();
    assert!(!ledger.looked_again(&absent[1], at(90)).await.unwrap(), "it has been found");
}

/// Three attempts in vain, of which some were lost while Greenhouse was down. How long the step counts as failing, in seconds.
async fn failing(excused: &[usize]) -> Option<i64> {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    for number in 0..3 {
        let action = format!("action-{number}");
        let intended_at = at(100 * i64::from(number));
        ledger.intend(Intent { action: action.clone(), intended_at, ..intent(&ledger, "ada", APPLICATION) }).await.unwrap();
        ledger.settle(ended("ada", APPLICATION, State::Absent)).await.unwrap();
    }
    // Also where the newest attempt is another one.
    for number in excused {
        let action = Some(format!("action-{number}"));
        let excuse = Settlement { excuses: true, action, steps: Vec::new(), ..ended("ada", APPLICATION, State::Closed) };
        assert_eq!(ledger.settle(excuse).await, Ok(true));
    }
    let row = ledger.person(&who("ada")).await.unwrap().step(APPLICATION).unwrap().clone();
    assert_eq!((row.state, row.absences), (State::Absent, 3), "it is looked for again all the same");
    row.failing.map(|failing| failing.last.duration_since(failing.since).as_secs())
}

#[tokio::test]
async fn an_outage_does_not_count_against_a_step_that_did_not_fail_before() {
    assert_eq!(failing(&[]).await, Some(200));
    assert_eq!(failing(&[0, 1, 2]).await, None);
    assert_eq!(failing(&[0]).await, Some(100));
    assert_eq!(failing(&[1, 2]).await, Some(200), "it failed before: Greenhouse may fail on what it holds");
}
