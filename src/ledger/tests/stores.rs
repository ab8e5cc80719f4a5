//! Whatever is asked, in whatever order, through whichever of two processes: every store answers the same.

use super::*;
use crate::model::outcome::Outcome;
use memory::Memory;
use proptest::prelude::*;
use rows::Restoring;

const NAMES: [&str; 3] = ["ada", "grace", "mary"];
const EMAILS: [&str; 3] = ["a@example.org", "b@example.org", "c@example.org"];
const RUNS: [(&str, &str, &str); 2] = [("run-1", PIPELINE, ACCOUNT), ("run-2", "another", "elsewhere")];

/// The step that is asked for; the attachment comes in two versions.
#[derive(Debug, Clone, Copy)]
enum Asked {
    Create,
    Change,
    Update,
    Apply,
    Attach { newer: bool },
}

#[derive(Debug, Clone)]
enum Command {
    Intend { name: usize, asked: Asked, emails: Vec<usize> },
    Settle { name: usize, asked: Asked, state: State, id: u64, ours: bool, emails: Vec<usize>, of: Option<usize>, delivered: bool },
    Excuse { name: usize, of: usize },
    Gone { name: usize },
    Forget { name: usize },
    Recreate { name: usize },
    LookAgain { number: usize },
    Seen { name: usize, run: usize, outcome: Outcome },
    List { candidate: u64, emails: Vec<usize>, name: usize },
    EndRun { run: usize, count: u64 },
}

fn command() -> impl Strategy<Value = Command> {
    let name = || 0..NAMES.len();
    let asked = || {
        prop_oneof![
            3 => Just(Asked::Create),
            1 => Just(Asked::Change),
            1 => Just(Asked::Update),
            1 => Just(Asked::Apply),
            1 => any::<bool>().prop_map(|newer| Asked::Attach { newer }),
        ]
    };
    let emails = || proptest::sample::subsequence(vec![0, 1, 2], 0..=3).prop_shuffle();
    let settle = (name(), asked(), proptest::sample::select(State::ALL.to_vec()), 70..73_u64, any::<bool>(), emails())
        .prop_flat_map(|settled| (Just(settled), proptest::option::of(0..6_usize), any::<bool>()));
    prop_oneof![
        8 => (name(), asked(), emails()).prop_map(|(name, asked, emails)| Command::Intend { name, asked, emails }),
        8 => settle.prop_map(|((name, asked, state, id, ours, emails), of, delivered)| {
            Command::Settle { name, asked, state, id, ours, emails, of, delivered }
        }),
        2 => (name(), 0..6_usize).prop_map(|(name, of)| Command::Excuse { name, of }),
        1 => name().prop_map(|name| Command::Gone { name }),
        1 => name().prop_map(|name| Command::Forget { name }),
        1 => name().prop_map(|name| Command::Recreate { name }),
        2 => (0..3_usize).prop_map(|number| Command::LookAgain { number }),
        2 => (name(), 0..RUNS.len(), proptest::sample::select(Outcome::ALL.to_vec()))
            .prop_map(|(name, run, outcome)| Command::Seen { name, run, outcome }),
        1 => (70..75_u64, emails(), name()).prop_map(|(candidate, emails, name)| Command::List { candidate, emails, name }),
        1 => (0..RUNS.len(), 1..9_u64).prop_map(|(run, count)| Command::EndRun { run, count }),
    ]
}

fn key() -> Key {
    Key::new([7; 32])
}

fn step_of(asked: Asked) -> (Step, Digest) {
    match asked {
        Asked::Create | Asked::Change => (Step::Candidate, key().digest(&["candidate"])),
        Asked::Update => (Step::Update, key().digest(&["update"])),
        Asked::Apply => (APPLICATION, key().digest(&["application"])),
        Asked::Attach { newer } => {
            (Step::Attachment { job: None, digest: key().digest(&["resume"]) }, key().digest(&["file", if newer { "2" } else { "1" }]))
        }
    }
}

fn digests(emails: &[usize]) -> Vec<Digest> {
    emails.iter().map(|email| key().email(EMAILS[*email])).collect()
}

