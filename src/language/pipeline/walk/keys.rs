//! Keys of a block: unknown, at the wrong level, missing, or too many of them.

use super::{Path, Walk, words};
use crate::base::diagnostic::{Code, Diagnostic, nearest};
use crate::base::place::Place;
use crate::language::yaml::{Entry, Tree};
use serde_json::Value;

/// Unknown keys of one block that are reported one by one; nobody reads more.
const MOST_TOLD: usize = 100;

/// Every key of a file's schema, with the blocks that know it.
#[derive(Debug)]
struct Known<'a>(Vec<(&'a str, String)>);

impl<'a> Known<'a> {
    fn new(root: &'a Value) -> Self {
        let mut known = Vec::new();
        collect(root, "", &mut known);
        Self(known)
    }

    /// The block that knows a key, the one nearest to `path` if several do.
    fn home(&self, key: &str, path: &str) -> Option<&str> {
        let homes = self.0.iter().filter(|(name, _)| *name == key).map(|(_, home)| home.as_str());
        homes
            .filter(|home| *home != path)
            .max_by_key(|home| (home.starts_with(path), path.starts_with(home), std::cmp::Reverse(home.len())))
    }
}

fn collect<'a>(schema: &'a Value, path: &str, known: &mut Vec<(&'a str, String)>) {
    // A secret's own keys (`file`, `command`) belong to every secret: they say nothing of where a key belongs.
    if words::is_secret(schema) {
        return;
    }
    if let Some(Value::Object(properties)) = schema.get("properties") {
        for (name, property) in properties {
            known.push((name, path.to_owned()));
            collect(property, &if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, known);
        }
    }
    for inner in schema.get("anyOf").and_then(Value::as_array).into_iter().flatten().chain(schema.get("items")) {
        collect(inner, path, known);
    }
    if let Some(inner) = schema.get("additionalProperties") {
        collect(inner, &format!("{path}.NAME"), known);
    }
}

/// The schema of the value under a key.
pub(crate) fn property<'a>(schema: &'a Value, key: &str) -> Option<&'a Value> {
    let named = schema.get("properties").and_then(|properties| properties.get(key));
    named.or_else(|| schema.get("additionalProperties").filter(|inner| inner.is_object()))
}

pub(super) fn names(schema: &Value) -> Vec<&str> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

impl<'a> Walk<'a> {
    pub(super) fn keys(&mut self, tree: &Tree, entries: &[Entry], schema: &'a Value, path: &Path) {
        let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
        let unknown: Vec<&Entry> =
            if closed { entries.iter().filter(|entry| property(schema, &entry.key).is_none()).collect() } else { Vec::new() };
        let misplaced = self.one_level_up(&unknown, schema, path);
        if !misplaced {
            for entry in unknown.iter().take(MOST_TOLD) {
                self.unknown_key(entry, schema, path);
            }
            if let Some(next) = unknown.get(MOST_TOLD) {
                let more = unknown.len() - MOST_TOLD;
                let message = format!("{more} more keys of this block are unknown");
                self.error(Code::UnknownKey, &next.key_place, message, "fix the ones above first; is this the right file?");
            }
        }
        // `header: { X-API-KEY: … }`: a key in the place of `name` and `value` is one mistake.
        if self.is_other_block(entries, &unknown, schema, path) {
            return;
        }
        self.missing_keys(tree, entries, &unknown, schema, path);
        self.exactly_one(tree, entries, &unknown, schema, path);
    }

    /// `source: { api_key: … }`, with `hrflow:` forgotten: one error, not one a key.
    fn one_level_up(&mut self, unknown: &[&Entry], schema: &'a Value, path: &Path) -> bool {
        let Some(first) = unknown.first() else { return false };
        let children = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        let home = children
            .filter(|(_, child)| unknown.iter().all(|entry| names(child).contains(&entry.key.as_str())))
            .map(|(name, _)| name)
            .next();
        let (Some(home), true) = (home, unknown.len() > 1 || words::one_of(schema).is_some()) else { return false };
        let keys: Vec<&str> = unknown.iter().map(|entry| entry.key.as_str()).collect();
        let verb = if keys.len() == 1 { "belongs" } else { "belong" };
        let message = format!("{} {verb} one level deeper, in `{home}`", words::list(&keys, "and"));
        let under = if path.0.is_empty() { String::new() } else { format!(" under `{}:`", path.dotted()) };
        let help = format!(
            "write `{home}:` on a line of its own{under}, and indent {} below it",
            if keys.len() == 1 { "this key" } else { "these keys" }
        );
        self.report(Diagnostic::error(Code::UnknownKey, &first.key_place, message).help(help));
        true
    }

