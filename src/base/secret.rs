//! Values that never print: a reference to a secret, and the secret itself.
//!
//! A [`SecretRef`] is what a pipeline holds: it can be printed, compared and shown. A [`Secret`] is opened from one by the verbs
//! that may (never by `check`, `test` or `diff`), prints as `***`, and is wiped when it goes.

mod strike;

pub(crate) use strike::struck;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A reference to a secret. Source: `docs/pipeline-file.md`, "Secrets".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    Env(String),
    File(PathBuf),
    Command(Vec<String>),
    /// The sandbox's own, which opens nothing else.
    Sandbox(&'static str),
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "the environment variable {name}"),
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Command(words) => write!(f, "the command {}", words.first().map_or("", String::as_str)),
            Self::Sandbox(_) => f.write_str("the sandbox"),
        }
    }
}

/// A secret that could not be opened.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{from} {why}")]
pub struct SecretError {
    from: SecretRef,
    why: String,
}

impl SecretError {
    /// For what is kept on behalf of a secret, and cannot be had.
    pub fn new(from: SecretRef, why: impl Into<String>) -> Self {
        Self { from, why: why.into() }
    }
}

/// All secrets that could not be opened, so that they can be fixed at once.
#[derive(Debug)]
pub struct SecretErrors(pub Vec<SecretError>);

impl std::error::Error for SecretErrors {}

impl fmt::Display for SecretErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told: Vec<(Vec<String>, &str)> = Vec::new();
        for SecretError { from, why } in &self.0 {
            let from = from.to_string();
            // A variable may be named in several places, and several may be wrong in one way.
            match told.iter_mut().find(|(_, other)| other == why) {
                Some((several, _)) if several.contains(&from) => {}
                Some((several, _)) => several.push(from),
                None => told.push((vec![from], why)),
            }
        }
        let words = |(from, why): &(Vec<String>, &str)| match from.as_slice() {
            [one] => format!("{one} {why}"),
            several => format!("{}: each {why}", several.join(", ")),
        };
        let told: Vec<_> = told.iter().map(words).collect();
        f.write_str(&told.join("; "))
    }
}

/// Whether all that are named are there, as far as that is known without running a command: variables that
/// are set, files.
///
/// # Errors
/// All of them.
pub(crate) fn all_there<'s>(secrets: impl IntoIterator<Item = &'s SecretRef>) -> Result<(), SecretErrors> {
    let missing = |secret: &SecretRef| match secret {
        SecretRef::Env(_) => secret.open().err(),
        SecretRef::File(path) => {
            std::fs::metadata(path).err().map(|e| SecretError::new(secret.clone(), format!("cannot be read: {}", e.kind())))
        }
        SecretRef::Command(_) | SecretRef::Sandbox(_) => None,
    };
    let errors: Vec<_> = secrets.into_iter().filter_map(missing).collect();
    if errors.is_empty() { Ok(()) } else { Err(SecretErrors(errors)) }
}

impl SecretRef {
    /// Opens it. White space around it goes (files and commands end their last line). Blocking: a command is waited for.
    ///
    /// # Errors
    /// Says where it was looked for and why that did not do; never what was found.
    pub fn open(&self) -> Result<Secret, SecretError> {
        let fail = |why: String| SecretError { from: self.clone(), why };
        let found = match self {
            Self::Env(name) => match std::env::var(name) {
                Ok(value) => Zeroizing::new(value.into_bytes()),
                Err(std::env::VarError::NotPresent) => return Err(fail("is not set: set it where hireline runs".into())),
                Err(std::env::VarError::NotUnicode(_)) => return Err(fail("is not text".into())),
            },
            Self::File(path) => {
                let read = std::fs::File::open(path).and_then(whole);
                read.map_err(|error| fail(format!("cannot be read: {}", error.kind())))?
            }
            Self::Command(words) => {
                let (program, arguments) = words.split_first().ok_or_else(|| fail("names no program".into()))?;
                run(program, arguments).map_err(fail)?
            }
            Self::Sandbox(value) => Zeroizing::new(value.as_bytes().to_vec()),
        };
        if found.len() > LARGEST {
            return Err(fail(format!("gives more than {LARGEST} bytes: that is something else than a secret")));
        }
        let trimmed = std::str::from_utf8(&found).map_err(|_| fail("is not text".into()))?.trim();
        if trimmed.is_empty() {
            return Err(fail("is empty".into()));
        }
        Ok(Secret::new(trimmed))
    }
}

