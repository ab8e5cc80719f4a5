//! Two profiles with one e-mail, in any pipelines or processes, make one candidate (`docs/delivery.md`, R6).

use super::*;
use std::collections::BTreeMap;

#[tokio::test]
async fn the_second_waits_and_is_then_told_the_candidate() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    assert_eq!(ledger.intend(create(&ledger, "ada", &["Ada@example.org"])).await, Ok(Claim::Intended));
    assert_eq!(ledger.intend(create(&ledger, "augusta", &["ada@example.org"])).await, Ok(Claim::Busy));
    assert_eq!(shown(&ledger, "augusta").await, "no candidate");
    ledger.settle(ended("ada", Step::Candidate, State::Done)).await.unwrap();
    assert_eq!(ledger.intend(create(&ledger, "augusta", &["ada@example.org"])).await, Ok(Claim::Taken { candidate_id: 71 }));
    assert_eq!(shown(&ledger, "augusta").await, "no candidate");
}

#[tokio::test]
async fn two_processes_see_each_other_s_claims() {
    let folder = folder();
    let (one, two) = (Ledger::open(path(&folder)).unwrap(), Ledger::open(path(&folder)).unwrap());
    assert_eq!(one.intend(create(&one, "ada", &["ada@example.org"])).await, Ok(Claim::Intended));
    assert_eq!(two.intend(create(&two, "augusta", &["ada@example.org"])).await, Ok(Claim::Busy));
    assert_eq!(two.intend(create(&two, "ada", &["ada@example.org"])).await, Ok(Claim::Busy), "the same person, by another pipeline");
    one.settle(ended("ada", Step::Candidate, State::Rejected)).await.unwrap();
    assert_eq!(two.intend(create(&two, "augusta", &["ada@example.org"])).await, Ok(Claim::Intended));
    assert_eq!(holder(&one, "ada@example.org").await, "claimed by augusta");
}

#[tokio::test]
async fn all_or_none() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    ledger.intend(create(&ledger, "ada", &["b@example.org"])).await.unwrap();
    assert_eq!(ledger.intend(create(&ledger, "augusta", &["a@example.org", "b@example.org", "c@example.org"])).await, Ok(Claim::Busy));
    insta::assert_snapshot!(holders(&ledger, &["a@example.org", "b@example.org", "c@example.org"]).await, @"
    a@example.org: free
    b@example.org: claimed by ada
    c@example.org: free
    ");
    assert_eq!(ledger.open_steps(ACCOUNT).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_candidate_is_told_before_a_claim_is_waited_for() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    ledger.intend(create(&ledger, "ada", &["a@example.org"])).await.unwrap();
    ledger.settle(ended("ada", Step::Candidate, State::Done)).await.unwrap();
    ledger.intend(create(&ledger, "grace", &["b@example.org", "c@example.org"])).await.unwrap();
    for emails in [["a@example.org", "b@example.org"], ["c@example.org", "a@example.org"]] {
        assert_eq!(ledger.intend(create(&ledger, "mary", &emails)).await, Ok(Claim::Taken { candidate_id: 71 }));
    }
}

#[tokio::test]
async fn one_s_own_earlier_claim_is_no_hindrance() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    let both = create(&ledger, "ada", &["a@example.org", "b@example.org"]);
    // A claim without an attempt that forbids the next one: as a store could leave it that releases later.
    ledger.intend(both.clone()).await.unwrap();
    ledger.write_sqlite(|store| store.connection.execute("UPDATE step SET state = 'closed'", [])).await.unwrap();
    assert_eq!(holder(&ledger, "a@example.org").await, "claimed by ada");
    assert_eq!(ledger.intend(both).await, Ok(Claim::Intended));
}

#[tokio::test]
async fn an_account_knows_only_its_own() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    ledger.intend(create(&ledger, "ada", &["ada@example.org"])).await.unwrap();
    let mut elsewhere = create(&ledger, "augusta", &["ada@example.org"]);
    elsewhere.person.account = "second".to_owned();
    assert_eq!(ledger.intend(elsewhere).await, Ok(Claim::Intended));
}

