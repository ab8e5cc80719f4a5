//! What a body must look like, as tables: one way of checking for every operation of v1 and v3. v1 ignores keys that a table does not
//! name; v3 refuses them.

use crate::model::candidate::shape::{Member, Shape};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value};

#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub name: &'static str,
    pub required: bool,
    pub rule: Rule,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Rule {
    /// Text that is not blank.
    Text,
    /// A whole number above 0.
    Id,
    Flag,
    /// true, or the text "true": Greenhouse's own samples write `"prospect": "true"`.
    LooseFlag,
    /// YYYY-MM-DD.
    Date,
    /// ISO 8601: YYYY-MM-DD, or a moment.
    Moment,
    /// The same, or nothing (null or ""): the current employment.
    OpenMoment,
    Year,
    Month,
    OneOf(&'static [&'static str]),
    Base64,
    Ids,
    Object(&'static [Field]),
    /// Judged elsewhere: it must only be a list of objects.
    Objects,
    /// As the candidate's table says.
    Of(&'static Shape),
    /// Judged elsewhere.
    Any,
}

pub(super) const fn must(name: &'static str, rule: Rule) -> Field {
    Field { name, required: true, rule }
}

pub(super) const fn may(name: &'static str, rule: Rule) -> Field {
    Field { name, required: false, rule }
}

/// A member of the candidate's table, under its own name.
fn of(member: &'static Member) -> Field {
    Field { name: member.name, required: member.required, rule: Rule::Of(&member.shape) }
}

/// What is wrong with one member of a body. It never quotes the value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fault {
    pub field: String,
    pub message: String,
}

pub(super) fn fault(field: impl Into<String>, message: impl Into<String>) -> Fault {
    Fault { field: field.into(), message: message.into() }
}

/// Every fault of `body`; `partial` (a PATCH) asks for no required member, but refuses a blank one all the same.
pub(super) fn check(fields: &[Field], body: &Map<String, Value>, partial: bool) -> Vec<Fault> {
    let mut faults = Vec::new();
    walk(fields, body, partial, "", &mut faults);
    faults
}

/// v3's bodies are closed. Source: `docs/greenhouse-api.md`, "Candidates".
pub(super) fn closed<'n>(known: impl IntoIterator<Item = &'n str>, body: &Map<String, Value>, prefix: &str) -> Vec<Fault> {
    let known: Vec<&str> = known.into_iter().collect();
    let others = body.keys().filter(|key| !known.contains(&key.as_str()));
    others.map(|key| fault(format!("{prefix}{key}"), "is a disallowed additional property")).collect()
}

fn walk(fields: &[Field], body: &Map<String, Value>, partial: bool, prefix: &str, faults: &mut Vec<Fault>) {
    for field in fields {
        let path = if prefix.is_empty() { field.name.to_owned() } else { format!("{prefix}.{}", field.name) };
        match body.get(field.name) {
            None if field.required && !partial => faults.push(fault(path, "is missing")),
            None => {}
            Some(value) => judge(field.rule, value, path, faults),
        }
    }
}

fn judge(rule: Rule, value: &Value, path: String, faults: &mut Vec<Fault>) {
    let items = |faults: &mut Vec<Fault>, each: &dyn Fn(&Value, String, &mut Vec<Fault>)| match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(i, item)| each(item, format!("{path}[{i}]"), faults)),
        _ => faults.push(fault(&path, "must be an array")),
    };
    match rule {
        Rule::Ids => items(faults, &|item, path, faults| judge(Rule::Id, item, path, faults)),
        Rule::Objects => items(faults, &|item, path, faults| judge(Rule::Object(&[]), item, path, faults)),
        Rule::Of(Shape::CustomFields) => judge(Rule::Objects, value, path, faults),
        Rule::Of(Shape::List(item)) => items(faults, &|value, path, faults| judge(Rule::Of(item), value, path, faults)),
        Rule::Of(Shape::Object(object)) => {
            let fields: Vec<_> = object.members.iter().map(of).collect();
            match value {
                Value::Object(object) => walk(&fields, object, false, &path, faults),
                _ => faults.push(fault(path, "must be an object")),
            }
        }
        Rule::Object(fields) => match value {
            Value::Object(object) => walk(fields, object, false, &path, faults),
            _ => faults.push(fault(path, "must be an object")),
        },
        scalar => {
            if let Some(message) = wrong(scalar, value) {
                faults.push(fault(path, message));
            }
        }
    }
}

