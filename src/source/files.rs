//! Files as a source: JSON, JSON lines or HrFlow's answers, one file or many, or standard input.

mod chosen; // one row a profile
mod piece;
mod scan;
mod split;
mod table; // CSV

use super::read_ahead::ReadAhead;
use super::{Gone, Item, Items, Parcel, SourceError};
use crate::base::confined::Bounds;
use crate::model::settings::Files;
use chosen::Chosen;
use piece::Cut;
pub(super) use piece::Piece;
pub(super) use piece::{Text, unread};
pub(super) use scan::apart;
use scan::{Came, Named};
use serde_json::Value;
pub use split::LONGEST;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// Items that are read before they are asked for.
const AHEAD: usize = 32;
const BUFFER: usize = 256 * 1024;

#[derive(Debug)]
pub struct Reader {
    path: String,
    inputs: Vec<Input>,
    /// What lies outside of it is not read.
    within: Option<Bounds>,
}

#[derive(Debug, Clone)]
enum Input {
    File(PathBuf),
    Standard,
}

impl Input {
    fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Standard => "standard input".to_owned(),
        }
    }

    /// What its name says of what is in it.
    fn named(&self) -> Named {
        let Self::File(path) = self else { return Named::Other };
        match path.extension().map(|extension| extension.to_string_lossy().to_lowercase()).as_deref() {
            Some("jsonl" | "ndjson") => Named::Lines,
            Some("csv" | "tsv") => Named::Table,
            _ => Named::Other,
        }
    }

    fn open(&self, within: Option<&Bounds>) -> io::Result<Box<dyn Read>> {
        Ok(match self {
            Self::File(path) => match within {
                None => Box::new(File::open(path)?),
                Some(bounds) => Box::new(File::open(bounds.resolve(path).map_err(io::Error::other)?)?),
            },
            Self::Standard => Box::new(io::stdin()),
        })
    }
}

impl Reader {
    /// Finds the files, sorted by their paths.
    pub fn open(settings: &Files) -> Result<Self, SourceError> {
        let inputs =
            if settings.path == "-" { vec![Input::Standard] } else { matching(&settings.path)?.into_iter().map(Input::File).collect() };
        Ok(Self { path: settings.path.clone(), inputs, within: settings.within.clone() })
    }

    pub fn start(&self) -> Items {
        let (inputs, within) = (self.inputs.clone(), self.within.clone());
        let what = match inputs.as_slice() {
            [Input::Standard] => "standard input is empty".to_owned(),
            [_] => format!("{} is empty", self.path),
            _ => format!("all files that match {} are empty", self.path),
        };
        spawn(move |send| {
            let chosen = chosen(&inputs, within.as_ref())?;
            let (mut empty, mut number, mut passed_over) = (true, 0, 0_u64);
            let mut give = |piece: Piece| {
                if chosen.is_all() {
                    return send(Ok(Parcel::Piece(piece)));
                }
                piece.items().into_iter().try_for_each(|item| {
                    number += 1;
                    if chosen.gives(number - 1, &item) {
                        return send(Ok(Parcel::Item(item)));
                    }
                    passed_over += 1;
                    Ok(())
                })
            };
            for input in &inputs {
                let came = read(input, within.as_ref(), &mut give)?;
                // A file of lines may be empty: that means no profiles.
                empty &= came == Came::Nothing && input.named() == Named::Other;
            }
            if passed_over > 0 {
                send(Ok(Parcel::Item(Item::PassedOver { rows: passed_over })))?;
            }
            if empty { send(Err(SourceError::Empty { what })) } else { Ok(()) }
        })
    }

    pub fn is_standard_input(&self) -> bool {
        self.inputs.iter().any(|input| matches!(input, Input::Standard))
    }

    /// Every document as it is written, with its place; in place of what cannot be read, why.
    pub fn documents(&self) -> Vec<(String, Result<Value, String>)> {
        let mut found = Vec::new();
        for input in &self.inputs {
            let mut take = |piece: Piece| {
                let (at, documents) = piece.documents();
                match documents {
                    Ok(documents) => found.extend(documents.into_iter().map(|document| (at.clone(), Ok(document)))),
                    Err(unread) => found.push((at, Err(unread.why))),
                }
                Ok(())
            };
            // The receiver of the pieces stays to the end.
            let _whole = read(input, self.within.as_ref(), &mut take);
        }
        found
    }

