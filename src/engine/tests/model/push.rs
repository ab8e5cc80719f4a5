//! Drives one person's push ([`Push`]): the ledger in memory and the model's Greenhouse answer it. Besides passing answers it takes one rule
//! out, where the case says so, and cuts the push into the moments between which the adversary acts.

use super::cast::{PIPELINES, SETTLE, TIMEOUT, at};
use super::greenhouse::{Answer as Shown, Request};
use super::state::{World, seconds};
use crate::delivery::push::{Answer, Context, End, Halt, Holders, Push, Ruling, Turn, Unseen, Want};
use crate::delivery::run::{After, Leave, Proof, Proved, Run, Turn as Held};
use crate::delivery::{Observed, Verdict};
use crate::model::rows::Settlement;
use crate::model::settings::Existing;
use crate::model::step::{Attempt, Step};
use jiff::SignedDuration;
use std::hash::{Hash, Hasher};

#[derive(Debug, Clone)]
pub struct Task {
    pub who: usize,
    /// The profile and the mapping, as they were when this push began.
    version: (u8, u8),
    push: Push<'static>,
    /// What it wants next.
    pub want: Want<'static>,
    /// Of the request that it has leave for.
    step: Option<Step>,
    held: Option<Held>,
    /// It waits until then: the breaker's pause.
    paused: Option<i64>,
    proof: Option<Proof>,
    /// What the last [`Want::Finish`] said.
    verdict: Option<Verdict>,
    /// Why the run has to end, with what is taken back then.
    stop: Option<(&'static str, Vec<Settlement>)>,
}

/// What a push came to.
#[derive(Debug, Clone)]
pub enum Ended {
    With(Verdict),
    Parked(Option<jiff::Timestamp>),
    Over,
    /// The run has to end.
    Stopped(&'static str),
}

/// What of its process a push has to know and may change.
pub struct Around<'a> {
    pub run: &'a mut Run,
    /// An answer has told Greenhouse's time.
    pub heard: &'a mut bool,
    /// Candidates that others of the same process have made and not completed.
    pub in_hand: Vec<u64>,
}

/// What became of a request on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    Answered,
    /// No byte leaves; of a file: it cannot be fetched.
    Unsent,
    /// Done, and some of it not shown yet, or as a stub.
    Hidden {
        stub: bool,
    },
    /// 202: the id is told, and what was made is shown later (v1).
    Delayed,
    /// 422.
    Refused,
    /// No answer comes; it is done at some time, or never.
    Lost {
        done: bool,
    },
}

impl Task {
    /// Reads the person: the ledger's first answer.
    pub fn new(who: usize, pipeline: usize, world: &mut World, around: &mut Around<'_>) -> Self {
        let version = (world.emails[who], world.mappings[pipeline]);
        let wanted = world.cast.wanted(pipeline, who, version.0, version.1);
        let context = Context {
            who: world.cast.keys[who].clone(),
            pipeline: PIPELINES[pipeline],
            run: "run",
            policy: world.case.policy(world.now),
            write_timeout: SignedDuration::from_secs(TIMEOUT),
        };
        let mut push = Push::new(context, wanted, Observed::default());
        let want = push.next(Answer::Begin, at(world.now));
        let (step, held, paused, proof, verdict, stop) = Default::default();
        let mut task = Self { who, version, push, want, step, held, paused, proof, verdict, stop };
        let person = world.person(who);
        task.answer(Answer::Person { person, doubt: None }, world, around);
        task
    }

    /// Goes on until something has to be asked, written or sent.
    fn answer(&mut self, answer: Answer<'static>, world: &World, around: &mut Around<'_>) {
        let mut answer = Some(answer);
        while let Some(given) = answer.take() {
            self.want = self.push.next(given, at(world.now));
            if !is_of_a_step(&self.want) {
                self.held.take().into_iter().for_each(|held| around.run.give_back(held));
            }
            answer = match &self.want {
                Want::MaySend { counted, step, .. } => {
                    self.step = Some(*step);
                    Some(Answer::Permit(around.run.permit(self.push.who(), *step, *counted)))
                }
                Want::Fetch(_) if !world.fetches_may_fail => Some(Answer::Fetched(Ok(()))),
                Want::Pause(_) => Some(Answer::Paused { go_on: true }),
                _ => None,
            };
        }
        if let Want::Prove { candidate } = self.want {
            self.proof = Some(Proof::new(candidate, SignedDuration::from_secs(SETTLE), at(world.now)));
        }
    }

