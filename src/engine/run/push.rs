//! Drives one person's push ([`crate::delivery::push`]) in a run: asks the ledger, Greenhouse and the run's own rules.
//!
//! Besides passing answers it may: keep what it read or fetched until it is used, write down the profile's row
//! (with the outcome, or as pending), keep others from a candidate that is not complete yet, take back what the
//! run's end takes back, and log.

use super::enclosed::Enclosed;
use super::rules::{Held, Holding};
use super::{End, RunError, World, traced, words};
use crate::delivery::action::{Event, NotDone};
use crate::delivery::push::{self, Answer, Context, Halt, Holders, Permit, Push, Request, Ruling, Turn, Unseen, Want};
use crate::delivery::wanted::Wanted;
use crate::delivery::{LookUp, Observed, Policy, Verdict, settled_by};
use crate::engine::clock;
use crate::greenhouse::lookup::Blind;
use crate::greenhouse::{Reading, Stop};
use crate::ledger::Settlement;
use crate::model::candidate::Candidate;
use crate::model::outcome::{Ending, Outcome};
use crate::model::profile::Profile;
use crate::model::step::PersonKey;
use jiff::SignedDuration;
use tracing::Instrument as _;

struct Driver<'w> {
    world: &'w World<'w>,
    profile: &'w Profile,
    wanted: &'w Wanted<'w>,
    /// The ledger answered: it can be told that this person waits.
    known: bool,
    /// What a look-up read of the candidate, until something is sent.
    reading: Reading,
    file: Option<Enclosed>,
    /// From a permit to what came of the request.
    step: Option<traced::StepSpan>,
    held: Option<Held<'w>>,
    holding: Option<Holding<'w>>,
    not_done: Option<NotDone>,
    ending: Option<Box<Ending>>,
    /// Why the run ends, where that is not for the push to say, and what is taken back then.
    stop: Option<(RunError, Vec<Settlement>)>,
}

/// Pushes one candidate to its end, or as far as it goes.
pub(super) async fn push(world: &World<'_>, profile: &Profile, candidate: &Candidate) -> End {
    let destination = &world.pipeline.destination;
    let who = PersonKey { account: destination.account.clone(), source_key: profile.source_key.clone(), profile_key: profile.key.clone() };
    let wanted = Wanted::new(candidate, world.wire.capabilities(), world.ledger.key()).with_files_of(&profile.document);
    let context = Context {
        who: who.clone(),
        pipeline: &world.pipeline.id,
        run: &world.run,
        policy: Policy::new(destination, world.retry),
        write_timeout: SignedDuration::try_from(world.http.settings().longest_write()).unwrap_or(SignedDuration::MAX),
    };
    let mut driver = Driver {
        world,
        profile,
        wanted: &wanted,
        known: false,
        reading: Reading::default(),
        file: None,
        step: None,
        held: None,
        holding: None,
        not_done: None,
        ending: None,
        stop: None,
    };
    match driver.drive(Push::new(context, &wanted, Observed::default())).await {
        Ok(end) => end,
        Err(error) => End::Stopped { who: driver.known.then_some(who), error },
    }
}

impl<'w> Driver<'w> {
    async fn drive(&mut self, mut push: Push<'w>) -> Result<End, RunError> {
        let mut answer = Answer::Begin;
        loop {
            let want = push.next(answer, clock::now());
            if push.holding() != self.holding.as_ref().map(|holding| holding.candidate) {
                self.holding = push.holding().map(|candidate| self.world.in_hand.hold(candidate));
            }
            if !is_of_a_step(&want) {
                (self.step, self.held) = (None, None);
            }
            answer = match want {
                Want::End(end) => return self.end(&push, end).await,
                want => {
                    let span = self.step.as_ref().map_or_else(tracing::Span::current, |step| step.span.clone());
                    self.answer(&push, want).instrument(span).await?
                }
            };
        }
    }

