//! A candidate's profile as HrFlow holds it, normalised once.

use serde_json::Value;

/// One profile, after normalisation: nothing blank is left in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// HrFlow's key of the profile.
    pub key: String,
    /// HrFlow's key of the source that holds it; empty where a file does not say.
    pub source_key: String,
    /// As HrFlow writes it, `2026-06-20T15:25:07+0000`.
    pub updated_at: Option<String>,
    /// A JSON object.
    pub document: Value,
}
