//! `hireline resolve`: a person has looked in Greenhouse, and says what is there. Source: "A step's life" of the delivery design:
//! uncertain → done, none or given up.

use super::{Failure, LedgerOption, Result, compiled, plural, print};
use crate::compile::Pipeline;
use crate::exit;
use crate::ledger::{Ledger, Settlement};
use crate::step::{CandidateRow, Members, Person, PersonKey, Settled, State, Step};
use jiff::Timestamp;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The pipeline's file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// The profile's key
    #[arg(long, value_name = "KEY")]
    profile: String,
    #[command(flatten)]
    answer: Answer,
    #[command(flatten)]
    ledger: LedgerOption,
}

#[derive(Debug, Clone, Copy, clap::Args)]
#[group(required = true, multiple = false)]
struct Answer {
    /// This candidate is the profile's
    #[arg(long, value_name = "ID")]
    candidate: Option<u64>,
    /// What is uncertain is there
    #[arg(long)]
    there: bool,
    /// What is uncertain is not there: the next run sends it
    #[arg(long)]
    not_there: bool,
    /// What is uncertain is not to be sent any more
    #[arg(long)]
    give_up: bool,
    /// The candidate is gone from Greenhouse, and is to be made again
    #[arg(long)]
    recreate: bool,
}

pub(super) async fn resolve(options: &Options) -> Result<u8> {
    let (pipeline, ledger) = opened(&options.path, &options.ledger)?;
    let _lease = ledger.lease(&pipeline.id).map_err(Failure::could_not)?;
    let (who, person) = find(&ledger, &pipeline, &options.profile).await?;
    if options.answer.recreate {
        return recreate(&ledger, &who).await;
    }
    let settlement = settlement(&pipeline, who.clone(), &person, options.answer)?;
    let words = plural(settlement.steps.len(), "step");
    ledger.settle(settlement).await.map_err(Failure::could_not)?;
    if options.answer.candidate.is_some() {
        // A person has looked: whatever else may have come late is known.
        let late = ledger.absent_since(&who.account, Timestamp::MIN).await.map_err(Failure::could_not)?;
        for step in late.iter().filter(|step| step.person == who) {
            ledger.looked_again(step, Timestamp::now()).await.map_err(Failure::could_not)?;
        }
    }
    print::plain(&format!("{}: {words} resolved. Run the pipeline again to go on", options.profile));
    Ok(exit::WELL)
}

async fn recreate(ledger: &Ledger, who: &PersonKey) -> Result<u8> {
    if !ledger.recreate(who).await.map_err(Failure::could_not)? {
        return Err(Failure::wrong("this profile's candidate is not gone: there is nothing to make again"));
    }
    print::plain(&format!("{}: to be made again. Run the pipeline to do it", who.profile_key));
    Ok(exit::WELL)
}

/// One pipeline, and the ledger that it has had so far.
pub(super) fn opened(path: &Path, ledger: &LedgerOption) -> Result<(Pipeline, Ledger)> {
    let mut pipelines = compiled(&[path.to_owned()])?;
    let (Some(pipeline), true) = (pipelines.pop(), pipelines.is_empty()) else {
        return Err(Failure::wrong("this takes one pipeline: name its file"));
    };
    let path = ledger.path(&pipeline);
    if !path.exists() {
        return Err(Failure::could_not(format!("there is no ledger at {}", path.display())));
    }
    let ledger = Ledger::open(&path).map_err(Failure::could_not)?;
    Ok((pipeline, ledger))
}

/// Who it is: where several candidates were found, the ledger has no more of them than that their profile was seen.
pub(super) async fn find(ledger: &Ledger, pipeline: &Pipeline, profile: &str) -> Result<(PersonKey, Person)> {
    let account = &pipeline.destination.account;
    let mut sources: Vec<_> = ledger.seen_of_profile(profile).await.map_err(Failure::could_not)?;
    sources.retain(|seen| seen.pipeline == pipeline.id);
    let [seen] = sources.as_slice() else {
        return Err(Failure::wrong(match sources.as_slice() {
            [] => format!("pipeline {} has never met a profile {profile}", pipeline.id),
            _ => format!("two sources of {} have a profile {profile}", pipeline.id),
        }));
    };
    let who = PersonKey { account: account.clone(), source_key: seen.source_key.clone(), profile_key: profile.to_owned() };
    let person = ledger.person(&who).await.map_err(Failure::could_not)?;
    Ok((who, person))
}

fn settlement(pipeline: &Pipeline, person_key: PersonKey, person: &Person, answer: Answer) -> Result<Settlement> {
    let uncertain = || person.steps.iter().filter(|row| row.state == State::Uncertain);
    let steps: Vec<Settled> = match answer {
        Answer { candidate: Some(id), .. } => {
            // What was sent and may be theirs as well as ours: only where a create is uncertain did we make it.
            let ours = uncertain().any(|row| row.step == Step::Candidate);
            vec![Settled { step: Step::Candidate, state: State::Done, id: Some(id), ours }]
        }
        answer => {
            let state = match answer {
                Answer { there: true, .. } => State::Done,
                Answer { not_there: true, .. } => State::Closed,
                _ => State::GivenUp,
            };
            let steps: Vec<_> = uncertain().map(|row| Settled { step: row.step, state, id: row.id, ours: state == State::Done }).collect();
            if state == State::Done && steps.iter().any(|settled| settled.step == Step::Candidate) {
                return Err(Failure::wrong("which candidate it is has to be known: give its id with --candidate"));
            }
            steps
        }
    };
    if steps.is_empty() {
        return Err(Failure::wrong("nothing about this profile is uncertain"));
    }
    let ours = steps.iter().all(|settled| settled.ours);
    let candidate = answer.candidate.map(|id| CandidateRow { id, ours, gone: false });
    Ok(Settlement {
        person: person_key,
        pipeline: pipeline.id.clone(),
        at: Timestamp::now(),
        action: None,
        steps,
        candidate,
        sent: Members::new(),
        identities: Vec::new(),
        delivered: false,
        seen: None,
    })
}
