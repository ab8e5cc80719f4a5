//! Custom fields as they are written: `[{id or name_key, value}]`, with each kind's own values.

use super::seed;
use super::seed::fields::{ARCHIVED, CustomField, is_archived, of_candidates};
use super::validate::{Fault, fault, is_date};
use crate::model::settings::Api;
use serde_json::{Map, Value, json};

/// A change to a candidate's custom fields: by name_key, none where the value is to be deleted.
pub(super) type Changes = Vec<(&'static str, Option<Value>)>;

/// Reads the `custom_fields` of a body. Values are kept as they are read back: a select's option by its name.
pub(super) fn read(api: Api, body: &Map<String, Value>, faults: &mut Vec<Fault>) -> Changes {
    let Some(Value::Array(items)) = body.get("custom_fields") else { return Vec::new() };
    let mut changes = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let path = format!("custom_fields[{index}]");
        match change(api, item) {
            Ok(change) => changes.push(change),
            Err(message) => faults.push(fault(path, message)),
        }
    }
    changes
}

fn change(api: Api, item: &Value) -> Result<(&'static str, Option<Value>), String> {
    let id_name = if api == Api::HarvestV1 { "id" } else { "custom_field_id" };
    let wanted = (item.get(id_name).and_then(Value::as_u64), item.get("name_key").and_then(Value::as_str));
    let found = of_candidates().find(|field| match wanted {
        (Some(id), None) => field.id == id,
        (None, Some(key)) => field.name_key == key,
        _ => false,
    });
    let field = found.ok_or_else(|| format!("must name a custom field by {id_name} or by name_key"))?;
    let named = |message: String| format!("{}: {message}", field.name_key);
    let other = item.as_object().and_then(|item| item.keys().find(|key| ![id_name, "name_key", "value"].contains(&key.as_str())));
    match (api, other) {
        (Api::HarvestV3, Some(key)) => return Err(named(format!("{key} is a disallowed additional property"))),
        // Source: v1's table alone has delete_value.
        (Api::HarvestV1, _) if item.get("delete_value").and_then(Value::as_str) == Some("true") => return Ok((field.name_key, None)),
        _ => {}
    }
    let value = item.get("value").ok_or_else(|| named("value is missing".into()))?;
    if item.get("unit").is_some_and(|unit| !is_currency(unit) || !field.kind.starts_with("currency")) {
        return Err(named("unit must be a currency's three letters, and belongs to a currency field".into()));
    }
    if api == Api::HarvestV3 && value.is_null() {
        return Ok((field.name_key, None));
    }
    let kept = value_of(api, field, value).ok_or_else(|| named(format!("value does not fit a {} field", field.kind)))?;
    Ok((field.name_key, Some(kept)))
}

/// The value as it is read back; none where it does not fit. Source: `docs/greenhouse-api.md`, "Custom fields".
fn value_of(api: Api, field: &CustomField, value: &Value) -> Option<Value> {
    let v3 = api == Api::HarvestV3;
    let option = |value: &Value, by_name: bool| {
        let found = field.options.iter().find(|(id, name)| value.as_u64() == Some(*id) || (by_name && value.as_str() == Some(name)));
        found.map(|(_, name)| json!(name))
    };
    match field.kind {
        "yes_no" => value.is_boolean().then(|| value.clone()),
        "number" => value.is_number().then(|| value.clone()),
        "currency" if v3 => holds(value, &["amount"]).then(|| value.clone()),
        // The amount: a number, or a text that is one. Its unit is a member beside the value.
        "currency" => is_amount(value).then(|| value.clone()),
        "currency_range" if v3 => holds(value, &["min_amount", "max_amount"]).then(|| value.clone()),
        "currency_range" | "number_range" => is_range(value).then(|| value.clone()),
        "date" => value.as_str().is_some_and(is_date).then(|| value.clone()),
        "url" => value.as_str().is_some_and(|text| url::Url::parse(text).is_ok()).then(|| value.clone()),
        "user" => value.as_u64().and_then(seed::user).map(|user| json!(user.id)),
        "single_select" => option(value, true),
        // Texts or numbers, not both.
        "multi_select" if v3 && value.as_array()?.iter().any(|item| item.is_string() != value[0].is_string()) => None,
        "multi_select" => value.as_array()?.iter().map(|item| option(item, v3)).collect::<Option<Vec<_>>>().map(Value::Array),
        _ => value.is_string().then(|| value.clone()),
    }
}

/// Options that a body names and that are archived: people in Greenhouse have set them, and v3 takes active ones alone.
pub(super) fn archived(body: &Map<String, Value>) -> Vec<Fault> {
    let items = body.get("custom_fields").and_then(Value::as_array).into_iter().flatten().enumerate();
    let is = |value: &Value| value.as_u64().is_some_and(is_archived) || value == ARCHIVED.1;
    let named = items.filter(|(_, item)| match &item["value"] {
        Value::Array(values) => values.iter().any(is),
        value => is(value),
    });
    named.map(|(at, _)| fault(format!("custom_fields[{at}]"), "is an option that is not active")).collect()
}

/// v3's amounts with their currency, and nothing else.
fn holds(value: &Value, amounts: &[&str]) -> bool {
    let Value::Object(parts) = value else { return false };
    parts.len() == amounts.len() + 1
        && amounts.iter().all(|name| parts.get(*name).is_some_and(Value::is_number))
        && parts.get("currency_code").is_some_and(is_currency)
}

