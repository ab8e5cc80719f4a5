//! A library file: names for other files to use. Source: "Scopes and imports" of the pipeline's design.

use crate::pipeline::destination::Destination;
use crate::pipeline::filter::Rule;
use crate::pipeline::source::Source;
use crate::pipeline::{Anything, Mapping, VersionOne};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A library: filters, mappings, sources and destinations by name, for the pipelines that import it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LibraryFile {
    /// The version of this file's format.
    #[schemars(with = "VersionOne", example = 1)]
    pub version: u64,
    /// The library's name: `NAME.filter` names one of its filters exactly.
    #[schemars(example = &"acme", regex(pattern = r"^[a-z0-9][a-z0-9_-]*$"))]
    pub library: String,
    /// What it is for, in a sentence.
    #[schemars(example = &"What all of Acme's pipelines share.")]
    pub description: Option<String>,
    /// Libraries whose names can be used here; paths are relative to this file.
    #[serde(default)]
    #[schemars(example = ["common.yaml"])]
    pub imports: Vec<String>,
    /// Defaults, which the files that import this one can set anew.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Anything>", example = serde_json::json!({"min_years": 2}))]
    pub vars: BTreeMap<String, serde_yaml::Value>,
    /// Filters by name.
    #[serde(default)]
    #[schemars(example = serde_json::json!({"experienced": {"keep": "@.experiences_duration >= $.vars.min_years"}}))]
    pub filters: BTreeMap<String, Rule>,
    /// Mappings by name.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Mapping>", example = serde_json::json!({"engineer": {"$use": "candidate", "tags": ["engineer"]}}))]
    pub mappings: BTreeMap<String, serde_yaml::Value>,
    /// Sources by name; a pipeline takes one with `source: { hrflow: { $use: NAME } }`.
    #[serde(default)]
    #[schemars(example = serde_json::json!({"acme": {"hrflow": {"api_key": {"env": "HRFLOW_API_KEY"}}}}))]
    pub sources: BTreeMap<String, Source>,
    /// Destinations by name; a pipeline takes one with `destination: { greenhouse: { $use: NAME } }`.
    #[serde(default)]
    #[schemars(example = serde_json::json!({"acme": {"greenhouse": {"on_behalf_of": 92120}}}))]
    pub destinations: BTreeMap<String, Destination>,
}
