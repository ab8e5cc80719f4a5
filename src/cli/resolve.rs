//! `hireline resolve`: a person has looked in Greenhouse, and says what is there. Source: `docs/delivery.md`, "The states of a step":
//! uncertain → done, none or given up.

use super::{Failure, Result, Target, plural, print};
use crate::cli::exit;
use crate::delivery::resolve::{self as resolving, Finding};
use crate::ledger::Ledger;
use crate::model::step::PersonKey;
use jiff::Timestamp;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    answer: Answer,
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
    let (pipeline, ledger) = options.target.open()?;
    let _lease = ledger.lease(&pipeline.id).await?;
    let (who, person) = options.target.find(&ledger, &pipeline).await?;
    if options.answer.recreate {
        return recreate(&ledger, &who).await;
    }
    let finding = match options.answer {
        Answer { candidate: Some(id), .. } => Finding::Candidate(id),
        Answer { there: true, .. } => Finding::There,
        Answer { not_there: true, .. } => Finding::NotThere,
        _ => Finding::GivenUp,
    };
    let settlement = resolving::settlement(who.clone(), &pipeline.id, &person, finding, Timestamp::now());
    let settlement = settlement.map_err(|error| Failure::wrong(error.to_string()))?;
    let words = plural(settlement.steps.len(), "step");
    ledger.settle(settlement).await?;
    if options.answer.candidate.is_some() {
        // A person has looked: whatever else may have come late is known.
        let late = ledger.absent_since(&who.account, Timestamp::MIN).await?;
        for step in late.iter().filter(|step| step.person == who) {
            ledger.looked_again(step, Timestamp::now()).await?;
        }
    }
    print::plain(&format!("{}: {words} resolved. Run the pipeline again to go on", options.target.profile));
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
    let (who, person) = target.find(&ledger, &pipeline).await?;
    ledger.forget(&who).await?;
    let in_greenhouse = match person.candidate {
        Some(candidate) => format!(" Candidate {} is still in Greenhouse: erase it there", candidate.id),
        None => String::new(),
    };
    print::plain(&format!("{}: forgotten. The ledger holds nothing of it, and no run sends it again.{in_greenhouse}", target.profile));
    Ok(exit::WELL)
}
