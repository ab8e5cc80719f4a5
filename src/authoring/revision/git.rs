//! The few questions that git is asked, so that nothing in a repository can make it do anything else.

use super::Unavailable;
use super::tree::Blob;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Settings of a repository that would run a program, or read another repository.
const CLOSED: [&str; 5] = [
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "protocol.allow=never",
    // A folder of the work tree that looks like a repository is none.
    "safe.bareRepository=explicit",
];

/// Bytes of a listing: a few million files.
const LONGEST_LISTING: u64 = 256 << 20;

/// Variables that lead git elsewhere: a hook of git's own sets them.
const LEADING: &str = "GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_COMMON_DIR GIT_NAMESPACE GIT_PREFIX GIT_OBJECT_DIRECTORY \
                       GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_CEILING_DIRECTORIES";

#[derive(Debug)]
pub(super) struct Git {
    folder: PathBuf,
}

impl Git {
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new("git");
        command.arg("--no-pager").args(CLOSED.iter().flat_map(|setting| ["-c", setting])).args(arguments);
        for name in LEADING.split(' ') {
            command.env_remove(name);
        }
        // What a partial clone lacks is not fetched: that would be the network, and a program of the repository's choice.
        command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_ALLOW_PROTOCOL", "none").env("GIT_TERMINAL_PROMPT", "0");
        command.env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
        // The revision is what its name says, and no other object that the repository puts in its place.
        command.env("GIT_NO_REPLACE_OBJECTS", "1");
        command.current_dir(&self.folder).stdin(Stdio::null());
        command
    }

    fn ask<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Result<Output, Unavailable> {
        self.command(arguments).output().map_err(Unavailable::NoGit)
    }

    /// The work tree's folder, links resolved.
    pub fn top(&self, path: &Path) -> Result<PathBuf, Unavailable> {
        let output = self.ask(["rev-parse", "--show-toplevel"])?;
        let said = said(&output);
        if said.contains("dubious ownership") {
            return Err(Unavailable::NotTrusted { said: lines_in_one(&said) });
        }
        let top = String::from_utf8(output.stdout).ok().map(|text| PathBuf::from(text.trim_end_matches(['\n', '\r'])));
        top.filter(|_| output.status.success())
            .and_then(|top| std::fs::canonicalize(top).ok())
            .ok_or_else(|| Unavailable::NotARepository { path: path.display().to_string() })
    }

    /// A commit's name in hex.
    pub fn commit(&self, name: &str) -> Result<String, Unavailable> {
        let unfit = name.starts_with('-') || name.trim().is_empty() || name.chars().any(|c| c.is_control() || c == ' ');
        if unfit || name.contains("..") {
            return Err(Unavailable::BadName { name: name.to_owned() });
        }
        let asked = format!("{name}^{{commit}}");
        let output = self.ask(["rev-parse", "--verify", "--quiet", asked.as_str()])?;
        match hex(&output) {
            Some(commit) => Ok(commit),
            None if self.is_shallow()? => Err(Unavailable::Shallow { name: name.to_owned() }),
            None => Err(Unavailable::Unknown { name: name.to_owned() }),
        }
    }

    /// Where the work tree's branch left a commit.
    pub fn merge_base(&self, commit: &str, name: &str) -> Result<String, Unavailable> {
        let output = self.ask(["merge-base", commit, "HEAD"])?;
        match hex(&output) {
            Some(base) => Ok(base),
            None if self.is_shallow()? => Err(Unavailable::Shallow { name: name.to_owned() }),
            None => Err(Unavailable::NoMergeBase { name: name.to_owned() }),
        }
    }

    fn is_shallow(&self) -> Result<bool, Unavailable> {
        let output = self.ask(["rev-parse", "--is-shallow-repository"])?;
        Ok(output.stdout.starts_with(b"true"))
    }

    /// Every file of a commit, as `ls-tree -z` tells them.
    pub fn list(&self, commit: &str) -> Result<Vec<u8>, Unavailable> {
        let mut command = self.command(["ls-tree", "-r", "-z", "-l", "--full-tree", commit]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(Unavailable::NoGit)?;
        let mut listing = Vec::new();
        let read = match child.stdout.take() {
            Some(stdout) => stdout.take(LONGEST_LISTING + 1).read_to_end(&mut listing),
            None => Ok(0),
        };
        // What is not read any more ends git too.
        let ended = child.wait().map_err(Unavailable::NoGit)?;
        if listing.len() as u64 > LONGEST_LISTING {
            return Err(Unavailable::TooMuch { most: "256 MiB of names" });
        }
        match read {
            Ok(_) if ended.success() => Ok(listing),
            _ => Err(Unavailable::Git { what: "list the files of the revision", said: "its tree cannot be read whole".into() }),
        }
    }

    /// Writes blobs below a folder: as they are kept, without filters and without conversion.
    pub fn write(&self, blobs: &[Blob], root: &Path, name: &str) -> Result<(), Unavailable> {
        let mut asked = tempfile::tempfile().map_err(Unavailable::Folder)?;
        for blob in blobs {
            writeln!(asked, "{}", blob.id).map_err(Unavailable::Folder)?;
        }
        asked.rewind().map_err(Unavailable::Folder)?;
        let mut command = self.command(["cat-file", "--batch"]);
        command.stdin(asked).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(Unavailable::NoGit)?;
        let written = match child.stdout.take() {
            Some(stdout) => copy(blobs, root, name, BufReader::new(stdout)),
            None => Ok(()),
        };
        // What is not read any more ends git too.
        let ended = child.wait().map_err(Unavailable::NoGit)?;
        written?;
        if ended.success() { Ok(()) } else { Err(Unavailable::Incomplete { name: name.to_owned() }) }
    }
}

/// `<id> blob <size>`, the bytes, and a line's end: for each blob in turn.
fn copy(blobs: &[Blob], root: &Path, name: &str, mut from: impl BufRead) -> Result<(), Unavailable> {
    let incomplete = || Unavailable::Incomplete { name: name.to_owned() };
    for blob in blobs {
        let mut head = String::new();
        from.read_line(&mut head).map_err(|_| incomplete())?;
        let words: Vec<&str> = head.split_whitespace().collect();
        let [id, "blob", size] = words.as_slice() else { return Err(incomplete()) };
        let size = size.parse::<u64>().ok().filter(|size| *id == blob.id && *size == blob.size).ok_or_else(incomplete)?;
        let path = root.join(&blob.path);
        path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(Unavailable::Folder)?;
        // A name that is there already is no name of this tree's: it is not written over.
        let mut file = std::fs::File::create_new(&path).map_err(Unavailable::Folder)?;
        let copied = std::io::copy(&mut from.by_ref().take(size), &mut file).map_err(Unavailable::Folder)?;
        let mut end = [0];
        from.read_exact(&mut end).map_err(|_| incomplete())?;
        if copied != size || end != *b"\n" {
            return Err(incomplete());
        }
    }
    Ok(())
}

fn hex(output: &Output) -> Option<String> {
    let text = std::str::from_utf8(&output.stdout).ok()?.lines().next()?;
    (output.status.success() && text.len() >= 40 && text.chars().all(|c| c.is_ascii_hexdigit())).then(|| text.to_owned())
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn lines_in_one(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}
