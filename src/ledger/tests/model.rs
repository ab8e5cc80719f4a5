//! Whatever is asked, in whatever order, through whichever of two processes: the ledger answers as a few maps would.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const NAMES: [&str; 3] = ["ada", "grace", "mary"];
const EMAILS: [&str; 3] = ["a@example.org", "b@example.org", "c@example.org"];

/// The step that is asked for; the attachment comes in two versions.
#[derive(Debug, Clone, Copy)]
enum Asked {
    Create,
    Update,
    Apply,
    Attach { newer: bool },
}

#[derive(Debug, Clone)]
enum Command {
    Intend { name: usize, asked: Asked, emails: Vec<usize> },
    Settle { name: usize, asked: Asked, state: State, id: u64, emails: Vec<usize> },
    Gone { name: usize },
    Forget { name: usize },
    Recreate { name: usize },
}

fn command() -> impl Strategy<Value = Command> {
    let name = || 0..NAMES.len();
    let asked = || {
        prop_oneof![
            3 => Just(Asked::Create),
            1 => Just(Asked::Update),
            1 => Just(Asked::Apply),
            1 => any::<bool>().prop_map(|newer| Asked::Attach { newer }),
        ]
    };
    let emails = || proptest::sample::subsequence(vec![0, 1, 2], 0..=3).prop_shuffle();
    prop_oneof![
        8 => (name(), asked(), emails()).prop_map(|(name, asked, emails)| Command::Intend { name, asked, emails }),
        8 => (name(), asked(), proptest::sample::select(State::ALL.to_vec()), 70..73_u64, emails())
            .prop_map(|(name, asked, state, id, emails)| Command::Settle { name, asked, state, id, emails }),
        1 => name().prop_map(|name| Command::Gone { name }),
        1 => name().prop_map(|name| Command::Forget { name }),
        1 => name().prop_map(|name| Command::Recreate { name }),
    ]
}

#[derive(Debug, Clone)]
struct Row {
    number: u32,
    state: State,
    id: Option<u64>,
    hash: Option<Digest>,
}

#[derive(Debug, Default)]
struct Known {
    candidate: Option<CandidateRow>,
    steps: BTreeMap<Step, Vec<Row>>,
}

#[derive(Default)]
struct Model {
    people: BTreeMap<usize, Known>,
    forgotten: BTreeSet<usize>,
    /// E-mail to who has claimed it, or has the candidate that it names.
    identities: BTreeMap<usize, usize>,
    /// Who came when.
    order: Vec<usize>,
}

impl Model {
    fn candidate(&self, name: usize) -> Option<CandidateRow> {
        self.people.get(&name).and_then(|known| known.candidate)
    }

    fn meet(&mut self, name: usize) {
        if !self.order.contains(&name) {
            self.order.push(name);
        }
    }

    fn newest(&self, name: usize, step: Step) -> Option<&Row> {
        self.people.get(&name)?.steps.get(&step)?.last()
    }

    /// The other profiles of the same candidate, in the order in which they came.
    fn siblings(&self, name: usize) -> Vec<usize> {
        let id = self.candidate(name).map(|candidate| candidate.id);
        let same = |other: &usize| *other != name && id.is_some() && self.candidate(*other).map(|candidate| candidate.id) == id;
        self.order.iter().copied().filter(same).collect()
    }

    fn intend(&mut self, name: usize, step: Step, creates: bool, hash: Digest, emails: &[usize]) -> Claim {
        if let Some(candidate) = self.candidate(name).filter(|_| creates) {
            return Claim::Taken { candidate_id: candidate.id };
        }
        let newest = self.people.get(&name).and_then(|known| known.steps.get(&step)?.last()).cloned();
        let blocked = newest.as_ref().is_some_and(|row| match row.state {
            State::Intended | State::Open | State::Uncertain => true,
            State::Done => matches!(step, Step::Application { .. }) || (step != Step::Candidate && row.hash == Some(hash)),
            _ => false,
        });
        let held = |row: &&Row| matches!(row.state, State::Intended | State::Open | State::Uncertain | State::Done);
        let anothers = step == APPLICATION && self.siblings(name).iter().any(|other| self.newest(*other, step).filter(held).is_some());
        if self.forgotten.contains(&name) || blocked || anothers {
            return Claim::Busy;
        }
        let holders = |model: &Self| emails.iter().filter_map(|email| model.identities.get(email).copied()).collect::<Vec<_>>();
        let mut by_hash: Vec<usize> = holders(self).into_iter().filter(|holder| self.candidate(*holder).is_some()).collect();
        by_hash.dedup();
        if let Some(candidate) = by_hash.first().and_then(|holder| self.candidate(*holder)) {
            return Claim::Taken { candidate_id: candidate.id };
        }
        if holders(self).iter().any(|holder| *holder != name) {
            return Claim::Busy;
        }
        self.identities.extend(emails.iter().map(|email| (*email, name)));
        self.meet(name);
        let row = Row { number: newest.map_or(0, |row| row.number) + 1, state: State::Intended, id: None, hash: Some(hash) };
        self.people.entry(name).or_default().steps.entry(step).or_default().push(row);
        Claim::Intended
    }

