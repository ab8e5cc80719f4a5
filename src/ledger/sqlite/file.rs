//! The files on disk: their names, modes, and the locks that go with a process.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// The file of this name with something put behind it.
pub(in crate::ledger) fn beside(ledger: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(ledger);
    name.push(suffix);
    PathBuf::from(name)
}

pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

pub(super) fn create_new(path: &Path) -> io::Result<File> {
    private().write(true).create_new(true).open(path)
}

/// Removes the files that SQLite leaves next to one that was moved.
pub(super) fn remove_scratch(path: &Path) {
    for scratch in ["-shm", "-wal", "-journal"] {
        let _ = remove(&beside(path, scratch)); // of no use, and emptied when the file was closed
    }
}

/// Creates the ledger's folder, for its owner alone, where it is not there.
pub(super) fn create_folder(ledger: &Path) -> io::Result<()> {
    let Some(folder) = ledger.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)?;
    flush_folder(folder)
}

/// Creates an empty file where there is none. One that exists is not even opened: closing it would drop the locks that SQLite
/// holds on it elsewhere in this process.
pub(super) fn create_empty(path: &Path) -> io::Result<()> {
    match create_new(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes the entry of this file in its folder outlive a power cut.
pub(super) fn flush_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        File::open(folder_of(path))?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Opens a file that is only there to be locked. It stays when the lock goes: removing it would let two hold it.
pub(super) fn lock_file(path: &Path) -> io::Result<File> {
    private().read(true).write(true).create(true).truncate(false).open(path)
}

/// Which file a path names: another one may take its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    device: u64,
    number: u64,
}

impl Identity {
    /// None where nothing is there, and on systems that do not tell.
    pub fn of(path: &Path) -> Option<Self> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            fs::metadata(path).ok().map(|data| Self { device: data.dev(), number: data.ino() })
        }
        #[cfg(not(unix))]
        {
            let _ = path;
            None
        }
    }
}

/// Whether others than its owner may read or write the file.
pub(super) fn is_exposed(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o077 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// Whether others than its owner may replace the folder's files.
pub(super) fn is_open_to_others(folder: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // With the sticky bit, each file is its owner's to replace.
        fs::metadata(folder).is_ok_and(|data| data.permissions().mode() & 0o022 != 0 && data.permissions().mode() & 0o1000 == 0)
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        false
    }
}

/// The file that a link leads to; SQLite puts its log beside that one.
pub(super) fn behind_links(path: &Path) -> PathBuf {
    if path.is_symlink() { fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()) } else { path.to_owned() }
}

/// How many names the file has in its file system.
pub(super) fn names(path: &Path) -> u64 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        fs::metadata(path).map_or(1, |data| data.nlink())
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        1
    }
}

/// Copies a file for its owner alone, and returns once the copy will outlive a power cut (its entry in the folder apart).
pub(super) fn copy_private(from: &Path, to: &Path) -> io::Result<()> {
    remove(to)?;
    let mut copy = create_new(to)?;
    io::copy(&mut File::open(from)?, &mut copy)?;
    copy.sync_all()
}

pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

pub(super) fn move_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
