//! Where profiles come from: HrFlow's API, or files. A source is a stream: what comes next is read while what came is being pushed, and
//! memory does not grow with the number of profiles.

mod files;
mod hrflow;
mod read_ahead;
mod written;

pub use files::LONGEST as LONGEST_DOCUMENT;
pub(crate) use hrflow::canned;
pub use hrflow::{MOST_PASSES, Peek};
pub use read_ahead::READ_AHEAD;

use crate::base::secret::SecretError;
use crate::model::profile::{self, Profile};
use crate::model::settings;
use crate::net::http::{Fault, Http};
use read_ahead::{ReadAhead, Reserved};
use serde_json::{Map, Value};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

pub use written::{Written, in_files};

#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    Profile(Profile),
    /// Something that is no profile, and by what it can be found: `people.jsonl:7`, or `page 3, profile 5`. `why` holds no value of it.
    Unreadable {
        at: String,
        key: Option<String>,
        why: String,
    },
    /// Asked for, and not there.
    Missing {
        /// `key` or `reference`.
        by: &'static str,
        value: String,
        source_key: Option<String>,
    },
    /// So many rows of files were not given, because newer ones of the same profiles were.
    PassedOver {
        rows: u64,
    },
    /// The last item of a complete pass of `profiles: changed`: where the next run starts.
    Cursor(String),
}

