//! Files of a folder that another person may have prepared: a merge request, an archive, a customer's
//! repository.
//!
//! A path in it may be a link to a file of whoever runs Hireline, a pipe that never ends, a device, or a file
//! without end. So what is read is a plain file that lies within the folder once every link on the way is
//! resolved, and no longer than it may be; and what is written replaces a name and follows no link. Nothing
//! here keeps a folder from being changed between two looks: its author has no process on this machine.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};

/// Where the operating system shows its own insides as files: a link there would show the environment, and with it secrets.
const NEVER: [&str; 3] = ["/proc", "/sys", "/dev"];

/// Why a file is not read or written.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("is outside the workspace, and links out of it are not followed")]
    Outside,
    #[error("is not a regular file")]
    NotAFile,
    #[error("has more than {0} bytes")]
    TooLarge(u64),
    #[error("holds more than {0} files")]
    TooMany(usize),
    #[error("cannot be {0}: {1}")]
    Io(&'static str, #[source] io::Error),
}

impl Refused {
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Io(_, error) if error.kind() == io::ErrorKind::NotFound)
    }
}

/// A folder that nothing is read from or written to outside of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bounds(PathBuf);

impl Bounds {
    /// A folder, links resolved. One that seems to lie below the current folder and is a link that leads out of it holds nothing.
    pub fn of(folder: &Path) -> Self {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let real = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        match current() {
            Some((seen, current)) if seems_below(folder, &seen) && !real.starts_with(&current) => Self(current),
            _ => Self(real),
        }
    }

    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Where a path that is there leads.
    ///
    /// # Errors
    /// Out of the folder; or it is not there.
    pub fn resolve(&self, path: &Path) -> Result<PathBuf, Refused> {
        let real = fs::canonicalize(path).map_err(|error| Refused::Io("read", error))?;
        let own = NEVER.iter().any(|never| real.starts_with(never) && !self.0.starts_with(never));
        if real.starts_with(&self.0) && !own { Ok(real) } else { Err(Refused::Outside) }
    }

    /// A plain file, open for reading, and its size.
    ///
    /// # Errors
    /// It lies outside, is not a regular file, or cannot be opened.
    pub fn open(&self, path: &Path) -> Result<(File, u64), Refused> {
        let real = self.resolve(path)?;
        let unread = |error| Refused::Io("read", error);
        // A pipe is not even opened: that alone can wait for ever.
        if !fs::metadata(&real).map_err(unread)?.is_file() {
            return Err(Refused::NotAFile);
        }
        let file = File::open(&real).map_err(unread)?;
        let size = file.metadata().map_err(unread)?.len();
        Ok((file, size))
    }

    /// All bytes of a plain file.
    ///
    /// # Errors
    /// As [`Self::open`]; or it has more than `most` bytes.
    pub fn read(&self, path: &Path, most: u64) -> Result<Vec<u8>, Refused> {
        let (file, size) = self.open(path)?;
        if size > most {
            return Err(Refused::TooLarge(most));
        }
        let mut bytes = Vec::new();
        file.take(most + 1).read_to_end(&mut bytes).map_err(|error| Refused::Io("read", error))?;
        if bytes.len() as u64 > most { Err(Refused::TooLarge(most)) } else { Ok(bytes) }
    }

    /// A plain file that a person names on the command line: it may lie elsewhere, but no link may lead there.
    ///
    /// # Errors
    /// It seems to lie within and does not; it is not there, is not a regular file, or has more than `most` bytes.
    pub fn named(&self, path: &Path, most: u64) -> Result<(), Refused> {
        let unread = |error| Refused::Io("read", error);
        let real = fs::canonicalize(path).map_err(unread)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let is_within = |seen: &Path| seems_below(&seen.join(path), &self.0);
        let within = current().is_some_and(|(seen, real)| is_within(&seen) || is_within(&real))
            || fs::canonicalize(folder).is_ok_and(|folder| folder.starts_with(&self.0));
        let bounds = if within { self.clone() } else { Self(PathBuf::from("/")) };
        // Elsewhere, a file is what it seems to be: its own folder is not the author's.
        let (_, size) = bounds.open(if within { path } else { &real })?;
        if size > most { Err(Refused::TooLarge(most)) } else { Ok(()) }
    }

