//! Drives one run of one pipeline ([`Run`]): its recovery, its pushes, its waiting.

use super::cast::{PIPELINES, Rules, at};
use super::push::{Around, Ended, Fate, Task};
use super::recovery::Recovering;
use super::state::{State, World, seconds};
use crate::delivery::push::Want;
use crate::delivery::run::{Next, Run};
use crate::model::outcome::Outcome;
use std::rc::Rc;

#[derive(Debug, Clone, Hash)]
pub struct Process {
    pub pipeline: usize,
    run: Run,
    pub stage: Stage,
    todo: Vec<usize>,
    pub tasks: Vec<Task>,
    heard: bool,
    /// Why the run could not go on.
    halted: Option<&'static str>,
}

#[derive(Debug, Clone, Hash)]
#[expect(clippy::large_enum_variant, reason = "states are copied whole, and few at a time")]
pub enum Stage {
    Recovering(Recovering),
    Pushing,
    Waiting(i64),
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
        let Rules { positive_control, .. } = world.case.rules;
        let mut run = Run::new(world.case.bounds(pipeline));
        if !positive_control {
            run.proved();
        }
        let (todo, tasks, halted) = (Vec::new(), Vec::new(), None);
        let mut process = Self { pipeline, run, stage: Stage::Pushing, todo, tasks, heard: false, halted };
        process.next_stage(world);
        process
    }

    pub fn turns(&self, world: &World) -> Vec<Turn> {
        match &self.stage {
            Stage::Recovering(_) => vec![Turn::Itself],
            Stage::Waiting(until) if world.now >= *until => vec![Turn::Itself],
            Stage::Waiting(_) | Stage::Over => Vec::new(),
            Stage::Pushing => {
                let can = |(number, task): (usize, &Task)| task.can_act(world, &self.run).then_some(Turn::Task(number));
                let begin = (!self.todo.is_empty()).then_some(Turn::Itself);
                begin.into_iter().chain(self.tasks.iter().enumerate().filter_map(can)).collect()
            }
        }
    }

    /// Until when it waits.
    pub fn waits_until(&self) -> Option<i64> {
        match &self.stage {
            Stage::Waiting(until) => Some(*until),
            _ => self.tasks.iter().filter_map(Task::waits_until).min(),
        }
    }

    fn around(&mut self, but: usize) -> (Around<'_>, &mut Vec<Task>) {
        let others = self.tasks.iter().enumerate().filter(|(number, _)| *number != but);
        let in_hand = others.filter_map(|(_, task)| task.holding()).collect();
        (Around { run: &mut self.run, heard: &mut self.heard, in_hand }, &mut self.tasks)
    }

    fn act_task(&mut self, world: &mut World, number: usize, fate: Fate) {
        let (mut around, tasks) = self.around(number);
        tasks[number].act(world, &mut around, fate);
    }

    /// The next profile is read, and its push begins.
    fn begin(&mut self, world: &mut World) {
        let Some(who) = self.todo.pop() else { return };
        let pipeline = self.pipeline;
        let (mut around, tasks) = self.around(usize::MAX);
        let task = Task::new(who, pipeline, world, &mut around);
        tasks.push(task);
    }

    /// What a push came to; none where none has ended.
    fn take_end(&mut self, world: &mut World) -> Option<(usize, Ended)> {
        let (number, end) = self.tasks.iter_mut().enumerate().find_map(|(number, task)| Some((number, task.end(world)?)))?;
        let task = self.tasks.remove(number);
        task.turn().into_iter().for_each(|turn| self.run.give_back(turn));
        Some((task.who, end))
    }

    /// What comes next, once everybody in flight has ended.
    fn next_stage(&mut self, world: &World) {
        if self.halted.is_some() {
            self.stage = Stage::Over;
            return;
        }
        self.stage = match self.run.next(at(world.now)) {
            Next::Recover(recovery) => Stage::Recovering(Recovering::new(*recovery)),
            Next::Read => {
                self.todo = world.case.pushes(self.pipeline);
                self.todo.reverse();
                Stage::Pushing
            }
            Next::Again(people) => {
                self.todo = people.iter().rev().map(|who| world.cast.number(who)).collect();
                Stage::Pushing
            }
            Next::Wait { until, .. } => Stage::Waiting(seconds(until).max(world.now)),
            Next::Over => Stage::Over,
        };
    }

    pub fn is_fetching(&self, turn: Turn) -> bool {
        matches!(turn, Turn::Task(task) if matches!(self.tasks[task].want, Want::Fetch(_)))
    }

    pub fn words(&self, turn: Turn) -> String {
        match (turn, &self.stage) {
            (Turn::Task(number), _) => self.tasks[number].words(),
            (Turn::Itself, Stage::Recovering(recovery)) => recovery.words(),
            (Turn::Itself, Stage::Pushing) => "reads the next profile".into(),
            (Turn::Itself, Stage::Waiting(_)) => "has waited for who is parked".into(),
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
            Fate::Unsent => "; no byte of it comes through",
            Fate::Refused => "; it is refused",
            Fate::Delayed => "; it is accepted, and shown later",
            Fate::Hidden { stub: false } => "; it is done, and shown later",
            Fate::Hidden { stub: true } => "; it is done, and shown as a stub at first",
            Fate::Lost { done: true } => "; no answer comes, and Greenhouse does it in its own time",
            Fate::Lost { done: false } => "; no answer comes, and Greenhouse never does it",
        };
        self.say(format!("{}{name}: {words}{fate_words}", PIPELINES[number]));
        let leased: Vec<&str> = self.leased(number);
        match (turn, &mut process.stage) {
            (Turn::Task(task), _) => process.act_task(&mut self.world, task, fate),
            (Turn::Itself, Stage::Pushing) => process.begin(&mut self.world),
            (Turn::Itself, Stage::Waiting(_)) => process.next_stage(&self.world),
            (Turn::Itself, Stage::Recovering(recovery)) => match recovery.act(&mut self.world, number, &leased) {
                None => {}
                Some(Ok(twice)) => {
                    for twice in twice {
                        self.told.last[number][self.world.cast.number(&twice.person)] = Some((Outcome::Uncertain, true));
                        self.told.seconds.extend(twice.ids);
                    }
                    process.next_stage(&self.world);
                }
                Some(Err(why)) => {
                    process.halted = Some(why);
                    process.next_stage(&self.world);
                }
            },
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
        while let Some((who, end)) = process.take_end(&mut self.world) {
            let key = self.world.cast.keys[who].clone();
            let outcome = match end {
                Ended::With(verdict) => {
                    process.run.ended(verdict.outcome);
                    (verdict.outcome, verdict.reason.is_some())
                }
                Ended::Parked(until) => {
                    process.run.park(key, until, at(self.world.now));
                    (Outcome::Pending, true)
                }
                Ended::Over => {
                    process.run.over(key);
                    (Outcome::Pending, true)
                }
                Ended::Stopped(why) => {
                    process.halted.get_or_insert(why);
                    process.run.halt();
                    (Outcome::Pending, true)
                }
            };
            if outcome.0 != Outcome::Pending {
                self.say(format!("{} tells {}: {}", PIPELINES[number], super::cast::PEOPLE[who], outcome.0));
            }
            self.told.last[number][who] = Some(outcome);
            self.world.failed += u64::from(outcome.0 == Outcome::Failed);
        }
        if process.run.must_stop() {
            process.todo.clear();
        }
        while matches!(process.stage, Stage::Pushing) && process.tasks.is_empty() && process.todo.is_empty() {
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
