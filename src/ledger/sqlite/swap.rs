//! The exchange of a ledger's files for a backup's: announced, then done, by this process or by the next one that opens the ledger.

use super::sound::Fault;
use super::{file, key};
use crate::ledger::store::BUSY;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// Held while opening, so for a moment only.
pub(super) fn opening_lock(path: &Path) -> Result<File, String> {
    let path = file::beside(path, ".lock");
    let fault = |error| format!("cannot be locked by {}: {error}", path.display());
    let file = file::lock_file(&path).map_err(fault)?;
    let until = Instant::now() + BUSY;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(fault(error)),
            Err(TryLockError::WouldBlock) if Instant::now() < until => thread::sleep(Duration::from_millis(2)),
            Err(TryLockError::WouldBlock) => {
                return Err(format!("has been kept by a process that is opening it for {} s: end that one", BUSY.as_secs()));
            }
        }
    }
}

fn journal(ledger: &Path) -> PathBuf {
    file::beside(ledger, ".restore")
}

pub(super) fn is_cut_off(ledger: &Path) -> bool {
    journal(ledger).exists()
}

/// Writes down, durably and at once, that the staged files are to take the old ones' place.
pub(super) fn announce(ledger: &Path, kept: &str) -> io::Result<()> {
    let draft = file::beside(ledger, ".restore.new");
    file::remove(&draft)?;
    let mut text = file::create_new(&draft)?;
    text.write_all(kept.as_bytes())?;
    text.sync_all()?;
    fs::rename(&draft, journal(ledger))?;
    file::flush_folder(ledger)
}

/// Ends a restore that was announced, from wherever it was cut off. Does nothing where none was. Under the opening lock.
pub(super) fn finish(ledger: &Path) -> Result<(), Fault> {
    let kept = match fs::read_to_string(journal(ledger)) {
        Ok(kept) => kept,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Fault::Why(format!("was being put back from a backup, and cannot be: {error}"))),
    };
    // A name of ours, so that no other file is ever moved.
    if !kept.starts_with(".replaced-") || kept.contains(['/', '\\']) {
        return Err(Fault::Why(format!("was being put back from a backup, and {} is damaged: restore again", journal(ledger).display())));
    }
    swap(ledger, &file::beside(ledger, &kept)).map_err(|error| Fault::Why(format!("cannot be put back from a backup: {error}")))
}

/// Each move is made once: what has been moved is not there any more. The ledger's own file is the last, so that as long as it is staged all
/// that stands at the old names is old.
fn swap(ledger: &Path, kept: &Path) -> io::Result<()> {
    let stage = file::beside(ledger, ".restoring");
    let staged_key = file::beside(&stage, ".key");
    if stage.exists() {
        file::move_if_there(&file::beside(ledger, "-wal"), &file::beside(kept, "-wal"))?;
        file::remove(&file::beside(ledger, "-shm"))?;
        if staged_key.exists() {
            file::move_if_there(&key::path(ledger), &key::path(kept))?;
            file::flush_folder(ledger)?;
            fs::rename(&staged_key, key::path(ledger))?;
        }
        file::move_if_there(ledger, kept)?;
        // A log without its file, or a file with another's log, must not be what a power cut leaves.
        file::flush_folder(ledger)?;
        fs::rename(&stage, ledger)?;
        file::flush_folder(ledger)?;
    }
    fs::remove_file(journal(ledger))?;
    file::flush_folder(ledger)
}
