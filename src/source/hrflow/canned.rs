//! A list whose pages are recorded answers: read in the same way as HrFlow's own, without a server.

use super::super::read_ahead::ReadAhead;
use super::answer::{self, Page};
use super::list::{List, Pages, Way};
use super::{Sender, SourceError, Stop};
use crate::net::http::Answer;
use crate::source::{Item, Parcel};
use serde_json::Value;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// After so many further answers of the last kind the other side is gone.
const PATIENCE: usize = 64;
const ENDPOINT: &str = "storing/profiles";

#[derive(Debug, Default)]
pub struct Passage {
    /// Each row of each page that could be read, in the order in which they were given.
    pub given: Vec<Value>,
    pub items: Vec<Item>,
    /// How it ended, where not with the list's end.
    pub error: Option<SourceError>,
    pub asked: usize,
}

/// The answers, one a request, and what was given of them so far.
struct Canned<'a> {
    answers: &'a [Answer],
    so_far: Mutex<(usize, Vec<Value>)>,
}

impl Pages for Canned<'_> {
    async fn page(&self, _: u64, _: Way) -> Result<Page, SourceError> {
        let mut so_far = self.so_far.lock().unwrap_or_else(PoisonError::into_inner);
        let index = so_far.0;
        so_far.0 += 1;
        let answer = self.answers.get(index).or(self.answers.last()).filter(|_| index < self.answers.len() + PATIENCE);
        let answer = answer.ok_or(SourceError::Network { endpoint: ENDPOINT, why: "nobody answers any more".to_owned() })?;
        let page = match answer::data(answer, ENDPOINT, &[])? {
            Some(envelope) => answer::page(envelope, ENDPOINT)?,
            None => Page::of_nobody(),
        };
        so_far.1.extend(page.rows.iter().map(|row| row.clone().unwrap_or_else(|unread| unread.mark.into())));
        Ok(page)
    }

    async fn wait(&self, _: u32, _: u64) {}

    fn endpoint(&self) -> &'static str {
        ENDPOINT
    }
}

/// Reads all of a list, or, with a cursor (an empty one for the first time), what has changed.
pub async fn read(answers: &[Answer], since: Option<&str>) -> Passage {
    let canned = Canned { answers, so_far: Mutex::default() };
    let (sender, mut receiver) = mpsc::channel(4);
    let reading = async {
        let sender = Sender(sender, ReadAhead::new());
        let list = List(&canned);
        match since {
            None => list.all(&sender).await,
            Some(since) => list.changed(Some(since).filter(|since| !since.is_empty()), Duration::ZERO, &sender).await,
        }
    };
    let taking = async {
        let mut items = Vec::new();
        while let Some(Ok((Parcel::Item(item), _share))) = receiver.recv().await {
            items.push(item);
        }
        items
    };
    let (ended, items) = tokio::join!(reading, taking);
    let error = match ended {
        Err(Stop::Failed(error)) => Some(error),
        Ok(()) | Err(Stop::Gone) => None,
    };
    let (asked, given) = canned.so_far.into_inner().unwrap_or_else(PoisonError::into_inner);
    Passage { given, items, error, asked }
}