impl Item {
    fn of(document: Result<Value, Unread>, at: impl FnOnce() -> String) -> Self {
        let document = match document {
            Ok(document) => document,
            Err(Unread { key, why, .. }) => return Self::Unreadable { at: at(), key, why },
        };
        let key = profile::key_of(&document).map(str::to_owned);
        match Profile::from_document(document) {
            Ok(profile) => Self::Profile(profile),
            Err(why) => Self::Unreadable { at: at(), key, why: why.to_string() },
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("the source cannot be opened: {0}")]
    Secret(#[from] SecretError),
    #[error(
        "HrFlow refused the credentials (GET {endpoint}, code {code}): check api_key and user_email under source.hrflow, and that the key may read \
         these sources"
    )]
    NotAuthorised { endpoint: &'static str, code: u64 },
    #[error("HrFlow says that the quota of this account is used up (GET {endpoint}, code 402): nothing can be read until it is raised")]
    Quota { endpoint: &'static str },
    /// The message is HrFlow's, without the credentials.
    #[error("HrFlow refused GET {endpoint} (code {code}): {message}")]
    Refused { endpoint: &'static str, code: u64, message: String },
    #[error(
        "GET {endpoint} was answered with {content_type} (HTTP {status}) and not with JSON: something between here and HrFlow answered; check \
         source.hrflow.base_url and the way through proxies and gateways"
    )]
    Gateway { endpoint: &'static str, status: u16, content_type: String },
    #[error("HrFlow's answer to GET {endpoint} cannot be understood: {why}")]
    Shape { endpoint: &'static str, why: &'static str },
    /// An end that is none: `what` names the page and the numbers.
    #[error("HrFlow did not give the whole list (GET {endpoint}): {what}. Run again for the rest; where it stays so, ask HrFlow's support")]
    Incomplete { endpoint: &'static str, what: String },
    #[error("HrFlow asks to wait {} s before the next GET {endpoint}: run again then", .wait.as_secs())]
    TooLong { endpoint: &'static str, wait: Duration },
    #[error("HrFlow cannot be asked (GET {endpoint}): {why}")]
    Network { endpoint: &'static str, why: String },
    #[error("no file matches {pattern}: the path under source.files is relative to the file that names it")]
    NoFile { pattern: String },
    #[error("{pattern} is not a path with * and **: {why}")]
    Pattern { pattern: String, why: &'static str },
    #[error("{path} is a folder: write {path}/*.json for the files in it")]
    Folder { path: String },
    #[error("standard input was read and cannot be read again: give a file where profiles are to be tried again")]
    StandardInputIsGone,
    #[error("{what}, so whatever should have written the profiles has not: write [] where there are none")]
    Empty { what: String },
    #[error("a file cannot be listed: {0}")]
    Listing(String),
    #[error("the run was asked to stop")]
    Asked,
    #[error("the source ended in the middle, by a fault of hireline's own: run again, and report it if it stays")]
    BrokenOff,
}

impl SourceError {
    fn of(fault: Fault, endpoint: &'static str) -> Self {
        match fault {
            Fault::TooLong(wait) => Self::TooLong { endpoint, wait },
            Fault::Stopped => Self::Asked,
            Fault::NotSent(why) | Fault::Lost(why) | Fault::Oversized(why) => Self::Network { endpoint, why },
        }
    }
}

/// A source whose secrets are open; nothing is read yet.
#[derive(Debug)]
pub enum Source {
    #[doc(hidden)]
    Hrflow(Arc<hrflow::Reader>),
    #[doc(hidden)]
    Files(files::Reader),
}

impl Source {
    /// Opens the secrets, or finds the files.
    /// Errors: where a secret cannot be opened, or no file matches.
    pub fn open(settings: &settings::Source, http: &Http) -> Result<Self, SourceError> {
        Ok(match settings {
            settings::Source::Hrflow(settings) => Self::Hrflow(Arc::new(hrflow::Reader::open(settings, http)?)),
            settings::Source::Files(settings) => Self::Files(files::Reader::open(settings)?),
        })
    }

    /// Reads what the pipeline selects. `since` is the cursor of an earlier pass, for `profiles: changed`. Must be called within a tokio runtime.
    pub fn read(&self, since: Option<&str>) -> Items {
        match self {
            Self::Hrflow(reader) => Arc::clone(reader).start(since),
            Self::Files(reader) => reader.start(),
        }
    }

    /// Reads these profiles again, whatever the pipeline selects: (source key, key) each, where an empty source key stands for any. Files are read
    /// through; what is not there is [`Item::Missing`].
    /// Errors: standard input cannot be read again.
    pub fn fetch(&self, keys: &[(String, String)]) -> Result<Items, SourceError> {
        match self {
            Self::Hrflow(reader) => Ok(Arc::clone(reader).fetch(keys.to_vec())),
            Self::Files(reader) => reader.fetch(keys.to_vec()),
        }
    }
}

#[derive(Debug)]
enum Parcel {
    Item(Item),
    /// Not parsed yet; may hold several items.
    Piece(files::Piece),
}

impl Parcel {
    fn bytes(&self) -> usize {
        match self {
            Self::Item(Item::Profile(profile)) => profile::weight(&profile.document),
            Self::Item(_) => 0,
            Self::Piece(piece) => piece.bytes(),
        }
    }
}

/// On its way from the reader, with its share of the memory that all of them may take.
type Sent = Result<(Parcel, Reserved), SourceError>;

/// Items as they are read. Where this is dropped, reading stops.
#[derive(Debug)]
pub struct Items {
    receiver: mpsc::Receiver<Sent>,
    read_ahead: ReadAhead,
    /// Items of the last piece that have not been taken yet, with the piece's share of the read-ahead.
    unpacked: VecDeque<Item>,
    share: Option<Reserved>,
    task: Option<AbortHandle>,
    /// Set where reading came to its end. A reader that is torn away says nothing, and must not pass for one that has read all.
    complete: Arc<AtomicBool>,
    ended: bool,
}

impl Items {
    fn new(receiver: mpsc::Receiver<Sent>, read_ahead: &ReadAhead, complete: &Arc<AtomicBool>, task: Option<AbortHandle>) -> Self {
        let (read_ahead, complete) = (read_ahead.clone(), Arc::clone(complete));
        Self { receiver, read_ahead, unpacked: VecDeque::new(), share: None, task, complete, ended: false }
    }

    /// The next item; none at the end. After an error nothing more comes.
    pub async fn next(&mut self) -> Option<Result<Item, SourceError>> {
        loop {
            if let Some(item) = self.unpacked.pop_front() {
                return Some(Ok(item));
            }
            self.share = None;
            if self.ended {
                return None;
            }
            match self.receiver.recv().await {
                Some(Ok((Parcel::Item(item), _share))) => return Some(Ok(item)),
                Some(Ok((Parcel::Piece(piece), share))) => {
                    self.share = Some(share);
                    self.unpacked.extend(piece.items());
                }
                Some(Err(error)) => {
                    self.ended = true;
                    return Some(Err(error));
                }
                None => {
                    self.ended = true;
                    return (!self.complete.load(Ordering::Acquire)).then_some(Err(SourceError::BrokenOff));
                }
            }
        }
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        self.read_ahead.close();
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// `2026-06-20T15:25:07+0000`, with or without a colon in the offset, or without an offset, which is UTC.
pub(crate) fn instant(text: &str) -> Option<jiff::Timestamp> {
    let text = text.trim();
    let without_colon = || jiff::Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text).ok();
    let without_offset = || jiff::tz::TimeZone::UTC.to_timestamp(text.parse::<jiff::civil::DateTime>().ok()?).ok();
    text.parse().ok().or_else(without_colon).or_else(without_offset)
}

/// A row that is no profile, or no JSON.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unread {
    /// The profile's key, where it can be read.
    key: Option<String>,
    /// Holds no value of it.
    why: String,
    /// By which it is known when it is read again.
    mark: u64,
}

impl Unread {
    fn mark(text: &[u8]) -> u64 {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        hasher.finish()
    }
}

impl From<String> for Unread {
    fn from(why: String) -> Self {
        Self { key: None, why, mark: 0 }
    }
}

/// The receiver of the items is gone, so reading may stop.
#[derive(Debug, Clone, Copy)]
struct Gone;

/// What HrFlow's answer says of itself, whatever the HTTP status: a number or a number in a text.
fn envelope_code(envelope: &Map<String, Value>) -> Option<u64> {
    match envelope.get("code")? {
        Value::Number(code) => code.as_u64(),
        Value::String(code) => code.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_reader_that_is_torn_away_is_no_end() {
        let (sender, receiver) = mpsc::channel(1);
        let mut items = Items::new(receiver, &ReadAhead::new(), &Arc::default(), None);
        drop(sender);
        assert!(matches!(items.next().await, Some(Err(SourceError::BrokenOff))));
        assert!(items.next().await.is_none());
    }
}
