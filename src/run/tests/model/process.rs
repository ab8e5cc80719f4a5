//! One run of one pipeline: what `run.rs` and `run/round.rs` do. It settles what is open, pushes everybody, waits for who is parked, and looks
//! once more for what was closed as not there.

use super::cast::{PIPELINES, Rules};
use super::recovery::{LookingAgain, Recovery};
use super::state::{State, World};
use super::task::{Around, End, Fate, Task};
use crate::outcome::Outcome;
use crate::settings::Existing;
use std::collections::BTreeMap;
use std::rc::Rc;

/// No longer is anybody waited for: three attempts take three times `settle`.
const MOST_ROUNDS: u8 = 6;
/// So often is somebody tried again who waits for others alone.
const MOST_FOR_OTHERS: u8 = 2;

#[derive(Debug, Clone, Hash)]
pub struct Process {
    pub pipeline: usize,
    pub stage: Stage,
    todo: Vec<usize>,
    pub tasks: Vec<Task>,
    parked: BTreeMap<usize, Option<i64>>,
    proven: bool,
    heard: bool,
    halted: Option<&'static str>,
    rounds: u8,
    for_others: u8,
}

#[derive(Debug, Clone, Hash)]
pub enum Stage {
    Recovering(Recovery),
    Pushing,
    Waiting(i64),
    LookingAgain(LookingAgain),
    Over,
}

/// Who of a process acts: itself, or one of its pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Itself,
    Task(usize),
}

impl Process {
    pub fn new(pipeline: usize, world: &World) -> Self {
        let Rules { recovery_first, positive_control, .. } = world.case.rules;
        let stage = if recovery_first { Stage::Recovering(Recovery::first(world.now)) } else { Stage::Pushing };
        // Who does not look before a create need not find it again.
        let proven = world.case.existing == Existing::Create || !positive_control;
        let (todo, tasks) = (world.case.pushes(pipeline).into_iter().rev().collect(), Vec::new());
        let (parked, halted) = (BTreeMap::new(), None);
        Self { pipeline, stage, todo, tasks, parked, proven, heard: false, halted, rounds: 0, for_others: 0 }
    }

    pub fn turns(&self, world: &World) -> Vec<Turn> {
        match &self.stage {
            Stage::Recovering(_) | Stage::LookingAgain(_) => vec![Turn::Itself],
            Stage::Waiting(until) if world.now >= *until => vec![Turn::Itself],
            Stage::Waiting(_) | Stage::Over => Vec::new(),
            Stage::Pushing => {
                let holder = self.tasks.iter().position(|task| task.pass);
                let can = |(number, task): (usize, &Task)| {
                    let others = holder.is_some_and(|holder| holder != number);
                    task.can_act(world, others, self.proven).then_some(Turn::Task(number))
                };
                let begin = (!self.todo.is_empty() && self.halted.is_none()).then_some(Turn::Itself);
                begin.into_iter().chain(self.tasks.iter().enumerate().filter_map(can)).collect()
            }
        }
    }

    /// Until when it waits.
    pub fn waits_until(&self) -> Option<i64> {
        match &self.stage {
            Stage::Waiting(until) => Some(*until),
            _ => self.tasks.iter().find_map(|task| if let super::task::At::Prove { until, .. } = task.at { Some(until) } else { None }),
        }
    }

    fn in_hand(&self, but: usize) -> Vec<u64> {
        let others = self.tasks.iter().enumerate().filter(|(number, _)| *number != but);
        others.filter_map(|(_, task)| task.holding).collect()
    }

    fn act_task(&mut self, world: &mut World, number: usize, fate: Fate) {
        let in_hand = self.in_hand(number);
        let around = Around { halted: self.halted.is_some(), proven: self.proven, heard: self.heard, in_hand: &in_hand };
        let task = &mut self.tasks[number];
        let effect = task.act(world, &around, fate);
        task.go_on(world, &Around { proven: self.proven || effect.proven, ..around });
        (self.proven, self.heard) = (self.proven || effect.proven, self.heard || effect.heard);
    }

    /// The next profile is read, and its push begins.
    fn begin(&mut self, world: &mut World) {
        let Some(who) = self.todo.pop() else { return };
        let mut task = Task::new(who, self.pipeline, world);
        let in_hand = self.in_hand(usize::MAX);
        task.go_on(world, &Around { halted: self.halted.is_some(), proven: self.proven, heard: self.heard, in_hand: &in_hand });
        self.tasks.push(task);
    }

    /// What a task came to; none where it has not ended.
    fn take_end(&mut self) -> Option<(usize, End)> {
        let number = self.tasks.iter().position(|task| matches!(task.at, super::task::At::Ended(_)))?;
        let task = self.tasks.remove(number);
        match task.at {
            super::task::At::Ended(end) => Some((task.who, end)),
            _ => None,
        }
    }

    /// Nobody is in flight any more: what comes next.
    fn next_stage(&mut self, world: &World) {
        let again = || if world.case.rules.second_look { Stage::LookingAgain(LookingAgain::default()) } else { Stage::Over };
        if self.halted.is_some() {
            self.stage = Stage::Over;
            return;
        }
        let only_others = self.parked.values().all(Option::is_none);
        if only_others {
            self.for_others += 1;
        }
        let in_vain = self.rounds >= MOST_ROUNDS || only_others && self.for_others > MOST_FOR_OTHERS;
        self.stage = match self.parked.values().map(|until| until.unwrap_or(world.now)).min() {
            Some(until) if !in_vain => Stage::Waiting(until),
            _ => again(),
        };
    }

