//! Between JSON and the templates' values, and what "blank" means on the way back.

use super::said;
use crate::model::profile::is_blank_text;
use minijinja::value::{Value, ValueKind};
use minijinja::{Error, ErrorKind};
use serde_json::{Map, Number, Value as Json};

/// A JSON value for templates. Null is missing: what is normalised holds none.
pub(crate) fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::UNDEFINED,
        Json::Bool(value) => Value::from(*value),
        Json::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(whole), _, _) => Value::from(whole),
            (None, Some(whole), _) => Value::from(whole),
            (None, None, float) => float.map_or(Value::UNDEFINED, Value::from),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => items.iter().map(from_json).collect::<Vec<_>>().into(),
        Json::Object(members) => Value::from_pairs(members.iter().map(|(name, value)| (name.as_str(), from_json(value)))),
    }
}

/// A template's value as JSON, without anything blank in it: nothing where all of it is blank.
///
/// Blank is null, missing, text of white space, and a list or a block with nothing else in it. false and 0 are not blank.
pub(crate) fn to_json(value: &Value) -> Result<Option<Json>, Error> {
    walked(value, &mut MOST_VALUES.clone())
}

/// Values in one value: a template can name the same list many times over.
pub const MOST_VALUES: usize = 100_000;

fn walked(value: &Value, left: &mut usize) -> Result<Option<Json>, Error> {
    *left = left.checked_sub(1).ok_or_else(|| said(format!("gives more than {MOST_VALUES} values")))?;
    Ok(match value.kind() {
        ValueKind::Undefined | ValueKind::None => None,
        ValueKind::Bool => Some(Json::Bool(value.is_true())),
        ValueKind::Number => Some(Json::Number(number(value)?)),
        ValueKind::String => value.as_str().filter(|text| !is_blank_text(text)).map(Json::from),
        ValueKind::Seq | ValueKind::Iterable => {
            let mut items = Vec::new();
            for item in value.try_iter()?.checked() {
                items.extend(walked(&item?, left)?);
            }
            (!items.is_empty()).then_some(Json::Array(items))
        }
        ValueKind::Map => {
            let mut members = Map::new();
            for name in value.try_iter()?.checked() {
                let name = name?;
                let inner = value.get_item(&name)?;
                if let Some(inner) = walked(&inner, left)? {
                    members.insert(name.as_str().map_or_else(|| name.to_string(), str::to_owned), inner);
                }
            }
            (!members.is_empty()).then_some(Json::Object(members))
        }
        _ => return Err(said("gives something that JSON cannot hold")),
    })
}

fn number(value: &Value) -> Result<Number, Error> {
    let too_large = || said("gives a number that is too large, or none at all");
    if value.is_integer() {
        let signed = value.as_i64().map(Number::from);
        return signed.or_else(|| u64::try_from(value.clone()).ok().map(Number::from)).ok_or_else(too_large);
    }
    f64::try_from(value.clone()).ok().and_then(Number::from_f64).ok_or_else(too_large)
}

/// What a value in the middle of a text is written as: as JSON writes it, text without its quotes.
pub(crate) fn in_text(value: &Value) -> Result<String, Error> {
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => Err(Error::new(ErrorKind::UndefinedError, "is missing")),
        ValueKind::Bool => Ok(if value.is_true() { "true" } else { "false" }.into()),
        ValueKind::Number => Ok(number(value)?.to_string()),
        ValueKind::String => Ok(value.as_str().unwrap_or_default().to_owned()),
        ValueKind::Seq | ValueKind::Iterable => Err(said("is a list inside text: write `| join(', ')` after it, or use the list alone")),
        ValueKind::Map => Err(said("is a block of keys inside text: name one of its keys")),
        _ => Err(said("cannot be part of text")),
    }
}