fn fingerprint(name: usize, emails: &[usize]) -> Fingerprint {
    Fingerprint { emails: digests(emails), name_phones: Some(key().digest(&[NAMES[name]])) }
}

/// Does one command, and shows the answer. `number` counts the commands.
async fn obey(ledger: &Ledger, number: usize, command: &Command) -> String {
    let time = i64::try_from(number).unwrap() * 10;
    match command.clone() {
        Command::Intend { name, asked, emails } => {
            let creates = matches!(asked, Asked::Create);
            let (step, hash) = step_of(asked);
            let intent = Intent {
                hash,
                action: format!("action-{number}"),
                steps: if creates && name == 0 { vec![step, APPLICATION] } else { vec![step] },
                members: Members::from([(step.word().to_owned(), hash), (format!("member-{}", number % 3), hash)]),
                identities: if creates { digests(&emails) } else { Vec::new() },
                fingerprint: if creates { fingerprint(name, &emails) } else { Fingerprint::default() },
                seen_before: vec![number as u64],
                greenhouse_time: number.is_multiple_of(2).then(|| at(time - 3)),
                intended_at: at(time),
                sent_by: at(time + 30),
                ..intent(ledger, NAMES[name], step)
            };
            format!("{:?}", ledger.intend(intent).await.unwrap())
        }
        Command::Settle { name, asked, state, id, ours, emails, of, delivered } => {
            let (step, hash) = step_of(asked);
            let id = (state == State::Done).then_some(id);
            let settlement = Settlement {
                at: at(time),
                action: of.map(|before| format!("action-{}", number.saturating_sub(before))),
                steps: vec![Settled { step, state, id, ours }],
                candidate: id.filter(|_| step == Step::Candidate && delivered).map(|id| CandidateRow { id, ours, gone: false }),
                sent: if delivered { Members::from([("told".to_owned(), hash)]) } else { Members::new() },
                identities: digests(&emails),
                delivered,
                seen: delivered.then(|| seen(name, 0, Outcome::Created, time)),
                ..ended(NAMES[name], step, state)
            };
            format!("{:?}", ledger.settle(settlement).await.unwrap())
        }
        Command::Excuse { name, of } => {
            let action = Some(format!("action-{}", number.saturating_sub(of)));
            let excuse = Settlement { excuses: true, action, steps: Vec::new(), ..ended(NAMES[name], Step::Candidate, State::Closed) };
            format!("{:?}", ledger.settle(excuse).await.unwrap())
        }
        Command::Gone { name } => {
            let Some(candidate) = ledger.person(&who(NAMES[name])).await.unwrap().candidate else { return String::new() };
            let candidate = Some(CandidateRow { gone: true, ..candidate });
            let said = Settlement { steps: Vec::new(), candidate, ..ended(NAMES[name], Step::Candidate, State::Done) };
            format!("{:?}", ledger.settle(said).await.unwrap())
        }
        Command::Forget { name } => format!("{:?}", ledger.forget(&who(NAMES[name])).await.unwrap()),
        Command::Recreate { name } => format!("{:?}", ledger.recreate(&who(NAMES[name])).await.unwrap()),
        Command::LookAgain { number } => match ledger.absent_since(ACCOUNT, at(0)).await.unwrap().get(number) {
            Some(step) => format!("{:?}", ledger.looked_again(step, at(time)).await.unwrap()),
            None => String::new(),
        },
        Command::Seen { name, run, outcome } => format!("{:?}", ledger.seen(seen(name, run, outcome, time)).await.unwrap()),
        Command::List { candidate, emails, name } => {
            format!("{:?}", ledger.listed(ACCOUNT, vec![Made { candidate, fingerprint: fingerprint(name, &emails) }]).await.unwrap())
        }
        Command::EndRun { run, count } => {
            let cursor = Cursor { reading: count.to_string(), updated_at: time.to_string() };
            ledger.advance(RUNS[run].1, cursor).await.unwrap();
            let counts = vec![(Outcome::Pending, count), (Outcome::Created, 2)];
            format!("{:?}", ledger.run_ended(RUNS[run].0, at(time), (count % 2 == 0).then_some("asked to stop"), counts).await.unwrap())
        }
    }
}

