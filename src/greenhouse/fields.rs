//! The account's custom fields, and how what is read of one is written back.
//! Source: `docs/greenhouse-api.md`, "Custom fields".

use super::Wire;
use super::directory::fields::{Field, options};
use super::directory::{Entry, Found, List};
use super::lists::{FIELDS_OPERATION, entry, field};
use super::lookup::Blind;
use super::rows::{list, number, text};
use super::version::version;
use crate::model::named::Kind;
use serde_json::{Value, json};
use std::collections::HashMap;
use tokio::sync::{Mutex, OnceCell};

/// What is known of the fields of candidates so far.
#[derive(Debug, Default)]
pub(super) struct Fields {
    definitions: OnceCell<Vec<Field>>,
    /// A select's options, by its id: read where a candidate has a value in it.
    options: Mutex<HashMap<u64, List>>,
}

impl Wire {
    /// The definitions of the fields in which a candidate's row has a value. None where Greenhouse does not let us: what cannot be
    /// written back without them is then left alone.
    pub(super) async fn definitions_for(&self, row: &Value) -> Result<Vec<Field>, Blind> {
        let all = self.fields.definitions.get_or_try_init(|| allowed(self.read_definitions())).await?;
        let mut used: Vec<Field> = all.iter().filter(|definition| has_value(row, definition)).cloned().collect();
        if !version(self.api()).fields_have_options {
            for definition in used.iter_mut().filter(|definition| definition.kind.ends_with("_select")) {
                definition.options = self.options_of(definition).await?;
            }
        }
        Ok(used)
    }

    async fn read_definitions(&self) -> Result<Vec<Field>, Blind> {
        let rows = self.own_list(version(self.api()).fields, FIELDS_OPERATION, |_| true).await?;
        let read = |row: &Value| field(row, own_options(row));
        Ok(rows.iter().filter_map(read).filter(|field| field.belongs == "candidate").collect())
    }

    async fn options_of(&self, field: &Field) -> Result<List, Blind> {
        let mut known = self.fields.options.lock().await;
        if let Some(options) = known.get(&field.id) {
            return Ok(options.clone());
        }
        let options = options(allowed(self.options(field.id, &field.name_key)).await?);
        known.insert(field.id, options.clone());
        Ok(options)
    }
}

/// v1's list of fields has their options in it.
pub(super) fn own_options(row: &Value) -> Vec<Entry> {
    list(row, "custom_field_options").filter_map(|row| entry(Kind::Source, row)).collect()
}

/// Nothing, where Greenhouse does not allow to read it, or a gateway has no such list.
async fn allowed<T>(read: impl Future<Output = Result<Vec<T>, Blind>>) -> Result<Vec<T>, Blind> {
    match read.await {
        Err(Blind::Forbidden(operation) | Blind::Unserved(operation)) => {
            tracing::warn!(operation, "not allowed: custom fields with options are left as they are");
            Ok(Vec::new())
        }
        read => read,
    }
}

fn has_value(row: &Value, definition: &Field) -> bool {
    let there = row.get("keyed_custom_fields").or_else(|| row.get("custom_fields"));
    let field = match there {
        Some(Value::Object(fields)) => fields.get(&definition.name_key),
        Some(Value::Array(fields)) => fields.iter().find(|field| {
            let names = [text(field, "name_key"), text(field, "name")];
            names.contains(&Some(&definition.name_key)) || names.contains(&Some(&definition.name))
        }),
        _ => None,
    };
    field.is_some_and(|field| !field.get("value").unwrap_or(field).is_null())
}

/// What is read of a field in the form in which it is written; none where that is not certain: a file, an option that is archived or not
/// known, a kind that is not known.
pub(super) fn written_back(kind: &str, shown: &Value, definition: Option<&Field>) -> Option<Value> {
    let option = |name: &Value| match definition?.options.exact(name.as_str()?) {
        Found::One(id) => Some(json!(id)),
        // Two options of one name, or one that is archived: Greenhouse takes active options alone.
        _ => None,
    };
    match kind {
        "short_text" | "long_text" | "rich_text" | "url" | "date" => shown.as_str().map(|text| json!(text)),
        "boolean" | "yes_no" => shown.as_bool().map(|flag| json!(flag)),
        "number" => (shown.is_number() || shown.is_string()).then(|| shown.clone()),
        "single_select" => option(shown),
        "multi_select" => shown.as_array()?.iter().map(option).collect::<Option<Vec<_>>>().map(Value::Array),
        "user" => shown.as_u64().or_else(|| number(shown, "user_id")).or_else(|| number(shown, "id")).map(|id| json!(id)),
        // An amount alone does not tell its currency.
        "currency" => Some(json!({ "value": part(shown, &["amount", "value"])?, "unit": part(shown, CURRENCY)?.as_str()? })),
        "currency_range" => Some(json!({
            "min_amount": part(shown, &["min_amount", "min_value"])?,
            "max_amount": part(shown, &["max_amount", "max_value"])?,
            "currency_code": part(shown, CURRENCY)?.as_str()?,
        })),
        "number_range" => Some(json!({ "min_value": part(shown, &["min_value"])?, "max_value": part(shown, &["max_value"])? })),
        _ => None,
    }
}

