//! One person's push, from the first look at the ledger to its outcome. A machine without I/O and without a
//! clock: [`Push::next`] takes the answer to what it last wanted, and the time, and says what it wants next.
//!
//! ```text
//! Begin ─▶ ReadPerson ─▶ decide ─┬─▶ LookUp ───────────────────────────────────────────▶ decide
//!                                ├─▶ ReadHolders (a candidate was found: whose is it?) ─▶ decide
//!                                ├─▶ MaySend ─▶ Fetch ─▶ Turn ─▶ Intend ─▶ Send ─▶ decide
//!                                └─▶ Finish ─▶ End
//! ```
//!
//! What an answer or a look-up changed is written (`Settle`) before anything follows from it; where the push ends
//! next, both go into one write (`Finish`). `run`, `plan`, `trace`, `test` and the model test drive this machine.
//! The rules (R1 …) are those of `docs/delivery.md`.

mod rows; // what is written: intents, settlements

use super::action::{Action, Event, NotDone, Refusal};
use super::observed::{Claimed, LookUp, Observed, Record, Seen};
use super::wanted::Wanted;
use super::{Decision, Doubt, Policy, Verdict, decide};
use crate::base::digest::Digest;
use crate::model::candidate::Attachment;
use crate::model::rows::{Claim, Identity, Intent, Settlement};
use crate::model::settings::Existing;
use crate::model::step::{Attempt, CandidateRow, Members, Person, PersonKey, Step};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// The pauses before each further try at a connection that cannot be made.
const CONNECT_PAUSES: [Duration; 4] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
/// The client waits after each 429 as long as it was told to. After so many in a row the run ends.
const MOST_TOO_MANY: u32 = 20;
/// When a candidate that Greenhouse is still making is looked up again.
const NOT_READY_PAUSE: SignedDuration = SignedDuration::from_secs(5);

#[derive(Debug, Clone)]
pub struct Context<'w> {
    pub who: PersonKey,
    pub pipeline: &'w str,
    pub run: &'w str,
    /// Its clock is set by [`Push::next`].
    pub policy: Policy,
    pub write_timeout: SignedDuration,
}

/// What a push wants next. Each names the [`Answer`] that it takes.
#[derive(Debug, Clone)]
pub enum Want<'w> {
    /// What the ledger knows of the person ([`Answer::Person`]).
    ReadPerson,
    /// A candidate was found: who else has it ([`Answer::Holders`])? `identities` are the e-mails to ask the ledger for.
    ReadHolders {
        candidate: u64,
        identities: Vec<Digest>,
    },
    /// A question to Greenhouse ([`Answer::Seen`]).
    LookUp(LookUp),
    /// Whether the run still lets anything be sent for this person ([`Answer::Permit`]).
    MaySend {
        /// This person counts for `limits.max_profiles` already.
        counted: bool,
        /// What is to be sent, for the log.
        step: Step,
        operation: &'static str,
    },
    /// A file is checked, and fetched where its content is sent ([`Answer::Fetched`]). The driver keeps it.
    Fetch(&'w Attachment),
    /// The moment at which the run lets this request leave ([`Answer::Turn`]).
    Turn {
        creates: bool,
    },
    /// A durable intent ([`Answer::Claim`]).
    Intend(Intent),
    /// One request, once ([`Answer::Event`]).
    Send(Request<'w>),
    /// A durable settlement ([`Answer::Settled`]).
    Settle(Settlement),
    /// A durable settlement with the outcome of the push ([`Answer::Settled`]). The driver adds the profile's row.
    Finish {
        settlement: Settlement,
        verdict: Verdict,
    },
    /// Nothing for so long ([`Answer::Paused`]).
    Pause(Duration),
    /// The run's first create is found again by its own look-up ([`Answer::Proven`]). A driver to whom that fails
    /// ends the run, and asks this push no more.
    Prove {
        candidate: u64,
    },
    End(End),
}

#[derive(Debug, Clone, Hash)]
pub struct Request<'w> {
    pub action: Action<'w>,
    pub covers: Vec<Step>,
    pub attempt: Attempt,
    /// The run's first create.
    first: bool,
}

