//! A value that must not be lost: written as a whole, flushed, and moved over the old one before the caller
//! continues.

use secrecy::zeroize::Zeroizing;
use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// A file and its lock. Reading needs no lock: the file is always one whole text, the old or the new.
#[derive(Debug, Clone)]
pub struct Kept(PathBuf);

/// Held by the process that renews the value, for as long as that takes. A crash releases it.
#[derive(Debug)]
pub struct Renewing(#[expect(dead_code, reason = "the open file is the lock")] File);

impl Kept {
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// None where there is none.
    /// Errors: the file exists and cannot be read.
    pub fn read(&self) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(16 << 10));
        match File::open(&self.0) {
            Ok(file) => file.take(16 << 10).read_to_end(&mut bytes).map(|_| Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Errors: it could not be made durable; the old value is still there.
    pub fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let beside = self.0.with_extension("new");
        // A draft that a crash or another user left may have another mode, or be a link.
        match std::fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = super::private().create_new(true).open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, &self.0)?;
        match self.0.parent() {
            // The name is durable once the folder is flushed.
            Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
            _ => Ok(()),
        }
    }

    /// Removes it; returns whether it existed.
    /// Errors: the file exists and cannot be removed.
    pub fn remove(&self) -> io::Result<bool> {
        match std::fs::remove_file(&self.0) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Never waits: returns none if another process is renewing the value.
    /// Errors: the lock's file can be neither opened nor created.
    pub fn try_renew(&self) -> io::Result<Option<Renewing>> {
        let file = super::private().read(true).create(true).truncate(false).open(self.0.with_extension("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Renewing(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_whole_and_by_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept::new(folder.path().join("login.json"));
        assert!(kept.read().unwrap().is_none());
        kept.write(b"one, and longer").unwrap();
        kept.write(b"two").unwrap();
        assert_eq!(kept.read().unwrap().unwrap().as_slice(), b"two");
        let renewing = kept.try_renew().unwrap().unwrap();
        assert!(kept.try_renew().unwrap().is_none());
        drop(renewing);
        assert!(kept.try_renew().unwrap().is_some());
        assert_eq!((kept.remove().unwrap(), kept.remove().unwrap()), (true, false));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept::new(folder.path().join("login.json"));
        std::fs::write(folder.path().join("login.new"), "").unwrap();
        std::fs::set_permissions(folder.path().join("login.new"), std::fs::Permissions::from_mode(0o666)).unwrap();
        kept.write(b"hush").unwrap();
        let _renewing = kept.try_renew().unwrap();
        for entry in std::fs::read_dir(folder.path()).unwrap().flatten() {
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
        }
    }
}
