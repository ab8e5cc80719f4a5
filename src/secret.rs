//! Values that never print: where a secret is to be had, and the secret itself.
//!
//! A [`SecretRef`] is what a pipeline holds: it can be printed, compared and shown. A [`Secret`] is opened from one by the verbs
//! that may (never by `check`, `test` or `diff`), prints as `***`, and is wiped when it goes.

use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::path::PathBuf;

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
#[derive(Debug, thiserror::Error)]
#[error("{from} {why}")]
pub struct SecretError {
    from: SecretRef,
    why: String,
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
                let output = std::process::Command::new(program)
                    .args(arguments)
                    .stdin(std::process::Stdio::null())
                    .stderr(std::process::Stdio::null())
                    .output()
                    .map_err(|e| fail(format!("cannot be run: {}", e.kind())))?;
                if !output.status.success() {
                    return Err(fail(format!("ended with {}", output.status)));
                }
                String::from_utf8(output.stdout).map_err(|_| fail("did not print text".into()))?
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
