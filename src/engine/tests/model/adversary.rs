//! What may happen next, in any state: the processes go on, and everything that the adversary still may do.

use super::cast::{PEOPLE, PIPELINES, SETTLE, Sight, TIMEOUT};
use super::greenhouse::{Maker, Shown, Work, finished_by};
use super::process::{Process, Turn};
use super::push::Fate;
use super::state::State;
use crate::delivery::push::Want;
use crate::delivery::resolve::Finding;
use crate::model::step::{State as StepState, Step};
use std::rc::Rc;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    Act(usize, Turn, Fate),
    Crash(usize),
    /// While the request of one of its pushes is under way; Greenhouse does it in its own time.
    CrashSending(usize, usize),
    /// Greenhouse finishes what nobody waits for any more.
    Finish(usize),
    Show,
    Recruit,
    /// The recruiter adds a prospect, in another pool.
    Prospect(u64),
    Delete(u64),
    Merge(u64, u64),
    Email(usize),
    Mapping(usize),
    Forget(usize),
    /// A person looks, and says what is there of what is uncertain.
    Resolve(usize),
    Blind,
    See,
    /// Later: after all that is under way.
    Start {
        pipeline: usize,
        later: bool,
    },
    Time(i64),
}

pub fn moves(state: &State) -> Vec<Move> {
    let mut all = Vec::new();
    processes(state, &mut all);
    if all.is_empty()
        && let Some(moment) = state.next_moment()
    {
        all.push(Move::Time(moment));
    }
    greenhouse(state, &mut all);
    if state.is_quiet() {
        between_runs(state, &mut all);
    }
    starts(state, &mut all);
    all
}

fn processes(state: &State, all: &mut Vec<Move>) {
    for (number, process) in state.processes.iter().enumerate() {
        let Some(process) = process else { continue };
        for turn in process.turns(&state.world) {
            all.push(Move::Act(number, turn, Fate::Answered));
            let Turn::Task(task) = turn else { continue };
            match &process.tasks[task].want {
                Want::Send(request) => {
                    all.extend(
                        fates(state, request.covers.contains(&Step::Candidate)).into_iter().map(|fate| Move::Act(number, turn, fate)),
                    );
                    all.extend((state.budget.crashes > 0).then_some(Move::CrashSending(number, task)));
                }
                Want::Fetch(_) => all.extend((state.budget.unfetched > 0).then_some(Move::Act(number, turn, Fate::Unsent))),
                _ => {}
            }
        }
        all.extend((state.budget.crashes > 0).then_some(Move::Crash(number)));
    }
}

fn fates(state: &State, creates: bool) -> Vec<Fate> {
    let mut fates = Vec::new();
    if state.budget.lost > 0 {
        fates.extend([Fate::Lost { done: true }, Fate::Lost { done: false }]);
    }
    if state.budget.hidden > 0 {
        fates.extend([Fate::Hidden { stub: true }, Fate::Hidden { stub: false }]);
    }
    fates.extend((state.budget.unsent > 0).then_some(Fate::Unsent));
    fates.extend((state.budget.refused > 0).then_some(Fate::Refused));
    fates.extend((state.budget.delayed > 0 && creates).then_some(Fate::Delayed));
    fates
}

fn greenhouse(state: &State, all: &mut Vec<Move>) {
    let (world, budget) = (&state.world, &state.budget);
    all.extend((0..world.greenhouse.works.len()).map(Move::Finish));
    if world.greenhouse.candidates.iter().any(|one| one.row.shown != Shown::Yes)
        || world.greenhouse.children.iter().any(|child| child.row.shown != Shown::Yes)
    {
        all.push(Move::Show);
    }
    all.extend((budget.recruited > 0).then_some(Move::Recruit));
    let ids: Vec<u64> = world.greenhouse.candidates.iter().map(|one| one.row.id).collect();
    // While a prospect of ours is under way it could not be told from it: see "Where the promise ends".
    if budget.recruited > 0 && world.case.content.prospect.is_some() && state.is_quiet() && world.ledger.open_steps().is_empty() {
        all.extend(ids.iter().copied().map(Move::Prospect));
    }
    if budget.deleted > 0 {
        all.extend(ids.iter().copied().map(Move::Delete));
    }
    if budget.merged > 0 {
        let pairs = ids.iter().flat_map(|from| ids.iter().filter(move |into| *into != from).map(move |into| (*from, *into)));
        all.extend(pairs.map(|(from, into)| Move::Merge(from, into)));
    }
}