    fn settle(&mut self, name: usize, step: Step, state: State, id: Option<u64>, candidate: Option<CandidateRow>, emails: &[usize]) {
        if self.forgotten.contains(&name) {
            return;
        }
        self.meet(name);
        let known = self.people.entry(name).or_default();
        let rows = known.steps.entry(step).or_default();
        match rows.last_mut() {
            Some(row) => (row.state, row.id) = (state, id),
            None => rows.push(Row { number: 0, state, id, hash: None }),
        }
        known.candidate = candidate.or(known.candidate);
        let releases = matches!(state, State::Rejected | State::Closed | State::Absent | State::GivenUp);
        if let Some(candidate) = known.candidate {
            for email in emails {
                let holder = self.identities.get(email).copied();
                let other = holder.map(|holder| self.candidate(holder).map(|candidate| candidate.id));
                // Free, or another candidate's.
                if matches!(other, None | Some(Some(_))) && other != Some(Some(candidate.id)) {
                    self.identities.insert(*email, name);
                }
            }
        } else if step == Step::Candidate && releases {
            self.identities.retain(|_, holder| *holder != name);
        }
    }

    fn recreate(&mut self, name: usize) -> bool {
        let Some(gone) = self.candidate(name).filter(|candidate| candidate.gone) else { return false };
        let same: BTreeSet<usize> =
            self.people.keys().copied().filter(|other| self.candidate(*other).is_some_and(|c| c.id == gone.id)).collect();
        self.identities.retain(|_, holder| !same.contains(holder));
        self.people.insert(name, Known::default());
        true
    }

    fn forget(&mut self, name: usize) -> bool {
        self.forgotten.insert(name);
        self.identities.retain(|_, holder| *holder != name);
        self.people.remove(&name).is_some()
    }

    fn shown(&self, name: usize) -> Vec<(Step, u32, State, Option<u64>, u32)> {
        let Some(known) = self.people.get(&name) else { return Vec::new() };
        let newest = |(step, rows): (&Step, &Vec<Row>)| {
            // Since it was done once, if it was.
            let count = |in_vain: u32, row: &Row, before: Option<&Row>| {
                let is_past = before.is_some_and(|before| before.state == State::Done);
                let before = if is_past { 0 } else { in_vain };
                before + u32::from(row.state == State::Absent)
            };
            let in_vain = rows.iter().enumerate().fold(0, |sum, (at, row)| count(sum, row, at.checked_sub(1).and_then(|at| rows.get(at))));
            rows.last().map(|row| (*step, row.number, row.state, row.id, in_vain))
        };
        let mut shown: Vec<_> = known.steps.iter().filter_map(newest).collect();
        let is_open = self.newest(name, APPLICATION).is_none_or(|row| matches!(row.state, State::Closed | State::Absent));
        let done = self.siblings(name).into_iter().filter_map(|other| self.newest(other, APPLICATION)).find(|row| row.state == State::Done);
        if let Some(row) = done.filter(|_| is_open) {
            shown.retain(|(step, ..)| *step != APPLICATION);
            shown.push((APPLICATION, 0, State::Done, row.id, 0));
            shown.sort_unstable_by_key(|(step, ..)| *step);
        }
        shown
    }

    fn count(&self, wanted: impl Fn(State) -> bool) -> usize {
        let rows = self.people.values().flat_map(|known| known.steps.values().flatten());
        rows.filter(|row| wanted(row.state)).count()
    }
}

fn step_of(ledger: &Ledger, asked: Asked) -> (Step, Digest) {
    let key = ledger.key();
    match asked {
        Asked::Create | Asked::Update => (Step::Candidate, key.digest(&["candidate"])),
        Asked::Apply => (APPLICATION, key.digest(&["application"])),
        Asked::Attach { newer } => {
            (Step::Attachment { job: None, digest: key.digest(&["resume"]) }, key.digest(&["file", if newer { "2" } else { "1" }]))
        }
    }
}

