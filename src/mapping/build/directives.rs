//! `$each` with `$as`, `$when` and `$value`.

use super::Build;
use crate::candidate::shape::Shape;
use crate::diagnostic::{Code, nearest};
use crate::mapping::constants;
use crate::mapping::node::{Each, Node};
use crate::mapping::template::{self, Formula};
use crate::mapping::walk::{ANY, Local, Surroundings, Walk, asserted};
use crate::profile::fields::Type;
use crate::tree::{self, Entry, Tree};
use minijinja::machinery::parse_expr;
use std::sync::Arc;

const DIRECTIVES: [&str; 4] = ["$each", "$as", "$when", "$value"];

/// Whether it is that directive, or the nearest to it.
pub(super) fn is_directive(entry: &Entry, key: &str) -> bool {
    entry.key == key
        || (entry.key.starts_with('$') && !DIRECTIVES.contains(&entry.key.as_str()) && nearest(&entry.key, DIRECTIVES) == Some(key))
}

impl Build {
    /// A block with `$each`, `$as`, `$when` or `$value`.
    pub(super) fn directed(
        &mut self,
        tree: &Tree,
        entries: &[Entry],
        shape: &'static Shape,
        name: &str,
        around: &Surroundings<'_>,
    ) -> Option<Node> {
        let (directives, members): (Vec<&Entry>, Vec<&Entry>) = entries.iter().partition(|entry| entry.key.starts_with('$'));
        for entry in &directives {
            if !DIRECTIVES.contains(&entry.key.as_str()) {
                let near = nearest(&entry.key, DIRECTIVES)
                    .map_or_else(|| format!("known here: {}", DIRECTIVES.join(", ")), |near| format!("did you mean `{near}`?"));
                self.error(Code::UnknownKey, &entry.key_place, format!("there is no `{}`", entry.key), near);
            }
        }
        // A slip of the pen is told once, and read as what was meant.
        let find = |key: &str| {
            let exact = directives.iter().copied().find(|entry| entry.key == key);
            exact.or_else(|| directives.iter().copied().find(|entry| is_directive(entry, key)))
        };
        let mut inner = around.clone();
        let each = self.each(find("$each"), find("$as"), &mut inner);
        let when = find("$when").and_then(|entry| self.bare(&entry.value, "$when", &inner).map(|(bare, _)| (bare, entry)));
        if let Some((_, entry)) = &when
            && let Some(Ok(condition)) = entry.value.as_text().map(parse_expr)
        {
            asserted(&condition, true, &mut inner.present);
        }
        let kind = match find("$value") {
            Some(value) => {
                if let Some(other) = members.first() {
                    self.error(
                        Code::ConflictingKeys,
                        &other.key_place,
                        format!("`{}` stands beside `$value`", other.key),
                        "`$value` gives the whole value: write either `$value` or keys",
                    );
                }
                match &value.value.kind {
                    tree::Kind::List(_) | tree::Kind::Map(_) => {
                        self.error(
                            Code::WrongType,
                            &value.value.place,
                            format!("`$value` takes a template or a constant, and is given {}", value.value.kind_in_words()),
                            "write the keys of a block beside `$each` and `$when`",
                        );
                        None
                    }
                    _ => self.leaf(&value.value, shape, name, &inner),
                }
            }
            None => {
                let members: Vec<Entry> = members.into_iter().cloned().collect();
                self.block(&tree.place, &members, shape, name, &inner)
            }
        };
        Some(Node { place: tree.place.clone(), each, when: when.map(|(bare, _)| bare), kind: kind? })
    }

    fn each(&mut self, each: Option<&Entry>, name: Option<&Entry>, inner: &mut Surroundings<'_>) -> Option<Each> {
        let (each, name) = match (each, name) {
            (None, None) => return None,
            (Some(each), None) => {
                self.error(
                    Code::MissingKey,
                    &each.key_place,
                    "`$each` needs `$as`",
                    "write `$as: item`, and use `item` in the templates beside it",
                );
                // Whatever its name was to be: the templates beside it are not told of as well.
                inner.items.push(Local { name: ANY.to_owned(), kind: Type::Open });
                return None;
            }
            (None, Some(name)) => {
                self.error(
                    Code::MissingKey,
                    &name.key_place,
                    "`$as` needs `$each`",
                    "write `$each: profile.experiences` (or another list) beside it",
                );
                return None;
            }
            (Some(each), Some(name)) => (each, name),
        };
        let compiled = self.bare(&each.value, "$each", inner);
        let text = name.value.as_text().unwrap_or_default();
        if !constants::is_item_name(text) {
            self.error(
                Code::WrongType,
                &name.value.place,
                "`$as` takes a new name",
                "letters, digits and `_`, for example `job`; not `profile`, `vars` or `pipeline`",
            );
            return None;
        }
        // The name is there even where the list cannot be read: one fault is told once.
        let (list, kind) = compiled.unzip();
        inner.items.push(Local { name: text.to_owned(), kind: kind.unwrap_or(Type::Open) });
        Some(Each { list: list?, name: Arc::from(text) })
    }

    /// An expression without braces, and what is known of an item of what it gives.
    fn bare(&mut self, tree: &Tree, key: &str, around: &Surroundings<'_>) -> Option<(Formula, Type)> {
        let Some(source) = tree.as_text() else {
            self.error(
                Code::WrongType,
                &tree.place,
                format!("`{key}` takes an expression, and is given {}", tree.kind_in_words()),
                format!("for example `{key}: profile.experiences`"),
            );
            return None;
        };
        if source.contains("{{") || source.contains("{%") {
            let inside = template::single_expression(source).and_then(|range| source.get(range)).map_or("…", str::trim);
            self.error(
                Code::BadTemplate,
                &tree.place,
                format!("`{key}` takes an expression without braces"),
                format!("write `{key}: {inside}`"),
            );
            return None;
        }
        let parsed = match parse_expr(source) {
            Ok(parsed) => parsed,
            Err(error) => {
                self.syntax(tree, &error);
                return None;
            }
        };
        let mut walk = Walk::new(around);
        walk.expression(&parsed);
        let kind = match walk.kind_of(&parsed) {
            Type::List(item) => *item,
            other => other,
        };
        self.found(tree, walk);
        Some((Formula::parsed(tree), kind))
    }
}
