//! Drives [`delivery::run::Run`](crate::delivery::run): pushes ask it before they send, and wait here for their turn. Besides passing answers,
//! it only waits, and asks Greenhouse what the credential may see.

use super::{RunError, World};
use crate::delivery::LookUp;
use crate::delivery::action::{Action, Event};
use crate::delivery::observed::Seen;
use crate::delivery::push::Permit;
use crate::delivery::run::{After, Leave, Proof, Proved, Run, Turn};
use crate::engine::clock;
use crate::greenhouse::lookup::Blind;
use crate::greenhouse::{Reading, Stop};
use crate::ledger::Settlement;
use crate::model::settings::Existing;
use crate::model::step::{PersonKey, Step};
use jiff::SignedDuration;
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, OnceCell};
use tokio_util::sync::CancellationToken;

#[derive(Debug)]
pub(crate) struct Rules {
    run: Mutex<Run>,
    cancel: CancellationToken,
    given_back: Notify,
    /// The credential was seen to see candidates.
    sees: OnceCell<()>,
}

/// A push's turn to send; given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Held<'r> {
    rules: &'r Rules,
    turn: Turn,
}

impl Held<'_> {
    pub fn is_first(&self) -> bool {
        self.turn.first
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.rules.run().give_back(self.turn);
        self.rules.given_back.notify_waiters();
    }
}

impl Rules {
    pub fn new(run: Run, cancel: CancellationToken) -> Self {
        Self { run: Mutex::new(run), cancel, given_back: Notify::new(), sees: OnceCell::new() }
    }

    /// Not across an await.
    pub fn run(&self) -> MutexGuard<'_, Run> {
        let mut run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        if self.cancel.is_cancelled() {
            run.stop();
        }
        run
    }

    pub fn permit(&self, who: &PersonKey, step: Step, counted: bool) -> Permit {
        self.run().permit(who, step, counted)
    }

    /// Waits for leave to send one request. None where nothing more is sent.
    pub async fn turn(&self, creates: bool) -> Option<Held<'_>> {
        let mut held: Option<Held<'_>> = None;
        loop {
            let given_back = self.given_back.notified();
            let leave = self.run().leave(creates, held.as_ref().map(|held| held.turn));
            let turn = match leave {
                Leave::Never => return None,
                Leave::Wait => {
                    given_back.await;
                    continue;
                }
                Leave::Now(turn) | Leave::Pause(turn, _) => turn,
            };
            let mine = held.get_or_insert(Held { rules: self, turn });
            mine.turn = turn;
            match leave {
                Leave::Pause(_, pause) => self.pause(pause).await,
                _ => return held,
            }
        }
    }

    /// Ends early where the run is asked to stop.
    pub async fn pause(&self, pause: SignedDuration) {
        self.cancel.run_until_cancelled(tokio::time::sleep(pause.unsigned_abs())).await;
    }

    /// Takes in what came of a request. Gives why the run has to end, if it has to, and what has to be written because of it.
    pub fn came(
        &self,
        held: Option<&Held<'_>>,
        world: &World<'_>,
        who: &PersonKey,
        action: &Action<'_>,
        event: &Event,
        untried: Settlement,
    ) -> (Option<RunError>, Vec<Settlement>) {
        let after = self.run().came(held.map(|held| held.turn).unwrap_or_default(), who, action, event, untried);
        match after {
            After::GoOn => (None, Vec::new()),
            After::Recovered(excused) => {
                world.http.tell("Greenhouse answers again: the run goes on".into());
                (None, excused)
            }
            After::Pause { lost, pause } => {
                let why = if let Event::Lost(why) = event { why.as_str() } else { "" };
                let seconds = (pause.as_secs_f64() * 10.0).ceil() / 10.0;
                world.http.tell(format!(
                    "Greenhouse did not confirm the last {lost} changing requests ({why}): nothing is sent for {seconds} s, then one is tried"
                ));
                (None, Vec::new())
            }
            After::Halt(halt, taken_back) => (Some(halt.into()), taken_back),
        }
    }

    /// Before the first look-up: would it show anybody?
    /// Errors: why nobody would be seen.
    pub async fn can_see(&self, world: &World<'_>) -> Result<(), Blind> {
        self.sees.get_or_try_init(|| world.wire.can_see()).await.copied()
    }

    /// Whether look-ups would show somebody. A run that does not look before a create goes on without.
    /// Errors: the permission that a run needs which looks before a create.
    pub async fn sees(&self, world: &World<'_>) -> Result<bool, RunError> {
        match self.can_see(world).await {
            Ok(()) => Ok(true),
            Err(Blind::Stop(Stop::NotSiteAdmin(_))) if world.pipeline.destination.existing == Existing::Create => Ok(false),
            Err(Blind::Stop(stop)) => Err(stop.into()),
            Err(blind) => Err(Stop::Permission(blind.to_string()).into()),
        }
    }

    /// The run's first create is looked for until its own look-up finds it.
    /// Errors: the look-up does not find what was just made: nothing more is sent.
    pub async fn prove(&self, world: &World<'_>, candidate: u64, emails: &[&str]) -> Result<(), RunError> {
        let settle = SignedDuration::try_from(world.pipeline.destination.settle).unwrap_or(SignedDuration::MAX);
        let mut proof = Proof::new(candidate, settle, clock::now());
        let result = loop {
            let found = match world.wire.look_up(world.ledger.key(), &LookUp::ByEmail, emails, &mut Reading::default()).await {
                Ok(Seen::Candidates(ids)) => Some(ids),
                Ok(_) => Some(Vec::new()),
                Err(Blind::NotReady) => None,
                Err(Blind::Stop(stop)) => break Err(stop.into()),
                Err(blind) => break Err(Stop::Permission(blind.to_string()).into()),
            };
            match proof.next(found.as_deref(), clock::now()) {
                Proved::Yes => break Ok(()),
                Proved::NotYet(pause) => self.pause(pause).await,
                Proved::No(why) => break Err(why.into()),
            }
        };
        // Before the turn goes to the next create.
        let mut run = self.run();
        if result.is_ok() {
            run.proved()
        } else {
            run.halt()
        }
        result
    }
}

/// Candidates that a push of this run has made and has not completed yet. Another profile with the same e-mail waits until it has: else the
/// two would make the rest between them, and which of them is reported as created would be chance.
#[derive(Debug, Default)]
pub(crate) struct InHand(Mutex<HashSet<u64>>);

/// A candidate is in hand as long as this lives.
#[derive(Debug)]
pub(crate) struct Holding<'h> {
    all: &'h InHand,
    pub candidate: u64,
}

impl InHand {
    fn all(&self) -> MutexGuard<'_, HashSet<u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn hold(&self, candidate: u64) -> Holding<'_> {
        self.all().insert(candidate);
        Holding { all: self, candidate }
    }

    pub fn has(&self, candidate: u64) -> bool {
        self.all().contains(&candidate)
    }
}

impl Drop for Holding<'_> {
    fn drop(&mut self) {
        self.all.all().remove(&self.candidate);
    }
}