    pub fn fetch(&self, keys: Vec<(String, String)>) -> Result<Items, SourceError> {
        if !keys.is_empty() && self.is_standard_input() {
            return Err(SourceError::StandardInputIsGone);
        }
        let inputs = if keys.is_empty() { Vec::new() } else { self.inputs.clone() };
        let within = self.within.clone();
        Ok(spawn(move |send| {
            let chosen = chosen(&inputs, within.as_ref())?;
            let (mut found, mut number) = (HashSet::new(), 0);
            for input in &inputs {
                read(input, within.as_ref(), &mut |piece| {
                    piece.items().into_iter().try_for_each(|item| {
                        let index = asked(&keys, &item).filter(|_| chosen.gives(number, &item));
                        number += 1;
                        match index {
                            Some(index) => {
                                found.insert(index);
                                send(Ok(Parcel::Item(item)))
                            }
                            None => Ok(()),
                        }
                    })
                })?;
            }
            let missing = keys.iter().enumerate().filter(|(index, _)| !found.contains(index));
            for (_, (source_key, key)) in missing {
                let source_key = Some(source_key.clone()).filter(|key| !key.is_empty());
                send(Ok(Parcel::Item(Item::Missing { by: "key", value: key.clone(), source_key })))?;
            }
            Ok(())
        }))
    }
}

/// Standard input, and what else is no file, can be read once only: each of its rows is given.
fn chosen(inputs: &[Input], within: Option<&Bounds>) -> Result<Chosen, Gone> {
    let is_file = |input: &Input| matches!(input, Input::File(path) if path.is_file());
    if !inputs.iter().all(is_file) {
        return Ok(Chosen::default());
    }
    Chosen::of(&|take| {
        inputs.iter().try_for_each(|input| {
            let mut each = |piece: Piece| {
                take(&piece);
                Ok(())
            };
            read(input, within, &mut each).map(drop)
        })
    })
}

fn asked(keys: &[(String, String)], item: &Item) -> Option<usize> {
    let Item::Profile(profile) = item else { return None };
    keys.iter().position(|(source_key, key)| *key == profile.key && (source_key.is_empty() || *source_key == profile.source_key))
}

/// The files that a pattern means: the one of just that name, or all that match.
fn matching(pattern: &str) -> Result<Vec<PathBuf>, SourceError> {
    let path = Path::new(pattern);
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    if path.is_dir() {
        return Err(SourceError::Folder { path: pattern.trim_end_matches('/').to_owned() });
    }
    let found = glob::glob(pattern).map_err(|error| SourceError::Pattern { pattern: pattern.to_owned(), why: error.msg })?;
    let mut files = Vec::new();
    for entry in found {
        let path = entry.map_err(|error| SourceError::Listing(format!("{}: {}", error.path().display(), error.error().kind())))?;
        // What is neither file nor folder, a pipe for instance, was named on purpose.
        if !path.is_dir() {
            files.push(path);
        }
    }
    if files.is_empty() && !path.exists() {
        return Err(SourceError::NoFile { pattern: pattern.to_owned() });
    }
    if files.is_empty() {
        files.push(path.to_owned());
    }
    files.sort();
    Ok(files)
}

type Give<'a> = dyn FnMut(Result<Parcel, SourceError>) -> Result<(), Gone> + 'a;

/// Reads on a thread of its own. It is not the runtime's, which would wait at its end for a standard input that never closes.
fn spawn(read: impl FnOnce(&mut Give<'_>) -> Result<(), Gone> + Send + 'static) -> Items {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let (complete, read_ahead) = (Arc::new(AtomicBool::new(false)), ReadAhead::new());
    let items = Items::new(receiver, &read_ahead, &complete, None);
    let runtime = Handle::current();
    let thread = std::thread::Builder::new().name("files".to_owned()).spawn(move || {
        let mut give = |parcel: Result<Parcel, SourceError>| {
            let parcel = match parcel {
                Ok(parcel) => {
                    let share = runtime.block_on(read_ahead.reserve(parcel.bytes()))?;
                    Ok((parcel, share))
                }
                Err(error) => Err(error),
            };
            sender.blocking_send(parcel).map_err(|_| Gone)
        };
        if read(&mut give).is_ok() {
            complete.store(true, Ordering::Release);
        }
    });
    if let Err(error) = thread {
        // The items say that they are not complete; the log says why.
        tracing::error!(%error, "no thread to read files with");
    }
    items
}

fn read(input: &Input, within: Option<&Bounds>, send: &mut dyn FnMut(Piece) -> Result<(), Gone>) -> Result<Came, Gone> {
    let name = input.name().into();
    let mut gone = false;
    let mut emit = |cut: Cut| {
        gone = send(Piece::new(&name, cut)).is_err();
        if gone { Err(Gone) } else { Ok(()) }
    };
    let came = input.open(within).and_then(|bytes| scan::scan(BufReader::with_capacity(BUFFER, bytes), input.named(), &mut emit));
    match came {
        _ if gone => Err(Gone),
        Ok(came) => Ok(came),
        Err(error) => send(Piece::unread(&name, &error)).map(|()| Came::Something),
    }
}

#[cfg(test)]
mod tests;