/// Does one command on both, and compares the answers.
async fn obey(ledger: &Ledger, model: &mut Model, command: Command) {
    let digests = |emails: &[usize]| emails.iter().map(|email| ledger.key().email(EMAILS[*email])).collect::<Vec<_>>();
    match command {
        Command::Intend { name, asked, emails } => {
            let creates = matches!(asked, Asked::Create);
            let emails = if creates { emails } else { Vec::new() };
            let (step, hash) = step_of(ledger, asked);
            let mut intent = Intent { hash, ..intent(ledger, NAMES[name], step) };
            if creates {
                intent.fingerprint.name_phones = Some(hash);
                intent.identities = digests(&emails);
            }
            // Which candidate is told first goes by the hashes.
            let mut sorted = emails;
            sorted.sort_by_key(|email| ledger.key().email(EMAILS[*email]));
            let expected = model.intend(name, step, creates, hash, &sorted);
            assert_eq!(ledger.intend(intent).await, Ok(expected));
        }
        Command::Settle { name, asked, state, id, emails } => {
            let (step, _) = step_of(ledger, asked);
            let id = (state == State::Done).then_some(id);
            let candidate = id.filter(|_| step == Step::Candidate).map(|id| CandidateRow { id, ours: true, gone: false });
            model.settle(name, step, state, id, candidate, &emails);
            let steps = vec![Settled { step, state, id, ours: id.is_some() }];
            let identities = digests(&emails);
            ledger.settle(Settlement { steps, candidate, identities, ..ended(NAMES[name], step, state) }).await.unwrap();
        }
        Command::Gone { name } => {
            let Some(candidate) = model.candidate(name) else { return };
            let gone = CandidateRow { gone: true, ..candidate };
            model.people.entry(name).or_default().candidate = Some(gone);
            let said = Settlement { steps: Vec::new(), candidate: Some(gone), ..ended(NAMES[name], Step::Candidate, State::Done) };
            ledger.settle(said).await.unwrap();
        }
        Command::Forget { name } => assert_eq!(ledger.forget(&who(NAMES[name])).await, Ok(model.forget(name))),
        Command::Recreate { name } => assert_eq!(ledger.recreate(&who(NAMES[name])).await, Ok(model.recreate(name))),
    }
}

async fn compare(ledger: &Ledger, model: &Model) {
    for (number, name) in NAMES.into_iter().enumerate() {
        let person = ledger.person(&who(name)).await.unwrap();
        assert_eq!((person.candidate, person.forgotten), (model.candidate(number), model.forgotten.contains(&number)), "{name}");
        let number_of = |row: &StepRow| row.attempt.as_ref().map_or(0, |attempt| attempt.number);
        let steps: Vec<_> = person.steps.iter().map(|row| (row.step, number_of(row), row.state, row.id, row.absences)).collect();
        assert_eq!(steps, model.shown(number), "{name}");
    }
    for (number, email) in EMAILS.into_iter().enumerate() {
        let expected = match model.identities.get(&number) {
            None => "free".to_owned(),
            Some(holder) => match model.candidate(*holder) {
                Some(candidate) => format!("candidate {}", candidate.id),
                None => format!("claimed by {}", NAMES[*holder]),
            },
        };
        assert_eq!(holder(ledger, email).await, expected, "{email}");
    }
    assert_eq!(ledger.open_steps(ACCOUNT).await.unwrap().len(), model.count(State::is_open));
    assert_eq!(ledger.absent_since(ACCOUNT, at(0)).await.unwrap().len(), model.count(|state| state == State::Absent));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_few_maps_answer_the_same(commands in proptest::collection::vec((any::<bool>(), command()), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let folder = folder();
            let ledgers = [Ledger::open(&path(&folder)).unwrap(), Ledger::open(&path(&folder)).unwrap()];
            let mut model = Model::default();
            for (second, command) in commands {
                let ledger = &ledgers[usize::from(second)];
                obey(ledger, &mut model, command).await;
                compare(ledger, &model).await;
            }
            for ledger in ledgers {
                ledger.close().await;
            }
            // And what was told is what is found by the next run.
            compare(&Ledger::open(&path(&folder)).unwrap(), &model).await;
        });
    }
}