    fn unknown_key(&mut self, entry: &Entry, schema: &'a Value, path: &Path) {
        let known = names(schema);
        let key = &entry.key;
        let diagnostic = |message: String| Diagnostic::error(Code::UnknownKey, &entry.key_place, message);
        let block = if path.0.is_empty() { "this file".to_owned() } else { format!("`{}`", path.0.join(".").replace(".[]", "")) };
        let near = nearest(key, known.iter().copied());
        let elsewhere = Known::new(self.root);
        let home = elsewhere.home(key, &path.dotted());
        let diagnostic = match (near, home) {
            (Some(near), _) => diagnostic(format!("{block} has no key `{key}`")).help(format!("did you mean `{near}`?")),
            (None, Some("")) => {
                diagnostic(format!("`{key}` does not belong in {block}")).help("it belongs at the file's first level, without indentation")
            }
            (None, Some(home)) => diagnostic(format!("`{key}` does not belong in {block}")).help(format!("it belongs in `{home}`")),
            (None, None) => {
                let example =
                    if required(schema, &[]).len() > 1 && known.len() <= 3 { words::example(schema, path) } else { String::new() };
                let more = if example.is_empty() { String::new() } else { format!("; {example}") };
                diagnostic(format!("{block} has no key `{key}`")).help(format!("its keys are {}{more}", words::list(&known, "and")))
            }
        };
        self.report(diagnostic);
    }

    /// Whether nothing that is written in a block belongs there, and that was reported.
    fn is_other_block(&self, entries: &[Entry], unknown: &[&Entry], schema: &'a Value, path: &Path) -> bool {
        !path.0.is_empty() && !unknown.is_empty() && unknown.len() == entries.len() && required(schema, entries).len() > 1
    }

    fn missing_keys(&mut self, tree: &Tree, entries: &[Entry], unknown: &[&Entry], schema: &'a Value, path: &Path) {
        for key in required(schema, entries) {
            // A typing error was already reported, as an unknown key.
            let written = entries.iter().any(|entry| entry.key == key);
            if written || unknown.iter().take(MOST_TOLD).any(|entry| nearest(&entry.key, names(schema)) == Some(key)) {
                continue;
            }
            let inner = property(schema, key).unwrap_or(&Value::Null);
            let block = if path.0.is_empty() { "this file".to_owned() } else { format!("`{}`", path.dotted()) };
            let example = words::example(inner, &path.join(key));
            let example = example.strip_prefix("for example ").map_or_else(|| format!("`{key}: …`"), str::to_owned);
            self.report(Diagnostic::error(Code::MissingKey, &head(tree), format!("{block} has no `{key}`")).help(format!("add {example}")));
        }
    }

    fn exactly_one(&mut self, tree: &Tree, entries: &[Entry], unknown: &[&Entry], schema: &'a Value, path: &Path) {
        let Some(choices) = words::one_of(schema) else { return };
        let chosen: Vec<&Entry> = entries.iter().filter(|entry| choices.contains(&entry.key.as_str())).collect();
        let subject = path.subject();
        match chosen.as_slice() {
            // `- because: …` below the filter that it belongs to: the dash made a second one of it.
            [] if matches!(entries, [only] if only.key == "because") => {
                let message = "this `- ` starts a new filter, and `because` alone is not a filter";
                let help = "add `keep: \"…\"` or `drop: \"…\"`; if it belongs to the filter above, remove the `- `";
                self.report(Diagnostic::error(Code::MissingKey, &head(tree), message).help(help));
            }
            [] if unknown.is_empty() => {
                let message = format!("{subject} needs one of {}", words::list(&choices, "and"));
                self.report(Diagnostic::error(Code::MissingKey, &head(tree), message).help(format!("write {}", hint(schema, &choices))));
            }
            [first, rest @ ..] if !rest.is_empty() => {
                for other in rest {
                    let message = format!("{subject} takes only one of {}", words::list(&choices, "and"));
                    let diagnostic = Diagnostic::error(Code::ConflictingKeys, &other.key_place, message);
                    self.report(
                        diagnostic.related(&first.key_place, "the first is here").help(format!("keep `{}` or `{}`", first.key, other.key)),
                    );
                }
            }
            _ => {}
        }
    }
}

fn hint(schema: &Value, choices: &[&str]) -> String {
    let Some(first) = choices.first() else { return "one of its keys".to_owned() };
    let example = property(schema, first).and_then(|inner| inner.get("examples")?.get(0));
    example.map_or_else(|| format!("`{first}: …`"), |example| format!("`{first}: {}`", words::flow(example)))
}

/// Keys without which the block means nothing; one with `$use` may leave them to the named block.
fn required<'s>(schema: &'s Value, entries: &[Entry]) -> Vec<&'s str> {
    let listed = |schema: &'s Value| schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let mut keys: Vec<&str> = listed(schema).collect();
    if schema.get("x-use").is_some() && !entries.iter().any(|entry| entry.key == "$use") {
        keys.extend(schema.get("anyOf").and_then(Value::as_array).and_then(|forms| forms.last()).into_iter().flat_map(listed));
    }
    keys
}

/// The first key of a block: enough to show where something is missing. A key that comes from `$use` is in
/// another file.
fn head(tree: &Tree) -> Place {
    let mut place = tree.place.clone();
    if place.text().starts_with('{') {
        return place;
    }
    let own = tree.entries().iter().filter(|entry| entry.key_place.path() == place.path());
    if let Some(end) = own.map(|entry| entry.key_place.end).filter(|end| (place.start..=place.end).contains(end)).min() {
        place.end = end;
    }
    let line = place.text().lines().next().map_or(0, |line| line.trim_end().len());
    place.end = place.start + line;
    place
}