/// Assumed: ISO 4217.
fn is_currency(unit: &Value) -> bool {
    unit.as_str().is_some_and(|text| text.len() == 3 && text.bytes().all(|letter| letter.is_ascii_uppercase()))
}

fn is_amount(value: &Value) -> bool {
    value.is_number() || value.as_str().is_some_and(|text| text.parse::<f64>().is_ok_and(f64::is_finite))
}

/// Assumed: `{min_value, max_value}`, as ranges read back in v1.
fn is_range(value: &Value) -> bool {
    let number = |name: &str| value.get(name).and_then(Value::as_f64);
    number("min_value").zip(number("max_value")).is_some_and(|(from, to)| from <= to)
}

/// `{name_key: {name, type, value}}`, for every field of candidates. Source: `docs/greenhouse-api.md`, "Custom fields".
pub(super) fn keyed(api: Api, values: &Value) -> Value {
    let shown = |field: &CustomField| {
        let value = values.get(field.name_key).cloned().unwrap_or(Value::Null);
        (field.name_key.to_owned(), json!({"name": field.name, "type": field.read_type(api), "value": value}))
    };
    Value::Object(of_candidates().map(shown).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(item: Value) -> String {
        let v1 = ["id", "unit", "delete_value"].iter().any(|name| item.get(*name).is_some());
        match change(if v1 { Api::HarvestV1 } else { Api::HarvestV3 }, &item) {
            Ok((key, value)) => format!("{key} = {}", value.unwrap_or(Value::Null)),
            Err(message) => message,
        }
    }

    #[test]
    fn each_kind_takes_its_own_values() {
        insta::assert_snapshot!(told(json!({"name_key": "level", "value": "senior"})), @r#"level = "senior""#);
        insta::assert_snapshot!(told(json!({"custom_field_id": 6, "value": 602})), @r#"level = "senior""#);
        insta::assert_snapshot!(told(json!({"custom_field_id": 6, "value": "Senior"})), @"level: value does not fit a single_select field");
        insta::assert_snapshot!(told(json!({"name_key": "spoken_languages", "value": [901, 903]})), @r#"spoken_languages = ["English","German"]"#);
        insta::assert_snapshot!(told(json!({"name_key": "spoken_languages", "value": ["English"]})), @r#"spoken_languages = ["English"]"#);
        insta::assert_snapshot!(told(json!({"name_key": "work_remotely", "value": "yes"})), @"work_remotely: value does not fit a yes_no field");
        insta::assert_snapshot!(told(json!({"name_key": "work_remotely", "value": false})), @"work_remotely = false");
        insta::assert_snapshot!(told(json!({"name_key": "hrflow_key", "value": 5})), @"hrflow_key: value does not fit a short_text field");
        insta::assert_snapshot!(told(json!({"name_key": "years_of_experience", "value": "7"})), @"years_of_experience: value does not fit a number field");
        insta::assert_snapshot!(told(json!({"name_key": "desired_salary", "value": "42000.50", "unit": "EUR"})), @r#"desired_salary = "42000.50""#);
        insta::assert_snapshot!(told(json!({"name_key": "desired_salary", "value": "42k"})), @"desired_salary: value does not fit a currency field");
        insta::assert_snapshot!(told(json!({"name_key": "salary_range", "value": {"min_value": 1, "max_value": 2}})), @"salary_range: value does not fit a currency_range field");
        insta::assert_snapshot!(told(json!({"name_key": "weekly_hours", "value": {"min_value": 40, "max_value": 20}})), @"weekly_hours: value does not fit a number_range field");
        insta::assert_snapshot!(told(json!({"name_key": "available_from", "value": "2026-13-01"})), @"available_from: value does not fit a date field");
        insta::assert_snapshot!(told(json!({"name_key": "portfolio", "value": "https://example.org/ada"})), @r#"portfolio = "https://example.org/ada""#);
        insta::assert_snapshot!(told(json!({"name_key": "portfolio", "value": "ada"})), @"portfolio: value does not fit a url field");
        insta::assert_snapshot!(told(json!({"name_key": "sourced_by", "value": 92121})), @"sourced_by = 92121");
        insta::assert_snapshot!(told(json!({"name_key": "sourced_by", "value": 5})), @"sourced_by: value does not fit a user field");
        insta::assert_snapshot!(told(json!({"name_key": "fax", "value": "1"})), @"must name a custom field by custom_field_id or by name_key");
        insta::assert_snapshot!(told(json!({"id": 6, "delete_value": "true"})), @"level = null");
        insta::assert_snapshot!(told(json!({"name_key": "level", "delete_value": "true"})), @"level = null");
        insta::assert_snapshot!(told(json!({"name_key": "desired_salary", "value": 5, "unit": "Euro"})), @"desired_salary: unit must be a currency's three letters, and belongs to a currency field");
        insta::assert_snapshot!(told(json!({"name_key": "level", "value": "senior", "unit": "EUR"})), @"level: unit must be a currency's three letters, and belongs to a currency field");
        insta::assert_snapshot!(told(json!({"name_key": "degree", "value": 1230})), @"must name a custom field by custom_field_id or by name_key");
        insta::assert_snapshot!(told(json!({"name_key": "level", "custom_field_id": 10, "value": 3})), @"must name a custom field by custom_field_id or by name_key");
        insta::assert_snapshot!(told(json!({"name_key": "level"})), @"level: value is missing");
    }
}