fn seen(name: usize, run: usize, outcome: Outcome, time: i64) -> Seen {
    Seen {
        pipeline: RUNS[run].1.to_owned(),
        source_key: "source".to_owned(),
        profile_key: NAMES[name].to_owned(),
        run: RUNS[run].0.to_owned(),
        updated_at: Some(time.to_string()),
        outcome,
        reason: None,
        at: at(time),
    }
}

/// All that can be asked.
async fn told(ledger: &Ledger) -> Vec<String> {
    let mut told = Vec::new();
    for (number, name) in NAMES.into_iter().enumerate() {
        told.push(format!("{name}: {:?}", ledger.people(name).await.unwrap()));
        told.push(format!("{name}: {:?}", ledger.person(&who(name)).await.unwrap()));
        told.push(format!("{name}: {:?}", ledger.seen_of_profile(name).await.unwrap()));
        for (emails, has_phone) in [(&[number][..], false), (&[], false), (&[], true)] {
            told.push(format!("{name}: {:?}", ledger.doubt(ACCOUNT, &fingerprint(number, emails), has_phone).await.unwrap()));
        }
    }
    for email in EMAILS {
        told.push(format!("{email}: {:?}", ledger.identity(ACCOUNT, key().email(email)).await.unwrap()));
    }
    told.push(format!("open: {:?}", ledger.open_steps(ACCOUNT).await.unwrap()));
    for since in [0, 150] {
        told.push(format!("absent: {:?}", ledger.absent_since(ACCOUNT, at(since)).await.unwrap()));
    }
    told.push(format!("restored: {:?}", ledger.restored(ACCOUNT).await.unwrap()));
    told.push(format!("runs: {:?}", ledger.runs(None, 9).await.unwrap()));
    for (run, pipeline, account) in RUNS {
        told.push(format!("{run}: {:?}", ledger.seen_in_run(run).await.unwrap()));
        told.push(format!("{pipeline}: {:?}", ledger.owed_rows(pipeline).await.unwrap()));
        told.push(format!("{pipeline}: {:?}", ledger.cursor(pipeline).await.unwrap()));
        told.push(format!("{pipeline}: {:?}", ledger.tally(pipeline, account).await.unwrap()));
    }
    told
}

/// Marks both ledgers as put back from a backup.
async fn put_back(file: &Ledger, memory: &Ledger) {
    let restoring = Restoring { taken: at(-500), at: at(-100), listed: false };
    let sql = format!(
        "INSERT INTO restored (taken_at, restored_at) VALUES ({}, {})",
        restoring.taken.as_millisecond(),
        restoring.at.as_millisecond()
    );
    file.write_sqlite(move |store| store.connection.execute(&sql, [])).await.unwrap();
    let mark = move |store: &mut dyn Store| {
        let store: &mut dyn std::any::Any = store;
        store.downcast_mut::<Memory>().unwrap().restores.push(restoring);
        Ok(())
    };
    memory.write(mark).await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_store_answers_the_same(
        was_restored in any::<bool>(),
        commands in proptest::collection::vec((any::<bool>(), command()), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let folder = folder();
            let files = [Ledger::open(path(&folder)).unwrap(), Ledger::open(path(&folder)).unwrap()];
            let memory = Ledger::in_memory().unwrap();
            for (run, pipeline, account) in RUNS {
                files[0].run_started(run, pipeline, account, at(0)).await.unwrap();
                memory.run_started(run, pipeline, account, at(0)).await.unwrap();
            }
            if was_restored {
                put_back(&files[0], &memory).await;
            }
            for (number, (second, command)) in commands.iter().enumerate() {
                let file = &files[usize::from(*second)];
                assert_eq!(obey(file, number, command).await, obey(&memory, number, command).await, "{number}: {command:?}");
                assert_eq!(told(file).await, told(&memory).await, "after {number}: {command:?}");
            }
            for file in files {
                file.close().await;
            }
            // The next run finds what was answered.
            assert_eq!(told(&Ledger::open(path(&folder)).unwrap()).await, told(&memory).await);
        });
    }
}
