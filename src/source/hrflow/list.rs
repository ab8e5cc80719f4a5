//! Lists, page by page, and pass by pass until no row is missing.

use super::answer::{self, Page};
use super::changed::Changed;
use super::paging::{End, Paging};
use super::{Item, Reader, Sender, SourceError, Stop};
use serde_json::Value;
use std::time::Duration;

const LIST: &str = "storing/profiles";
const SEARCH: &str = "profiles/searching";
/// Passes through a list that keeps changing. A further pass would show only what is as new as the cursor,
/// and so the next run's.
pub const MOST_PASSES: usize = 5;
/// Passes that did not give all rows.
const MOST_GAPS: usize = 3;
/// How often empty pages are requested again in one pass. The first wait is that of every reading call; each
/// further one is twice as long.
const ASK_AGAIN: u32 = 3;

#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    order: &'static str,
    sort: &'static str,
    /// Until a pass shows nothing new.
    to_rest: bool,
}

/// Oldest first by creation date. That date never changes, so an updated profile keeps its position, and a
/// new one is added at the end.
const ALL: Way = Way { order: "asc", sort: "created_at", to_rest: false };
/// Newest first, until a pass shows nothing new: a profile that is updated during the read moves to the top,
/// and a deleted one pulls the next row over the edge of its page.
const CHANGED: Way = Way { order: "desc", sort: "updated_at", to_rest: true };

/// What gives a list's pages: HrFlow, or recorded answers.
pub(super) trait Pages: Sync {
    fn page(&self, number: u64, way: Way) -> impl Future<Output = Result<Page, SourceError>> + Send;

    /// Before an empty page is requested again, for the first time or a further one.
    fn wait(&self, times: u32, page: u64) -> impl Future<Output = ()> + Send;

    /// The endpoint, as messages name it.
    fn endpoint(&self) -> &'static str;
}

pub(super) struct List<'a, P>(pub &'a P);

impl<P: Pages> List<'_, P> {
    pub async fn all(&self, sender: &Sender) -> Result<(), Stop> {
        self.passes(ALL, &mut Changed::new(None, Duration::ZERO), sender).await
    }

    pub async fn changed(&self, since: Option<&str>, overlap: Duration, sender: &Sender) -> Result<(), Stop> {
        let mut changed = Changed::new(since, overlap);
        self.passes(CHANGED, &mut changed, sender).await?;
        if let Some(cursor) = changed.cursor(since) {
            sender.send(Item::Cursor(cursor)).await?;
        }
        Ok(())
    }

    /// Reads from the start again if rows are missing, or if the list moved so that some may be. Nothing is
    /// sent twice.
    async fn passes(&self, way: Way, changed: &mut Changed, sender: &Sender) -> Result<(), Stop> {
        let mut paging = Paging::default();
        let mut gaps = 0;
        for pass in 1..=MOST_PASSES {
            let (new, end) = self.pass(way, changed, &mut paging, sender).await?;
            tracing::debug!(pass, new, ?end, "a pass through the list");
            match end {
                End::Gap(what) => {
                    gaps += 1;
                    if gaps == MOST_GAPS || pass == MOST_PASSES {
                        return Err(SourceError::Incomplete { endpoint: self.0.endpoint(), what }.into());
                    }
                }
                End::Shrank if new > 0 => {}
                End::Whole if new > 0 && way.to_rest => {}
                End::Whole | End::Shrank => break,
            }
        }
        Ok(())
    }

    async fn pass(&self, way: Way, changed: &mut Changed, paging: &mut Paging, sender: &Sender) -> Result<(usize, End), Stop> {
        paging.begin();
        let (mut number, mut before, mut new, mut asked_again) = (1, 0, 0, 0);
        loop {
            let mut page = self.0.page(number, way).await?;
            while asked_again < ASK_AGAIN && paging.is_gap(number, &page) {
                asked_again += 1;
                self.0.wait(asked_again, number).await;
                page = self.0.page(number, way).await?;
            }
            before = self.is_another(&page, number, before)?;
            let next = paging.take(number, &page);
            let sorted = changed.sort(page.rows, page.date);
            new += sorted.new.len();
            for (place, row) in sorted.new {
                sender.send(Item::of(row, || format!("page {number}, profile {place}"))).await?;
            }
            match next {
                _ if sorted.is_last => return Ok((new, paging.cut())),
                Some(next) => number = next,
                None => return Ok((new, paging.end())),
            }
        }
    }

    /// If no answer says how many pages there are, a server that always gives the same page would never end.
    fn is_another(&self, page: &Page, number: u64, before: u64) -> Result<u64, SourceError> {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let mut hasher = DefaultHasher::new();
        page.rows.iter().for_each(|row| match row {
            Ok(row) => row.get("key").and_then(Value::as_str).hash(&mut hasher),
            Err(unread) => unread.mark.hash(&mut hasher),
        });
        let now = hasher.finish();
        let same = number > 1 && page.last.is_none() && !page.rows.is_empty() && now == before;
        if same { Err(SourceError::Shape { endpoint: self.0.endpoint(), why: "it gives the same page again and again" }) } else { Ok(now) }
    }
}

