//! Personal data is shown on a terminal, and masked everywhere else. Source: `SECURITY.md`, "Personal data": the values of
//! every member are masked but ids, keys, types and dates, if they hold no e-mail address; a text stays a text, a number a number.

use serde_json::Value;

pub const MASK: &str = "***";

/// A copy with every value masked that could be somebody's.
pub fn masked(value: &Value) -> Value {
    hide("", value)
}

/// One member's value, by its path: `email_addresses[0].type`.
pub fn masked_member(path: &str, value: &Value) -> Value {
    let plain = |name: &str| name.split('[').next().unwrap_or_default().to_owned();
    if plain(path.split('.').next().unwrap_or_default()) == CUSTOM_FIELDS {
        return closed(value);
    }
    match plain(path.rsplit('.').next().unwrap_or_default()).as_str() {
        // Here a bare value is a job's id: what `job_ids` gives.
        "applications" if is_numbers(value) => value.clone(),
        name => hide(name, value),
    }
}

fn is_numbers(value: &Value) -> bool {
    value.is_number() || value.as_array().is_some_and(|items| items.iter().all(Value::is_number))
}

/// People name these: `passport_id` is no id of ours.
const CUSTOM_FIELDS: &str = "custom_fields";

fn hide(name: &str, value: &Value) -> Value {
    match value {
        _ if name == CUSTOM_FIELDS => closed(value),
        _ if is_open(name) => without_names(value),
        Value::Array(items) => items.iter().map(|item| hide(name, item)).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), hide(name, value))).collect(),
        value => closed(value),
    }
}

/// What is shown of an id that is not known yet: `{school_id of "Siena College"}` names what a profile says. A key or a reference may be made
/// from an e-mail address.
fn without_names(value: &Value) -> Value {
    match value {
        Value::String(text) => match text.split_once(" of \"") {
            Some((head, _)) if head.starts_with('{') && text.ends_with("\"}") => Value::from(format!("{head} of {MASK}}}")),
            _ if text.contains('@') => Value::from(MASK),
            _ => value.clone(),
        },
        Value::Array(items) => items.iter().map(without_names).collect(),
        other => other.clone(),
    }
}

/// Every value within, whatever its name.
fn closed(value: &Value) -> Value {
    match value {
        Value::String(_) => Value::String(MASK.into()),
        Value::Number(_) => Value::from(0),
        Value::Bool(_) => Value::Bool(false),
        Value::Null => Value::Null,
        Value::Array(items) => items.iter().map(closed).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), closed(value))).collect(),
    }
}

/// Whether the members of that name hold an id, a key, a type or a date.
fn is_open(name: &str) -> bool {
    let whole = ["id", "key", "type", "note_type", "visibility", "reference"];
    let endings = ["_id", "_ids", "_key", "_keys", "_date", "_at", "_type"];
    (whole.contains(&name) || endings.iter().any(|ending| name.ends_with(ending)) || name.starts_with("date_")) && name != "date_birth"
}

/// The values that a query carries can be e-mails.
pub fn masked_url(url: &str) -> String {
    match url.split_once('?') {
        None => url.to_owned(),
        Some((path, query)) => {
            let pair = |pair: &str| match pair.split_once('=') {
                Some((name, _)) if name == "email" || name == "primary_email" => format!("{name}={MASK}"),
                _ => pair.to_owned(),
            };
            format!("{path}?{}", query.split('&').map(pair).collect::<Vec<_>>().join("&"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ids_types_and_dates_are_open_and_nothing_else() {
        let candidate = json!({
            "first_name": "Ada", "is_private": true, "tags": ["hrflow"],
            "email_addresses": [{"value": "ada@example.org", "type": "personal"}],
            "employments": [{"company_name": "Analytical Engines", "start_date": "1833-06-05"}],
            "custom_fields": {"salary": 12, "born": "1815"}, "applications": [{"job_id": 4012}],
            "date_birth": "1815-12-10",
        });
        insta::assert_json_snapshot!(masked(&candidate), @r#"
        {
          "first_name": "***",
          "is_private": false,
          "tags": [
            "***"
          ],
          "email_addresses": [
            {
              "value": "***",
              "type": "personal"
            }
          ],
          "employments": [
            {
              "company_name": "***",
              "start_date": "1833-06-05"
            }
          ],
          "custom_fields": {
            "salary": 0,
            "born": "***"
          },
          "applications": [
            {
              "job_id": 4012
            }
          ],
          "date_birth": "***"
        }
        "#);
    }

    #[test]
    fn a_custom_field_is_masked_whatever_its_name() {
        let candidate = json!({"custom_fields": {"passport_id": "X1", "date_of_hire": {"value": "2020-01-01", "unit": "EUR"}}});
        assert_eq!(masked(&candidate), json!({"custom_fields": {"passport_id": "***", "date_of_hire": {"value": "***", "unit": "***"}}}));
        assert_eq!(masked_member("custom_fields.passport_id", &json!("X1")), "***");
        assert_eq!(masked_member("custom_fields", &json!({"passport_id": 7})), json!({"passport_id": 0}));
    }

    #[test]
    fn a_name_that_stands_for_an_id_is_masked() {
        let body = json!({"school_id": "{school_id of \"Siena College\"}", "candidate_id": "{candidate_id}", "user_id": "{x of \"y\"}", "external_key": "ada@example.org", "job_id": 5});
        let told = json!({"school_id": "{school_id of ***}", "candidate_id": "{candidate_id}", "user_id": "{x of ***}", "external_key": "***", "job_id": 5});
        assert_eq!(masked(&body), told);
    }

    #[test]
    fn the_jobs_are_told() {
        assert_eq!(masked_member("applications[0]", &json!(4001)), 4001);
        assert_eq!(masked_member("applications", &json!([4001])), json!([4001]));
        let referred = json!([{"job_id": 4001, "referrer": {"type": "outside", "value": "Ada"}}]);
        assert_eq!(masked_member("applications", &referred)[0]["referrer"]["value"], "***");
    }

    #[test]
    fn a_member_is_masked_by_its_name() {
        let told = ["email_addresses[0].type", "tags[1]", "employments[0].start_date", "employments[0].title"];
        let told: Vec<_> = told.iter().map(|path| format!("{path} = {}", masked_member(path, &json!("x")))).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        email_addresses[0].type = "x"
        tags[1] = "***"
        employments[0].start_date = "x"
        employments[0].title = "***"
        "#);
    }

    #[test]
    fn an_email_in_a_query_is_masked() {
        assert_eq!(masked_url("http://h/v3/candidates?email=a%40b.c&per_page=500"), "http://h/v3/candidates?email=***&per_page=500");
    }
}