/// What is wrong with a scalar; none where it is right.
fn wrong(rule: Rule, value: &Value) -> Option<String> {
    let text = value.as_str();
    let blank = text.is_some_and(|t| t.trim().is_empty());
    let (good, said) = match rule {
        Rule::Text if blank => (false, "can't be blank".to_owned()),
        Rule::Text => (text.is_some(), "must be a string".into()),
        Rule::Id => (value.as_u64().is_some_and(|id| id > 0), "must be a positive integer".into()),
        Rule::Flag => (value.is_boolean(), "must be a boolean".into()),
        Rule::LooseFlag => (value.is_boolean() || text == Some("true"), "must be a boolean".into()),
        Rule::Date => (text.is_some_and(is_date), "must be a date (YYYY-MM-DD)".into()),
        Rule::Moment => (text.is_some_and(is_moment), "must be an ISO 8601 date".into()),
        Rule::OpenMoment => {
            (value.is_null() || text.is_some_and(|t| t.is_empty() || is_moment(t)), "must be an ISO 8601 date, or empty".into())
        }
        Rule::Year => (value.as_u64().is_some_and(|year| YEARS.contains(&year)), "must be a year from 1900 to 2100".into()),
        Rule::Month => (value.as_u64().is_some_and(|month| (1..=12).contains(&month)), "must be a month from 1 to 12".into()),
        Rule::OneOf(known) => (text.is_some_and(|t| known.contains(&t)), format!("Must be one of: {}", known.join(", "))),
        Rule::Of(Shape::Boolean) => return wrong(Rule::Flag, value),
        Rule::Of(Shape::Id) => return wrong(Rule::Id, value),
        Rule::Of(Shape::OneOf(known)) => return wrong(Rule::OneOf(known), value),
        Rule::Of(_) => return wrong(Rule::Text, value),
        Rule::Base64 if blank => (false, "can't be blank".into()),
        Rule::Base64 => (text.is_some_and(|t| STANDARD.decode(t).is_ok()), "must be base64".into()),
        Rule::Ids | Rule::Object(_) | Rule::Objects | Rule::Any => (true, String::new()),
    };
    (!good).then_some(said)
}

/// Source: "years 1900 to 2100".
pub(super) const YEARS: std::ops::RangeInclusive<u64> = 1900..=2100;

/// Exactly YYYY-MM-DD, and a day that exists.
pub(super) fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<Date>().is_ok()
}

fn is_moment(text: &str) -> bool {
    is_date(text) || text.parse::<Timestamp>().is_ok()
}

/// Exactly one of the two members must be there.
pub(super) fn exactly_one(body: &Map<String, Value>, one: &str, other: &str) -> Option<Fault> {
    match (body.contains_key(one), body.contains_key(other)) {
        (true, true) => Some(fault(one, format!("send only one of {one} and {other}"))),
        (false, false) => Some(fault(one, format!("is missing, and so is {other}: send one of them"))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::candidate::shape::PHONE;
    use serde_json::json;

    static PHONES: Shape = Shape::List(&Shape::Object(&PHONE));
    const BODY: &[Field] = &[
        must("name", Rule::Text),
        must("job_id", Rule::Id),
        may("private", Rule::Flag),
        may("start", Rule::Date),
        may("end", Rule::OpenMoment),
        may("year", Rule::Year),
        may("month", Rule::Month),
        may("phones", Rule::Of(&PHONES)),
        may("tags", Rule::Of(&Shape::List(&Shape::Text))),
        may("content", Rule::Base64),
    ];

    fn told(body: Value, partial: bool) -> String {
        let faults = check(BODY, body.as_object().unwrap(), partial);
        faults.iter().map(|f| format!("{} {}", f.field, f.message)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn every_fault_is_found_at_its_place() {
        insta::assert_snapshot!(told(json!({
            "name": " ", "job_id": "7", "private": "yes", "start": "2026-02-30", "end": "soon", "year": 1899, "month": 13,
            "phones": [{"value": null, "type": "fax"}, "x", {"value": "1", "type": "home"}], "tags": "x", "content": "%%",
        }), false), @r"
        name can't be blank
        job_id must be a positive integer
        private must be a boolean
        start must be a date (YYYY-MM-DD)
        end must be an ISO 8601 date, or empty
        year must be a year from 1900 to 2100
        month must be a month from 1 to 12
        phones[0].value must be a string
        phones[0].type Must be one of: home, work, mobile, skype, other
        phones[1] must be an object
        tags must be an array
        content must be base64
        ");
    }

    #[test]
    fn what_is_missing_is_asked_for_and_unknown_keys_are_not_seen() {
        insta::assert_snapshot!(told(json!({"resume": 5}), false), @r"
        name is missing
        job_id is missing
        ");
        insta::assert_snapshot!(told(json!({"resume": 5}), true), @"");
    }

    #[test]
    fn a_right_body_has_no_fault() {
        let body = json!({"name": "A", "job_id": 1, "start": "2026-02-28", "end": "2012-08-15T00:00:00.000Z", "phones": [], "tags": ["a"], "content": "YQ=="});
        insta::assert_snapshot!(told(body, false), @"");
        insta::assert_snapshot!(told(json!({"name": "A", "job_id": 1, "end": null}), false), @"");
    }
}
