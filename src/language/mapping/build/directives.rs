//! `$each` with `$as`, `$when` and `$value`.

use super::{Build, constants};
use crate::base::diagnostic::{Code, nearest};
use crate::language::mapping::node::{Each, Node};
use crate::language::mapping::template::{self, Formula};
use crate::language::mapping::walk::{ANY, Local, Surroundings, Walk, asserted};
use crate::language::yaml::{self, Entry, Tree};
use crate::model::candidate::shape::Shape;
use crate::model::profile::fields::Type;
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
        // A typing error is reported once, and read as what was meant.
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
                    let help = "`$value` is the whole value: write `$value` or keys, not both";
                    self.error(Code::ConflictingKeys, &other.key_place, format!("`{}` cannot be used with `$value`", other.key), help);
                }
                match &value.value.kind {
                    yaml::Kind::List(_) | yaml::Kind::Map(_) => {
                        let message = format!("`$value` takes a template or a constant, and is given {}", value.value.kind_in_words());
                        self.error(Code::WrongType, &value.value.place, message, "write the keys of a block next to `$each` and `$when`");
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
                let message = "`$each` needs `$as`";
                self.error(Code::MissingKey, &each.key_place, message, "add `$as: item`, and use `item` in the templates of this block");
                // Its name is unknown, so the templates of the block are not reported as well.
                inner.items.push(Local { name: ANY.to_owned(), kind: Type::Open });
                return None;
            }
            (None, Some(name)) => {
                self.error(Code::MissingKey, &name.key_place, "`$as` needs `$each`", "add `$each: profile.experiences` (or another list)");
                return None;
            }
            (Some(each), Some(name)) => (each, name),
        };
        let compiled = self.bare(&each.value, "$each", inner);
        let text = name.value.as_text().unwrap_or_default();
        if !constants::is_item_name(text) {
            let help = "letters, digits and `_`, for example `job`; not `profile`, `vars` or `pipeline`";
            self.error(Code::WrongType, &name.value.place, "`$as` takes a new name", help);
            return None;
        }
        // The name is there even where the list cannot be read: one error is reported once.
        let (list, kind) = compiled.unzip();
        inner.items.push(Local { name: text.to_owned(), kind: kind.unwrap_or(Type::Open) });
        Some(Each { list: list?, name: Arc::from(text) })
    }

    /// An expression without braces, and what is known of an item of what it gives.
    fn bare(&mut self, tree: &Tree, key: &str, around: &Surroundings<'_>) -> Option<(Formula, Type)> {
        let Some(source) = tree.as_text() else {
            let message = format!("`{key}` takes an expression, and is given {}", tree.kind_in_words());
            self.error(Code::WrongType, &tree.place, message, format!("for example `{key}: profile.experiences`"));
            return None;
        };
        if source.contains("{{") || source.contains("{%") {
            let inside = template::single_expression(source).and_then(|range| source.get(range)).map_or("…", str::trim);
            let message = format!("`{key}` takes an expression without braces");
            self.error(Code::BadTemplate, &tree.place, message, format!("write `{key}: {inside}`"));
            return None;
        }
        let parsed = match parse_expr(source) {
            Ok(parsed) => parsed,
            Err(error) => {
                self.syntax(tree, &error);
                return None;
            }
        };
        let mut walk = Walk::new(around, source);
        walk.expression(&parsed);
        let kind = match walk.kind_of(&parsed) {
            Type::List(item) => *item,
            other => other,
        };
        self.report(tree, walk);
        Some((Formula::parsed(tree), kind))
    }
}
