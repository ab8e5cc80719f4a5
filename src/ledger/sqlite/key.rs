//! The key file next to the ledger: 32 random bytes, made once.

use super::file;
use crate::base::digest::{Digest, Key};
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

const SIZE: usize = 32;

/// `ledger.db` has `ledger.db.key`.
pub(super) fn path(ledger: &Path) -> PathBuf {
    file::beside(ledger, ".key")
}

/// What the ledger keeps of its key, so that another key is noticed.
pub(super) fn check(key: &Key) -> Digest {
    key.digest(&["the ledger's key"])
}

/// Reads the key; none where the file is absent. Errors are what is wrong with it, as a sentence's second half.
pub(super) fn read(ledger: &Path) -> Result<Option<Key>, String> {
    read_at(&path(ledger))
}

/// The same of a key file by its own name.
pub(super) fn read_at(path: &Path) -> Result<Option<Key>, String> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("cannot read its key {}: {error}", path.display())),
    };
    match <[u8; SIZE]>::try_from(bytes.as_slice()) {
        Ok(bytes) => Ok(Some(Key::new(bytes))),
        Err(_) => Err(format!(
            "has a key of {} bytes in {} where {SIZE} belong: put the right key file back from a backup",
            bytes.len(),
            path.display()
        )),
    }
}

/// A sentence's second half.
pub(super) fn lost(ledger: &Path) -> String {
    format!(
        "has lost its key {}: put the key file back from a backup; without it the ledger does not know whom it has sent",
        path(ledger).display()
    )
}

/// Makes a key for a ledger that has none, and returns once it will outlive a power cut. It is a draft until the ledger's tables are there
/// ([`publish`]): so where a key is, a ledger was, and an empty file beside it has lost what it held.
pub(super) fn draft(ledger: &Path) -> Result<Key, String> {
    let whole = |error: std::io::Error| unwritten(ledger, &error);
    let mut bytes = [0; SIZE];
    getrandom::fill(&mut bytes).map_err(|error| format!("cannot have a key made: {error}"))?;
    let draft = draft_path(ledger);
    // A draft that a crash left behind may have another mode.
    file::remove(&draft).map_err(whole)?;
    let mut file = file::create_new(&draft).map_err(whole)?;
    file.write_all(&bytes).map_err(whole)?;
    file.sync_all().map_err(whole)?;
    file::flush_folder(&draft).map_err(whole)?;
    Ok(Key::new(bytes))
}

/// The draft of a crash that came between the ledger's tables and its key.
pub(super) fn drafted(ledger: &Path) -> Option<Key> {
    let bytes = fs::read(draft_path(ledger)).ok()?;
    <[u8; SIZE]>::try_from(bytes.as_slice()).ok().map(Key::new)
}

pub(super) fn publish(ledger: &Path) -> Result<(), String> {
    let path = path(ledger);
    fs::rename(draft_path(ledger), &path).and_then(|()| file::flush_folder(&path)).map_err(|error| unwritten(ledger, &error))
}

fn draft_path(ledger: &Path) -> PathBuf {
    file::beside(ledger, ".key.new")
}

fn unwritten(ledger: &Path, error: &std::io::Error) -> String {
    format!("cannot have its key written to {}: {error}", path(ledger).display())
}
