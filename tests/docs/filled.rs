//! Which template of the built-in mapping `candidate` fills which member, and from what of the profile.

use super::blocks::root;
use hireline::model::candidate::shape::{CANDIDATE, Object, Shape};
use serde_yaml::Value;
use std::collections::BTreeSet;
use std::fmt::Write;

/// A leaf of the mapping: `employments[].title`, its template, and the names that `$as` gives around it.
struct Leaf {
    member: String,
    template: String,
    from: BTreeSet<String>,
}

fn leaves(member: &str, value: &Value, items: &[(String, String)], found: &mut Vec<Leaf>) {
    match value {
        Value::Mapping(map) => {
            let text = |key: &str| map.get(key).and_then(Value::as_str).map(str::to_owned);
            let mut items = items.to_vec();
            let repeated = text("$each");
            if let (Some(each), Some(name)) = (&repeated, text("$as")) {
                items.push((name, each.clone()));
            }
            let member = if repeated.is_some() && !member.ends_with("[]") { format!("{member}[]") } else { member.to_owned() };
            for (key, value) in map {
                match key.as_str().unwrap() {
                    "$each" | "$as" | "$when" => {}
                    "$value" => leaves(&member, value, &items, found),
                    key => leaves(&if member.is_empty() { key.to_owned() } else { format!("{member}.{key}") }, value, &items, found),
                }
            }
        }
        Value::Sequence(list) => list.iter().for_each(|value| leaves(&format!("{member}[]"), value, items, found)),
        other => {
            let template = other.as_str().unwrap().to_owned();
            let mut from = BTreeSet::new();
            fields(&template, items, &mut from);
            found.push(Leaf { member: member.to_owned(), template, from });
        }
    }
}

/// The profile's fields in an expression; an item's are those of its list.
fn fields(text: &str, items: &[(String, String)], from: &mut BTreeSet<String>) {
    let path = regex::Regex::new(r"\bprofile((\.\w+|\[\d+\])+)").unwrap();
    from.extend(path.captures_iter(text).map(|found| found[1][1..].to_owned()));
    for (name, list) in items {
        let own = regex::Regex::new(&format!(r"\b{name}\b(?:\.(\w+))?")).unwrap();
        for found in own.captures_iter(text) {
            let mut lists = BTreeSet::new();
            fields(list, &[], &mut lists);
            from.extend(
                lists
                    .into_iter()
                    .map(|list| found.get(1).map_or_else(|| format!("{list}[]"), |field| format!("{list}[].{}", field.as_str()))),
            );
        }
    }
}

fn members(object: &'static Object, before: &str, all: &mut Vec<String>) {
    for member in object.members {
        let name = if before.is_empty() { member.name.to_owned() } else { format!("{before}.{}", member.name) };
        match member.shape {
            Shape::Object(inner) => members(inner, &name, all),
            Shape::List(&Shape::Object(inner)) => members(inner, &format!("{name}[]"), all),
            Shape::List(_) => all.push(format!("{name}[]")),
            _ => all.push(name),
        }
    }
}

pub fn table() -> String {
    let library: Value =
        serde_yaml::from_str(&std::fs::read_to_string(root().join("src/language/library/hireline.yaml")).unwrap()).unwrap();
    let mut found = Vec::new();
    leaves("", &library["mappings"]["candidate"], &[], &mut found);
    let mut all = Vec::new();
    members(&CANDIDATE, "", &mut all);
    let unknown: Vec<_> = found.iter().map(|leaf| &leaf.member).filter(|member| !all.contains(member)).collect();
    assert!(unknown.is_empty(), "the table misses {unknown:?}");
    let cell = |text: &str| text.replace('|', "\\|");
    let mut page = String::from(
        "\n## What the built-in mapping fills\n\nWhich template of the mapping `candidate` fills each member, and from which fields of the profile.\n\n\
         | member | template | from |\n|---|---|---|\n",
    );
    let mut told = BTreeSet::new();
    for member in &all {
        for leaf in found.iter().filter(|leaf| leaf.member == *member && told.insert((&leaf.member, &leaf.template))) {
            let from = leaf.from.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ");
            writeln!(page, "| `{member}` | `{}` | {} |", cell(&leaf.template), if from.is_empty() { "–" } else { &from }).unwrap();
        }
    }
    let filled = |member: &String| found.iter().any(|leaf| leaf.member == *member);
    let left: Vec<_> = all.iter().filter(|member| !filled(member)).map(|member| format!("`{member}`")).collect();
    write!(page, "\nIt leaves these to the pipeline: {}.\n", left.join(", ")).unwrap();
    page
}
