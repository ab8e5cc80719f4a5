//! A plan in a file: who would get what, as keys, decisions and hashes. Source: `docs/delivery.md`, R14.
//!
//! One JSON object a line: what the plan is of, a line a person, and a seal over all of it under the ledger's key, so that a plan that
//! was cut off, edited, or made with another ledger is refused whole.

use super::Pin;
use crate::base::digest::Key;
use crate::language::compile::Pipeline;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Changed whenever the meaning of a line changes.
const VERSION: u32 = 1;
/// No plan is larger: ten million people.
const MOST_BYTES: u64 = 4 << 30;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    hireline_plan: u32,
    /// The program's version: another one may decide otherwise.
    made_by: String,
    pipeline: String,
    account: String,
    /// Of the compiled pipeline with its imports.
    compiled: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seal {
    people: u64,
    seal: String,
}

#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    #[error("the plan cannot be written to {path}: {why}")]
    Unwritable { path: PathBuf, why: std::io::Error },
    #[error("the plan {path} cannot be read: {why}")]
    Unreadable { path: PathBuf, why: std::io::Error },
    #[error("{path} is no plan: `hireline plan --out {path} …` writes one")]
    NoPlan { path: PathBuf },
    #[error("the plan {path} is not whole, was changed, or was made with another ledger: make it again, with the ledger that the run uses")]
    Seal { path: PathBuf },
    #[error("the plan {path} was made by hireline {made_by}, and this is {here}: make it again")]
    Version { path: PathBuf, made_by: String, here: &'static str },
    #[error("the plan {path} is of the pipeline {of}, not of {here}")]
    OtherPipeline { path: PathBuf, of: String, here: String },
    #[error("the pipeline or one of its imports has changed since the plan {path} was made: make it again")]
    Changed { path: PathBuf },
}

fn head(pipeline: &Pipeline, key: &Key) -> Head {
    let destination = format!("{:?}", pipeline.destination);
    Head {
        hireline_plan: VERSION,
        made_by: env!("CARGO_PKG_VERSION").to_owned(),
        pipeline: pipeline.id.clone(),
        account: pipeline.destination.account.clone(),
        compiled: key.digest(&["plan/pipeline", &pipeline.reading, &destination]).to_string(),
    }
}

/// Writes a plan as it comes; nothing stands at its place before it is whole.
#[derive(Debug)]
pub struct Writer {
    file: std::io::BufWriter<tempfile::NamedTempFile>,
    path: PathBuf,
    key: Key,
    seal: String,
    people: u64,
}

impl Writer {
    pub fn begin(path: &Path, pipeline: &Pipeline, key: &Key) -> Result<Self, PlanFileError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = tempfile::Builder::new().prefix(".plan-").tempfile_in(folder);
        let file = file.map_err(|why| PlanFileError::Unwritable { path: path.to_owned(), why })?;
        let mut writer =
            Self { file: std::io::BufWriter::new(file), path: path.to_owned(), key: key.clone(), seal: String::new(), people: 0 };
        writer.line(&head(pipeline, key))?;
        Ok(writer)
    }

    pub fn add(&mut self, pin: &Pin) -> Result<(), PlanFileError> {
        self.people += 1;
        self.line(pin)
    }

    /// Seals it and puts it in its place. Gives how many people it holds.
    /// Errors: the disk is full, or the place cannot be written to.
    pub fn end(mut self) -> Result<u64, PlanFileError> {
        let seal = Seal { people: self.people, seal: self.seal.clone() };
        self.line(&seal)?;
        let unwritable = |why: std::io::Error| PlanFileError::Unwritable { path: self.path.clone(), why };
        let file = self.file.into_inner().map_err(|error| unwritable(error.into_error()))?;
        file.persist(&self.path).map_err(|error| unwritable(error.error))?;
        Ok(self.people)
    }

    fn line(&mut self, line: &impl Serialize) -> Result<(), PlanFileError> {
        let unwritable = |why| PlanFileError::Unwritable { path: self.path.clone(), why };
        let text = serde_json::to_string(line).map_err(|error| unwritable(error.into()))?;
        self.seal = sealed(&self.key, &self.seal, &text);
        writeln!(self.file, "{text}").map_err(unwritable)
    }
}

fn sealed(key: &Key, before: &str, line: &str) -> String {
    key.digest(&["plan/line", before, line]).to_string()
}

#[derive(Debug, Clone, Default)]
pub struct Agreed {
    pins: HashMap<(String, String), Pin>,
}

impl Agreed {
    /// Errors: it is not the plan of this pipeline as it is now, made with this ledger.
    pub fn read(path: &Path, pipeline: &Pipeline, key: &Key) -> Result<Self, PlanFileError> {
        let unreadable = |why| PlanFileError::Unreadable { path: path.to_owned(), why };
        let no_plan = || PlanFileError::NoPlan { path: path.to_owned() };
        let broken = || PlanFileError::Seal { path: path.to_owned() };
        if std::fs::metadata(path).map_err(unreadable)?.len() > MOST_BYTES {
            return Err(no_plan());
        }
        let text = std::fs::read_to_string(path).map_err(|why| match why.kind() {
            std::io::ErrorKind::InvalidData => no_plan(),
            _ => unreadable(why),
        })?;
        let mut lines: Vec<&str> = text.lines().collect();
        let (first, last) = (lines.first().copied().ok_or_else(no_plan)?, lines.pop().ok_or_else(no_plan)?);
        let made: Head = serde_json::from_str(first).map_err(|_| no_plan())?;
        let here = head(pipeline, key);
        if (made.hireline_plan, &made.made_by) != (here.hireline_plan, &here.made_by) {
            return Err(PlanFileError::Version { path: path.to_owned(), made_by: made.made_by, here: env!("CARGO_PKG_VERSION") });
        }
        let seal: Seal = serde_json::from_str(last).map_err(|_| broken())?;
        let whole = lines.iter().fold(String::new(), |seal, line| sealed(key, &seal, line));
        if whole != seal.seal || seal.people + 1 != lines.len() as u64 {
            return Err(broken());
        }
        if (&made.pipeline, &made.account) != (&here.pipeline, &here.account) {
            return Err(PlanFileError::OtherPipeline { path: path.to_owned(), of: made.pipeline, here: here.pipeline });
        }
        if made.compiled != here.compiled {
            return Err(PlanFileError::Changed { path: path.to_owned() });
        }
        let pins = lines.iter().skip(1).map(|line| serde_json::from_str::<Pin>(line)).collect::<Result<Vec<_>, _>>();
        let pins = pins.map_err(|_| broken())?;
        Ok(Self { pins: pins.into_iter().map(|pin| ((pin.source_key.clone(), pin.profile_key.clone()), pin)).collect() })
    }

    pub fn get(&self, source_key: &str, profile_key: &str) -> Option<&Pin> {
        self.pins.get(&(source_key.to_owned(), profile_key.to_owned()))
    }

    pub fn keys(&self) -> impl Iterator<Item = &(String, String)> {
        self.pins.keys()
    }
}