fn between_runs(state: &State, all: &mut Vec<Move>) {
    let (case, budget) = (state.world.case, &state.budget);
    // Before anything was run, another beginning is no change.
    if budget.runs < case.budget.runs {
        let changeable = |left: u8, now: &[u8]| (0..now.len()).filter(|at| left > 0 && now[*at] == 0).collect::<Vec<_>>();
        all.extend(changeable(budget.emails, &state.world.emails).into_iter().map(Move::Email));
        all.extend(changeable(budget.mappings, &state.world.mappings).into_iter().map(Move::Mapping));
        all.extend((budget.forgotten > 0).then_some(Move::Forget(0)));
    }
    // What is under way cannot be seen by a person either.
    if budget.resolved > 0 && state.world.greenhouse.next().is_none() {
        let is_uncertain = |who: &usize| state.world.person(*who).steps.iter().any(|row| row.state == StepState::Uncertain);
        all.extend((0..state.world.case.people).filter(is_uncertain).map(Move::Resolve));
    }
    match state.world.greenhouse.sight {
        Sight::All => all.extend((budget.blind > 0).then_some(Move::Blind)),
        _ => all.push(Move::See),
    }
}

fn starts(state: &State, all: &mut Vec<Move>) {
    let quiet = state.is_quiet();
    if state.budget.runs == 0 || !(quiet || state.world.case.side_by_side) {
        return;
    }
    for (pipeline, _) in state.processes.iter().enumerate().filter(|(_, process)| process.is_none()) {
        all.push(Move::Start { pipeline, later: false });
        // Later only where something is under way that may end meanwhile.
        let open = !state.world.ledger.open_steps().is_empty() || state.world.greenhouse.next().is_some();
        all.extend((quiet && open).then_some(Move::Start { pipeline, later: true }));
    }
}

impl State {
    pub fn make(&mut self, chosen: Move) {
        match chosen {
            Move::Act(process, turn, fate) => {
                let fetches = self.processes[process].as_ref().is_some_and(|process| process.is_fetching(turn));
                match fate {
                    Fate::Answered => {}
                    Fate::Unsent if fetches => self.budget.unfetched -= 1,
                    Fate::Unsent => self.budget.unsent -= 1,
                    Fate::Refused => self.budget.refused -= 1,
                    Fate::Delayed => self.budget.delayed -= 1,
                    Fate::Hidden { .. } => self.budget.hidden -= 1,
                    Fate::Lost { .. } => self.budget.lost -= 1,
                }
                self.act(process, turn, fate);
                self.world.fetches_may_fail = self.budget.unfetched > 0;
            }
            Move::Crash(process) => self.crash(process, "crashes"),
            Move::CrashSending(process, task) => self.crash_sending(process, task),
            Move::Start { pipeline, later } => {
                self.budget.runs -= 1;
                if later {
                    let to = self.world.now + SETTLE + TIMEOUT + 1;
                    self.pass_time(to);
                }
                self.start(pipeline);
            }
            Move::Time(to) => {
                self.pass_time(to);
                self.say("time passes".into());
            }
            Move::Email(who) => {
                self.budget.emails -= 1;
                self.world.emails[who] = 1;
                self.say(format!("{}'s profile has another e-mail", PEOPLE[who]));
            }
            Move::Mapping(pipeline) => {
                self.budget.mappings -= 1;
                self.world.mappings[pipeline] = 1;
                self.say(format!("{}'s mapping sends to another job, with another title", PIPELINES[pipeline]));
            }
            Move::Forget(who) => {
                self.budget.forgotten -= 1;
                self.world.forget(who);
                self.say(format!("{} is forgotten on request", PEOPLE[who]));
            }
            Move::Resolve(who) => self.resolve(who),
            Move::Blind => {
                self.budget.blind -= 1;
                self.world.greenhouse.sight = self.world.case.blind;
                self.say("Greenhouse shows this credential nobody any more".into());
            }
            Move::See => {
                self.world.greenhouse.sight = Sight::All;
                self.say("the credential sees everybody".into());
            }
            Move::Finish(_) | Move::Show | Move::Recruit | Move::Prospect(_) | Move::Delete(_) | Move::Merge(..) => {
                self.in_greenhouse(chosen)
            }
        }
    }

