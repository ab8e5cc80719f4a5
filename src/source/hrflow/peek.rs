//! A look at a source without reading it: whether HrFlow lets us, what the source is called, and how many profiles it holds.

use super::{Reader, SourceError, answer};
use serde_json::Value;

const LIST: &str = "storing/profiles";

/// What one of HrFlow's sources is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peek {
    pub source_key: String,
    /// As its profiles say it; none where it holds none.
    pub name: Option<String>,
    /// None where HrFlow does not say.
    pub profiles: Option<u64>,
}

impl Reader {
    pub fn source_keys(&self) -> &[String] {
        &self.source_keys
    }

    /// One profile of one source, in a list of one.
    ///
    /// # Errors
    /// HrFlow says no, or cannot be asked.
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
        let page = match self.ask(LIST, parameters).await? {
            Some(envelope) => answer::page(envelope, LIST)?,
            None => answer::Page { rows: Vec::new(), last: Some(0), total: Some(0), has_data: true },
        };
        let name = page.rows.first().and_then(|row| row.pointer("/source/name")).and_then(Value::as_str).map(str::to_owned);
        Ok(Peek { source_key: source_key.to_owned(), name, profiles: page.total })
    }
}
