//! HrFlow's API as a source. Source: the HrFlow reference, "API"; rule 12 of the delivery document.

mod answer;
mod changed;

use super::{Gone, Item, Items, Parcel, SourceError};
use crate::http::{HeaderText, Http, Request, with_query};
use crate::profile::{self, Profile};
use crate::settings::{HeaderValue, Hrflow, Profiles};
use answer::Page;
use changed::Changed;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::mpsc;

const LIST: &str = "storing/profiles";
const SEARCH: &str = "profiles/searching";
const ONE: &str = "profile/indexing";
/// Single profiles that are asked for at once.
const AT_ONCE: usize = 4;
/// Passes through a list that does not come to rest. What a further one would show is as new as the cursor, and so the next run's.
const MOST_PASSES: usize = 5;

#[derive(Debug)]
pub struct Reader {
    http: Http,
    base_url: String,
    headers: Vec<(String, HeaderText)>,
    source_keys: Vec<String>,
    profiles: Profiles,
    page_size: u32,
    search: Option<Map<String, Value>>,
}

/// The other end of [`Items`]. What was wrong ends the reading, as does nobody being there.
struct Sender(mpsc::Sender<Result<Parcel, SourceError>>);

enum Stop {
    Gone,
    Failed(SourceError),
}

impl From<SourceError> for Stop {
    fn from(error: SourceError) -> Self {
        Self::Failed(error)
    }
}

impl From<Gone> for Stop {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

impl Sender {
    async fn send(&self, item: Item) -> Result<(), Gone> {
        self.0.send(Ok(Parcel::Item(item))).await.map_err(|_| Gone)
    }
}

/// One profile that is asked for by name.
#[derive(Debug, Clone)]
struct Asked {
    /// The parameter: `key` or `reference`.
    by: &'static str,
    value: String,
    /// Each is tried, in order.
    source_keys: Vec<String>,
}

impl Reader {
    /// Opens the secrets.
    pub fn open(settings: &Hrflow, http: &Http) -> Result<Self, SourceError> {
        let mut headers = vec![
            ("x-api-key".to_owned(), HeaderText::Secret(settings.api_key.open()?)),
            ("x-user-email".to_owned(), HeaderText::Secret(settings.user_email.open()?)),
            ("accept".to_owned(), HeaderText::Text("application/json".to_owned())),
        ];
        for (name, value) in &settings.headers {
            let value = match value {
                HeaderValue::Text(text) => HeaderText::Text(text.clone()),
                HeaderValue::Secret(secret) => HeaderText::Secret(secret.open()?),
            };
            headers.push((name.clone(), value));
        }
        Ok(Self {
            http: http.clone(),
            base_url: settings.base_url.trim_end_matches('/').to_owned(),
            headers,
            source_keys: settings.source_keys.clone(),
            profiles: settings.profiles.clone(),
            page_size: settings.page_size,
            search: settings.search.clone(),
        })
    }

    pub fn start(self: Arc<Self>, since: Option<&str>) -> Items {
        let since = since.map(str::to_owned);
        self.spawn(|reader, sender| async move {
            let asked = |by, values: &[String]| -> Vec<Asked> {
                values.iter().map(|value| Asked { by, value: value.clone(), source_keys: reader.source_keys.clone() }).collect()
            };
            match &reader.profiles {
                Profiles::Keys(keys) => reader.named(asked("key", keys), &sender).await,
                Profiles::References(references) => reader.named(asked("reference", references), &sender).await,
                Profiles::Changed if reader.search.is_none() => reader.changed(since.as_deref(), &sender).await,
                Profiles::All | Profiles::Changed => reader.all(&sender).await,
            }
        })
    }

    /// Reads these again: (source key, key) each.
    pub fn fetch(self: Arc<Self>, keys: Vec<(String, String)>) -> Items {
        self.spawn(|reader, sender| async move {
            let asked = keys.into_iter().map(|(source_key, value)| {
                let source_keys = if source_key.is_empty() { reader.source_keys.clone() } else { vec![source_key] };
                Asked { by: "key", value, source_keys }
            });
            reader.named(asked.collect(), &sender).await
        })
    }

    /// The channel holds about a page, so that one is read while the one before it is pushed.
    fn spawn<F>(self: Arc<Self>, read: impl FnOnce(Arc<Self>, Arc<Sender>) -> F) -> Items
    where
        F: Future<Output = Result<(), Stop>> + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel(self.page_size.max(1) as usize);
        let complete = Arc::new(AtomicBool::new(false));
        let (told, done) = (sender.clone(), Arc::clone(&complete));
        let reading = read(self, Arc::new(Sender(sender)));
        let task = tokio::spawn(async move {
            match reading.await {
                Ok(()) => done.store(true, Ordering::Release),
                // Nobody being there to be told is no fault.
                Err(Stop::Failed(error)) => drop(told.send(Err(error)).await),
                Err(Stop::Gone) => {}
            }
        });
        Items::new(receiver, &complete, Some(task.abort_handle()))
    }

    /// All of a list, oldest first by the date on which they were created. That date never changes, so a profile that is updated meanwhile keeps its place,
    /// and one that is created comes at the end.
    async fn all(&self, sender: &Sender) -> Result<(), Stop> {
        let mut number = 1;
        let mut before = 0;
        loop {
            let page = self.page(number, "asc", "created_at").await?;
            before = self.is_another(&page, number, before)?;
            let (rows, last) = (page.rows.len(), page.last);
            for (index, row) in page.rows.into_iter().enumerate() {
                sender.send(item(row, None, || format!("page {number}, profile {}", index + 1))).await?;
            }
            match answer::next_page(number, rows, last) {
                Some(next) => number = next,
                None => return Ok(()),
            }
        }
    }