    async fn answer(&mut self, push: &Push<'w>, want: Want<'w>) -> Result<Answer<'w>, RunError> {
        let world = self.world;
        Ok(match want {
            Want::ReadPerson => self.read_person(push.who()).await?,
            Want::ReadHolders { candidate, identities } => {
                let person = world.ledger.person(push.who()).await?;
                let mut known = Vec::with_capacity(identities.len());
                for identity in identities {
                    known.push(world.ledger.identity(&push.who().account, identity).await?);
                }
                Answer::Holders(Holders { person, identities: known, in_hand: world.in_hand.has(candidate) })
            }
            Want::LookUp(question) => Answer::Seen(self.look_up(&question).await?),
            Want::MaySend { counted, step, operation } => {
                let permit = world.rules.permit(push.who(), step, counted);
                if permit == Permit::Go {
                    self.not_done.take().iter().for_each(|why| traced::again(world, why));
                    self.step = Some(traced::step(step, operation));
                }
                Answer::Permit(permit)
            }
            Want::Fetch(attachment) => {
                let fetched = world.cancel.run_until_cancelled(world.enclosures.fetch(attachment, &mut self.file)).await;
                Answer::Fetched(fetched.ok_or(Stop::Asked)?)
            }
            Want::Turn { creates } => Answer::Turn(self.turn(creates).await),
            Want::Intend(mut intent) => {
                traced::intended(&intent.action);
                intent.sent_by = settled_by(intent.sent_by, clock::ahead());
                Answer::Claim(world.ledger.intend(intent).await?)
            }
            Want::Send(request) => self.send(push, request).await?,
            Want::Settle(settlement) => self.settle(settlement).await?,
            Want::Finish { settlement, verdict } => self.finish(push, settlement, &verdict).await?,
            Want::Pause(pause) => {
                let go_on = !world.cancel.is_cancelled();
                if go_on {
                    world.cancel.run_until_cancelled(tokio::time::sleep(pause)).await;
                }
                Answer::Paused { go_on }
            }
            Want::Prove { candidate } => self.prove(candidate).await?,
            Want::End(_) => unreachable!("taken by `drive`"),
        })
    }

    async fn read_person(&mut self, who: &PersonKey) -> Result<Answer<'w>, RunError> {
        let ledger = &self.world.ledger;
        self.reading.forget();
        let person = ledger.person(who).await?;
        let doubt = match self.world.restored {
            true => ledger.doubt(&who.account, &self.wanted.fingerprint, self.wanted.has_phone()).await?,
            false => None,
        };
        self.known = true;
        Ok(Answer::Person { person, doubt })
    }

    fn emails(&self) -> Vec<&'w str> {
        self.wanted.candidate.emails().collect()
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn look_up(&mut self, question: &LookUp) -> Result<Result<crate::delivery::observed::Seen, Unseen>, RunError> {
        let world = self.world;
        if !world.rules.sees(world).await? {
            return Ok(Err(Unseen::Forbidden));
        }
        match world.wire.look_up(world.ledger.key(), question, &self.emails(), &mut self.reading).await {
            Ok(seen) => Ok(Ok(seen)),
            Err(Blind::Missing) => Ok(Err(Unseen::Missing)),
            Err(Blind::NotReady) => Ok(Err(Unseen::NotReady)),
            Err(blind @ Blind::Forbidden(_)) => {
                let words = format!(
                    "{blind}, and without that every push could be a duplicate: give the credential the permission, or set `existing: create`"
                );
                self.stop = Some((Stop::Permission(words).into(), Vec::new()));
                Ok(Err(Unseen::Forbidden))
            }
            Err(blind @ Blind::Unserved(_)) => Err(Stop::Unreachable(blind.to_string()).into()),
            Err(Blind::Stop(stop)) => Err(stop.into()),
        }
    }

    /// The run's first create is alone, and nobody sends while Greenhouse has to recover.
    async fn turn(&mut self, creates: bool) -> Option<Turn> {
        let held = self.world.rules.turn(creates).await?;
        let first = held.is_first();
        self.held = Some(held);
        Some(Turn { action: crate::ledger::new_id(), first, greenhouse_time: self.world.wire.time() })
    }

    async fn send(&mut self, push: &Push<'w>, request: Request<'w>) -> Result<Answer<'w>, RunError> {
        self.reading.forget();
        let enclosed = self.file.as_ref().and_then(|file| file.enclosed(&request.action));
        Ok(match self.world.wire.send(enclosed.as_ref().unwrap_or(&request.action)).await {
            Ok(event) => {
                traced::came(&event);
                let ruling = self.ruling(push, &request, &event).await?;
                Answer::Event { request, event, ruling }
            }
            // Nothing was done: there was no token to sign it with, or Greenhouse does not take the one there is.
            Err(stop) => {
                let event = Event::NotDone(NotDone::NotSent(stop.to_string()));
                self.stop = Some((stop.into(), Vec::new()));
                Answer::Event { request, event, ruling: Ruling::Stop }
            }
        })
    }

    async fn ruling(&mut self, push: &Push<'w>, request: &Request<'w>, event: &Event) -> Result<Ruling, RunError> {
        let world = self.world;
        if let Event::Lost(why) = event {
            tracing::warn!(operation = request.action.operation(), why, "the answer was lost: it is looked up later");
        }
        let untried = push.untried(request, clock::now());
        let (stop, written) = world.rules.came(self.held.as_ref(), world, push.who(), &request.action, event, untried);
        if let Event::NotDone(why) = event {
            self.not_done = Some(why.clone());
        }
        Ok(match stop {
            None => {
                for settlement in written {
                    world.settle(settlement).await?;
                }
                Ruling::GoOn
            }
            Some(stop) => {
                self.stop = Some((stop, written));
                Ruling::Stop
            }
        })
    }

    async fn settle(&self, settlement: Settlement) -> Result<Answer<'w>, RunError> {
        let written = self.world.settle(settlement).await?;
        if !written {
            tracing::warn!("another process has gone on with this person meanwhile");
        }
        Ok(Answer::Settled(written))
    }

    async fn finish(&mut self, push: &Push<'w>, mut settlement: Settlement, verdict: &Verdict) -> Result<Answer<'w>, RunError> {
        let ending = words::ending(self.world, push, verdict, self.profile);
        settlement.seen = Some(self.seen(&ending));
        self.ending = Some(Box::new(ending));
        self.settle(settlement).await
    }

    fn seen(&self, ending: &Ending) -> crate::ledger::Seen {
        self.world.seen(&self.profile.source_key, self.profile.updated_at.clone(), ending)
    }

    async fn prove(&self, candidate: u64) -> Result<Answer<'w>, RunError> {
        self.world.rules.prove(self.world, candidate, &self.emails()).await?;
        Ok(Answer::Proven)
    }

    async fn end(&mut self, push: &Push<'w>, end: push::End) -> Result<End, RunError> {
        let who = push.who().clone();
        match end {
            push::End::Ended => {
                let ending = self.ending.take().unwrap_or_else(|| unreachable!("a push finishes before it ends"));
                // What was believed not to be there may still turn up: what is told then is told instead.
                let may_be_twice = push.person().steps.iter().any(|row| row.absences > 0);
                Ok(End::Ended { ending, may_be_twice })
            }
            push::End::Parked { until } => self.pending(End::Parked { who, until }).await,
            push::End::Over => self.pending(End::Over { who }).await,
            push::End::Stopped(halt) => Err(self.stopped(halt).await?),
        }
    }

    /// Written down before the cursor can pass: who waits is owed, whatever becomes of this run.
    async fn pending(&self, end: End) -> Result<End, RunError> {
        let ending = Ending::new(&self.profile.key, Outcome::Pending).because_of(words::PENDING);
        self.world.ledger.seen(self.seen(&ending)).await?;
        Ok(end)
    }

    async fn stopped(&mut self, halt: Halt) -> Result<RunError, RunError> {
        let stop = match halt {
            Halt::ByRun | Halt::Forbidden => {
                let (error, taken_back) = self.stop.take().unwrap_or_else(|| unreachable!("the driver said so"));
                for settlement in taken_back {
                    self.world.settle(settlement).await?;
                }
                return Ok(error);
            }
            Halt::Unauthorized => self.world.wire.unauthorized(),
            Halt::TooManyRequests => {
                let words = "Greenhouse answers 429 again and again: something else uses up its rate limit. Run again later";
                Stop::Unreachable(words.into())
            }
            Halt::Unreachable(_) if self.world.cancel.is_cancelled() => Stop::Asked,
            Halt::Unreachable(why) => Stop::Unreachable(format!("Greenhouse cannot be reached: {why}")),
        };
        Ok(stop.into())
    }
}

/// Whether a want belongs to the step that was permitted last.
fn is_of_a_step(want: &Want<'_>) -> bool {
    use Want::{Fetch, Intend, Pause, Prove, ReadPerson, Send, Settle, Turn};
    matches!(want, Fetch(_) | Turn { .. } | Intend(_) | Send(_) | Settle(_) | ReadPerson | Prove { .. } | Pause(_))
}
