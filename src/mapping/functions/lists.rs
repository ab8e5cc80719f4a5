//! Picking from HrFlow's lists: tags, attachments, addresses.

use super::{Doc, add, kind_in_words, text_argument};
use crate::mapping::said;
use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error};

pub const DOCS: &[Doc] = &[
    Doc {
        name: "tag",
        signature: "list | tag(name)",
        about: "The value of the first item of that name in a list of {name, value}: of tags, metadatas, skills.",
        example: "input | tag('seniority')",
        input: r#"[{"name": "stage", "value": "new"}, {"name": "seniority", "value": 3}]"#,
        result: "3",
    },
    Doc {
        name: "tags",
        signature: "list | tags(name)",
        about: "The values of all items of that name in a list of {name, value}.",
        example: "input | tags('job')",
        input: r#"[{"name": "job", "value": 4012}, {"name": "stage", "value": "new"}, {"name": "job", "value": 4013}]"#,
        result: "[4012, 4013]",
    },
    Doc {
        name: "attachment",
        signature: "list | attachment(type, …)",
        about: "The first attachment of the first of these types that is there: HrFlow's first one is seldom the résumé.",
        example: "(input | attachment('resume', 'original')).public_url",
        input: r#"[{"type": "original", "public_url": "https://files.example.org/o.pdf"}, {"type": "resume", "public_url": "https://files.example.org/r.pdf"}]"#,
        result: r#""https://files.example.org/r.pdf""#,
    },
    Doc {
        name: "url",
        signature: "list | url(type)",
        about: "The first address of that type in a list of {type, url}.",
        example: "input | url('linkedin')",
        input: r#"[{"type": "github", "url": "https://github.example/ada"}, {"type": "linkedin", "url": "https://linkedin.example/in/ada"}]"#,
        result: r#""https://linkedin.example/in/ada""#,
    },
];

pub fn add_to(engine: &mut Environment<'static>) {
    add(engine, "tag", 1..=1, |_, list, arguments| {
        let mut values = named(list, "tag", "name", &arguments[0], "value")?;
        Ok(values.next().unwrap_or_default())
    });
    add(engine, "tags", 1..=1, |_, list, arguments| {
        let values: Vec<Value> = named(list, "tags", "name", &arguments[0], "value")?.collect();
        Ok(if values.is_empty() { Value::UNDEFINED } else { values.into() })
    });
    add(engine, "url", 1..=1, |_, list, arguments| {
        let mut values = named(list, "url", "type", &arguments[0], "url")?;
        Ok(values.next().unwrap_or_default())
    });
    add(engine, "attachment", 1..=16, |_, list, arguments| {
        let items = items(list, "attachment")?;
        for argument in arguments {
            let kind = text_argument("attachment", argument)?;
            if let Some(found) = items.iter().find(|item| is_text(item, "type", kind)) {
                return Ok(found.clone());
            }
        }
        Ok(Value::UNDEFINED)
    });
}

/// What `member` holds in each item whose `key` is the argument.
fn named(
    list: &Value,
    function: &str,
    key: &'static str,
    argument: &Value,
    member: &'static str,
) -> Result<impl Iterator<Item = Value>, Error> {
    let wanted = text_argument(function, argument)?.to_owned();
    let items = items(list, function)?;
    let values = items.into_iter().filter(move |item| is_text(item, key, &wanted));
    Ok(values.filter_map(move |item| item.get_attr(member).ok()).filter(|value| !value.is_undefined()))
}

fn items(list: &Value, function: &str) -> Result<Vec<Value>, Error> {
    match list.kind() {
        ValueKind::Seq | ValueKind::Iterable => list.try_iter()?.checked().collect(),
        _ => Err(said(format!("`{function}` works on a list, and is given {}", kind_in_words(list)))),
    }
}

fn is_text(item: &Value, key: &str, wanted: &str) -> bool {
    item.kind() == ValueKind::Map && item.get_attr(key).is_ok_and(|value| value.as_str() == Some(wanted))
}