/// A command that waits for input, or hangs, must not hang a run.
const LONGEST: Duration = Duration::from_secs(30);

/// Bytes of a secret. A private key has a few thousand; a file without end is none.
const LARGEST: usize = 64 << 10;

/// All bytes, up to one more than a secret may have, in one piece of memory that is wiped.
fn whole(from: impl Read) -> std::io::Result<Zeroizing<Vec<u8>>> {
    // Growing would leave copies in memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LARGEST + 1));
    from.take(LARGEST as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What a command prints.
fn run(program: &str, arguments: &[String]) -> Result<Zeroizing<Vec<u8>>, String> {
    let cannot = |error: std::io::Error| format!("cannot be run: {}", error.kind());
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(cannot)?;
    let (send, printed) = std::sync::mpsc::sync_channel(1);
    if let Some(stdout) = child.stdout.take() {
        std::thread::spawn(move || {
            // The receiver is gone if that took too long.
            let _gone = send.send(whole(stdout));
        });
    }
    let begin = Instant::now();
    let late = || format!("did not end within {} s, and was stopped", LONGEST.as_secs());
    let status = loop {
        match child.try_wait().map_err(cannot)? {
            Some(status) => break status,
            None if begin.elapsed() > LONGEST => {
                let _gone_already = child.kill();
                return Err(late());
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    // What the command left running may hold its output open for ever.
    let printed = printed.recv_timeout(LONGEST.saturating_sub(begin.elapsed())).map_err(|_| late())?.map_err(cannot)?;
    // One that prints without end is cut off by us, and ends badly for that.
    if !status.success() && printed.len() <= LARGEST {
        return Err(format!("ended with {status}"));
    }
    Ok(printed)
}

/// An opened secret.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    pub fn new(value: &str) -> Self {
        Self(SecretString::from(value))
    }

    /// The value itself: for the one place that puts it on the wire.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print() {
        let secret = Secret::new("hush");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
    }

    #[test]
    fn an_error_says_where_and_not_what() {
        let command = SecretRef::Command(vec!["sh".into(), "-c".into(), "echo hush; exit 3".into()]);
        insta::assert_snapshot!(command.open().unwrap_err(), @"the command sh ended with exit status: 3");
        insta::assert_snapshot!(SecretRef::Env("HIRELINE_NOT_SET".into()).open().unwrap_err(), @"the environment variable HIRELINE_NOT_SET is not set: set it where hireline runs");
    }

    #[test]
    fn what_is_no_secret_is_refused_and_does_not_hang() {
        let open =
            |words: &[&str]| SecretRef::Command(words.iter().map(|word| (*word).to_owned()).collect()).open().unwrap_err().to_string();
        insta::assert_snapshot!(open(&["sh", "-c", "while :; do echo hush; done"]), @"the command sh gives more than 65536 bytes: that is something else than a secret");
        insta::assert_snapshot!(open(&["printf", "\\377"]), @"the command printf is not text");
        let zero = SecretRef::File("/dev/zero".into()).open().unwrap_err().to_string();
        assert!(zero.contains("more than") || !std::path::Path::new("/dev/zero").exists(), "{zero}");
    }

    #[test]
    fn a_command_is_trimmed() {
        let command = SecretRef::Command(vec!["echo".into(), "hush".into()]);
        assert_eq!(command.open().unwrap().expose(), "hush");
    }
}
