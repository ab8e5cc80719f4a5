//! The files of a git revision that pipelines are made of, in a folder that goes away.
//!
//! The revision, and the repository's own configuration, may come from somebody who is not trusted: a merge request. So git is only asked
//! to list a tree and to give blobs; nothing in the repository can make it run a program, ask the network, or write; no link of the
//! revision becomes one here; and no path leaves the folder.

mod git;
mod tree;

use crate::base::diagnostic::Diagnostic;
use crate::base::place::{Place, SourceFile};
use git::Git;
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Why a revision cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    #[error("git cannot be started: {0}. `diff` reads the earlier version with it: install git, or put it on the PATH")]
    NoGit(std::io::Error),
    #[error("{path} is in no git repository: `diff` compares the work tree with a git revision")]
    NotARepository { path: String },
    #[error("git does not trust this folder, since it belongs to somebody else: {said}")]
    NotTrusted { said: String },
    #[error("`{name}` is not the name of a revision: write a branch, a tag or a commit, for example `--base origin/main`")]
    BadName { name: String },
    #[error(
        "there is no revision `{name}` in this clone, which is shallow: fetch it first (`git fetch --unshallow`; in GitHub Actions \
         `fetch-depth: 0` under actions/checkout, in GitLab `GIT_DEPTH: 0`)"
    )]
    Shallow { name: String },
    #[error("there is no revision `{name}` here: check its name with `git log`, or fetch it with `git fetch`")]
    Unknown { name: String },
    #[error("`{name}` and the work tree have no common commit here: fetch the whole history, or leave --merge-base out")]
    NoMergeBase { name: String },
    #[error("{one} and {other} belong to two git repositories: compare one after the other")]
    TwoRepositories { one: String, other: String },
    #[error("{path} lies outside the repository {top}")]
    Outside { path: String, top: String },
    #[error("the revision has more than {most} of pipeline files and fixtures")]
    TooMuch { most: &'static str },
    #[error("this clone does not hold all files of `{name}`: fetch them with `git fetch`, or make a whole clone")]
    Incomplete { name: String },
    #[error("git cannot {what}: {said}")]
    Git { what: &'static str, said: String },
    #[error("the earlier version cannot be written to a temporary folder: {0}")]
    Folder(std::io::Error),
}

impl Unavailable {
    /// Whether what was asked for is wrong, rather than the machine.
    pub fn is_the_askers(&self) -> bool {
        !matches!(self, Self::NoGit(_) | Self::Git { .. } | Self::Folder(_))
    }
}

/// A revision's files, as long as this lives.
#[derive(Debug)]
pub struct Revision {
    /// As it was asked for.
    pub name: String,
    /// Its commit, in hex.
    pub commit: String,
    /// What was left out, in words.
    pub notes: Vec<String>,
    /// The repository's folder, links resolved.
    top: PathBuf,
    /// Where the files are, links resolved.
    root: PathBuf,
    _folder: tempfile::TempDir,
}

impl Revision {
    /// Takes the files of a revision out of the repository that all of these paths belong to. With `merge_base`: of the commit where the
    /// work tree's branch left it.
    ///
    /// # Errors
    /// See [`Unavailable`].
    pub fn open(name: &str, merge_base: bool, paths: &[PathBuf]) -> Result<Self, Unavailable> {
        let top = repository(paths)?;
        let git = Git::at(&top);
        let commit = git.commit(name)?;
        let commit = if merge_base { git.merge_base(&commit, name)? } else { commit };
        let folder = tempfile::Builder::new().prefix("hireline-").tempdir().map_err(Unavailable::Folder)?;
        let root = std::fs::canonicalize(folder.path()).map_err(Unavailable::Folder)?;
        let asked: Vec<PathBuf> = paths.iter().filter_map(|path| located(path).strip_prefix(&top).ok().map(Path::to_owned)).collect();
        let listed = tree::wanted(&git.list(&commit)?, &asked, name)?;
        git.write(&listed.blobs, &root, name)?;
        // A marker at the top, as `.git` is one: above this folder nothing belongs to the workspace.
        let marker = root.join("hireline.yaml");
        if !marker.exists() {
            std::fs::write(&marker, "version: 1\n").map_err(Unavailable::Folder)?;
        }
        Ok(Self { name: name.to_owned(), commit, notes: listed.notes, top, root, _folder: folder })
    }

    /// The twin of a path of the work tree, where the revision has one.
    pub fn twin(&self, path: &Path) -> Option<PathBuf> {
        let twin = self.root.join(located(path).strip_prefix(&self.top).ok()?);
        twin.exists().then_some(twin)
    }

    /// A path within the repository: of the work tree, or of the revision.
    pub fn inner(&self, path: &Path) -> PathBuf {
        let path = located(path);
        path.strip_prefix(&self.root).or_else(|_| path.strip_prefix(&self.top)).map_or_else(|_| path.clone(), Path::to_owned)
    }

    /// A text with the files of the revision called as git calls them: `main:pipelines/acme.yaml`.
    pub fn named(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.root.display()), &format!("{}:", self.name)).replace(&*self.root.to_string_lossy(), &self.name)
    }

    /// Diagnostics with the files of the revision called as git calls them.
    pub fn renamed(&self, diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let mut files = HashMap::new();
        let mut place = |place: Place| {
            let file = files
                .entry(place.path().to_owned())
                .or_insert_with(|| SourceFile::new(self.named(&place.path().display().to_string()), place.file.text()));
            Place { file: Arc::clone(file), ..place }
        };
        let rename = |diagnostic: Diagnostic| Diagnostic {
            message: self.named(&diagnostic.message),
            help: diagnostic.help.map(|help| self.named(&help)),
            place: diagnostic.place.map(&mut place),
            related: diagnostic.related.into_iter().map(|(at, words)| (place(at), words)).collect(),
            ..diagnostic
        };
        diagnostics.into_iter().map(rename).collect()
    }
}

