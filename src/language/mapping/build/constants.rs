//! What can be known of a mapping without any profile: its members and constants against the candidate's table.

use super::Build;
use crate::base::diagnostic::{Code, nearest};
use crate::base::place::Place;
use crate::language::mapping::{scope, template};
use crate::language::patterns;
use crate::language::yaml::{Entry, Kind, Tree};
use crate::model::candidate::check::leaf_fits;
use crate::model::candidate::shape::{CANDIDATE, Member, Object, Rule, Shape, Wire};
use crate::model::candidate::shape_in_words;
use crate::model::profile::{is_blank, is_blank_text};
use crate::model::settings::Api;
use serde_json::Value as Json;

/// The member that an entry names; what does not exist is reported.
pub(crate) fn known_member(build: &mut Build, entry: &Entry, object: &'static Object) -> Option<&'static Member> {
    if let Some((message, help)) = other_api(&entry.key, object, build.api) {
        build.error(Code::UnknownMember, &entry.key_place, message, help);
        return None;
    }
    let member = object.member(&entry.key);
    if member.is_none() {
        let names = || object.members.iter().map(|member| member.name);
        let near =
            nearest(&entry.key, names()).or_else(|| names().find(|name| name.starts_with(&entry.key) || entry.key.starts_with(name)));
        let help = match (near, home_of(&entry.key)) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, Some(home)) => format!("`{}` is a member of {home}", entry.key),
            (None, None) => format!("known there: {}", names().collect::<Vec<_>>().join(", ")),
        };
        build.error(Code::UnknownMember, &entry.key_place, format!("{} has no `{}`", object.name, entry.key), help);
    }
    member
}

/// A member that only the other one of Greenhouse's APIs has, and what to do.
fn other_api(name: &str, object: &Object, api: Api) -> Option<(String, String)> {
    object.member(name).filter(|member| member.wire(api) == Wire::Absent)?;
    let other = if api == Api::HarvestV1 { Api::HarvestV3 } else { Api::HarvestV1 }.as_str();
    let known = object.members.iter().filter(|member| member.wire(api) != Wire::Absent);
    let known: Vec<_> = known.map(|member| format!("`{}`", member.name)).collect();
    let help = match known.len() {
        1..=3 => format!("write {}, or use `api: {other}`", known.join(" and ")),
        _ => format!("leave it out, or use `api: {other}`"),
    };
    Some((format!("`{name}` exists only in {other}"), help))
}

/// Where else a member of that name belongs.
fn home_of(name: &str) -> Option<&'static str> {
    fn search(object: &'static Object, name: &str) -> Option<&'static str> {
        if object.member(name).is_some() {
            return Some(object.name);
        }
        object.members.iter().find_map(|member| match member.shape {
            Shape::Object(inner) | Shape::List(&Shape::Object(inner)) => search(inner, name),
            _ => None,
        })
    }
    search(&CANDIDATE, name)
}

/// Members without which nothing that the block makes can be valid.
pub fn required(build: &mut Build, place: &Place, entries: &[Entry], object: &Object, from_elsewhere: &[&str]) {
    let written =
        |name: &str| from_elsewhere.contains(&name) || entries.iter().any(|entry| entry.key == name && !never_there(&entry.value));
    let missing = object.members.iter().filter(|member| member.required && !written(member.name));
    let missing: Vec<_> = missing.map(|member| (format!("`{}`", member.name), member.about, member.example)).collect();
    for (name, about, example) in missing {
        build.error(Code::MissingMember, place, format!("{} needs {name}", object.name), format!("{about} For example {example}"));
    }
    for rule in object.rules {
        match rule {
            Rule::ExactlyOne(names) | Rule::AtLeastOne(names)
                if !names.iter().any(|name| entries.iter().any(|entry| entry.key == **name)) =>
            {
                let message = format!("{} needs one of {}", object.name, names.join(", "));
                build.error(Code::MissingMember, place, message, "without it, nothing that this makes can be sent");
            }
            Rule::Needs(first, second) if written(first) && !written(second) => {
                build.error(Code::MissingMember, place, format!("`{first}` also needs `{second}`"), format!("add `{second}`"));
            }
            _ => {}
        }
    }
}

/// Whether it is known without a profile that nothing comes of it: nothing is written, or a variable that is blank.
pub(crate) fn never_a_value(tree: &Tree, vars: &Json) -> bool {
    match &tree.kind {
        Kind::List(items) => items.iter().all(|item| never_a_value(item, vars)),
        Kind::Text(text) => {
            let path = template::single_expression(&text.value).and_then(|range| text.value.get(range)).map(str::trim);
            // Of nothing these make nothing.
            let of_nothing = |function: &str| matches!(function.trim(), "first" | "last" | "int" | "list" | "unique" | "sort" | "reverse");
            let path = path.and_then(|path| {
                let mut parts = path.split('|');
                let head = parts.next()?.trim();
                parts.all(of_nothing).then_some(head)
            });
            let variable = path.and_then(|path| path.strip_prefix("vars.")).filter(|path| is_plain_path(path));
            match variable {
                Some(path) => path.split('.').try_fold(vars, |value, name| value.get(name)).is_some_and(is_blank),
                None => is_blank_text(&text.value),
            }
        }
        _ => never_there(tree),
    }
}

fn is_plain_path(path: &str) -> bool {
    path.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.')
}

fn never_there(tree: &Tree) -> bool {
    match &tree.kind {
        Kind::Null => true,
        Kind::Text(text) => is_blank_text(&text.value),
        Kind::List(items) => items.is_empty(),
        _ => false,
    }
}

