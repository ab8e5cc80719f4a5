//! A pipeline's fixtures and snapshots: `NAME.yaml` has `NAME/fixtures/*.json` and `NAME/snapshots/`. Source:
//! `docs/pipeline-file.md`, "Files and folders".

mod snapshots;

pub use snapshots::{Snapshot, orphans, read, remove, write};

use crate::base::confined::{Bounds, Refused};
use crate::model::profile::Profile;
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};

/// Bytes of one fixture, or of one snapshot. A profile in a file of profiles may be as long.
const LONGEST: u64 = 16 << 20;
/// Files of one folder.
const MOST: usize = 20_000;

/// One fixture: a fictional profile as HrFlow would send it.
#[derive(Debug, Clone)]
pub struct Fixture {
    pub name: String,
    pub path: PathBuf,
    bounds: Bounds,
}

/// Why a fixture cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {why}", path = .path.display())]
pub struct BadFixture {
    pub path: PathBuf,
    /// In words, with what to do.
    pub why: String,
}

/// The fixtures beside a pipeline file, sorted by name; none where there is no such folder. Nothing is read outside of `workspace`.
///
/// # Errors
/// The folder cannot be read, or leads outside; it is named.
pub fn beside(pipeline: &Path, workspace: &Path) -> io::Result<Vec<Fixture>> {
    let bounds = Bounds::of(workspace);
    let files = json_files(&folder(pipeline), &bounds)?;
    Ok(files.into_iter().map(|(name, path)| Fixture { name, path, bounds: bounds.clone() }).collect())
}

/// Where a pipeline's fixtures are, or would be.
pub fn folder(pipeline: &Path) -> PathBuf {
    pipeline.with_extension("").join("fixtures")
}

/// Names without `.json`, and paths, sorted; none where there is no such folder.
fn json_files(folder: &Path, bounds: &Bounds) -> io::Result<Vec<(String, PathBuf)>> {
    let paths = bounds.list(folder, MOST).map_err(|refused| io::Error::other(format!("{} {refused}", folder.display())))?;
    let mut files = Vec::new();
    for path in paths {
        if let (Some("json"), Some(name)) = (path.extension().and_then(|e| e.to_str()), path.file_stem().and_then(|n| n.to_str())) {
            files.push((name.to_owned(), path));
        }
    }
    files.sort();
    Ok(files)
}

impl Fixture {
    /// The profile as it is written, not normalised.
    ///
    /// # Errors
    /// Not readable, or not JSON.
    pub fn document(&self) -> Result<Value, BadFixture> {
        let text = self.text().map_err(|refused| self.bad(refused.to_string()))?;
        if text.iter().all(u8::is_ascii_whitespace) {
            return Err(self.bad("holds no profile: the file is empty".into()));
        }
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&text);
        let mut documents = serde_json::Deserializer::from_slice(text).into_iter::<Value>();
        let first = match documents.next() {
            Some(Ok(document)) => document,
            Some(Err(error)) => return Err(self.bad(format!("not JSON: {error}"))),
            None => return Err(self.bad("holds no profile: the file is empty".into())),
        };
        match documents.next() {
            None => Ok(first),
            Some(Ok(_)) => Err(self.bad("holds several profiles: a fixture is one, so write each into a file of its own".into())),
            Some(Err(error)) => Err(self.bad(format!("not JSON: {error}"))),
        }
    }

    /// The profile, normalised.
    ///
    /// # Errors
    /// Not readable, not JSON, or not one profile.
    pub fn profile(&self) -> Result<Profile, BadFixture> {
        let document = self.document()?;
        if let Some(why) = not_one_profile(&document) {
            return Err(self.bad(why));
        }
        Profile::from_document(document).map_err(|error| self.bad(error.to_string()))
    }

    /// Its bytes.
    ///
    /// # Errors
    /// Not readable, too long, or outside of the workspace.
    pub fn text(&self) -> Result<Vec<u8>, Refused> {
        self.bounds.read(&self.path, LONGEST)
    }

    /// Where its snapshot is.
    pub fn snapshot(&self, pipeline: &Path) -> PathBuf {
        snapshots::folder(pipeline).join(format!("{}.json", self.name))
    }

    fn bad(&self, why: String) -> BadFixture {
        BadFixture { path: self.path.clone(), why }
    }
}

/// The shapes in which profiles come, other than one by itself.
fn not_one_profile(document: &Value) -> Option<String> {
    let split = "a fixture is one, so write each into a file of its own";
    match document {
        Value::Array(profiles) => Some(match profiles.len() {
            0 => "holds no profile: the list is empty".into(),
            1 => "holds a list with one profile: take the brackets around it away".into(),
            n => format!("holds a list of {n} profiles: {split}"),
        }),
        Value::Object(members) if !members.contains_key("key") => match members.get("data")? {
            Value::Array(profiles) => Some(format!("is HrFlow's whole answer with {} in it: {split}", count(profiles.len()))),
            Value::Object(data) if data.contains_key("profiles") => {
                let profiles = data.get("profiles").and_then(Value::as_array).map_or(0, Vec::len);
                Some(format!("is HrFlow's whole answer with {} in it: {split}", count(profiles)))
            }
            _ => Some("is HrFlow's whole answer: keep only what stands under `data`".into()),
        },
        _ => None,
    }
}

fn count(profiles: usize) -> String {
    if profiles == 1 { "1 profile".into() } else { format!("{profiles} profiles") }
}

#[cfg(test)]
mod tests;