#[tokio::test]
async fn a_merged_candidate_s_new_id_is_named() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    ledger.intend(create(&ledger, "ada", &["a@example.org", "b@example.org"])).await.unwrap();
    ledger.settle(ended("ada", Step::Candidate, State::Done)).await.unwrap();
    let merged = Settlement {
        steps: Vec::new(),
        candidate: Some(CandidateRow { id: 88, ours: true, gone: false }),
        identities: vec![ledger.key().email("c@example.org")],
        ..ended("ada", Step::Candidate, State::Done)
    };
    ledger.settle(merged).await.unwrap();
    insta::assert_snapshot!(holders(&ledger, &["a@example.org", "b@example.org", "c@example.org"]).await, @"
    a@example.org: candidate 88
    b@example.org: candidate 88
    c@example.org: candidate 88
    ");
}

#[tokio::test]
async fn naming_an_e_mail_does_not_take_it_from_who_is_being_created() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    ledger.intend(create(&ledger, "grace", &["shared@example.org"])).await.unwrap();
    let found = Settlement { identities: vec![ledger.key().email("shared@example.org")], ..ended("ada", Step::Candidate, State::Done) };
    ledger.settle(found).await.unwrap();
    assert_eq!(holder(&ledger, "shared@example.org").await, "claimed by grace");
}

/// Six callers, in two processes, with sets that overlap in every order: all are answered, and each e-mail has one holder, who
/// has all that they asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overlapping_sets_neither_deadlock_nor_split() {
    let folder = folder();
    let ledgers = [Ledger::open(path(&folder)).unwrap(), Ledger::open(path(&folder)).unwrap()];
    let sets = [["a", "b"], ["b", "c"], ["c", "a"], ["b", "a"], ["c", "b"], ["a", "c"]];
    for round in 0..20 {
        let mut asked = Vec::new();
        for (number, set) in sets.into_iter().enumerate() {
            let ledger = ledgers[number % 2].clone();
            let emails: Vec<String> = set.iter().map(|email| format!("{email}{round}@example.org")).collect();
            asked.push(tokio::spawn(async move {
                let emails: Vec<&str> = emails.iter().map(String::as_str).collect();
                ledger.intend(create(&ledger, &format!("{number} in {round}"), &emails)).await
            }));
        }
        let mut won = BTreeMap::new();
        for (number, answer) in asked.into_iter().enumerate() {
            if answer.await.unwrap().unwrap() == Claim::Intended {
                won.insert(format!("claimed by {number} in {round}"), sets[number]);
            }
        }
        assert_eq!(won.len(), 1, "any two of these sets share an e-mail");
        for (holder_text, set) in won {
            for email in set {
                assert_eq!(holder(&ledgers[0], &format!("{email}{round}@example.org")).await, holder_text);
            }
        }
    }
}

#[tokio::test]
async fn two_profiles_of_one_candidate_apply_to_a_job_once() {
    let folder = folder();
    // Two processes have found the same candidate for two profiles.
    let (one, two) = (Ledger::open(path(&folder)).unwrap(), Ledger::open(path(&folder)).unwrap());
    for name in ["ada", "augusta"] {
        let theirs = Settlement {
            steps: vec![Settled { step: Step::Candidate, state: State::Done, id: Some(9), ours: false }],
            candidate: Some(CandidateRow { id: 9, ours: false, gone: false }),
            ..ended(name, Step::Candidate, State::Done)
        };
        one.settle(theirs).await.unwrap();
    }
    assert_eq!(one.intend(intent(&one, "ada", APPLICATION)).await, Ok(Claim::Intended));
    assert_eq!(two.intend(intent(&two, "augusta", APPLICATION)).await, Ok(Claim::Busy), "while it is under way");
    assert_eq!(
        two.intend(intent(&two, "augusta", Step::Application { job: 1 })).await,
        Ok(Claim::Intended),
        "another job is another matter"
    );
    one.settle(ended("ada", APPLICATION, State::Done)).await.unwrap();
    assert_eq!(two.intend(intent(&two, "augusta", APPLICATION)).await, Ok(Claim::Busy), "once it is done");
    insta::assert_snapshot!(shown(&two, "augusta").await, @"
    candidate 9, theirs
      candidate: done 9, theirs, found
      application/1: intended, attempt 1
      application/4012: done 71, theirs, found
    ");
}
