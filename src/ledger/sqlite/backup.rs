//! A backup: the ledger's file and its key, as `FILE` and `FILE.key`. Either is of no use without the other, so they are written, moved and
//! checked together. A backup is a ledger like any other, in one file, and is checked like one.

use super::schema::VERSION;
use super::sound::{Fault, TAKEN, check, readable, same_key, sound, taken, version, writable};
use super::{file, key, record};
use crate::base::digest::Key;
use crate::ledger::LedgerError;
use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

#[derive(Debug, Clone)]
pub struct Copied {
    pub file: PathBuf,
    pub key: PathBuf,
    pub taken: Timestamp,
    pub bytes: u64,
}

/// Copies the ledger and its key, also while a run is going: what the copy holds is what was durable at one moment.
/// It is on the disk, and was read again, when this returns. `replace`: it may take the place of an older backup of the same ledger.
/// Errors: the ledger cannot be read or is damaged; there is a backup already; the place cannot be written. What was there is left as it was.
pub fn backup(ledger: &Path, to: &Path, replace: bool, records: Option<&Path>) -> Result<Copied, LedgerError> {
    write(&file::behind_links(ledger), to, replace, records).map_err(|fault| fault.of(ledger))
}

fn write(ledger: &Path, to: &Path, replace: bool, records: Option<&Path>) -> Result<Copied, Fault> {
    let source = readable(ledger)?;
    let secret = sound(&source, ledger)?;
    record::refuse_behind(&source, ledger, records)?;
    let unwritable = |error: std::io::Error| Fault::Why(format!("cannot be backed up to {}: {error}", to.display()));
    refuse_overwriting(ledger, to, replace)?;
    file::create_folder(to).map_err(unwritable)?;
    let (draft, draft_key) = (file::beside(to, ".new"), file::beside(to, ".new.key"));
    file::remove(&draft).map_err(unwritable)?;
    file::create_new(&draft).map_err(unwritable)?;
    let taken = Timestamp::now();
    let written =
        copy(&source, &draft, Some(taken)).map_err(|error| Fault::Why(format!("cannot be backed up to {}: {error}", to.display())));
    let done = written.and_then(|()| {
        file::copy_private(&key::path(ledger), &draft_key).map_err(unwritable)?;
        // What cannot be read back is no backup.
        let again = key::read_at(&draft_key)?.ok_or_else(|| Fault::Why("cannot have its key copied".to_owned()))?;
        let copied = readable(&draft)?;
        if key::check(&again) != key::check(&secret) {
            return Err(Fault::Why("cannot have its key copied: the copy is another".to_owned()));
        }
        check(&copied)?;
        same_key(&copied, &again)?;
        drop(copied);
        File::open(&draft).and_then(|file| file.sync_all()).map_err(unwritable)?;
        // The key first: where the file is, its key is.
        fs::rename(&draft_key, key::path(to)).map_err(unwritable)?;
        fs::rename(&draft, to).map_err(unwritable)?;
        file::flush_folder(to).map_err(unwritable)
    });
    if done.is_err() {
        // The first error is the one to tell.
        let _ = file::remove(&draft).and(file::remove(&draft_key));
    }
    file::remove_scratch(&draft);
    done?;
    let bytes = fs::metadata(to).map_err(unwritable)?.len();
    Ok(Copied { file: to.to_owned(), key: key::path(to), taken, bytes })
}

/// Only an older backup of the same ledger is replaced. Its key is the same, so one rename is enough.
fn refuse_overwriting(ledger: &Path, to: &Path, replace: bool) -> Result<(), Fault> {
    if to.is_dir() {
        return Err(Fault::Why(format!("cannot be backed up to {}: it is a folder; name a file in it", to.display())));
    }
    if file::Identity::of(to).is_some_and(|there| Some(there) == file::Identity::of(ledger)) {
        return Err(Fault::Why("cannot be backed up to itself: name another file".to_owned()));
    }
    let key = key::path(to);
    if !to.exists() && !key.exists() {
        return Ok(());
    }
    if !replace {
        return Err(Fault::Why(format!(
            "was not backed up: {} is there already: name another file, or say --replace",
            if to.exists() { to } else { &key }.display()
        )));
    }
    let ours = fs::read(key::path(ledger)).ok();
    if !key.exists() || fs::read(&key).ok() != ours {
        return Err(Fault::Why(format!(
            "was not backed up: what is at {} is no backup of this ledger (its key is another one): name another file",
            to.display()
        )));
    }
    Ok(())
}

/// Page by page in one go, so that it is of one moment; then marked with that moment where it is a backup, as one file without a log.
pub(super) fn copy(source: &Connection, draft: &Path, taken: Option<Timestamp>) -> rusqlite::Result<()> {
    let mut copy = writable(draft)?;
    {
        let backup = Backup::new(source, &mut copy)?;
        match backup.step(-1)? {
            StepResult::Done => {}
            _ => return Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY), None)),
        }
    }
    copy.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
    copy.pragma_update(None, "synchronous", "FULL")?;
    copy.pragma_update(None, "fullfsync", true)?;
    if let Some(taken) = taken {
        copy.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)", [TAKEN, &taken.as_millisecond().to_string()])?;
    }
    copy.close().map_err(|(_, error)| error)
}

/// What is to be restored, read and found sound: its connection, its key and when it was taken.
pub(super) fn examined(from: &Path) -> Result<(Connection, Key, Timestamp), Fault> {
    if !from.exists() {
        return Err(Fault::Why("is not there: name the file that `hireline ledger backup` wrote".to_owned()));
    }
    let connection = readable(from)?;
    let key = sound(&connection, from)?;
    if version(&connection)? > VERSION {
        return Err(Fault::Why("was written by a newer hireline".to_owned()));
    }
    let Some(taken) = taken(&connection)? else {
        return Err(Fault::Why(
            "is a ledger, and not a backup that `hireline ledger backup` wrote: when it was copied is not known".to_owned(),
        ));
    };
    Ok((connection, key, taken))
}
