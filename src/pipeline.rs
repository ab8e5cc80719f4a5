//! A file as its author wrote it: types for every section, their JSON Schema, the walk that tells every fault of a file in one pass,
//! and the scopes in which names are looked up. What it all means is decided in [`crate::compile`].

pub mod destination;
pub mod filter;
pub mod library;
pub mod limits;
pub mod schema;
pub mod scope;
pub mod secret;
pub mod source;
pub mod walk;
pub mod workspace;

use crate::pipeline::destination::Destination;
use crate::pipeline::filter::Filter;
use crate::pipeline::limits::Limits;
use crate::pipeline::source::Source;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A pipeline: which profiles are read, which of them pass, what is made of them, and where that goes.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PipelineFile {
    /// The version of this file's format.
    #[schemars(with = "VersionOne", example = 1)]
    pub version: u64,
    /// The pipeline's name, unique in the workspace: small letters, digits and hyphens.
    #[schemars(example = &"acme-engineering", regex(pattern = r"^[a-z0-9][a-z0-9-]*$"))]
    pub pipeline: String,
    /// What it is for, in a sentence.
    #[schemars(example = &"Engineers parsed by HrFlow apply to the two platform jobs.")]
    pub description: Option<String>,
    /// Libraries whose names can be used here; paths are relative to this file.
    #[serde(default)]
    #[schemars(example = ["../shared/acme.yaml"])]
    pub imports: Vec<String>,
    /// Constants, used as `vars.NAME` in templates and as `$.vars.NAME` in filters.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Anything>", example = serde_json::json!({"job_ids": [4012, 4013]}))]
    pub vars: BTreeMap<String, serde_yaml::Value>,
    /// Where the profiles come from.
    #[schemars(example = serde_json::json!({"files": {"path": "profiles/*.json"}}))]
    pub source: Source,
    /// Which profiles pass: in order, the first that says no decides.
    #[serde(default)]
    #[schemars(example = ["contactable"])]
    pub filters: Vec<Filter>,
    /// What is made of a profile: the candidate's members, or the name of a mapping.
    #[schemars(with = "Mapping", example = &"candidate")]
    pub mapping: serde_yaml::Value,
    /// Where the candidates go.
    #[schemars(example = serde_json::json!({"greenhouse": {"$use": "acme"}}))]
    pub destination: Destination,
    /// The pipeline's own bounds.
    #[serde(default)]
    #[schemars(example = serde_json::json!({"max_profiles": 500}))]
    pub limits: Limits,
}

/// `1`, and nothing else.
#[derive(Debug)]
pub struct VersionOne;

/// Whatever YAML can say.
#[derive(Debug)]
pub struct Anything;

/// A mapping, described loosely: its own compiler knows the members.
#[derive(Debug)]
pub struct Mapping;

/// The members of a candidate, for editors' completion.
const MEMBERS: &[(&str, &str)] = &[
    ("$use", "Start from a named mapping, then replace keys; null removes one."),
    ("first_name", "Text, required."),
    ("last_name", "Text, required."),
    ("preferred_name", "Text; harvest-v3 only."),
    ("company", "Text: the present employer."),
    ("title", "Text: the present title."),
    ("is_private", "true or false."),
    ("phone_numbers", "A list of {value, type}; type: home, work, mobile, skype or other."),
    ("addresses", "A list of {value, type}; type: home, work or other."),
    ("email_addresses", "A list of {value, type}; type: personal, work or other."),
    ("website_addresses", "A list of {value, type}; type: personal, company, portfolio, blog or other."),
    ("social_media_addresses", "A list of {value}."),
    ("employments", "A list of {company_name, title, start_date, end_date}."),
    ("educations", "A list of {school, degree, discipline, start_date, end_date}."),
    ("tags", "A list of texts."),
    ("custom_fields", "Name, name_key or id of a custom field, and its value."),
    ("recruiter", "{id} or {email}."),
    ("coordinator", "{id} or {email}."),
    ("notes", "A list of {body, visibility}."),
    ("attachments", "A list of {type, filename, url or content, content_type, visibility}."),
    ("applications", "A list of {job_id, source_id, initial_stage_id, recruiter, coordinator, referrer}; instead of `job_ids`."),
    ("prospect", "{job_ids, pool, stage, owner}, instead of applications."),
];

impl JsonSchema for VersionOne {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "VersionOne".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "integer", "const": 1})
    }
}

impl JsonSchema for Anything {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Anything".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({})
    }
}

impl JsonSchema for Mapping {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Mapping".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let members: serde_json::Map<_, _> =
            MEMBERS.iter().map(|(name, words)| ((*name).to_owned(), serde_json::json!({"description": words}))).collect();
        schemars::json_schema!({"anyOf": [{"type": "string"}, {"type": "object", "properties": members}], "x-shape": "candidate"})
    }
}
