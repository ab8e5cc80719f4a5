//! Holds a tree to its schema and reports every error of it, in the pipeline's own words.
//!
//! serde would stop at the first error, and speak of `u32` and `untagged enum`: it is asked only for sections
//! that this walk found whole. The schema is the one that editors use, so that an editor and `check` never
//! disagree.

pub(crate) mod keys;
pub mod words;

use crate::base::diagnostic::{Code, Diagnostic, Sink, nearest};
use crate::base::place::Place;
use crate::language::yaml::{Entry, Kind, Tree, to_json};
use serde_json::Value;

/// The key of a value, for messages: `source.hrflow.page_size`.
#[derive(Debug, Clone)]
pub struct Path(Vec<String>);

impl Path {
    pub fn new(name: &str) -> Self {
        Self(name.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect())
    }

    fn join(&self, key: &str) -> Self {
        let mut parts = self.0.clone();
        parts.push(key.to_owned());
        Self(parts)
    }

    fn dotted(&self) -> String {
        self.0.join(".")
    }

    /// `` `page_size` ``, or what else a sentence can start with.
    fn subject(&self) -> String {
        match self.0.as_slice() {
            [] => "this file".to_owned(),
            [.., owner, last] if last == "[]" => format!("an item of `{owner}`"),
            [.., last] => format!("`{last}`"),
        }
    }
}

/// A walk over one file's sections.
#[derive(Debug)]
pub struct Walk<'a> {
    root: &'a Value,
    sink: &'a mut Sink,
    clean: bool,
}

impl<'a> Walk<'a> {
    /// `root` is the whole file's schema: it knows where a key at the wrong level belongs.
    pub fn new(root: &'a Value, sink: &'a mut Sink) -> Self {
        Self { root, sink, clean: true }
    }

    /// Walks a whole file.
    pub fn file(&mut self, tree: &Tree) -> bool {
        let root = self.root;
        self.value(tree, root, &Path::new(""))
    }

    /// Checks the file's own keys, not their values.
    pub fn top(&mut self, tree: &Tree) -> bool {
        let root = self.root;
        self.watched(|walk| match tree.as_map() {
            Some(entries) => walk.keys(tree, entries, root, &Path::new("")),
            None => walk.wrong_type(tree, root, &Path::new("")),
        })
    }

    /// Walks one section, named as in `source.hrflow`. True where it is whole.
    pub fn section(&mut self, tree: &Tree, name: &str) -> bool {
        let mut schema = self.root;
        for key in name.split('.') {
            let Some(inner) = schema.get("properties").and_then(|properties| properties.get(key)) else { return true };
            schema = inner;
        }
        self.value(tree, schema, &Path::new(name))
    }

    fn value(&mut self, tree: &Tree, schema: &'a Value, path: &Path) -> bool {
        self.watched(|walk| walk.node(tree, schema, path))
    }

    /// Runs a part of the walk and says whether it was clean.
    fn watched(&mut self, part: impl FnOnce(&mut Self)) -> bool {
        let before = std::mem::replace(&mut self.clean, true);
        part(self);
        let clean = self.clean;
        self.clean &= before;
        clean
    }

    fn error(&mut self, code: Code, place: &Place, message: impl Into<String>, help: impl Into<String>) {
        self.report(Diagnostic::error(code, place, message).help(help));
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.clean = false;
        self.sink.push(diagnostic);
    }

    fn node(&mut self, tree: &Tree, schema: &'a Value, path: &Path) {
        if words::is_secret(schema) && !matches!(tree.kind, Kind::Map(_)) {
            return self.literal_secret(tree, path);
        }
        if let Some(Value::Array(alternatives)) = schema.get("anyOf")
            && schema.get("properties").is_none()
        {
            return match alternatives.iter().find(|alternative| words::fits(tree, alternative)) {
                Some(alternative) => self.node(tree, alternative, path),
                None => self.wrong_type(tree, schema, path),
            };
        }
        if !words::fits(tree, schema) {
            return self.wrong_type(tree, schema, path);
        }
        match &tree.kind {
            Kind::Map(entries) => self.map(tree, entries, schema, path),
            Kind::List(items) => self.list(tree, items, schema, path),
            Kind::Text(text) => self.text(tree, &text.value, schema, path),
            Kind::Number(number) => self.number(tree, number, schema, path),
            Kind::Null | Kind::Bool(_) => {}
        }
    }

