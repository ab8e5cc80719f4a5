//! What Hireline's processes on this machine share, apart from the ledger: small files of the user, each
//! under a lock that a crash releases. Source: `docs/delivery.md`, R15.
//!
//! Two folders: one for what may be lost at any time (rate windows, tokens that live an hour), one for
//! sign-ins, which only a person can renew. Only the user can read them (mode 700) and their files (mode
//! 600): some hold tokens. A program that can read the user's files can read them too, as it can read the
//! secrets that they were made from. File names are hashes and reveal no secret.

mod cell;
mod kept;

pub use cell::Cell;
pub use kept::Kept;

use sha2::{Digest as _, Sha256};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use std::{fs, io};

/// Names another folder for all files, for containers and tests.
pub const VARIABLE: &str = "HIRELINE_STATE";
/// Files that were not used for this long are removed: their content has expired.
const OLD: Duration = Duration::from_secs(24 * 3600);

/// A folder of the user, created if it is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder(PathBuf);

impl Folder {
    /// For what may be lost. Not the session's runtime folder: a cron job has none, and would share nothing
    /// with a terminal.
    /// Errors: no folder is known, it cannot be written to, or others than the user may write to it.
    pub fn passing() -> io::Result<Self> {
        let folder = Self::make(place(|name| std::env::var_os(name), "XDG_CACHE_HOME", ".cache", "shared")?)?;
        folder.sweep();
        Ok(folder)
    }

    pub fn lasting() -> io::Result<Self> {
        Self::make(place(|name| std::env::var_os(name), "XDG_DATA_HOME", ".local/share", "logins")?)
    }

    /// For what this machine has seen of each ledger. Source: `docs/delivery.md`, "The ledger's files".
    pub fn records() -> io::Result<Self> {
        Self::make(place(|name| std::env::var_os(name), "XDG_DATA_HOME", ".local/share", "ledgers")?)
    }

    pub fn make(path: PathBuf) -> io::Result<Self> {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(&path)?;
        guard(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The file for a thing that these parts identify; its name reveals none of them.
    pub fn file(&self, parts: &[&str], kind: &str) -> PathBuf {
        self.0.join(format!("{}.{kind}", name(parts)))
    }

    fn sweep(&self) {
        let now = SystemTime::now();
        for entry in fs::read_dir(&self.0).into_iter().flatten().flatten() {
            let old = entry.metadata().and_then(|data| data.modified()).is_ok_and(|at| now.duration_since(at).is_ok_and(|age| age > OLD));
            if old {
                // A process that has it open sees that it was removed, and creates it again.
                let _another_was_faster = fs::remove_file(entry.path());
            }
        }
    }
}

/// Options that create a file for the user alone.
fn private() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true);
    options
}

/// Other users could store their own token in a folder that they can write to.
#[cfg(unix)]
fn guard(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o022 != 0 {
        let why = format!("{}: others than you may write to this folder; take that away with `chmod 700`", path.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    Ok(())
}

#[cfg(not(unix))]
fn guard(_: &Path) -> io::Result<()> {
    Ok(())
}

fn place(variable: impl Fn(&str) -> Option<OsString>, xdg: &str, below_home: &str, under_state: &str) -> io::Result<PathBuf> {
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if let Some(state) = variable(VARIABLE).filter(|path| !path.is_empty()) {
        return Ok(PathBuf::from(state).join(under_state));
    }
    let base = absolute(xdg).or_else(|| absolute("HOME").map(|home| home.join(below_home)));
    base.map(|base| base.join("hireline")).ok_or_else(|| {
        let why = format!("neither {VARIABLE} nor HOME says where");
        io::Error::new(io::ErrorKind::NotFound, why)
    })
}

/// A hash of all parts: 128 bits, in hexadecimal.
pub fn name(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    hash.update(b"hireline shared file 1");
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Milliseconds since the epoch, by this machine's clock: the one clock that its processes share.
pub fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_folders_are() {
        let with = |pairs: &'static [(&str, &str)]| {
            move |name: &str| pairs.iter().find(|(n, _)| *n == name).map(|(_, value)| OsString::from(value))
        };
        let told = |pairs| {
            place(with(pairs), "XDG_CACHE_HOME", ".cache", "shared").map(|path| path.display().to_string()).map_err(|e| e.to_string())
        };
        assert_eq!(told(&[("HOME", "/home/ada")]).unwrap(), "/home/ada/.cache/hireline");
        assert_eq!(told(&[("HOME", "/home/ada"), ("XDG_CACHE_HOME", "/var/ada")]).unwrap(), "/var/ada/hireline");
        assert_eq!(told(&[("HOME", "/home/ada"), ("XDG_CACHE_HOME", "relative")]).unwrap(), "/home/ada/.cache/hireline");
        assert_eq!(told(&[("HOME", "/home/ada"), ("HIRELINE_STATE", "/state")]).unwrap(), "/state/shared");
        insta::assert_snapshot!(told(&[]).unwrap_err(), @"neither HIRELINE_STATE nor HOME says where");
    }

    #[test]
    fn a_name_tells_its_parts_apart_and_shows_none() {
        assert_ne!(name(&["ab", "c"]), name(&["a", "bc"]));
        assert_eq!(name(&["https://harvest.example", "hush"]).len(), 32);
        assert!(!name(&["hush"]).contains("hush"));
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_is_the_users_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let made = Folder::make(folder.path().join("a/b")).unwrap();
        assert_eq!(fs::metadata(made.path()).unwrap().permissions().mode() & 0o777, 0o700);
        fs::set_permissions(made.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let refused = Folder::make(made.path().to_owned()).unwrap_err().to_string();
        assert!(refused.contains("others than you may write"), "{refused}");
    }

    #[test]
    fn what_is_old_goes() {
        let folder = tempfile::tempdir().unwrap();
        let made = Folder::make(folder.path().to_owned()).unwrap();
        let (old, new) = (made.file(&["old"], "pace"), made.file(&["new"], "pace"));
        fs::write(&new, "{}").unwrap();
        let file = fs::File::create(&old).unwrap();
        file.set_modified(SystemTime::now() - OLD - Duration::from_secs(1)).unwrap();
        made.sweep();
        assert!(new.exists() && !old.exists());
    }
}
