//! `limits:` as written.

use schemars::JsonSchema;
use serde::Deserialize;

/// The pipeline's own bounds.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Profiles in flight at once; 16 where nothing is said.
    #[schemars(range(min = 1, max = 64), example = 4)]
    pub concurrency: Option<usize>,
    /// A run ends when it has pushed that many profiles; the next one goes on.
    #[schemars(example = 500)]
    pub max_profiles: Option<u64>,
    /// That many failed profiles stop the run.
    #[schemars(range(min = 1), example = 10)]
    pub max_failures: Option<u64>,
}
