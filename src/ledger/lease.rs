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
