//! One run per pipeline: an operating system's lock on a file next to the ledger. It ends with its process, also in a crash.
//! Source: `docs/delivery.md`, R13.

use super::file;
use crate::ledger::LedgerError;
use crate::ledger::store::Held;
use std::fmt::Write;
use std::fs::{File, TryLockError};
use std::path::Path;
use tokio::sync::watch;

pub(super) fn take(ledger: &Path, pipeline: &str) -> Result<Option<Held>, LedgerError> {
    let path = file::beside(ledger, &format!(".lease-{}", file_name(pipeline)));
    let unusable = |error: std::io::Error| LedgerError::Unusable {
        ledger: ledger.display().to_string(),
        why: format!("cannot have the pipeline locked by {}: {error}", path.display()),
    };
    let file = file::lock_file(&path).map_err(unusable)?;
    match file.try_lock() {
        // An operating system's lock goes with its process, and is never lost before.
        Ok(()) => Ok(Some(Held { _guard: Box::new(file), lost: watch::channel(false).1 })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}

/// Every pipeline's lease on this ledger: which are held, and locks on the free ones, until the answer is dropped. A pipeline that
/// never ran has none.
/// Errors: the folder or one of the files cannot be read.
pub(super) fn all(ledger: &Path) -> std::io::Result<(Vec<String>, Vec<File>)> {
    let (mut held, mut free) = (Vec::new(), Vec::new());
    let prefix = file::beside(ledger, ".lease-");
    let prefix = prefix.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for entry in file::folder_of(ledger).read_dir()? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(pipeline) = name.strip_prefix(&prefix) else { continue };
        // Opened to read only: the caller may not be allowed to write.
        let file = File::open(entry.path())?;
        match file.try_lock() {
            Ok(()) => free.push(file),
            Err(TryLockError::WouldBlock) => held.push(pipeline.to_owned()),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    held.sort();
    Ok((held, free))
}

/// Pipelines' names are of `[a-z0-9-]`; whatever else comes here must not leave the folder, and two names never share a file.
fn file_name(pipeline: &str) -> String {
    pipeline.bytes().fold(String::new(), |mut name, byte| {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
            _ => {
                let _ = write!(name, "%{byte:02X}"); // writing to a String cannot fail
            }
        }
        name
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_the_folder() {
        assert_eq!(file_name("acme-engineering"), "acme-engineering");
        assert_eq!(file_name("../Ä"), "%2E%2E%2F%C3%84");
    }
}
