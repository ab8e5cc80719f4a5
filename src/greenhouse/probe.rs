//! One row of a list, to see whether it may be read. Nothing is changed by it.

use super::lists::{FIELDS_OPERATION, OPTIONS_OPERATION, operation};
use super::lookup::Blind;
use super::{Stop, Wire, bare};
use crate::directory::{Kind, Needs};
use crate::http::{Body, Method};
use crate::settings::Api;
use serde_json::Value;
use std::collections::BTreeSet;

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
    pub fn reads(&self, needs: &Needs) -> Vec<(&'static str, &'static str)> {
        let mut reads = vec![("list candidates", "/candidates")];
        if self.api() == Api::HarvestV3 {
            reads.extend([
                ("list users", "/users"),
                ("list applications", "/applications"),
                ("list attachments", "/attachments"),
                ("list employments", "/candidate_employments"),
                ("list educations", "/candidate_educations"),
                ("list notes", "/notes"),
            ]);
        }
        let kinds = needs.lists.iter().map(|kind| match list(self.api(), *kind) {
            OPTIONS => (OPTIONS_OPERATION, OPTIONS),
            path => (operation(*kind), path),
        });
        reads.extend(kinds);
        match self.api() {
            _ if needs.fields.is_empty() => {}
            Api::HarvestV1 => reads.push((FIELDS_OPERATION, "/custom_fields/candidate")),
            Api::HarvestV3 => reads.extend([(FIELDS_OPERATION, "/custom_fields"), (OPTIONS_OPERATION, OPTIONS)]),
        }
        let mut seen = Vec::new();
        reads.retain(|(_, path)| {
            let new = !seen.contains(path);
            seen.push(*path);
            new
        });
        reads
    }

    /// The scopes that the token's answer names; none where it names none of Harvest's.
    ///
    /// # Errors
    /// There is no token to be had.
    pub async fn granted(&self) -> Result<Option<BTreeSet<String>>, Stop> {
        let scope = self.signer.scope(&self.http).await?.unwrap_or_default();
        let granted: BTreeSet<String> = scope.split_whitespace().filter(|scope| scope.starts_with("harvest:")).map(str::to_owned).collect();
        Ok(Some(granted).filter(|granted| !granted.is_empty()))
    }

    /// # Errors
    /// See [`Blind`].
    pub async fn probe(&self, operation: &'static str, path: &str) -> Result<Probe, Blind> {
        let base = bare(&self.settings, Method::Get, "", Body::Empty).url;
        let answer = self.get(&base, &format!("{path}?per_page=1")).await?;
        let rate_limit = answer.header("x-ratelimit-limit").and_then(|text| text.trim().parse().ok());
        match (answer.status, answer.json()) {
            (200..=299, Some(Value::Array(rows))) => Ok(Probe { rows: rows.len(), rate_limit }),
            (403, _) => Err(Blind::Forbidden(operation.into())),
            (404, _) => Err(Blind::Unserved(operation.into())),
            (status, _) => Err(Stop::Unreachable(format!("Greenhouse answers {status} to the request to {operation}")).into()),
        }
    }
}

fn list(api: Api, kind: Kind) -> &'static str {
    let path = super::lists::path(api, kind);
    path.split('?').next().unwrap_or(path)
}
