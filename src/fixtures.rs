//! A pipeline's fixtures and snapshots: `NAME.yaml` has `NAME/fixtures/*.json` and `NAME/snapshots/`. Source: "Scopes and imports"
//! of the pipeline's design.

use crate::profile::Profile;
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};

/// One fixture: a fictional profile as HrFlow would send it.
#[derive(Debug, Clone)]
pub struct Fixture {
    pub name: String,
    pub path: PathBuf,
}

/// Why a fixture cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {why}", path = .path.display())]
pub struct BadFixture {
    path: PathBuf,
    why: String,
}

/// The fixtures beside a pipeline file, sorted by name; none where there is no such folder.
///
/// # Errors
/// The folder cannot be read.
pub fn beside(pipeline: &Path) -> io::Result<Vec<Fixture>> {
    let folder = pipeline.with_extension("").join("fixtures");
    let mut fixtures = Vec::new();
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(fixtures),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let path = entry?.path();
        if let (Some("json"), Some(name)) = (path.extension().and_then(|e| e.to_str()), path.file_stem().and_then(|n| n.to_str())) {
            fixtures.push(Fixture { name: name.to_owned(), path: path.clone() });
        }
    }
    fixtures.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(fixtures)
}

impl Fixture {
    /// The profile as it is written, not normalised.
    ///
    /// # Errors
    /// Not readable, or not JSON.
    pub fn document(&self) -> Result<Value, BadFixture> {
        let fail = |why: String| BadFixture { path: self.path.clone(), why };
        let text = std::fs::read(&self.path).map_err(|error| fail(error.to_string()))?;
        serde_json::from_slice(&text).map_err(|error| fail(format!("not JSON: {error}")))
    }

    /// The profile, normalised.
    ///
    /// # Errors
    /// Not readable, not JSON, or not a profile.
    pub fn profile(&self) -> Result<Profile, BadFixture> {
        Profile::from_document(self.document()?).map_err(|error| BadFixture { path: self.path.clone(), why: error.to_string() })
    }

    /// Where its snapshot is.
    pub fn snapshot(&self, pipeline: &Path) -> PathBuf {
        snapshots(pipeline).join(format!("{}.json", self.name))
    }
}

/// The folder of a pipeline's snapshots.
pub fn snapshots(pipeline: &Path) -> PathBuf {
    pipeline.with_extension("").join("snapshots")
}