/// The answer to a [`Want`].
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "each is passed once and not kept: a box would only be one more allocation")]
pub enum Answer<'w> {
    Begin,
    Person {
        person: Person,
        doubt: Option<Doubt>,
    },
    Holders(Holders),
    Seen(Result<Seen, Unseen>),
    Permit(Permit),
    /// Why the file cannot be sent, where it cannot.
    Fetched(Result<(), String>),
    /// None where nothing more is sent.
    Turn(Option<Turn>),
    Claim(Claim),
    Event {
        request: Request<'w>,
        event: Event,
        ruling: Ruling,
    },
    /// False where another request has taken the place of the one that was settled: nothing was written.
    Settled(bool),
    /// False where the run was asked to stop.
    Paused {
        go_on: bool,
    },
    Proven,
}

#[derive(Debug, Clone, Default)]
pub struct Holders {
    /// The person as the ledger knows them now.
    pub person: Person,
    /// For each e-mail that was asked for.
    pub identities: Vec<Option<Identity>>,
    /// Another push of this run made the candidate and has not completed it.
    pub in_hand: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unseen {
    /// Something that matches is still being made.
    NotReady,
    /// The candidate that was asked about is not shown.
    Missing,
    Forbidden,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permit {
    Go,
    /// Nothing more is sent: this person is left for the next run.
    Park,
    /// `limits.max_profiles` others were pushed before.
    Over,
}

#[derive(Debug, Clone, Default)]
pub struct Turn {
    pub action: String,
    /// The run's first create: the others wait until it is found again.
    pub first: bool,
    /// Greenhouse's own time, where an answer has told it.
    pub greenhouse_time: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ruling {
    GoOn,
    /// The run ends: nothing more is sent for this person.
    Stop,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum End {
    /// With the verdict of [`Want::Finish`].
    Ended,
    /// It waits: until then, or (none) for another profile or another run.
    Parked {
        until: Option<Timestamp>,
    },
    Over,
    Stopped(Halt),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Halt {
    ByRun,
    Unauthorized,
    TooManyRequests,
    /// No connection can be made. The words say why.
    Unreachable(String),
    /// A look-up is not allowed, and without it every push could be a duplicate (R7).
    Forbidden,
}

#[derive(Debug, Clone)]
pub struct Push<'w> {
    context: Context<'w>,
    wanted: &'w Wanted<'w>,
    person: Person,
    observed: Observed,
    refusals: Vec<(Step, Refusal)>,
    /// Another run or another profile is sending for this person.
    busy: bool,
    /// Written with what follows from it, in one commit.
    unwritten: Option<Settlement>,
    made: Option<u64>,
    counted: bool,
    tries: Tries,
    at: At<'w>,
}

/// Vain tries in a row, by what came of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Tries {
    unsent: usize,
    unauthorized: u32,
    too_many: u32,
}

#[derive(Debug, Clone, Hash)]
enum At<'w> {
    Begin,
    Person(Reading),
    Holders(CandidateRow, Record),
    Seen(LookUp),
    Permit(Planned<'w>),
    Fetched(Planned<'w>),
    Turn(Planned<'w>),
    Claim(Request<'w>),
    Event,
    Settled(Then<'w>),
    Finished,
    Paused(String),
    Proven,
    Ended,
}

#[derive(Debug, Clone, Hash)]
struct Planned<'w> {
    action: Action<'w>,
    covers: Vec<Step>,
    sends: Members,
}

#[derive(Debug, Clone, Copy, Hash)]
enum Reading {
    Begin,
    /// Somebody else has the step or an e-mail in hand.
    Busy {
        creates: bool,
    },
    /// Another request has taken the place of the one that ended, which took too long.
    Overtaken {
        prove: Option<u64>,
    },
}

#[derive(Debug, Clone, Hash)]
enum Then<'w> {
    Act(Decision<'w>),
    Prove(u64),
    Stop(Halt),
}

impl<'w> Push<'w> {
    /// `observed` is what is known before anything was asked: nothing, for a run.
    pub fn new(context: Context<'w>, wanted: &'w Wanted<'w>, observed: Observed) -> Self {
        Self {
            context,
            wanted,
            person: Person::default(),
            observed,
            refusals: Vec::new(),
            busy: false,
            unwritten: None,
            made: None,
            counted: false,
            tries: Tries::default(),
            at: At::Begin,
        }
    }

    pub fn who(&self) -> &PersonKey {
        &self.context.who
    }

    pub fn wanted(&self) -> &'w Wanted<'w> {
        self.wanted
    }

    pub fn person(&self) -> &Person {
        &self.person
    }

    pub fn observed(&self) -> &Observed {
        &self.observed
    }

    /// What Greenhouse refused, by step. The field is the candidate's member.
    pub fn refusals(&self) -> &[(Step, Refusal)] {
        &self.refusals
    }

    /// The candidate that this push has made and not completed. Others with the same e-mail wait for it.
    pub fn holding(&self) -> Option<u64> {
        self.made
    }

    /// Takes the answer to what was last wanted. The first is [`Answer::Begin`].
    pub fn next(&mut self, answer: Answer<'w>, now: Timestamp) -> Want<'w> {
        self.context.policy.now = now;
        match (std::mem::replace(&mut self.at, At::Ended), answer) {
            (At::Begin, Answer::Begin) => self.read_person(Reading::Begin),
            (At::Person(reading), Answer::Person { person, doubt }) => self.person_read(reading, person, doubt),
            (At::Holders(row, record), Answer::Holders(holders)) => self.holders_read(row, record, holders),
            (At::Seen(question), Answer::Seen(seen)) => self.seen(&question, seen),
            (At::Permit(planned), Answer::Permit(permit)) => self.permitted(planned, permit),
            (At::Fetched(planned), Answer::Fetched(fetched)) => self.fetched(planned, fetched),
            (At::Turn(planned), Answer::Turn(turn)) => self.take_turn(planned, turn),
            (At::Claim(request), Answer::Claim(claim)) => self.claimed(request, claim),
            (At::Event, Answer::Event { request, event, ruling }) => self.came(&request, event, ruling),
            (At::Settled(then), Answer::Settled(written)) => self.settled(then, written),
            (At::Finished, Answer::Settled(true)) => self.end(End::Ended),
            (At::Finished, Answer::Settled(false)) => self.read_person(Reading::Overtaken { prove: None }),
            (At::Paused(_), Answer::Paused { go_on: true }) | (At::Proven, Answer::Proven) => self.decide(),
            (At::Paused(why), Answer::Paused { go_on: false }) => self.stop(Halt::Unreachable(why)),
            (at, answer) => unreachable!("a driver answers what was wanted last: {at:?}, and not {answer:?}"),
        }
    }

    fn want(&mut self, at: At<'w>, want: Want<'w>) -> Want<'w> {
        self.at = at;
        want
    }

    fn end(&mut self, end: End) -> Want<'w> {
        self.want(At::Ended, Want::End(end))
    }

    fn read_person(&mut self, reading: Reading) -> Want<'w> {
        self.want(At::Person(reading), Want::ReadPerson)
    }

    fn settle(&mut self, settlement: Settlement, then: Then<'w>) -> Want<'w> {
        self.want(At::Settled(then), Want::Settle(settlement))
    }

    /// What was learnt is written down first.
    fn stop(&mut self, halt: Halt) -> Want<'w> {
        match self.unwritten.take() {
            Some(settlement) => self.settle(settlement, Then::Stop(halt)),
            None => self.end(End::Stopped(halt)),
        }
    }

    fn decide(&mut self) -> Want<'w> {
        let decision = decide(self.wanted, &self.person, &self.observed, &self.context.policy);
        match self.unwritten.take_if(|_| !matches!(decision, Decision::Done(_))) {
            Some(settlement) => self.settle(settlement, Then::Act(decision)),
            None => self.act(decision),
        }
    }

    fn act(&mut self, decision: Decision<'w>) -> Want<'w> {
        match decision {
            Decision::Done(verdict) => {
                let mut settlement = self.unwritten.take().unwrap_or_else(|| self.settlement());
                settlement.delivered = verdict.delivered;
                self.want(At::Finished, Want::Finish { settlement, verdict })
            }
            Decision::Park { until, .. } => self.end(End::Parked { until }),
            Decision::Record(record) => match record.candidate.filter(|_| self.person.candidate.is_none()) {
                Some(row) => self.read_holders(row, record),
                None => self.record(record),
            },
            Decision::LookUp(question) => self.want(At::Seen(question.clone()), Want::LookUp(question)),
            Decision::Intend { .. } if self.busy => self.end(End::Parked { until: None }),
            Decision::Intend { action, covers, sends } => {
                let step = covers.first().copied().unwrap_or(Step::Candidate);
                let want = Want::MaySend { counted: self.counted, step, operation: action.operation() };
                self.want(At::Permit(Planned { action, covers, sends }), want)
            }
        }
    }

    /// What a look-up found is written down before anything follows from it.
    fn record(&mut self, record: Record) -> Want<'w> {
        self.unwritten = Some(self.found(record));
        self.decide()
    }

    /// A candidate that is taken as this person's, where they had none, may be another profile's, made a moment ago.
    /// That one's intent was durable before Greenhouse could show the candidate, so the ledger knows of it by now
    /// (R6): unless it has told, it is asked for each of the e-mails.
    fn read_holders(&mut self, row: CandidateRow, record: Record) -> Want<'w> {
        let identities = match self.observed.claim {
            None => self.wanted.identities.clone(),
            Some(_) => Vec::new(),
        };
        self.want(At::Holders(row, record), Want::ReadHolders { candidate: row.id, identities })
    }

    fn holders_read(&mut self, row: CandidateRow, record: Record, holders: Holders) -> Want<'w> {
        let Holders { person, identities, in_hand } = holders;
        // Another pipeline made it for this very person since they were read: then it is ours.
        if person.candidate.is_some() {
            self.person = person;
            return self.decide();
        }
        if let Some(claim) = identities.into_iter().find_map(|identity| self.claim_of(identity?, row)) {
            self.observed.claim = Some(claim);
            return self.decide();
        }
        if self.made.is_none() && in_hand {
            return self.end(End::Parked { until: None });
        }
        if row.ours {
            // Found again, late or after the ledger was put back: as if this push had made it.
            self.made = Some(row.id);
        }
        self.record(record)
    }

    /// What an e-mail's row says of a candidate that was found; none where it says nothing new.
    fn claim_of(&self, identity: Identity, row: CandidateRow) -> Option<Claimed> {
        match identity {
            // Of the very candidate that was made for this person, another profile has the e-mail too.
            // But not where the other one made it, since ours was believed not to be there.
            Identity::Candidate { id, ours: false } if id == row.id && row.ours => None,
            Identity::Candidate { id, .. } => Some(Claimed::Taken { candidate_id: id }),
            Identity::Claimed { by } => (by != self.context.who).then_some(Claimed::Busy),
        }
    }

    fn person_read(&mut self, reading: Reading, person: Person, doubt: Option<Doubt>) -> Want<'w> {
        match reading {
            Reading::Begin => self.observed.doubt = doubt,
            // What the others did is taken in; where they have not ended, this person waits for them.
            Reading::Busy { creates } if person == self.person => {
                self.busy = true;
                self.observed.claim = creates.then_some(Claimed::Busy);
            }
            Reading::Busy { .. } => {}
            Reading::Overtaken { .. } => self.observed = Observed { doubt, ..Observed::default() },
        }
        self.person = person;
        match reading {
            Reading::Overtaken { prove: Some(candidate) } => self.want(At::Proven, Want::Prove { candidate }),
            _ => self.decide(),
        }
    }

