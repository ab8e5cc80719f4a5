//! `hireline forget`: somebody is to be erased. Their rows go, and what stays keeps them from being sent again. Source: rule 13 of the
//! delivery design.

use super::resolve::{find, opened};
use super::{Failure, LedgerOption, Result, print};
use crate::exit;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The pipeline's file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// The profile's key
    #[arg(long, value_name = "KEY")]
    profile: String,
    #[command(flatten)]
    ledger: LedgerOption,
}

pub(super) async fn forget(options: &Options) -> Result<u8> {
    let (pipeline, ledger) = opened(&options.path, &options.ledger)?;
    let _lease = ledger.lease(&pipeline.id).map_err(Failure::could_not)?;
    let (who, person) = find(&ledger, &pipeline, &options.profile).await?;
    ledger.forget(&who).await.map_err(Failure::could_not)?;
    let in_greenhouse = match person.candidate {
        Some(candidate) => format!(" Candidate {} is still in Greenhouse: erase it there", candidate.id),
        None => String::new(),
    };
    print::plain(&format!("{}: forgotten. The ledger holds nothing of it, and no run sends it again.{in_greenhouse}", options.profile));
    Ok(exit::WELL)
}
