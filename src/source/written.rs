//! Profiles as they were written, not normalised: for fixtures, which must have the shapes of the originals.

use super::{Source, SourceError, files};
use crate::model::profile::{NotAProfile, Profile, key_of};
use crate::model::settings::Files;
use serde_json::Value;
use std::fmt;

#[derive(Clone, PartialEq)]
pub enum Written {
    /// It is a profile: [`Profile::from_document`] takes it.
    Profile(Value),
    /// `why` holds no value of it.
    Unreadable { at: String, why: String },
    /// Asked for by this key, and not there.
    Missing(String),
}

/// Without the document: it holds personal data.
impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile(_) => f.write_str("Profile(***)"),
            Self::Unreadable { at, why } => f.debug_struct("Unreadable").field("at", at).field("why", why).finish(),
            Self::Missing(key) => f.debug_tuple("Missing").field(key).finish(),
        }
    }
}

impl Source {
    /// These profiles, by key, in that order.
    /// Errors: the source cannot be read, or is standard input, which is read once.
    pub async fn as_written(&self, keys: &[String]) -> Result<Vec<Written>, SourceError> {
        let mut found = Vec::new();
        match self {
            Self::Hrflow(reader) => {
                for key in keys {
                    found.push(match reader.as_written(key).await? {
                        Some(Ok(document)) => profile(document, || format!("the profile with key {key}")),
                        Some(Err(unread)) => Written::Unreadable { at: format!("the profile with key {key}"), why: unread.why },
                        None => Written::Missing(key.clone()),
                    });
                }
            }
            Self::Files(reader) if reader.is_standard_input() => return Err(SourceError::StandardInputIsGone),
            Self::Files(reader) => {
                let mut documents = reader.documents();
                for key in keys {
                    let at =
                        documents.iter().position(|(_, document)| document.as_ref().is_ok_and(|document| key_of(document) == Some(key)));
                    found.push(match at.map(|at| documents.swap_remove(at)) {
                        Some((at, Ok(document))) => profile(document, || at),
                        _ => Written::Missing(key.clone()),
                    });
                }
            }
        }
        Ok(found)
    }
}

/// Every profile of some files, which may be standard input (`-`).
/// Errors: no file matches.
pub fn in_files(settings: &Files) -> Result<Vec<Written>, SourceError> {
    let documents = files::Reader::open(settings)?.documents();
    Ok(documents
        .into_iter()
        .map(|(at, document)| match document {
            Ok(document) => profile(document, || at),
            Err(why) => Written::Unreadable { at, why },
        })
        .collect())
}

fn profile(document: Value, at: impl FnOnce() -> String) -> Written {
    let refused: Option<NotAProfile> = Profile::from_document(document.clone()).err();
    match refused {
        None => Written::Profile(document),
        Some(why) => Written::Unreadable { at: at(), why: why.to_string() },
    }
}