    /// What was updated since the cursor, newest first; then again, until a pass shows nothing new: a profile that is updated while its list is read jumps to
    /// the top, and one that is deleted pulls the next over the edge of its page.
    async fn changed(&self, since: Option<&str>, sender: &Sender) -> Result<(), Stop> {
        let mut changed = Changed::new(since);
        for pass in 1.. {
            let new = self.pass(&mut changed, sender).await?;
            tracing::debug!(pass, new, "a pass through what changed");
            if new == 0 || pass == MOST_PASSES {
                break;
            }
        }
        if let Some(cursor) = changed.cursor(since) {
            sender.send(Item::Cursor(cursor)).await?;
        }
        Ok(())
    }

    async fn pass(&self, changed: &mut Changed, sender: &Sender) -> Result<usize, Stop> {
        let (mut number, mut before, mut new) = (1, 0, 0);
        loop {
            let page = self.page(number, "desc", "updated_at").await?;
            before = self.is_another(&page, number, before)?;
            let (rows, last) = (page.rows.len(), page.last);
            let sorted = changed.sort(page.rows);
            new += sorted.new.len();
            for (place, row) in sorted.new {
                sender.send(item(row, None, || format!("page {number}, profile {place}"))).await?;
            }
            match answer::next_page(number, rows, last) {
                Some(next) if !sorted.is_last => number = next,
                _ => return Ok(new),
            }
        }
    }

    /// Where nobody says how many pages there are, a server that gives the same one for ever would never be done.
    fn is_another(&self, page: &Page, number: u64, before: u64) -> Result<u64, SourceError> {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let mut hasher = DefaultHasher::new();
        page.rows.iter().for_each(|row| row.get("key").and_then(Value::as_str).hash(&mut hasher));
        let now = hasher.finish();
        let same = number > 1 && page.last.is_none() && !page.rows.is_empty() && now == before;
        if same { Err(SourceError::Shape { endpoint: self.list(), why: "it gives the same page again and again" }) } else { Ok(now) }
    }

    async fn named(&self, asked: Vec<Asked>, sender: &Sender) -> Result<(), Stop> {
        let mut found = stream::iter(asked).map(|asked| self.one(asked)).buffered(AT_ONCE);
        while let Some(item) = found.try_next().await? {
            sender.send(item).await?;
        }
        Ok(())
    }

    /// From the first of the sources that has it.
    async fn one(&self, asked: Asked) -> Result<Item, SourceError> {
        for source_key in &asked.source_keys {
            let parameters = [("source_key", source_key.as_str()), (asked.by, asked.value.as_str())];
            let Some(mut envelope) = self.ask(ONE, parameters).await? else { continue };
            match envelope.shift_remove("data") {
                None | Some(Value::Null) => {}
                Some(document) => return Ok(item(document, Some(source_key), || format!("the profile with {} {}", asked.by, asked.value))),
            }
        }
        let source_key = match asked.source_keys.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        };
        Ok(Item::Missing { key: asked.value, source_key })
    }

    fn list(&self) -> &'static str {
        if self.search.is_some() { SEARCH } else { LIST }
    }

    async fn page(&self, number: u64, order: &str, sort: &str) -> Result<Page, SourceError> {
        let source_keys = Value::from(self.source_keys.clone()).to_string();
        let (number, size) = (number.to_string(), self.page_size.to_string());
        let search: Vec<(&str, String)> = self.search.iter().flatten().map(|(name, value)| (name.as_str(), plain(value))).collect();
        let paging = [("page", number.as_str()), ("limit", &size), ("source_keys", &source_keys), ("order_by", order), ("sort_by", sort)];
        // What the pipeline asks for itself counts, but for the page.
        let own = paging.into_iter().enumerate().filter(|(index, (name, _))| *index < 2 || search.iter().all(|(other, _)| other != name));
        let mut parameters: Vec<(&str, &str)> = own.map(|(_, parameter)| parameter).collect();
        parameters
            .extend(search.iter().filter(|(name, _)| !matches!(*name, "page" | "limit")).map(|(name, value)| (*name, value.as_str())));
        if self.search.is_none() {
            parameters.push(("return_profile", "true"));
        }
        match self.ask(self.list(), parameters).await? {
            Some(envelope) => answer::page(envelope, self.list()),
            // None of the sources has a profile.
            None => Ok(Page { rows: Vec::new(), last: Some(0) }),
        }
    }

    async fn ask<'a>(
        &self,
        endpoint: &'static str,
        parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Option<Map<String, Value>>, SourceError> {
        let url = with_query(&format!("{}/{endpoint}", self.base_url), parameters);
        let answer = self.http.read(&Request::get(url, self.headers.clone())).await.map_err(|fault| SourceError::of(fault, endpoint))?;
        let credentials: Vec<&str> =
            self.headers.iter().filter(|(_, value)| matches!(value, HeaderText::Secret(_))).map(|(_, value)| value.expose()).collect();
        answer::data(&answer, endpoint, &credentials)
    }
}

/// Texts as they are, everything else as JSON: HrFlow takes lists as JSON in a text.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `asked_of` is the source that was asked, for an answer that does not say it.
fn item(document: Value, asked_of: Option<&str>, at: impl FnOnce() -> String) -> Item {
    let key = profile::key_of(&document).map(str::to_owned);
    match Profile::from_document(document) {
        Ok(profile) if profile.source_key.is_empty() => {
            Item::Profile(Profile { source_key: asked_of.unwrap_or_default().to_owned(), ..profile })
        }
        Ok(profile) => Item::Profile(profile),
        Err(why) => Item::Unreadable { at: at(), key, why: why.to_string() },
    }
}

#[cfg(test)]
mod tests;
