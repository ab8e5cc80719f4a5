//! `hireline resolve`: a person has looked in Greenhouse, and says what is there. Source: `docs/delivery.md`, "The states of a step":
//! uncertain → done, none or given up.

use super::options::{find, with_ledger};
use super::{Failure, LedgerOption, Result, Target, plural, print};
use crate::cli::exit;
use crate::delivery::resolve::{self as resolving, Finding};
use crate::language::compile::Pipeline;
use crate::ledger::Ledger;
use crate::model::outcome::Outcome;
use crate::model::step::{PersonKey, State};
use jiff::Timestamp;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The pipeline's file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    #[command(flatten)]
    of: Of,
    #[command(flatten)]
    ledger: LedgerOption,
    #[command(flatten)]
    answer: Answer,
}

#[derive(Debug, Clone, clap::Args)]
#[group(required = true, multiple = false)]
struct Of {
    /// The profile's key
    #[arg(long, value_name = "KEY")]
    profile: Option<String>,
    /// Every profile of the pipeline of which something is uncertain
    #[arg(long, conflicts_with_all = ["candidate", "recreate"])]
    all: bool,
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
    let (pipeline, ledger) = with_ledger(&options.path, &options.ledger)?;
    let _lease = ledger.lease(&pipeline.id).await?;
    match &options.of.profile {
        Some(profile) => one(options.answer, profile, &pipeline, &ledger).await,
        None => all(options.answer, &pipeline, &ledger).await,
    }
}

/// Where one cannot be resolved, the others are.
async fn all(answer: Answer, pipeline: &Pipeline, ledger: &Ledger) -> Result<u8> {
    let (mut resolved, mut code) = (0, exit::WELL);
    for seen in ledger.owed_rows(&pipeline.id).await?.into_iter().filter(|seen| seen.outcome == Outcome::Uncertain) {
        let (_, person) = find(&seen.profile_key, ledger, pipeline).await?;
        if !person.steps.iter().any(|row| row.state == State::Uncertain) {
            continue;
        }
        match one(answer, &seen.profile_key, pipeline, ledger).await {
            Ok(_) => resolved += 1,
            Err(failure) => {
                print::warning(&format!("{}: {}", seen.profile_key, failure.words));
                code = exit::ATTENTION;
            }
        }
    }
    if resolved == 0 && code == exit::WELL {
        return Err(Failure::wrong("no step of this pipeline's profiles is uncertain. Where a line says so, it says what to do"));
    }
    Ok(code)
}

async fn one(answer: Answer, profile: &str, pipeline: &Pipeline, ledger: &Ledger) -> Result<u8> {
    let (who, person) = find(profile, ledger, pipeline).await?;
    if answer.recreate {
        return recreate(ledger, &who).await;
    }
    let finding = match answer {
        Answer { candidate: Some(id), .. } => Finding::Candidate(id),
        Answer { there: true, .. } => Finding::There,
        Answer { not_there: true, .. } => Finding::NotThere,
        _ => Finding::GivenUp,
    };
    let settlement = resolving::settlement(who.clone(), &pipeline.id, &person, finding, Timestamp::now());
    let settlement = settlement.map_err(|error| Failure::wrong(error.to_string()))?;
    let words = plural(settlement.steps.len(), "step");
    ledger.settle(settlement).await?;
    if answer.candidate.is_some() {
        // A person has looked: whatever else may have come late is known.
        let late = ledger.absent_since(&who.account, Timestamp::MIN).await?;
        for step in late.iter().filter(|step| step.person == who) {
            ledger.looked_again(step, Timestamp::now()).await?;
        }
    }
    print::plain(&format!("{profile}: {words} resolved. Run the pipeline again to go on"));
    Ok(exit::WELL)
}

async fn recreate(ledger: &Ledger, who: &PersonKey) -> Result<u8> {
    if !ledger.recreate(who).await? {
        return Err(Failure::wrong("this profile's candidate is not gone: there is nothing to make again"));
    }
    print::plain(&format!("{}: to be made again. Run the pipeline to do it", who.profile_key));
    Ok(exit::WELL)
}

/// `hireline forget`: the rows go, and what stays keeps the profile from being sent again. Source: `docs/delivery.md`, R13.
pub(super) async fn forget(target: &Target) -> Result<u8> {
    let (pipeline, ledger) = target.open()?;
    let _lease = ledger.lease(&pipeline.id).await?;
    let (who, person) = find(&target.profile, &ledger, &pipeline).await?;
    ledger.forget(&who).await?;
    let in_greenhouse = match person.candidate {
        Some(candidate) => format!(" Candidate {} is still in Greenhouse: erase it there", candidate.id),
        None => String::new(),
    };
    print::plain(&format!("{}: forgotten. The ledger holds nothing of it, and no run sends it again.{in_greenhouse}", target.profile));
    Ok(exit::WELL)
}