/// What v3 calls a currency in its rows is not stated. Source: `docs/greenhouse-api.md`, "Custom fields".
const CURRENCY: &[&str] = &["currency_code", "unit"];

fn part<'v>(value: &'v Value, names: &[&str]) -> Option<&'v Value> {
    names.iter().find_map(|name| value.get(name)).filter(|part| !part.is_null())
}

/// A select for tests: one option is archived, two have one name.
#[cfg(test)]
pub(super) fn level() -> Field {
    let option = |id, name: &str, open| Entry { id, name: name.into(), within: None, open };
    let entries = [(601, "junior", true), (602, "senior", true), (603, "twice", true), (604, "twice", true), (605, "intern", false)];
    Field {
        id: 6,
        name: "Level".into(),
        name_key: "level".into(),
        belongs: "candidate".into(),
        kind: "single_select".into(),
        active: true,
        options: options(entries.into_iter().map(|(id, name, open)| option(id, name, open)).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_back_or_left_alone() {
        let level = level();
        let rows = [
            ("short_text", json!("x"), None),
            ("boolean", json!(false), None),
            ("boolean", json!("false"), None),
            ("number", json!(5.5), None),
            ("rich_text", json!("<b>x</b>"), None),
            ("currency", json!({"amount": 5000, "unit": "EUR"}), None),
            ("currency", json!({"amount": 5000, "currency_code": "EUR"}), None),
            ("currency_range", json!({"min_amount": 1, "max_amount": 2, "unit": "EUR"}), None),
            ("currency_range", json!({"min_amount": 1, "max_amount": 2}), None),
            ("number_range", json!({"min_value": 1, "max_value": 2}), None),
            ("currency", json!({"amount": 5000}), None),
            ("currency", json!("5000"), None),
            ("single_select", json!("senior"), Some(&level)),
            ("single_select", json!("senior"), None),
            ("single_select", json!("twice"), Some(&level)),
            ("single_select", json!("intern"), Some(&level)),
            ("single_select", json!("Senior"), Some(&level)),
            ("multi_select", json!(["junior", "senior"]), Some(&level)),
            ("multi_select", json!(["junior", "unknown"]), Some(&level)),
            ("user", json!({"name": "Ada", "user_id": 7}), None),
            ("user", json!(7), None),
            ("user", json!("Ada"), None),
            ("attachment", json!("cv.pdf"), None),
            ("", json!("x"), None),
        ];
        let told: Vec<_> = rows
            .iter()
            .map(|(kind, shown, definition)| {
                let written = written_back(kind, shown, *definition).map_or("left alone".to_owned(), |value| value.to_string());
                format!("{kind} {shown}: {written}")
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        short_text "x": "x"
        boolean false: false
        boolean "false": left alone
        number 5.5: 5.5
        rich_text "<b>x</b>": "<b>x</b>"
        currency {"amount":5000,"unit":"EUR"}: {"value":5000,"unit":"EUR"}
        currency {"amount":5000,"currency_code":"EUR"}: {"value":5000,"unit":"EUR"}
        currency_range {"min_amount":1,"max_amount":2,"unit":"EUR"}: {"min_amount":1,"max_amount":2,"currency_code":"EUR"}
        currency_range {"min_amount":1,"max_amount":2}: left alone
        number_range {"min_value":1,"max_value":2}: {"min_value":1,"max_value":2}
        currency {"amount":5000}: left alone
        currency "5000": left alone
        single_select "senior": 602
        single_select "senior": left alone
        single_select "twice": left alone
        single_select "intern": left alone
        single_select "Senior": left alone
        multi_select ["junior","senior"]: [601,602]
        multi_select ["junior","unknown"]: left alone
        user {"name":"Ada","user_id":7}: 7
        user 7: 7
        user "Ada": left alone
        attachment "cv.pdf": left alone
         "x": left alone
        "#);
    }
}
