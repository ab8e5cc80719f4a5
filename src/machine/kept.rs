//! A value that must not be lost: written whole, flushed, and put in the old one's place before anybody goes on.

use secrecy::zeroize::Zeroizing;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// A file with a lock beside it. Reading needs no lock: the file is always one whole text, the old or the new.
#[derive(Debug, Clone)]
pub struct Kept(PathBuf);

/// Held by who renews it, also while that takes a while. A crash gives it back.
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
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn read(&self) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(16 << 10));
        match File::open(&self.0) {
            Ok(file) => file.take(16 << 10).read_to_end(&mut bytes).map(|_| Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// # Errors
    /// It could not be made durable; the old one is there still.
    pub fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let beside = self.0.with_extension("new");
        // A draft that a crash left behind, or somebody laid there, may have another mode, or be a link.
        match std::fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, &self.0)?;
        match self.0.parent() {
            // The folder holds the name.
            Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
            _ => Ok(()),
        }
    }

    /// Removes it; tells whether it was there.
    ///
    /// # Errors
    /// It is there and cannot be removed.
    pub fn remove(&self) -> io::Result<bool> {
        match std::fs::remove_file(&self.0) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Never waits: none where somebody else renews it just now.
    ///
    /// # Errors
    /// The lock's file can neither be opened nor made.
    pub fn try_renew(&self) -> io::Result<Option<Renewing>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(self.0.with_extension("lock"))?;
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