    /// The entries of a folder, in no order; none if it does not exist.
    ///
    /// # Errors
    /// It lies outside, or holds more than `most` entries.
    pub fn list(&self, folder: &Path, most: usize) -> Result<Vec<PathBuf>, Refused> {
        match self.resolve(folder) {
            Ok(_) => {}
            Err(refused) if refused.is_missing() => return Ok(Vec::new()),
            Err(refused) => return Err(refused),
        }
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(|error| Refused::Io("listed", error))? {
            paths.push(entry.map_err(|error| Refused::Io("listed", error))?.path());
            if paths.len() > most {
                return Err(Refused::TooMany(most));
            }
        }
        Ok(paths)
    }

    /// Puts a file in its place, whole; makes its folder. What was there goes, and where it was a link, the link.
    ///
    /// # Errors
    /// Its folder lies outside, or it cannot be written.
    pub fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), Refused> {
        let folder = self.folder_of(path)?;
        replace(&folder, path, bytes).map_err(|error| Refused::Io("written", error))
    }

    /// Removes a file, or a link.
    ///
    /// # Errors
    /// Its folder lies outside, or it cannot be removed.
    pub fn remove(&self, path: &Path) -> Result<(), Refused> {
        let name = path.file_name().ok_or(Refused::NotAFile)?;
        let folder = self.folder_of(path)?;
        fs::remove_file(folder.join(name)).map_err(|error| Refused::Io("removed", error))
    }

    /// The folder of a file to write, made if it is missing: within these bounds, and none of git's own.
    fn folder_of(&self, path: &Path) -> Result<PathBuf, Refused> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // Checked before anything is made: the existing part of the path decides where the rest would be.
        let there = folder.ancestors().find(|above| above.symlink_metadata().is_ok()).unwrap_or(Path::new("."));
        self.resolve(there)?;
        fs::create_dir_all(folder).map_err(|error| Refused::Io("written", error))?;
        let real = self.resolve(folder)?;
        let gits = real.strip_prefix(&self.0).is_ok_and(|inner| inner.components().any(|part| part.as_os_str() == ".git"));
        if gits { Err(Refused::Outside) } else { Ok(real) }
    }
}

/// Writes a file that a person named: in its place at once, through no link that leads out of the current folder.
///
/// # Errors
/// It seems to be in the current folder and would be written elsewhere; or it cannot be written.
pub(crate) fn write_named(path: &Path, bytes: &[u8]) -> Result<(), Refused> {
    let unwritten = |error| Refused::Io("written", error);
    match current() {
        Some((seen, current)) if seems_below(path, &seen) => {
            // A folder that is not there is a typing error, and none is made.
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let bounds = Bounds(current);
            bounds.resolve(folder).map_err(|refused| match refused {
                Refused::Io(_, error) => unwritten(error),
                refused => refused,
            })?;
            bounds.write(path, bytes)
        }
        // A device, a pipe, or wherever else the person said.
        _ => File::create(path).and_then(|mut file| file.write_all(bytes)).map_err(unwritten),
    }
}

/// The new file is written next to the old one, then takes its name.
fn replace(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let place = folder.join(name);
    let there = fs::symlink_metadata(&place).ok();
    if there.as_ref().is_some_and(|data| !data.is_file() && !data.is_symlink()) {
        return Err(io::Error::other("there is something else with that name"));
    }
    let mode = there.filter(fs::Metadata::is_file).map(|data| data.permissions());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".hireline-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // less the umask, as of any new file
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    if let Some(mode) = mode {
        file.as_file().set_permissions(mode)?;
    }
    file.persist(&place).map(drop).map_err(|error| error.error)
}

/// The current folder, as it is called and with its links resolved.
fn current() -> Option<(PathBuf, PathBuf)> {
    let seen = std::env::current_dir().ok()?;
    let real = fs::canonicalize(&seen).ok()?;
    Some((seen, real))
}

/// Whether a path, as it is written, is in a folder or below it. `..` is taken as it is written, too.
fn seems_below(path: &Path, folder: &Path) -> bool {
    let mut parts: Vec<Component<'_>> = Vec::new();
    let whole = folder.join(path);
    for part in whole.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.iter().collect::<PathBuf>().starts_with(folder)
}

#[cfg(test)]
mod tests;
