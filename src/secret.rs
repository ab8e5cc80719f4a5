//! Values that never print: where a secret is to be had, and the secret itself.
//!
//! A [`SecretRef`] is what a pipeline holds: it can be printed, compared and shown. A [`Secret`] is opened from one by the verbs
//! that may (never by `check`, `test` or `diff`), prints as `***`, and is wiped when it goes.

use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Where a secret is to be had. Source: `Secrets` of the pipeline's design.
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

/// All secrets that could not be opened, so that nobody mends them one at a time.
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

/// Whether all that are named are there, as far as that can be told without running a command: variables that are set, files.
///
/// # Errors
/// All of them.
pub fn all_there<'s>(secrets: impl IntoIterator<Item = &'s SecretRef>) -> Result<(), SecretErrors> {
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
            Self::Env(name) => std::env::var(name).map_err(|e| match e {
                std::env::VarError::NotPresent => fail("is not set: set it where hireline runs".into()),
                std::env::VarError::NotUnicode(_) => fail("is not text".into()),
            })?,
            Self::File(path) => std::fs::read_to_string(path).map_err(|e| fail(format!("cannot be read: {}", e.kind())))?,
            Self::Command(words) => {
                let (program, arguments) = words.split_first().ok_or_else(|| fail("names no program".into()))?;
                let printed = run(program, arguments).map_err(fail)?;
                String::from_utf8(printed).map_err(|_| fail("did not print text".into()))?
            }
            Self::Sandbox(value) => (*value).to_owned(),
        };
        let trimmed = found.trim();
        if trimmed.is_empty() {
            return Err(fail("is empty".into()));
        }
        Ok(Secret::new(trimmed))
    }
}

/// A command that asks somebody, or hangs, must not hang a run without a word.
const LONGEST: Duration = Duration::from_secs(30);

/// What a command prints.
fn run(program: &str, arguments: &[String]) -> Result<Vec<u8>, String> {
    let cannot = |error: std::io::Error| format!("cannot be run: {}", error.kind());
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(cannot)?;
    let mut stdout = child.stdout.take();
    let reading = std::thread::spawn(move || {
        let mut printed = Vec::new();
        stdout.as_mut().map(|stdout| stdout.read_to_end(&mut printed)).transpose().map(|_| printed)
    });
    let begin = Instant::now();
    let status = loop {
        match child.try_wait().map_err(cannot)? {
            Some(status) => break status,
            None if begin.elapsed() > LONGEST => {
                let _gone_already = child.kill();
                return Err(format!("did not end within {} s, and was stopped", LONGEST.as_secs()));
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    if !status.success() {
        return Err(format!("ended with {status}"));
    }
    reading.join().map_err(|_| "could not be read".to_owned())?.map_err(cannot)
}

/// An opened secret.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    pub fn new(value: &str) -> Self {
        Self(SecretString::from(value))
    }

    /// The value itself: for the one place that puts it on the wire.
    pub fn expose(&self) -> &str {
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
    fn a_command_is_trimmed() {
        let command = SecretRef::Command(vec!["echo".into(), "hush".into()]);
        assert_eq!(command.open().unwrap().expose(), "hush");
    }
}
