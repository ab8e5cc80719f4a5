//! HrFlow's API as a source. Source: `docs/hrflow-api.md`, "API"; `docs/delivery.md`, R12.

mod answer;
pub(crate) mod canned; // answers that were written down, for the properties
mod changed;
mod list;
mod paging;

pub use list::{MOST_PASSES, Peek};

use super::read_ahead::ReadAhead;
use super::{Gone, Item, Items, Parcel, Sent, SourceError};
use crate::model::settings::{HeaderValue, Hrflow, Profiles};
use crate::net::http::{HeaderText, Http, Request, Service, with_query};
use answer::{Envelope, Row};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use list::List;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::mpsc;
use tracing::Instrument as _;

const ONE: &str = "profile/indexing";
/// Single profiles that are asked for at once.
const AT_ONCE: usize = 4;

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

/// The other end of [`Items`]. An error ends the reading, and so does a receiver that is gone.
struct Sender(mpsc::Sender<Sent>, ReadAhead);

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
        let parcel = Parcel::Item(item);
        let share = self.1.reserve(parcel.bytes()).await?;
        self.0.send(Ok((parcel, share))).await.map_err(|_| Gone)
    }
}

#[derive(Debug, Clone)]
struct Asked {
    /// The parameter: `key` or `reference`.
    by: &'static str,
    value: String,
    /// Each is tried, in order.
    source_keys: Vec<String>,
}

impl Reader {
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
        http.serves(Service::Hrflow, &settings.base_url);
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
                Profiles::Changed { overlap } if reader.search.is_none() => {
                    List(&*reader).changed(since.as_deref(), *overlap, &sender).await
                }
                Profiles::All | Profiles::Changed { .. } => List(&*reader).all(&sender).await,
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

    /// The channel holds about a page, and no more than its share of the memory, so that one is read while the one before it is pushed.
    fn spawn<F>(self: Arc<Self>, read: impl FnOnce(Arc<Self>, Arc<Sender>) -> F) -> Items
    where
        F: Future<Output = Result<(), Stop>> + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel(self.page_size.max(1) as usize);
        let (complete, read_ahead) = (Arc::new(AtomicBool::new(false)), ReadAhead::new());
        let (told, done) = (sender.clone(), Arc::clone(&complete));
        let reading = read(self, Arc::new(Sender(sender, read_ahead.clone())));
        let reporting = async move {
            match reading.await {
                Ok(()) => done.store(true, Ordering::Release),
                // A receiver that is gone needs no error.
                Err(Stop::Failed(error)) => drop(told.send(Err(error)).await),
                Err(Stop::Gone) => {}
            }
        };
        let task = tokio::spawn(reporting.in_current_span());
        Items::new(receiver, &read_ahead, &complete, Some(task.abort_handle()))
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
        if let Some((document, source_key)) = self.document(&asked).await? {
            let mut item = Item::of(document, || format!("the profile with {} {}", asked.by, asked.value));
            // For an answer that does not say its source.
            if let Item::Profile(profile) = &mut item
                && profile.source_key.is_empty()
            {
                profile.source_key = source_key.to_owned();
            }
            return Ok(item);
        }
        let source_key = match asked.source_keys.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        };
        Ok(Item::Missing { by: asked.by, value: asked.value, source_key })
    }

    /// As HrFlow writes it, with the source that has it.
    async fn document<'a>(&self, asked: &'a Asked) -> Result<Option<(Row, &'a str)>, SourceError> {
        for source_key in &asked.source_keys {
            let parameters = [("source_key", source_key.as_str()), (asked.by, asked.value.as_str())];
            if let Some(document) = self.ask(ONE, &parameters).await?.and_then(Envelope::one) {
                return Ok(Some((document, source_key)));
            }
        }
        Ok(None)
    }

    /// One profile as HrFlow writes it; none where no source has it.
    pub(super) async fn as_written(&self, key: &str) -> Result<Option<Row>, SourceError> {
        let asked = Asked { by: "key", value: key.to_owned(), source_keys: self.source_keys.clone() };
        Ok(self.document(&asked).await?.map(|(document, _)| document))
    }

    async fn ask(&self, endpoint: &'static str, parameters: &[(&str, &str)]) -> Result<Option<Envelope>, SourceError> {
        let url = with_query(&format!("{}/{endpoint}", self.base_url), parameters.iter().copied());
        let answer = self.http.read(&Request::get(url, self.headers.clone())).await.map_err(|fault| SourceError::of(fault, endpoint))?;
        let credentials: Vec<&str> =
            self.headers.iter().filter(|(_, value)| matches!(value, HeaderText::Secret(_))).map(|(_, value)| value.expose()).collect();
        answer::data(&answer, endpoint, &credentials)
    }
}

#[cfg(test)]
mod tests;
