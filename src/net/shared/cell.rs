//! A small file that several processes change: read, changed and written back under a lock.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A larger file is not Hireline's.
const MOST: u64 = 16 << 10;

/// One such file. The operating system releases the lock when a process ends for any reason.
#[derive(Debug)]
pub struct Cell {
    path: PathBuf,
    file: Mutex<File>,
}

impl Cell {
    pub fn open(path: PathBuf) -> io::Result<Self> {
        let file = open(&path)?;
        Ok(Self { path, file: Mutex::new(file) })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the file, and writes the result of `change`; none leaves the file unchanged. Never waits:
    /// returns none if another process holds the lock, which takes microseconds. `change` must cope with text
    /// that a crash left incomplete.
    /// Errors: the file cannot be read or written.
    pub fn try_change<T>(&self, change: impl FnOnce(&[u8]) -> (Option<Vec<u8>>, T)) -> io::Result<Option<T>> {
        let Ok(mut file) = self.file.try_lock().or_else(|error| match error {
            std::sync::TryLockError::Poisoned(poisoned) => Ok(PoisonError::into_inner(poisoned)),
            std::sync::TryLockError::WouldBlock => Err(()),
        }) else {
            return Ok(None);
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        if is_gone(&file)? {
            // Another process removed the file: the lock of a file without a name locks nothing. Open the new
            // one.
            *file = open(&self.path)?;
            return Ok(None);
        }
        let changed = exchange(&mut file, change);
        let unlocked = file.unlock();
        changed.and_then(|changed| unlocked.map(|()| Some(changed)))
    }
}

fn exchange<T>(file: &mut File, change: impl FnOnce(&[u8]) -> (Option<Vec<u8>>, T)) -> io::Result<T> {
    file.rewind()?;
    let mut bytes = Vec::with_capacity(512);
    (&*file).take(MOST).read_to_end(&mut bytes)?;
    let (written, told) = change(&bytes);
    if let Some(written) = written {
        file.rewind()?;
        file.write_all(&written)?;
        if written.len() < bytes.len() || bytes.len() as u64 == MOST {
            file.set_len(written.len() as u64)?;
        }
    }
    Ok(told)
}

/// Readable by the user only, also if it existed with another mode.
fn open(path: &Path) -> io::Result<File> {
    let file = super::private().read(true).create(true).truncate(false).open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        }
    }
    Ok(file)
}

#[cfg(unix)]
fn is_gone(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    Ok(file.metadata()?.nlink() == 0)
}

#[cfg(not(unix))]
fn is_gone(_: &File) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(cell: &Cell) -> Option<u32> {
        cell.try_change(|bytes| {
            let count = String::from_utf8_lossy(bytes).parse::<u32>().unwrap_or_default() + 1;
            (Some(count.to_string().into_bytes()), count)
        })
        .unwrap()
    }

    fn cell(folder: &tempfile::TempDir) -> Cell {
        Cell::open(folder.path().join("cell")).unwrap()
    }

    #[test]
    fn two_who_change_it_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let cell = cell(&folder);
                    for _ in 0..500 {
                        while add(&cell).is_none() {
                            std::thread::yield_now();
                        }
                    }
                });
            }
        });
        assert_eq!(add(&cell(&folder)), Some(2001));
    }

    #[test]
    fn it_does_not_wait_for_who_has_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let cell = cell(&folder);
        let other = File::open(cell.path()).unwrap();
        other.lock().unwrap();
        assert_eq!(add(&cell), None);
        // As the operating system does for a process that crashed.
        drop(other);
        assert_eq!(add(&cell), Some(1));
    }

    #[test]
    fn a_shorter_text_leaves_nothing_of_the_longer() {
        let folder = tempfile::tempdir().unwrap();
        let cell = cell(&folder);
        cell.try_change(|_| (Some(vec![b'x'; 300]), ())).unwrap();
        cell.try_change(|_| (Some(b"yz".to_vec()), ())).unwrap();
        assert_eq!(std::fs::read(cell.path()).unwrap(), b"yz");
    }

    #[cfg(unix)]
    #[test]
    fn it_is_the_users_alone_and_comes_back_when_it_was_removed() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("cell"), "7").unwrap();
        std::fs::set_permissions(folder.path().join("cell"), std::fs::Permissions::from_mode(0o666)).unwrap();
        let cell = cell(&folder);
        let mode = || std::fs::metadata(cell.path()).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(), add(&cell)), (0o600, Some(8)));
        std::fs::remove_file(cell.path()).unwrap();
        assert_eq!(add(&cell), None);
        assert_eq!((add(&cell), mode()), (Some(1), 0o600));
    }
}
