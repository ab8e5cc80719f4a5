//! `hireline.yaml`: what holds for every pipeline below it.

use crate::pipeline::VersionOne;
use schemars::JsonSchema;
use serde::Deserialize;

/// A workspace: settings and imports for every pipeline below this folder.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceFile {
    /// The version of this file's format.
    #[schemars(with = "VersionOne", example = 1)]
    pub version: u64,
    /// The Greenhouse organisation that the ledger's rows belong to, where a destination does not say.
    #[schemars(example = &"acme", length(min = 1))]
    pub account: Option<String>,
    /// Where the ledger is, relative to this file; `.hireline/ledger.db` where nothing is said.
    #[schemars(example = &".hireline/ledger.db", length(min = 1))]
    pub ledger: Option<String>,
    /// Libraries whose names every pipeline below can use.
    #[serde(default)]
    #[schemars(example = ["shared/acme.yaml"])]
    pub imports: Vec<String>,
}