/// The one repository that all paths belong to.
fn repository(paths: &[PathBuf]) -> Result<PathBuf, Unavailable> {
    let mut found: Option<(PathBuf, &Path)> = None;
    for path in paths {
        let whole = located(path);
        let folder = whole.ancestors().find(|above| above.is_dir()).unwrap_or(Path::new("/"));
        let top = match &found {
            // Most often all paths lie in one; a repository within it is asked for by its own name.
            Some((top, _)) if whole.starts_with(top) && !holds_another(top, folder) => continue,
            _ => Git::at(folder).top(path)?,
        };
        if !whole.starts_with(&top) {
            return Err(Unavailable::Outside { path: path.display().to_string(), top: top.display().to_string() });
        }
        match &found {
            None => found = Some((top, path)),
            Some((known, _)) if *known == top => {}
            Some((_, one)) => {
                return Err(Unavailable::TwoRepositories { one: one.display().to_string(), other: path.display().to_string() });
            }
        }
    }
    found.map(|(top, _)| top).ok_or_else(|| Unavailable::NotARepository { path: ".".into() })
}

fn holds_another(top: &Path, folder: &Path) -> bool {
    folder.ancestors().take_while(|above| *above != top).any(|above| above.join(".git").exists())
}

/// A path from the root, links resolved as far as it is there.
fn located(path: &Path) -> PathBuf {
    let whole = std::env::current_dir().unwrap_or_default().join(path);
    let mut missing: Vec<Component<'_>> = Vec::new();
    let mut there = whole.as_path();
    loop {
        if let Ok(real) = std::fs::canonicalize(there) {
            return missing.iter().rev().fold(real, |path, part| path.join(part));
        }
        match (there.components().next_back(), there.parent()) {
            (Some(part), Some(parent)) => {
                missing.push(part);
                there = parent;
            }
            _ => return whole,
        }
    }
}

#[cfg(test)]
mod tests;
