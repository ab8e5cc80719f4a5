//! One run a pipeline. An operating system's lock on a file beside the ledger: a crash does not leave it behind.
//! Source: delivery design, rule 13.

use super::{LedgerError, file};
use std::fmt::Write;
use std::fs::{File, TryLockError};
use std::path::Path;

/// While this lives, no other process runs the pipeline on this ledger.
#[derive(Debug)]
#[must_use = "the lease ends when this is dropped"]
pub struct Lease {
    /// Closing it unlocks it.
    _file: File,
}

impl Lease {
    pub(super) fn take(ledger: &Path, pipeline: &str) -> Result<Self, LedgerError> {
        let path = file::beside(ledger, &format!(".lease-{}", file_name(pipeline)));
        let unusable = |error: std::io::Error| LedgerError::Unusable {
            path: ledger.to_owned(),
            why: format!("cannot have the pipeline locked by {}: {error}", path.display()),
        };
        let file = file::lock_file(&path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LedgerError::Leased { pipeline: pipeline.to_owned() }),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }
}

/// Every pipeline's lease on this ledger: which are held by somebody, and those that were free, as long as the answer lives. A pipeline that
/// never ran has none.
///
/// # Errors
/// The folder or one of the files cannot be read.
pub(super) fn all(ledger: &Path) -> std::io::Result<(Vec<String>, Vec<Lease>)> {
    let (mut held, mut free) = (Vec::new(), Vec::new());
    let prefix = file::beside(ledger, ".lease-");
    let prefix = prefix.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for entry in file::folder_of(ledger).read_dir()? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(pipeline) = name.strip_prefix(&prefix) else { continue };
        // Only read: whoever asks need not be allowed to write.
        let file = File::open(entry.path())?;
        match file.try_lock() {
            Ok(()) => free.push(Lease { _file: file }),
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