    fn seen(&mut self, question: &LookUp, seen: Result<Seen, Unseen>) -> Want<'w> {
        match seen {
            Ok(seen) => self.observed.see(question, seen),
            // R9: whether it is gone, or merged, is asked next.
            Err(Unseen::Missing) => self.observed.present = Some(false),
            Err(Unseen::Forbidden) if self.context.policy.existing == Existing::Create => self.observed.forbidden = true,
            Err(Unseen::Forbidden) => return self.stop(Halt::Forbidden),
            Err(Unseen::NotReady) => {
                let until = self.context.policy.now.checked_add(NOT_READY_PAUSE).unwrap_or(Timestamp::MAX);
                return self.end(End::Parked { until: Some(until) });
            }
        }
        self.decide()
    }

    fn permitted(&mut self, planned: Planned<'w>, permit: Permit) -> Want<'w> {
        match permit {
            Permit::Park => return self.end(End::Parked { until: None }),
            Permit::Over => return self.end(End::Over),
            Permit::Go => self.counted = true,
        }
        match planned.action {
            Action::CreateAttachment { attachment, .. } => self.want(At::Fetched(planned), Want::Fetch(attachment)),
            _ => self.ask_turn(planned),
        }
    }

    /// What cannot be sent stands in the way of its own step alone (R8).
    fn fetched(&mut self, planned: Planned<'w>, fetched: Result<(), String>) -> Want<'w> {
        match fetched {
            Ok(()) => self.ask_turn(planned),
            Err(why) => {
                self.observed.unsendable.extend(planned.covers.iter().map(|step| (*step, why.clone())));
                self.decide()
            }
        }
    }

    fn ask_turn(&mut self, planned: Planned<'w>) -> Want<'w> {
        let creates = matches!(planned.action, Action::CreateCandidate { .. });
        self.want(At::Turn(planned), Want::Turn { creates })
    }

    fn take_turn(&mut self, planned: Planned<'w>, turn: Option<Turn>) -> Want<'w> {
        let Some(turn) = turn else { return self.end(End::Parked { until: None }) };
        let (intent, request) = self.intent(planned, turn);
        self.want(At::Claim(request), Want::Intend(intent))
    }

    fn claimed(&mut self, request: Request<'w>, claim: Claim) -> Want<'w> {
        match claim {
            Claim::Intended => {
                self.observed.tried.extend(&request.covers);
                self.want(At::Event, Want::Send(request))
            }
            Claim::Taken { candidate_id } => {
                self.observed.claim = Some(Claimed::Taken { candidate_id });
                self.decide()
            }
            Claim::Busy => self.read_person(Reading::Busy { creates: matches!(request.action, Action::CreateCandidate { .. }) }),
        }
    }

    fn came(&mut self, request: &Request<'w>, event: Event, ruling: Ruling) -> Want<'w> {
        let settlement = self.take(&event, request);
        if !matches!(event, Event::NotDone(_)) {
            self.tries = Tries::default();
        }
        self.made = settlement.candidate.map(|row| row.id).or(self.made);
        if let (Event::Accepted { id: Some(id), .. }, Ruling::GoOn, true) = (&event, ruling, request.first)
            && !self.wanted.identities.is_empty()
        {
            // Durable first: should the proof fail and end the run, the candidate is known.
            return self.settle(settlement, Then::Prove(*id));
        }
        self.unwritten = Some(settlement);
        if ruling == Ruling::Stop {
            return self.stop(Halt::ByRun);
        }
        match event {
            Event::NotDone(why) => self.try_again(why),
            Event::Accepted { .. } | Event::Refused(_) | Event::Lost(_) => self.decide(),
        }
    }

    /// Nothing was done: the request is made again, some times.
    fn try_again(&mut self, why: NotDone) -> Want<'w> {
        match why {
            NotDone::Unauthorized => {
                self.tries.unauthorized += 1;
                if self.tries.unauthorized > 1 { self.stop(Halt::Unauthorized) } else { self.decide() }
            }
            NotDone::TooManyRequests => {
                self.tries.too_many += 1;
                if self.tries.too_many > MOST_TOO_MANY { self.stop(Halt::TooManyRequests) } else { self.decide() }
            }
            NotDone::NotSent(why) => match CONNECT_PAUSES.get(self.tries.unsent) {
                Some(pause) => {
                    self.tries.unsent += 1;
                    self.want(At::Paused(why), Want::Pause(*pause))
                }
                None => self.stop(Halt::Unreachable(why)),
            },
        }
    }

    fn settled(&mut self, then: Then<'w>, written: bool) -> Want<'w> {
        match then {
            Then::Stop(halt) => self.end(End::Stopped(halt)),
            Then::Act(decision) if written => self.act(decision),
            Then::Act(_) => self.read_person(Reading::Overtaken { prove: None }),
            Then::Prove(candidate) if written => self.want(At::Proven, Want::Prove { candidate }),
            Then::Prove(candidate) => self.read_person(Reading::Overtaken { prove: Some(candidate) }),
        }
    }
}
