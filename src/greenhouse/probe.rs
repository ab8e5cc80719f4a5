//! One row of a list, to see whether it may be read. Nothing is changed by it.

use super::auth::Introspection;
use super::lists::{FIELDS_OPERATION, OPTIONS_OPERATION, operation};
use super::lookup::Blind;
use super::pages::unexpected;
use super::version::version;
use super::{Stop, Wire, bare};
use crate::model::named::Needs;
use crate::net::http::{Body, Method};
use serde_json::Value;

/// v3's lists for educations and the options of selects are one.
const OPTIONS: &str = "/custom_field_options";

/// What an answer to one question showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    pub rows: usize,
    /// Requests a window, as the answer's header says.
    pub rate_limit: Option<u32>,
}

impl Wire {
    /// The lists that a run of this pipeline reads: the operation, and the list below `/v1` or `/v3`.
    pub fn reads(&self, needs: &Needs, prospects: bool) -> Vec<(&'static str, &'static str)> {
        let mut reads = vec![("list candidates", "/candidates")];
        let version = version(self.api());
        reads.extend(version.lists_to_probe);
        reads.extend(version.prospect_pools.filter(|_| prospects));
        reads.extend(needs.lists.iter().map(|kind| {
            let path = (version.list)(*kind);
            match path.split('?').next().unwrap_or(path) {
                OPTIONS => (OPTIONS_OPERATION, OPTIONS),
                path => (operation(*kind), path),
            }
        }));
        if !needs.fields.is_empty() {
            reads.push((FIELDS_OPERATION, version.fields.split('?').next().unwrap_or(version.fields)));
            reads.extend((!version.fields_have_options).then_some((OPTIONS_OPERATION, OPTIONS)));
        }
        let mut seen = Vec::new();
        reads.retain(|(_, path)| {
            let new = !seen.contains(path);
            seen.push(*path);
            new
        });
        reads
    }

    /// What the authorization server says of the token.
    ///
    /// # Errors
    /// There is no token to be had.
    pub async fn introspect(&self) -> Result<Introspection, Stop> {
        self.signer.introspect(&self.http).await
    }

    pub async fn probe(&self, operation: &'static str, path: &str) -> Result<Probe, Blind> {
        let base = bare(&self.settings, Method::Get, "", Body::Empty).url;
        let answer = self.get(&base, &format!("{path}?per_page=1")).await?;
        let rate_limit = answer.header("x-ratelimit-limit").and_then(|text| text.trim().parse().ok());
        match (answer.status, answer.json()) {
            (200..=299, Some(Value::Array(rows))) => Ok(Probe { rows: rows.len(), rate_limit }),
            (403, _) => Err(Blind::Forbidden(operation)),
            (404, _) => Err(Blind::Unserved(operation)),
            (status, _) => Err(unexpected(operation, status)),
        }
    }
}
