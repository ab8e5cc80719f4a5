//! The ledger that the search copies and compares answers as the real one does: schedules are drawn, and whatever they asked of the one is
//! asked of the other, a file on a disk.

use super::adversary::moves;
use super::cast::{Budget, Case, Content, ONE_JOB};
use super::state::{Call, State};
use crate::ledger::Ledger;
use crate::model::settings::Api;

const SCHEDULES: u64 = 12;
const LONGEST: usize = 120;

fn cases() -> [Case; 3] {
    let budget = Budget {
        crashes: 2,
        lost: 2,
        unsent: 1,
        hidden: 1,
        recruited: 1,
        deleted: 1,
        merged: 1,
        emails: 1,
        mappings: 1,
        forgotten: 1,
        blind: 0,
        runs: 8,
    };
    let content = Content { jobs: &[1, 2], prospect: None, resume: true, employment: true, note: true };
    let both = Case { people: 2, pipelines: 2, side_by_side: true, budget, ..Case::default() };
    [
        Case { content, ..both.clone() },
        Case { content: ONE_JOB, ..both.clone() },
        Case { api: Api::HarvestV1, content: Content { jobs: &[1], ..content }, ..both },
    ]
}

/// A schedule drawn from a seed, with what it asked the ledger. Crashes and the adversary's other turns come seldom, so that runs get far.
fn drawn(case: &Case, seed: u64) -> Vec<Call> {
    let mut state = State::new(Box::leak(Box::new(case.clone())));
    state.world.calls = Some(Vec::new());
    let mut number = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for _ in 0..LONGEST {
        let all = moves(&state);
        if all.is_empty() {
            break;
        }
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let drawn = usize::try_from(number >> 33).unwrap();
        let first = if drawn % 4 == 0 { all.len() } else { all.len().min(2) };
        state.make(all[(drawn / 4) % first]);
    }
    state.world.calls.unwrap_or_default()
}

async fn ask(ledger: &Ledger, call: Call) {
    match call {
        Call::Person(who, person) => assert_eq!(ledger.person(&who).await, Ok(person)),
        Call::Intend(intent, claim) => assert_eq!(ledger.intend(*intent.clone()).await, Ok(claim), "{intent:#?}"),
        Call::Settle(settlement, written) => assert_eq!(ledger.settle(*settlement.clone()).await, Ok(written), "{settlement:#?}"),
        Call::Identity(email, identity) => assert_eq!(ledger.identity("office", email).await, Ok(identity)),
        Call::Open(open) => assert_eq!(ledger.open_steps("office").await, Ok(open)),
        Call::Absent(since, absent) => assert_eq!(ledger.absent_since("office", since).await, Ok(absent)),
        Call::LookedAgain(step, at, written) => assert_eq!(ledger.looked_again(&step, at).await, Ok(written)),
        Call::Forget(who) => drop(ledger.forget(&who).await.unwrap()),
    }
}

#[test]
fn the_real_ledger_answers_the_same() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (mut asked, mut claims, mut overtaken) = (0, 0, 0);
    for case in cases() {
        for seed in 0..SCHEDULES {
            let calls = drawn(&case, seed);
            asked += calls.len();
            claims += calls.iter().filter(|call| matches!(call, Call::Intend(..))).count();
            overtaken += calls.iter().filter(|call| matches!(call, Call::Absent(_, absent) if !absent.is_empty())).count();
            runtime.block_on(async {
                let folder = tempfile::tempdir().unwrap();
                let ledger = Ledger::open(&folder.path().join("ledger.db")).unwrap();
                for call in calls {
                    ask(&ledger, call).await;
                }
                ledger.close().await;
            });
        }
    }
    eprintln!("{asked} questions, {claims} intents, {overtaken} second looks with something to find");
    assert!(asked > 500 && claims > 100, "{asked} questions, {claims} intents");
}