/// Checks that a constant fits its member.
pub fn fits(build: &mut Build, tree: &Tree, shape: &Shape, name: &str, value: &Json) {
    if leaf_fits(shape, value) {
        return;
    }
    let written = value.as_str().unwrap_or_default();
    match shape {
        Shape::OneOf(values) if value.is_string() => {
            let help = match nearest(written, values.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("write one of {}", values.join(", ")),
            };
            build.error(Code::UnknownValue, &tree.place, format!("`{name}` cannot be `{written}`"), help);
        }
        Shape::Text if name == "jobs" && value.is_number() => {
            build.wrong_type(&tree.place, name, shape, "a whole number", "`jobs` are names; ids go into `job_ids`");
        }
        Shape::Text if !value.is_string() => {
            build.wrong_type(&tree.place, name, shape, &shape_in_words(value), &format!("put it in quotes: \"{}\"", tree.place.text()));
        }
        Shape::Id if written.trim().parse::<u64>().is_ok() => build.wrong_type(&tree.place, name, shape, "text", "leave the quotes out"),
        Shape::Id if written.contains(',') && written.split(',').all(|id| id.trim().parse::<u64>().is_ok()) => {
            build.wrong_type(&tree.place, name, shape, "text", &format!("several are a list: `{name}: [{}]`", written.trim()));
        }
        Shape::List(_) => build.wrong_type(&tree.place, name, shape, &shape_in_words(value), "put `- ` before it"),
        Shape::Text | Shape::Boolean | Shape::Object(_) | Shape::CustomFields if value.is_string() && looks_like_path(written) => {
            build.wrong_type(&tree.place, name, shape, "text", &format!("write \"{{{{ {written} }}}}\" to take it from the profile"));
        }
        _ => build.wrong_type(&tree.place, name, shape, &shape_in_words(value), ""),
    }
}

/// `"a\bc"` is a backspace between YAML's double quotes.
pub fn control_characters(build: &mut Build, tree: &Tree, value: &Json) {
    let found = value.as_str().unwrap_or_default().chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).find_map(patterns::control);
    if let Some((name, _)) = found {
        build.error(
            Code::YamlTrap,
            &tree.place,
            format!("this text has {name} in it"),
            "remove it; a backslash needs no double quotes around it",
        );
    }
}

fn looks_like_path(text: &str) -> bool {
    scope::NAMES.iter().any(|name| text.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}

/// Whether a longer text is allowed.
pub(crate) fn may_be_text(shape: &Shape) -> bool {
    !matches!(shape, Shape::Boolean | Shape::Id | Shape::List(_) | Shape::Object(_) | Shape::CustomFields)
}

/// A longer text is text, whatever it contains.
pub(crate) fn takes_text(build: &mut Build, tree: &Tree, shape: &Shape, name: &str) {
    if !may_be_text(shape) {
        build.wrong_type(
            &tree.place,
            name,
            shape,
            "a longer text",
            "write exactly one {{ … }}, with nothing around it: then its type is kept",
        );
    }
}

/// Whether `$as` may give that name.
pub(crate) fn is_item_name(name: &str) -> bool {
    const TAKEN: [&str; 16] =
        ["loop", "true", "false", "none", "True", "False", "None", "not", "and", "or", "in", "is", "if", "else", "range", "dict"];
    let plain =
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    plain && !scope::NAMES.contains(&name) && !TAKEN.contains(&name)
}

/// Translates the engine's syntax errors for the author of a pipeline: what is wrong, and what to do.
pub(crate) fn syntax_in_words(detail: &str) -> (String, String) {
    if let Some(name) = detail.strip_prefix("unknown statement ") {
        return (format!("`{{% {name} %}}` is not part of a mapping"), "what there is: if, for, set, with, filter, raw".into());
    }
    if detail == "unexpected end of string" {
        return ("the template has a quote that is not closed".into(), "write text in quotes: 'like this'".into());
    }
    let numbers = [
        (
            "invalid integer (too large)",
            "a number in the template is too large",
            "a whole number has up to 38 digits; text goes between quotes",
        ),
        ("invalid float", "a number in the template cannot be read", "write it as 2.5; text goes between quotes"),
        ("'_' may not occur at end of number", "a number in the template ends with `_`", "write digits alone; text goes between quotes"),
    ];
    if let Some((_, message, help)) = numbers.into_iter().find(|(engine, ..)| *engine == detail) {
        return (message.into(), help.into());
    }
    let plain = [
        ("end of variable block", "`}}`"),
        ("start of variable block", "`{{`"),
        ("end of block", "`%}`"),
        ("start of block", "`{%`"),
        ("end of input", "the end of the template"),
        ("template exceeds maximum recursion limits", "it has too many brackets in brackets"),
        ("identifier", "a name"),
    ];
    let words = plain.iter().fold(detail.to_owned(), |words, (engine, ours)| words.replace(engine, ours));
    let words = match words.strip_prefix("unexpected ").map(|found| found.split_once(", expected ").unwrap_or((found, "something else"))) {
        Some((found, wanted)) => format!("found {found} where {wanted} belongs"),
        None => words,
    };
    let help = if detail.contains("expected end of variable block") {
        "is a `|`, a quote or a `}}` missing before it?"
    } else if detail.contains("end of input") {
        "is a `}}`, a `%}` or an `{% endif %}` missing?"
    } else {
        "an expression reads like `profile.info.email | lower`"
    };
    (format!("the template cannot be read: {words}"), help.into())
}