    fn in_greenhouse(&mut self, chosen: Move) {
        let (now, greenhouse) = (self.world.now, &mut self.world.greenhouse);
        match chosen {
            Move::Finish(work) => {
                let work = greenhouse.works.remove(work);
                greenhouse.finish(&work.request, now, Shown::Yes, now);
                let names: Vec<_> = work.request.steps.iter().map(|step| super::trace::name(*step)).collect();
                self.say(format!("Greenhouse finishes a request: {}", names.join(", ")));
            }
            Move::Show => {
                greenhouse.rows_mut().for_each(|row| row.shown = Shown::Yes);
                self.say("Greenhouse shows what it hid".into());
            }
            Move::Recruit => {
                let marks = self.world.cast.wanted(0, 0, self.world.emails[0], 0).fingerprint.clone();
                let id = self.world.greenhouse.recruit(marks, now);
                self.budget.recruited -= 1;
                self.say(format!("a recruiter makes candidate {id} with the e-mail"));
            }
            Move::Prospect(candidate) => {
                greenhouse.add_prospect(candidate, 999, now);
                self.budget.recruited -= 1;
                self.say(format!("a recruiter makes candidate {candidate} a prospect, in another pool"));
            }
            Move::Delete(candidate) => {
                greenhouse.delete(candidate);
                self.budget.deleted -= 1;
                self.say(format!("a recruiter deletes candidate {candidate}"));
            }
            Move::Merge(from, into) => {
                greenhouse.merge(from, into);
                self.budget.merged -= 1;
                self.say(format!("a recruiter merges candidate {from} into {into}"));
            }
            _ => {}
        }
    }

    pub fn start(&mut self, pipeline: usize) {
        self.say(format!("{} is run", PIPELINES[pipeline]));
        self.world.begins();
        self.processes[pipeline] = Some(Rc::new(Process::new(pipeline, &self.world)));
        self.told.last[pipeline].fill(None);
    }

    fn crash(&mut self, process: usize, how: &str) {
        self.budget.crashes -= 1;
        self.processes[process] = None;
        self.world.ledger.crash(PIPELINES[process]);
        // A moment goes by until somebody runs it again.
        self.say(format!("{} {how}", PIPELINES[process]));
        self.pass_time(self.world.now + 1);
    }

    fn crash_sending(&mut self, number: usize, task: usize) {
        let Some(process) = &self.processes[number] else { return };
        let Some((request, attempt)) = process.tasks[task].sends() else { return };
        let attempt = attempt.clone();
        self.world.leaves(&request, &attempt);
        // A process that is gone sends no more.
        let due = finished_by(self.world.now, self.world.case);
        self.world.greenhouse.works.push(Work { request, due });
        let words = task_words(number, self);
        self.crash(number, &format!("crashes while a request is under way, which Greenhouse does in its own time{words}"));
    }

    /// `hireline resolve`, by somebody who sees everything.
    fn resolve(&mut self, who: usize) {
        self.budget.resolved -= 1;
        let world = &self.world;
        let person = world.person(who);
        let is_create = person.steps.iter().any(|row| row.step == Step::Candidate && row.state == StepState::Uncertain);
        let made = self.made_by_us().filter(|(maker, _)| *maker == who).map(|(_, candidate)| candidate.row.id).last();
        let finding = match (is_create, made) {
            (true, Some(id)) => Finding::Candidate(id),
            (true, None) => Finding::NotThere,
            (false, _) => {
                let uncertain = person.steps.iter().find(|row| row.state == StepState::Uncertain).map(|row| row.step);
                let there = world.greenhouse.children.iter().any(|child| Some(child.step) == uncertain);
                if there { Finding::There } else { Finding::NotThere }
            }
        };
        let key = world.cast.keys[who].clone();
        let settlement = crate::delivery::resolve::settlement(key, PIPELINES[0], &person, finding, super::cast::at(world.now));
        let Ok(settlement) = settlement else { return };
        self.world.settle(&settlement);
        self.say(format!("a person has looked for {}: {finding:?}", PEOPLE[who]));
    }

    /// Candidates that were made for somebody.
    pub fn made_by_us(&self) -> impl Iterator<Item = (usize, &super::greenhouse::Candidate)> {
        let candidates = self.world.greenhouse.candidates.iter();
        candidates.filter_map(|one| if let Maker::Us(who) = one.row.maker { Some((who, one)) } else { None })
    }
}

fn task_words(number: usize, state: &State) -> String {
    let sending = state.processes[number].iter().flat_map(|process| &process.tasks).find(|task| task.sends().is_some());
    sending.map(|task| format!(" ({})", task.words())).unwrap_or_default()
}
