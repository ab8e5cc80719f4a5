//! `source:` as written. Source: "Source" of the pipeline's design.

use crate::pipeline::Anything;
use crate::pipeline::secret::{Secret, TextOrSecret};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Where the profiles come from: HrFlow's API, or files.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub struct Source {
    /// Profiles from HrFlow's API.
    #[schemars(example = serde_json::json!({"api_key": {"env": "HRFLOW_API_KEY"}, "user_email": {"env": "HRFLOW_USER_EMAIL"}, "source_keys": ["abababababababababababababababababababab"]}))]
    pub hrflow: Option<Hrflow>,
    /// Profiles from JSON files.
    #[schemars(example = serde_json::json!({"path": "profiles/*.json"}))]
    pub files: Option<Files>,
}

/// HrFlow's API as a source.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-use" = true))]
pub struct Hrflow {
    /// The API key (`X-API-KEY`), by where it is to be had.
    #[schemars(example = serde_json::json!({"env": "HRFLOW_API_KEY"}))]
    pub api_key: Secret,
    /// The user's e-mail that goes with the key (`X-USER-EMAIL`), by where it is to be had.
    #[schemars(example = serde_json::json!({"env": "HRFLOW_USER_EMAIL"}))]
    pub user_email: Secret,
    /// The keys of the HrFlow sources that are read.
    #[schemars(example = ["abababababababababababababababababababab"], length(min = 1))]
    pub source_keys: Vec<String>,
    /// Which profiles: all, those changed since the last run, or named ones.
    #[serde(default)]
    #[schemars(example = &"changed")]
    pub profiles: Profiles,
    /// Stands for `https://api.hrflow.ai/v1`.
    #[schemars(example = &"https://gateway.example.org/hrflow/v1")]
    pub base_url: Option<String>,
    /// Further headers of every request, for gateways.
    #[serde(default)]
    #[schemars(example = serde_json::json!({"X-Team": "sourcing"}))]
    pub headers: BTreeMap<String, TextOrSecret>,
    /// Profiles a page.
    #[schemars(range(min = 1, max = 100), example = 30)]
    pub page_size: Option<u32>,
    /// Parameters of HrFlow's searching endpoint, which is then asked instead of the storing one.
    #[schemars(with = "Option<BTreeMap<String, Anything>>", example = serde_json::json!({"tags_included": [["engineer"]]}))]
    pub search: Option<BTreeMap<String, serde_yaml::Value>>,
}

/// Files as a source: JSON, JSON lines, or HrFlow answers.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// A path relative to this file, with `*` and `**`; `-` is standard input.
    #[schemars(example = &"profiles/*.json", length(min = 1))]
    pub path: String,
}

/// `all`, `changed`, `{ keys: […] }` or `{ references: […] }`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "serde_yaml::Value")]
pub enum Profiles {
    #[default]
    All,
    Changed,
    Named(Named),
}

/// Named profiles.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub struct Named {
    /// By HrFlow's keys.
    #[schemars(example = ["cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"], length(min = 1))]
    pub keys: Option<Vec<String>>,
    /// By your own references.
    #[schemars(example = ["applicant-17"], length(min = 1))]
    pub references: Option<Vec<String>>,
}

impl TryFrom<serde_yaml::Value> for Profiles {
    type Error = serde_yaml::Error;

    fn try_from(value: serde_yaml::Value) -> Result<Self, Self::Error> {
        match value.as_str() {
            Some("all") => Ok(Self::All),
            Some("changed") => Ok(Self::Changed),
            _ => serde_yaml::from_value(value).map(Self::Named),
        }
    }
}

impl JsonSchema for Profiles {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Profiles".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let named = generator.subschema_for::<Named>();
        schemars::json_schema!({"anyOf": [{"type": "string", "enum": ["all", "changed"]}, named]})
    }
}