    /// Whether it can do anything now: it may have to wait for its turn, or for its first create to show.
    pub fn can_act(&self, world: &World, run: &Run) -> bool {
        match &self.want {
            Want::Turn { .. } if self.paused.is_some_and(|until| world.now < until) => false,
            Want::Turn { creates } => run.clone().leave(*creates, self.held) != Leave::Wait,
            Want::Prove { .. } => self.proof.is_some_and(|proof| at(world.now) >= proof.deadline || self.finds(world, proof.candidate)),
            Want::End(_) => false,
            _ => true,
        }
    }

    /// Until when it waits.
    pub fn waits_until(&self) -> Option<i64> {
        match self.want {
            Want::Prove { .. } => self.proof.map(|proof| seconds(proof.deadline)),
            _ => self.paused,
        }
    }

    fn found(&self, world: &World) -> Option<Vec<u64>> {
        world.greenhouse.by_email(&self.push.wanted().identities)
    }

    fn finds(&self, world: &World, candidate: u64) -> bool {
        self.found(world).is_some_and(|found| found.contains(&candidate))
    }

    pub fn holding(&self) -> Option<u64> {
        self.push.holding()
    }

    /// Does what is next; `fate` is of what is sent or fetched.
    pub fn act(&mut self, world: &mut World, around: &mut Around<'_>, fate: Fate) {
        let answer = match self.want.clone() {
            Want::ReadPerson => Answer::Person { person: world.person(self.who), doubt: None },
            Want::ReadHolders { candidate, identities } => {
                let person = world.person(self.who);
                let identities = identities.into_iter().map(|identity| world.identity(identity)).collect();
                Answer::Holders(Holders { person, identities, in_hand: around.in_hand.contains(&candidate) })
            }
            Want::LookUp(question) => {
                *around.heard = true;
                match (sees(world), world.greenhouse.see(&question, &self.push.wanted().identities)) {
                    (Err(why), _) => return self.stops(why),
                    (Ok(false), _) => Answer::Seen(Err(Unseen::Forbidden)),
                    (Ok(true), Shown::Forbidden) => {
                        self.stop = Some(("the look-up is forbidden", Vec::new()));
                        Answer::Seen(Err(Unseen::Forbidden))
                    }
                    (Ok(true), Shown::Seen(seen)) => Answer::Seen(Ok(seen)),
                    (Ok(true), Shown::Missing) => Answer::Seen(Err(Unseen::Missing)),
                    (Ok(true), Shown::NotReady) => Answer::Seen(Err(Unseen::NotReady)),
                }
            }
            Want::Fetch(_) => Answer::Fetched(if fate == Fate::Unsent { Err("it cannot be fetched".into()) } else { Ok(()) }),
            Want::Turn { creates } => match around.run.leave(creates, self.held) {
                Leave::Wait => return,
                Leave::Never => Answer::Turn(None),
                Leave::Pause(held, pause) => {
                    (self.held, self.paused) = (Some(held), Some(world.now + pause.as_secs().max(1)));
                    return;
                }
                Leave::Now(held) => {
                    (self.held, self.paused) = (Some(held), None);
                    return self.intend(world, around);
                }
            },
            Want::Send(_) => return self.send(world, around, fate),
            Want::Settle(settlement) => Answer::Settled(world.settle(&settlement)),
            Want::Finish { settlement, verdict } => {
                self.verdict = Some(verdict);
                Answer::Settled(world.settle(&settlement))
            }
            Want::Prove { .. } => return self.prove(world, around),
            Want::MaySend { .. } | Want::Intend(_) | Want::Pause(_) | Want::End(_) => return,
        };
        self.answer(answer, world, around);
    }

    /// The turn, and the intent right after it.
    fn intend(&mut self, world: &mut World, around: &mut Around<'_>) {
        let greenhouse_time = around.heard.then(|| at(world.now));
        let first = self.held.is_some_and(|held| held.first);
        self.answer(Answer::Turn(Some(Turn { action: world.new_action(), first, greenhouse_time })), world, around);
        if let Want::Intend(intent) = self.want.clone() {
            let claim = world.intend(intent);
            self.answer(Answer::Claim(claim), world, around);
        }
    }

    fn send(&mut self, world: &mut World, around: &mut Around<'_>, fate: Fate) {
        let Want::Send(request) = self.want.clone() else { return };
        *around.heard = true;
        let asked = Request::new(self.who, &request.action, &request.covers, self.push.wanted());
        let event = world.deliver(&asked, &request.attempt, fate);
        let untried = self.push.untried(&request, at(world.now));
        let after = around.run.came(self.held.unwrap_or_default(), self.push.who(), &request.action, &event, untried);
        world.loses(&event, self.who);
        let ruling = match after {
            After::Halt(_, taken_back) => {
                self.stop = Some(("Greenhouse loses or refuses everything", taken_back));
                Ruling::Stop
            }
            After::Recovered(excused) => {
                for settlement in &excused {
                    world.settle(settlement);
                }
                Ruling::GoOn
            }
            After::GoOn | After::Pause { .. } => Ruling::GoOn,
        };
        self.answer(Answer::Event { request, event, ruling }, world, around);
    }