    fn map(&mut self, tree: &Tree, entries: &[Entry], schema: &'a Value, path: &Path) {
        self.keys(tree, entries, schema, path);
        let used = schema.get("x-use").is_some() && entries.iter().any(|entry| entry.key == "$use");
        for entry in entries {
            if used && matches!(entry.value.kind, Kind::Null) {
                continue;
            }
            if let Some(inner) = keys::property(schema, &entry.key) {
                self.node(&entry.value, inner, &path.join(&entry.key));
            }
        }
    }

    fn list(&mut self, tree: &Tree, items: &[Tree], schema: &'a Value, path: &Path) {
        if items.is_empty() && words::least(schema, "minItems") > 0 {
            let message = format!("{} is an empty list; it needs at least one item", path.subject());
            self.error(Code::WrongType, &tree.place, message, words::example(schema, path));
        }
        if let Some(inner) = schema.get("items") {
            for item in items {
                self.node(item, inner, &path.join("[]"));
            }
        }
    }

    fn text(&mut self, tree: &Tree, value: &str, schema: &'a Value, path: &Path) {
        let choices = words::choices(schema);
        if !choices.is_empty() && !choices.contains(&value) {
            let message = format!("{} is {}; `{value}` is not one of these", path.subject(), words::list(&choices, "or"));
            let diagnostic = Diagnostic::error(Code::UnknownValue, &tree.place, message);
            let diagnostic = match nearest(value, choices.iter().copied()) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None if schema.get("examples").is_some() => diagnostic.help(words::example(schema, path)),
                None => {
                    diagnostic.help(format!("write `{}: {}`", path.0.last().map_or("", String::as_str), choices.first().unwrap_or(&"")))
                }
            };
            return self.report(diagnostic);
        }
        if words::least(schema, "minLength") > 0 && value.trim().is_empty() {
            self.error(Code::WrongType, &tree.place, format!("{} is blank", path.subject()), words::example(schema, path));
        }
    }

    fn number(&mut self, tree: &Tree, number: &serde_json::Number, schema: &'a Value, path: &Path) {
        if let Some(only) = schema.get("const") {
            if Value::Number(number.clone()) != *only {
                let message = format!("{} is {only}; hireline knows no version {number} of this file", path.subject());
                self.error(Code::UnknownValue, &tree.place, message, format!("write `version: {only}`"));
            }
            return;
        }
        let bound = |name| Some((schema.get(name)?.as_f64()?, number.as_f64()?));
        if bound("minimum").is_some_and(|(least, value)| value < least) || bound("maximum").is_some_and(|(most, value)| value > most) {
            let message = format!("{} is {}; this is {number}", path.subject(), words::kind(schema));
            self.error(Code::WrongType, &tree.place, message, words::example(schema, path));
        }
    }

    fn wrong_type(&mut self, tree: &Tree, schema: &'a Value, path: &Path) {
        if matches!(tree.kind, Kind::Null) && !path.0.is_empty() {
            let diagnostic =
                Diagnostic::error(Code::WrongType, &tree.place, format!("{} has no value; it is {}", path.subject(), words::kind(schema)));
            return self.report(diagnostic.help(format!("give it a value, or remove the key; {}", words::example(schema, path))));
        }
        if let Some(diagnostic) = words::key_without_space(tree).filter(|_| words::takes_block(schema)) {
            return self.report(diagnostic);
        }
        let message = format!("{} is {}; this is {}", path.subject(), words::kind(schema), words::written(tree, schema));
        let diagnostic = Diagnostic::error(Code::WrongType, &tree.place, message);
        let help = match (&tree.kind, path.0.last()) {
            (Kind::Bool(_), Some(key)) if key == "keep" || key == "drop" => format!("for example `{key}: \"@.info.email\"`"),
            (Kind::Number(_) | Kind::Bool(_), _) if words::takes_secret(schema) => {
                "put it in quotes, or, if it is a secret, write `{ env: NAME }`".to_owned()
            }
            (Kind::Number(_) | Kind::Bool(_), _) if words::takes_text(schema) && !words::takes_number(schema) => {
                format!("put it in quotes: \"{}\"", tree.place.text())
            }
            (Kind::Text(text), Some(key)) if words::takes_number(schema) && words::nearly_a_number(&text.value).is_some() => {
                words::nearly_a_number(&text.value).map(|number| format!("write `{key}: {number}`")).unwrap_or_default()
            }
            (Kind::Text(_), Some(key)) if key != "[]" && tree.place.text().starts_with('-') && words::takes_list_of_text(schema) => {
                "a list item has a space after its `-`: write `- name`".to_owned()
            }
            (Kind::Map(_), Some(key)) if key == "filters" => "start each filter with `- `: `- keep: \"…\"`".to_owned(),
            (Kind::Text(text), Some(key)) if words::takes_number(schema) && text.value.trim().parse::<f64>().is_ok() && key != "[]" => {
                words::without_quotes(key, text)
            }
            (Kind::Text(_), Some(key)) if words::takes_list_of_text(schema) && tree.place.text().lines().count() == 1 => {
                format!("write `{key}: [{}]`", tree.place.text())
            }
            (Kind::Text(_), Some(_)) if words::takes_list_of_text(schema) => "start each item with `- `, on a line of its own".to_owned(),
            // A named block is used with `$use`, inside a block.
            (Kind::Text(text), Some(key))
                if path.0.len() == 1
                    && ["source", "destination"].contains(&key.as_str())
                    && words::plain(&text.value)
                    && !keys::names(schema).contains(&text.value.as_str()) =>
            {
                let name = &text.value;
                let home = if key == "source" { "hrflow" } else { "greenhouse" };
                format!("to use the {key} of that name in a library, write `{key}: {{ {home}: {{ $use: {name} }} }}`")
            }
            (_, None) => "start it with `version: 1` and `pipeline: NAME`".to_owned(),
            _ => words::example(schema, path),
        };
        self.report(diagnostic.help(help));
    }

    /// A secret that is written out. Neither the message nor the help repeats it; the report masks it in the line that it shows.
    fn literal_secret(&mut self, tree: &Tree, path: &Path) {
        let key = path.0.last().map_or("", String::as_str);
        let help = format!("write `{key}: {{ env: {} }}`, and set that variable where hireline runs", words::variable(path));
        let diagnostic = match tree.kind {
            Kind::Null => {
                Diagnostic::error(Code::WrongType, &tree.place, format!("{} has no value; it is {}", path.subject(), words::SECRET))
                    .help(help)
            }
            _ => Diagnostic::error(
                Code::SecretInFile,
                &tree.place,
                format!("{} is a secret, and secrets are not written into files", path.subject()),
            )
            .help(help + "; if this file was shared, change the secret"),
        };
        self.report(diagnostic);
    }
}

/// Deserialises a section that the walk found whole.
pub fn read<T: serde::de::DeserializeOwned>(tree: &Tree, sink: &mut Sink) -> Option<T> {
    match serde_json::from_value(to_json(tree)) {
        Ok(value) => Some(value),
        Err(error) => {
            // The schema and the type disagree, which must not be hidden.
            sink.push(Diagnostic::error(Code::WrongType, &tree.place, format!("this block cannot be read: {error}")));
            None
        }
    }
}
