//! What several verbs take.

use super::{Failure, Result, only, print};
use crate::base::confined::Bounds;
use crate::language::compile::{Pipeline, Workspace};
use crate::ledger::Ledger;
use crate::model::step::{Person, PersonKey};
use crate::net::http::{Http, HttpSettings};
use crate::net::shared::Folder;
use clap::Args;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the ledger is.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct LedgerOption {
    /// The ledger's file, instead of the workspace's
    #[arg(long, env = "HIRELINE_LEDGER", value_name = "PATH")]
    pub ledger: Option<PathBuf>,
}

impl LedgerOption {
    pub fn path(&self, pipeline: &Pipeline) -> PathBuf {
        self.path_in(&pipeline.workspace)
    }

    fn path_in(&self, workspace: &Workspace) -> PathBuf {
        self.ledger.clone().or_else(|| workspace.ledger.clone()).unwrap_or_else(|| workspace.root.join(".hireline").join("ledger.db"))
    }

    /// Without a pipeline: of the workspace around the current folder. A ledger that is damaged is looked at whatever the pipelines are.
    pub fn path_here(&self) -> Result<PathBuf> {
        let (workspace, diagnostics) = Workspace::around(Path::new("."));
        if self.ledger.is_none() && print::diagnostics_to_stderr(&diagnostics) > 0 {
            return Err(Failure::wrong("which ledger it is stands in a file with faults: mend it, or name the ledger with --ledger"));
        }
        Ok(self.path_in(&workspace))
    }
}

/// Which profiles of which pipelines.
#[derive(Debug, Args)]
pub(super) struct Selection {
    /// Pipeline files, or folders of them
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Only the profile with this key; can be given again
    #[arg(long, value_name = "KEY")]
    pub profile: Vec<String>,
}

/// How long an answer is waited for.
#[derive(Debug, Clone, Args)]
pub(super) struct Patience {
    /// How long an answer of HrFlow or Greenhouse is waited for
    #[arg(long, value_name = "SECONDS", default_value_t = 60, env = "HIRELINE_TIMEOUT", value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: u64,
}

impl Patience {
    pub fn http(&self) -> Http {
        Http::new(HttpSettings { request_timeout: Duration::from_secs(self.timeout), ..HttpSettings::default() })
    }
}

/// One profile of one pipeline: what `show`, `resolve` and `forget` are about.
#[derive(Debug, Args)]
pub(super) struct Target {
    /// The pipeline's file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// The profile's key
    #[arg(long, value_name = "KEY")]
    pub profile: String,
    #[command(flatten)]
    ledger: LedgerOption,
}

/// Where this machine keeps what it has seen of each ledger.
pub(super) fn records() -> Option<PathBuf> {
    match Folder::records() {
        Ok(folder) => Some(folder.path().to_owned()),
        Err(error) => {
            tracing::warn!(%error, "an older copy of a ledger in its place would not be noticed");
            None
        }
    }
}

/// A file of profiles that is named on the command line has no more bytes.
const LARGEST_FILE: u64 = 64 << 20;

/// Whether a file that is named on the command line may be read.
pub(super) fn named(pipeline: &Pipeline, file: &Path) -> Result<()> {
    let refused = match Bounds::of(&pipeline.workspace.root).named(file, LARGEST_FILE) {
        Ok(()) => return Ok(()),
        Err(refused) if refused.is_missing() => "there is no such file".to_owned(),
        Err(refused) => format!("it {refused}"),
    };
    Err(Failure::wrong(format!("{}: {refused}", file.display())))
}

impl Target {
    pub fn open(&self) -> Result<(Pipeline, Ledger)> {
        with_ledger(&self.path, &self.ledger)
    }
}

/// A pipeline, and its ledger, which must exist.
pub(super) fn with_ledger(path: &Path, ledger: &LedgerOption) -> Result<(Pipeline, Ledger)> {
    let pipeline = only(path)?;
    let path = ledger.path(&pipeline);
    if !path.exists() {
        return Err(Failure::could_not(format!("there is no ledger at {}", path.display())));
    }
    let ledger = Ledger::open_recorded(&path, records().as_deref())?;
    Ok((pipeline, ledger))
}

/// The profile's person. Where several candidates matched, the ledger knows only that the profile was seen.
pub(super) async fn find(profile: &str, ledger: &Ledger, pipeline: &Pipeline) -> Result<(PersonKey, Person)> {
    let account = &pipeline.destination.account;
    let mut sources: Vec<_> = ledger.seen_of_profile(profile).await?;
    sources.retain(|seen| seen.pipeline == pipeline.id);
    let [seen] = sources.as_slice() else {
        return Err(Failure::wrong(match sources.as_slice() {
            [] => format!("pipeline {} has never met a profile {profile}", pipeline.id),
            _ => format!("two sources of {} have a profile {profile}", pipeline.id),
        }));
    };
    let who = PersonKey { account: account.clone(), source_key: seen.source_key.clone(), profile_key: profile.to_owned() };
    let person = ledger.person(&who).await?;
    Ok((who, person))
}