    fn waited(&mut self, world: &World) {
        self.rounds += 1;
        let due: Vec<usize> =
            self.parked.iter().filter(|(_, until)| until.is_none_or(|until| until <= world.now)).map(|(who, _)| *who).collect();
        self.parked.retain(|who, _| !due.contains(who));
        self.todo = due;
        self.todo.reverse();
        self.stage = if world.case.rules.recovery_first { Stage::Recovering(Recovery::again(world.now)) } else { Stage::Pushing };
    }

    pub fn words(&self, turn: Turn) -> String {
        match (turn, &self.stage) {
            (Turn::Task(number), _) => self.tasks[number].words(),
            (Turn::Itself, Stage::Recovering(recovery)) => recovery.words(),
            (Turn::Itself, Stage::Pushing) => "reads the next profile".into(),
            (Turn::Itself, Stage::Waiting(_)) => "has waited for who is parked".into(),
            (Turn::Itself, Stage::LookingAgain(again)) => again.words(),
            (Turn::Itself, Stage::Over) => "is over".into(),
        }
    }
}

impl State {
    /// Lets a process do one thing.
    pub fn act(&mut self, number: usize, turn: Turn, fate: Fate) {
        let Some(process) = self.processes[number].take() else { return };
        let mut process = Rc::unwrap_or_clone(process);
        let who = if let Turn::Task(task) = turn { process.tasks[task].who } else { usize::MAX };
        let words = process.words(turn);
        let name = super::cast::PEOPLE.get(who).map(|name| format!(" for {name}")).unwrap_or_default();
        let fate_words = match fate {
            Fate::Answered => "",
            Fate::Unsent => "; no byte of it leaves",
            Fate::Hidden { stub: false } => "; it is done, and shown later",
            Fate::Hidden { stub: true } => "; it is done, and shown as a stub at first",
            Fate::Lost { done: true } => "; no answer comes, and Greenhouse does it in its own time",
            Fate::Lost { done: false } => "; no answer comes, and Greenhouse never does it",
        };
        self.say(format!("{}{name}: {words}{fate_words}", PIPELINES[number]));
        match (turn, &mut process.stage) {
            (Turn::Task(task), _) => process.act_task(&mut self.world, task, fate),
            (Turn::Itself, Stage::Pushing) => process.begin(&mut self.world),
            (Turn::Itself, Stage::Waiting(_)) => process.waited(&self.world),
            (Turn::Itself, Stage::Recovering(recovery)) => {
                let leased: Vec<&str> = self.leased(number);
                match recovery.act(&mut self.world, number, &leased) {
                    None => {}
                    Some(Ok(())) => process.stage = Stage::Pushing,
                    Some(Err(why)) => {
                        process.halted = Some(why);
                        process.todo.clear();
                        process.stage = Stage::Pushing;
                    }
                }
            }
            (Turn::Itself, Stage::LookingAgain(again)) => {
                let (seconds, over) = again.act(&mut self.world);
                for (who, ids) in seconds {
                    self.told.last[number][who] = Some((Outcome::Uncertain, true));
                    self.told.seconds.extend(ids);
                }
                if over {
                    process.stage = Stage::Over;
                }
            }
            (Turn::Itself, Stage::Over) => {}
        }
        self.ends(number, &mut process);
        self.processes[number] = (!matches!(process.stage, Stage::Over)).then(|| Rc::new(process));
    }

    fn leased(&self, but: usize) -> Vec<&'static str> {
        let live = |number: &usize| *number != but && self.processes[*number].is_some();
        (0..self.processes.len()).filter(live).map(|number| PIPELINES[number]).collect()
    }

    fn ends(&mut self, number: usize, process: &mut Process) {
        while let Some((who, end)) = process.take_end() {
            let outcome = match end {
                End::Ended(verdict) => (verdict.outcome, verdict.reason.is_some()),
                End::Parked(until) => {
                    process.parked.insert(who, until);
                    (Outcome::Pending, true)
                }
                End::Stopped(why) => {
                    process.halted.get_or_insert(why);
                    process.todo.clear();
                    (Outcome::Pending, true)
                }
            };
            if outcome.0 != Outcome::Pending {
                self.say(format!("{} tells {}: {}", PIPELINES[number], super::cast::PEOPLE[who], outcome.0));
            }
            self.told.last[number][who] = Some(outcome);
        }
        if matches!(process.stage, Stage::Pushing) && process.tasks.is_empty() && process.todo.is_empty() {
            process.next_stage(&self.world);
        }
        if matches!(process.stage, Stage::Over) {
            self.told.stopped[number] = process.halted;
            let why = process.halted.map(|why| format!(": {why}")).unwrap_or_default();
            self.say(format!("{} ends{why}", PIPELINES[number]));
        }
    }

    /// The clock goes on to when something has to have happened, or somebody wakes.
    pub fn next_moment(&self) -> Option<i64> {
        let waking = self.processes.iter().flatten().filter_map(|process| process.waits_until()).min()?;
        Some(self.world.greenhouse.next().filter(|next| *next > self.world.now).map_or(waking, |next| next.min(waking)))
    }

    pub fn pass_time(&mut self, to: i64) {
        self.world.now = self.world.now.max(to);
        let now = self.world.now;
        self.world.greenhouse.catch_up(now);
    }
}