impl Pages for Reader {
    fn endpoint(&self) -> &'static str {
        if self.search.is_some() { SEARCH } else { LIST }
    }

    async fn wait(&self, times: u32, page: u64) {
        let settings = self.http.settings();
        let wait = settings.first_wait.saturating_mul(1 << (times - 1)).min(settings.longest_wait);
        tracing::info!(endpoint = self.endpoint(), page, wait_ms = wait.as_millis(), "a page came back empty, and is asked for again");
        tokio::time::sleep(wait).await;
    }

    async fn page(&self, number: u64, way: Way) -> Result<Page, SourceError> {
        let source_keys = Value::from(self.source_keys.clone()).to_string();
        let (number, size) = (number.to_string(), self.page_size.to_string());
        let search: Vec<(&str, String)> = self.search.iter().flatten().map(|(name, value)| (name.as_str(), plain(value))).collect();
        let paging =
            [("page", number.as_str()), ("limit", &size), ("source_keys", &source_keys), ("order_by", way.order), ("sort_by", way.sort)];
        // The pipeline's own parameters win, except for the page.
        let own = paging.into_iter().enumerate().filter(|(index, (name, _))| *index < 2 || search.iter().all(|(other, _)| other != name));
        let mut parameters: Vec<(&str, &str)> = own.map(|(_, parameter)| parameter).collect();
        parameters
            .extend(search.iter().filter(|(name, _)| !matches!(*name, "page" | "limit")).map(|(name, value)| (*name, value.as_str())));
        if self.search.is_none() {
            parameters.push(("return_profile", "true"));
        }
        match self.ask(self.endpoint(), &parameters).await? {
            Some(envelope) => answer::page(envelope, self.endpoint()),
            None => Ok(Page::of_nobody()),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peek {
    pub source_key: String,
    /// As its profiles say it; none where it holds none.
    pub name: Option<String>,
    pub profiles: Option<u64>,
}

impl Reader {
    pub fn source_keys(&self) -> &[String] {
        &self.source_keys
    }

    /// One profile of one source, in a list of one.
    /// Errors: HrFlow says no, or cannot be asked.
    pub async fn peek(&self, source_key: &str) -> Result<Peek, SourceError> {
        let keys = Value::from(vec![source_key]).to_string();
        let parameters = [
            ("page", "1"),
            ("limit", "1"),
            ("source_keys", keys.as_str()),
            ("order_by", "desc"),
            ("sort_by", "updated_at"),
            ("return_profile", "true"),
        ];
        let page = match self.ask(LIST, &parameters).await? {
            Some(envelope) => answer::page(envelope, LIST)?,
            None => Page::of_nobody(),
        };
        let name = page.rows.first().and_then(|row| row.as_ref().ok()?.pointer("/source/name")).and_then(Value::as_str).map(str::to_owned);
        Ok(Peek { source_key: source_key.to_owned(), name, profiles: page.total })
    }
}

/// Texts as they are, everything else as JSON: HrFlow takes lists as JSON in a text.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
