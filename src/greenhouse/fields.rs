//! The account's custom fields, and how what is read of one is written back. Source: the Greenhouse reference, `custom_fields[]` and
//! "GET /custom_fields, /custom_field_options".

use super::Wire;
use super::lookup::Blind;
use super::rows::{list, number, text};
use crate::http::encoded;
use crate::settings::Api;
use serde_json::{Value, json};
use std::collections::HashMap;
use tokio::sync::{Mutex, OnceCell};

/// A custom field of candidates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    pub id: u64,
    pub name: String,
    pub name_key: String,
    pub kind: String,
    /// A select's options: id and name.
    pub options: Vec<(u64, String)>,
}

/// What is known of the account's fields so far.
#[derive(Debug, Default)]
pub(super) struct Fields {
    definitions: OnceCell<Vec<Definition>>,
    /// A select's options, by its id: read where a candidate has a value in it.
    options: Mutex<HashMap<u64, Vec<(u64, String)>>>,
}

impl Wire {
    /// The definitions of the fields in which a candidate's row has a value. None where Greenhouse does not let us: what cannot be
    /// written back without them is then left alone.
    pub(super) async fn definitions_for(&self, row: &Value) -> Result<Vec<Definition>, Blind> {
        let all = self.fields.definitions.get_or_try_init(|| allowed(self.read_definitions())).await?;
        let mut used: Vec<Definition> = all.iter().filter(|definition| has_value(row, definition)).cloned().collect();
        if self.api() == Api::HarvestV3 {
            for definition in used.iter_mut().filter(|definition| definition.kind.ends_with("_select")) {
                definition.options = self.options_of(definition).await?;
            }
        }
        Ok(used)
    }

    async fn read_definitions(&self) -> Result<Vec<Definition>, Blind> {
        let path = match self.api() {
            Api::HarvestV1 => "/custom_fields/candidate?per_page=500",
            Api::HarvestV3 => "/custom_fields?per_page=500",
        };
        let rows = self.own_list(path, "list custom fields", |_| true).await?;
        let of_candidates = |row: &&Value| text(row, "field_type").is_none_or(|kind| kind == "candidate");
        Ok(rows.iter().filter(of_candidates).filter_map(definition).collect())
    }

    async fn options_of(&self, field: &Definition) -> Result<Vec<(u64, String)>, Blind> {
        let mut known = self.fields.options.lock().await;
        if let Some(options) = known.get(&field.id) {
            return Ok(options.clone());
        }
        let path = format!("/custom_field_options?custom_field_key={}&per_page=500", encoded(&field.name_key));
        let read = || async {
            let rows = self.own_list(&path, "list custom field options", |_| true).await?;
            // The filter can be ignored: a row that says whose it is counts there only. Not every row has to say.
            let own = |row: &&Value| number(row, "custom_field_id").is_none_or(|id| id == field.id);
            Ok(rows.iter().filter(own).filter_map(option).collect())
        };
        let options: Vec<_> = allowed(read()).await?;
        known.insert(field.id, options.clone());
        Ok(options)
    }
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

fn has_value(row: &Value, definition: &Definition) -> bool {
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

fn definition(row: &Value) -> Option<Definition> {
    Some(Definition {
        id: number(row, "id")?,
        name: text(row, "name").unwrap_or_default().to_owned(),
        name_key: text(row, "name_key")?.to_owned(),
        kind: text(row, "value_type").unwrap_or_default().to_owned(),
        // v1's list has them in it.
        options: list(row, "custom_field_options").filter_map(option).collect(),
    })
}

fn option(row: &Value) -> Option<(u64, String)> {
    Some((number(row, "id")?, text(row, "name")?.to_owned()))
}

/// What is read of a field in the form in which it is written; none where that is not certain: a user, a file, an option whose id is not
/// known, a kind that is not known.
pub(super) fn written_back(kind: &str, shown: &Value, definition: Option<&Definition>) -> Option<Value> {
    let option = |name: &Value| {
        let name = name.as_str()?;
        let mut fitting = definition?.options.iter().filter(|(_, known)| known == name);
        match (fitting.next(), fitting.next()) {
            (Some((id, _)), None) => Some(json!(id)),
            // Two options of one name: nobody can tell which it is.
            _ => None,
        }
    };
    match kind {
        "short_text" | "long_text" | "url" | "date" => shown.as_str().map(|text| json!(text)),
        "boolean" | "yes_no" => shown.as_bool().map(|flag| json!(flag)),
        "number" => (shown.is_number() || shown.is_string()).then(|| shown.clone()),
        "single_select" => option(shown),
        "multi_select" => shown.as_array()?.iter().map(option).collect::<Option<Vec<_>>>().map(Value::Array),
        "currency" => match shown {
            Value::Object(amount) => {
                let value = amount.get("amount").or_else(|| amount.get("value")).filter(|value| !value.is_null())?;
                Some(json!({ "value": value, "unit": amount.get("unit").filter(|unit| unit.is_string())? }))
            }
            // An amount alone does not tell its currency.
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_back_or_left_alone() {
        let level = Definition {
            id: 6,
            name: "Level".into(),
            name_key: "level".into(),
            kind: "single_select".into(),
            options: vec![(601, "junior".into()), (602, "senior".into()), (603, "twice".into()), (604, "twice".into())],
        };
        let rows = [
            ("short_text", json!("x"), None),
            ("boolean", json!(false), None),
            ("boolean", json!("false"), None),
            ("number", json!(5.5), None),
            ("currency", json!({"amount": 5000, "unit": "EUR"}), None),
            ("currency", json!({"amount": 5000}), None),
            ("currency", json!("5000"), None),
            ("single_select", json!("senior"), Some(&level)),
            ("single_select", json!("senior"), None),
            ("single_select", json!("twice"), Some(&level)),
            ("multi_select", json!(["junior", "senior"]), Some(&level)),
            ("multi_select", json!(["junior", "unknown"]), Some(&level)),
            ("user", json!({"name": "Ada", "user_id": 7}), None),
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
        currency {"amount":5000,"unit":"EUR"}: {"value":5000,"unit":"EUR"}
        currency {"amount":5000}: left alone
        currency "5000": left alone
        single_select "senior": 602
        single_select "senior": left alone
        single_select "twice": left alone
        multi_select ["junior","senior"]: [601,602]
        multi_select ["junior","unknown"]: left alone
        user {"name":"Ada","user_id":7}: left alone
        attachment "cv.pdf": left alone
         "x": left alone
        "#);
    }
}