    fn prove(&mut self, world: &mut World, around: &mut Around<'_>) {
        let Some(mut proof) = self.proof.take() else { return };
        match proof.next(self.found(world).as_deref(), at(world.now)) {
            Proved::Yes => {
                around.run.proved();
                self.answer(Answer::Proven, world, around);
            }
            Proved::NotYet(_) => self.proof = Some(proof),
            Proved::No(_) => self.stops("its own first create is not found again"),
        }
    }

    fn stops(&mut self, why: &'static str) {
        self.stop = Some((why, Vec::new()));
        self.want = Want::End(End::Stopped(Halt::ByRun));
    }

    /// What it came to, once it has ended.
    pub fn end(&mut self, world: &mut World) -> Option<Ended> {
        let Want::End(end) = &self.want else { return None };
        Some(match end {
            End::Ended => Ended::With(self.verdict.take()?),
            End::Parked { until } => Ended::Parked(*until),
            End::Over => Ended::Over,
            End::Stopped(_) => {
                let (why, taken_back) = self.stop.take().unwrap_or(("Greenhouse cannot be reached", Vec::new()));
                for settlement in &taken_back {
                    world.settle(settlement);
                }
                Ended::Stopped(why)
            }
        })
    }

    pub fn turn(&self) -> Option<Held> {
        self.held
    }

    /// What it would send now, and for whom.
    pub fn sends(&self) -> Option<(Request, &Attempt)> {
        let Want::Send(request) = &self.want else { return None };
        Some((Request::new(self.who, &request.action, &request.covers, self.push.wanted()), &request.attempt))
    }

    /// What it does next, for a trace.
    pub fn words(&self) -> String {
        let names = |steps: &[Step]| steps.iter().map(|step| super::trace::name(*step)).collect::<Vec<_>>().join(", ");
        let writes = |settlement: &Settlement, end: Option<String>| {
            let states = settlement.steps.iter().map(super::trace::settled).chain(end);
            format!("writes {}", states.collect::<Vec<_>>().join(", "))
        };
        match &self.want {
            Want::LookUp(question) => format!("asks Greenhouse for {}", super::trace::question(question)),
            Want::ReadHolders { .. } => "asks the ledger who has the candidate".into(),
            Want::Settle(settlement) => writes(settlement, None),
            Want::Finish { settlement, verdict } => writes(settlement, Some(format!("the end: {}", verdict.outcome))),
            Want::Turn { .. } => format!("writes the intent: {}", names(self.step.as_slice())),
            Want::Send(request) => format!("sends: {}", names(&request.covers)),
            Want::Fetch(_) => "fetches the file".into(),
            Want::ReadPerson => "reads the ledger again".into(),
            Want::Prove { .. } => "looks for the run's first create".into(),
            Want::End(_) => "has ended".into(),
            Want::MaySend { .. } | Want::Intend(_) | Want::Pause(_) => "goes on".into(),
        }
    }
}

/// As `engine/run/push.rs`: whether a want belongs to the step that was permitted last.
fn is_of_a_step(want: &Want<'_>) -> bool {
    use Want::{Fetch, Intend, Pause, Prove, ReadPerson, Send, Settle, Turn};
    matches!(want, Fetch(_) | Turn { .. } | Intend(_) | Send(_) | Settle(_) | ReadPerson | Prove { .. } | Pause(_))
}

/// Whether look-ups would show somebody; or why a run ends that has to look.
pub fn sees(world: &World) -> Result<bool, &'static str> {
    match (world.cannot_see(), world.case.existing) {
        (false, _) => Ok(true),
        (true, Existing::Create) => Ok(false),
        (true, _) => Err("who asks is no Site Admin"),
    }
}

impl Hash for Task {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.who, self.version, self.held, self.paused, self.proof).hash(state);
        self.push.hash(state);
        self.stop.hash(state);
        match &self.want {
            Want::Send(request) => (&request.covers, &request.attempt).hash(state),
            Want::Settle(settlement) | Want::Finish { settlement, .. } => settlement.hash(state),
            Want::End(end) => end.hash(state),
            want => std::mem::discriminant(want).hash(state),
        }
    }
}
