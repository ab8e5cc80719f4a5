//! `filters:` as written. Source: "Filters" of the pipeline's design.

use schemars::JsonSchema;
use serde::Deserialize;

/// A filter: the name of one in a library, or a rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "serde_yaml::Value")]
pub enum Filter {
    Name(String),
    Rule(Rule),
}

/// A rule: one predicate, and why.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-one-of" = ["keep", "drop"]))]
pub struct Rule {
    /// A profile passes where this is true: an RFC 9535 logical expression, `@` the profile, `$` `{vars, pipeline}`.
    #[schemars(example = &"@.experiences_duration >= $.vars.min_years", length(min = 1))]
    pub keep: Option<String>,
    /// A profile passes where this is false.
    #[schemars(example = &"@.tags[?@.name == 'stage' && @.value == 'rejected']", length(min = 1))]
    pub drop: Option<String>,
    /// Why, in a sentence: shown wherever a profile is filtered.
    #[schemars(example = &"Rejected by the sourcing team.", length(min = 1))]
    pub because: Option<String>,
}

impl TryFrom<serde_yaml::Value> for Filter {
    type Error = serde_yaml::Error;

    fn try_from(value: serde_yaml::Value) -> Result<Self, Self::Error> {
        match value {
            serde_yaml::Value::String(name) => Ok(Self::Name(name)),
            other => serde_yaml::from_value(other).map(Self::Rule),
        }
    }
}

impl JsonSchema for Filter {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Filter".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let rule = generator.subschema_for::<Rule>();
        schemars::json_schema!({"anyOf": [{"type": "string"}, rule]})
    }
}
