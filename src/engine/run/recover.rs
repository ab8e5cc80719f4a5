//! Drives [`Recovery`]: asks the ledger and Greenhouse what it wants to know, and writes what it settles. It decides nothing.

use super::{News, Options, RunError, World, tell, traced};
use crate::delivery::recovery::{Answer, Ask, Listed, Marks, Recovery, Twice, View};
use crate::engine::clock;
use crate::greenhouse::Stop;
use crate::greenhouse::lookup::Blind;
use crate::ledger::Made;
use jiff::SignedDuration;
use std::collections::BTreeSet;
use tokio::sync::mpsc;

/// To its end. Gives the people who are in Greenhouse twice, or have something twice.
#[tracing::instrument(name = "recovery", skip_all)]
pub(super) async fn recover(world: &World<'_>, mut recovery: Recovery) -> Result<Vec<Twice>, RunError> {
    let (ledger, account) = (&world.ledger, &world.pipeline.destination.account);
    let mut answer = Answer::Begin;
    loop {
        answer = match recovery.next(answer, clock::now()) {
            Ask::OpenSteps => Answer::Steps(ledger.open_steps(account).await?),
            Ask::AbsentSteps { since } => Answer::Steps(ledger.absent_since(account, since).await?),
            Ask::Running(pipelines) => Answer::Running(running(world, pipelines).await?),
            Ask::Known { person, emails } => {
                let mut holders = Vec::new();
                for email in emails {
                    holders.push(ledger.identity(account, email).await?);
                }
                Answer::Known(Box::new(ledger.person(&person).await?), holders)
            }
            Ask::Sees => Answer::Sees(world.rules.sees(world).await?),
            Ask::Candidates { since } => Answer::Shown(view(world.wire.candidates_since(ledger.key(), since).await)?),
            Ask::Children { step, candidate, application } => {
                Answer::Shown(view(world.wire.listed(ledger.key(), step, candidate, application).await)?)
            }
            Ask::Settle(settlement) => {
                traced::settled(&settlement);
                world.settle(*settlement).await?;
                Answer::Written
            }
            Ask::LookedAgain(step) => {
                ledger.looked_again(&step, clock::now()).await?;
                Answer::Written
            }
            Ask::Over(twice) => {
                // A person of another pipeline is not to be read again by this one.
                for twice in twice.iter().filter(|twice| twice.of_this_pipeline) {
                    ledger.seen(world.seen(&twice.person.source_key, None, &twice.ending())).await?;
                }
                return Ok(twice);
            }
        }
    }
}

/// The pipelines that other processes are running: their leases are taken.
async fn running(world: &World<'_>, pipelines: Vec<String>) -> Result<BTreeSet<String>, RunError> {
    let mut running = BTreeSet::new();
    for pipeline in pipelines {
        if world.ledger.is_leased(&pipeline).await? {
            running.insert(pipeline);
        }
    }
    Ok(running)
}

fn view(answer: Result<Vec<Listed>, Blind>) -> Result<View, RunError> {
    match answer {
        Ok(rows) => Ok(View::Rows(rows)),
        Err(Blind::Forbidden(_)) => Ok(View::Forbidden),
        Err(Blind::NotReady | Blind::Missing) => Ok(View::NotYet),
        Err(blind @ Blind::Unserved(_)) => Err(Stop::Unreachable(blind.to_string()).into()),
        Err(Blind::Stop(stop)) => Err(stop.into()),
    }
}

/// A ledger that was put back from a backup is older than Greenhouse: before anything is sent, what was made meanwhile is listed, and written
/// down by what it is recognised. Source: `docs/delivery.md`, R3, R4 and R7. Tells whether the ledger was ever put back. Lists once an account, and not before what was under way when the old ledger was lost has
/// been done or never will be.
pub(super) async fn prepare(world: &World<'_>, options: &Options, news: &mpsc::Sender<News>) -> Result<bool, RunError> {
    let account = &world.pipeline.destination.account;
    let Some(restored) = world.ledger.restored(account).await? else { return Ok(false) };
    let Some(from) = restored.list_from else { return Ok(true) };
    let settle = SignedDuration::try_from(world.pipeline.destination.settle).unwrap_or(SignedDuration::MAX);
    // Not later than from now: the machine's clock may have been set back since.
    let until = crate::delivery::settled_by(restored.at.min(clock::now()), settle);
    let wait = until.duration_since(clock::now());
    if wait.is_positive() {
        if options.no_wait {
            return Err(RunError::Restored { until });
        }
        let words = format!("the ledger was put back from a backup: waiting until {until:.0} for Greenhouse to end what was under way");
        tell(news, News::Note(words)).await;
        world.cancel.run_until_cancelled(tokio::time::sleep(wait.unsigned_abs())).await;
        if world.cancel.is_cancelled() {
            return Ok(true);
        }
    }
    // An empty list is believed only where a full one would be shown (R7).
    match world.rules.can_see(world).await {
        Ok(()) => {}
        Err(Blind::Stop(Stop::NotSiteAdmin(who))) => {
            return Err(RunError::Unlisted { why: format!("{who} is not a Site Admin in Greenhouse") });
        }
        Err(Blind::Stop(stop)) => return Err(stop.into()),
        Err(blind) => return Err(RunError::Unlisted { why: blind.to_string() }),
    }
    let rows = match world.wire.candidates_since(world.ledger.key(), from).await {
        Ok(rows) => rows,
        Err(Blind::Stop(stop)) => return Err(stop.into()),
        Err(blind) => return Err(RunError::Unlisted { why: blind.to_string() }),
    };
    if rows.iter().any(|row| row.marks == Marks::NotReady) {
        let words = "Greenhouse is still making a candidate that it lists: run again in some minutes".to_owned();
        return Err(Stop::Unreachable(words).into());
    }
    let made: Vec<Made> = rows
        .into_iter()
        .filter_map(|row| match row.marks {
            Marks::Candidate(fingerprint) => Some(Made { candidate: row.id, fingerprint }),
            Marks::Step(_) | Marks::NotReady => None,
        })
        .collect();
    let words = format!(
        "the ledger was put back from a backup: {} made in Greenhouse since {from:.0} {} looked at before anybody is made",
        if made.len() == 1 { "1 candidate".to_owned() } else { format!("{} candidates", made.len()) },
        if made.len() == 1 { "is" } else { "are" },
    );
    world.ledger.listed(account, made).await?;
    tell(news, News::Note(words)).await;
    Ok(true)
}
