//! Where a secret is to be had, as written.

use crate::secret::SecretRef;
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::PathBuf;

/// Where a secret is to be had: an environment variable, a file, or what a command prints. Never the secret itself.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1, "x-secret" = true))]
pub struct Secret {
    /// The name of an environment variable.
    #[schemars(example = &"HRFLOW_API_KEY")]
    pub env: Option<String>,
    /// The path of a file that holds the secret and nothing else; absolute, or relative to where hireline runs.
    #[schemars(example = &"/run/secrets/hrflow")]
    pub file: Option<String>,
    /// A program and its arguments; what it prints is the secret.
    #[schemars(example = ["op", "read", "op://hiring/hrflow/key"], length(min = 1))]
    pub command: Option<Vec<String>>,
}

impl Secret {
    /// `None` only for a block that the walk refused already.
    pub fn reference(&self) -> Option<SecretRef> {
        match (&self.env, &self.file, &self.command) {
            (Some(name), ..) => Some(SecretRef::Env(name.clone())),
            (_, Some(path), _) => Some(SecretRef::File(PathBuf::from(path))),
            (.., Some(words)) => Some(SecretRef::Command(words.clone())),
            _ => None,
        }
    }
}

/// A header's value: a text, or a secret.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "serde_yaml::Value")]
pub enum TextOrSecret {
    Text(String),
    Secret(Secret),
}

impl TryFrom<serde_yaml::Value> for TextOrSecret {
    type Error = serde_yaml::Error;

    fn try_from(value: serde_yaml::Value) -> Result<Self, Self::Error> {
        match value {
            serde_yaml::Value::String(text) => Ok(Self::Text(text)),
            other => serde_yaml::from_value(other).map(Self::Secret),
        }
    }
}

impl JsonSchema for TextOrSecret {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TextOrSecret".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let secret = generator.subschema_for::<Secret>();
        schemars::json_schema!({"anyOf": [{"type": "string"}, secret]})
    }
}
