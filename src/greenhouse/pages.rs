//! Lists, page after page, and single rows. Source: `docs/greenhouse-api.md`, "Paging".

use super::lookup::Blind;
use super::{Stop, Wire, bare};
use crate::net::http::{Answer, Body, Fault, Method, next_path};
use serde_json::Value;

/// No list is read further than this: 500 rows a page.
pub const MOST_PAGES: usize = 400;

impl Wire {
    /// All rows of a list, page after page by `Link`, until `more` says no to a page's last row.
    pub(super) async fn list(&self, path: &str, operation: &'static str, more: impl Fn(&Value) -> bool) -> Result<Vec<Value>, Blind> {
        match self.own_list(path, operation, more).await {
            Err(Blind::Unserved(_)) => Err(unexpected(operation, 404)),
            rows => rows,
        }
    }

    /// The same of a list of the account's own things (schools, fields …), without which some pipelines can do: a gateway that has only
    /// part of the API answers 404, which is told apart. Of people's lists 404 says nothing, so there it stops the run.
    pub(super) async fn own_list(&self, path: &str, operation: &'static str, more: impl Fn(&Value) -> bool) -> Result<Vec<Value>, Blind> {
        let mut rows = Vec::new();
        let take = |page: Vec<Value>| {
            let goes_on = page.last().is_none_or(&more);
            rows.extend(page);
            goes_on
        };
        self.pages(path, operation, take).await?;
        Ok(rows)
    }

    /// The same, a page at a time: only what `take` keeps of it stays in memory. It says whether the next page is read.
    pub(super) async fn pages(&self, path: &str, operation: &'static str, mut take: impl FnMut(Vec<Value>) -> bool) -> Result<(), Blind> {
        let base = bare(&self.settings, Method::Get, "", Body::Empty).url;
        let mut path = path.to_owned();
        for _ in 0..MOST_PAGES {
            let answer = self.get(&base, &path).await?;
            let goes_on = match (answer.status, answer.json()) {
                (200..=299, Some(Value::Array(page))) => take(page),
                (403, _) => return Err(Blind::Forbidden(operation)),
                (404, _) => return Err(Blind::Unserved(operation)),
                (status, _) => return Err(unexpected(operation, status)),
            };
            match next_path(&answer, &base) {
                Some(next) if goes_on => path = next,
                _ => return Ok(()),
            }
        }
        Err(Stop::EndlessPages { operation }.into())
    }

    /// A row by its path; none where it is not there (404, in Greenhouse's JSON: a gateway's page says nothing of it).
    pub(super) async fn row(&self, path: &str, operation: &'static str) -> Result<Option<Value>, Blind> {
        let answer = self.get(&bare(&self.settings, Method::Get, "", Body::Empty).url, path).await?;
        match (answer.status, answer.json()) {
            (200..=299, Some(row)) => Ok(Some(row)),
            (403, _) => Err(Blind::Forbidden(operation)),
            (404, Some(_)) => Ok(None),
            (status, _) => Err(unexpected(operation, status)),
        }
    }

    pub(super) async fn get(&self, base: &str, path: &str) -> Result<Answer, Blind> {
        for last in [false, true] {
            let mut request = bare(&self.settings, Method::Get, path, Body::Empty);
            request.url = format!("{base}{path}");
            let header = self.sign(&mut request).await?;
            let answer = match self.http.read(&request).await {
                Ok(answer) => answer,
                Err(Fault::TooLong(wait)) => return Err(super::too_long(wait).into()),
                Err(Fault::Stopped) => return Err(Stop::Asked.into()),
                Err(fault) => return Err(Stop::Unreachable(format!("Greenhouse cannot be reached: {fault}")).into()),
            };
            if answer.status != 401 {
                return Ok(answer);
            }
            if last || !self.signer.refused(&header).await {
                break;
            }
        }
        Err(self.unauthorized().into())
    }
}

pub(super) fn unexpected(operation: &'static str, status: u16) -> Blind {
    Stop::Unexpected { operation, status }.into()
}

/// Whether a row is one that was asked for; a row that does not say is.
pub(super) fn belongs(row: &Value, name: &str, id: u64) -> bool {
    row.get(name).and_then(Value::as_u64).is_none_or(|there| there == id)
}
