//! What a word means: a key, a member, a name, a field, a function.

use super::cursor::{self, On, Spot, Step};
use super::documents::{Document, Documents};
use super::enclosing::{Enclosing, around, locals};
use super::expected::{self, Expected, FileKind};
use super::expression::{self, Around};
use super::names::{self, Names};
use super::predicate;
use crate::language::yaml::{Entry, Tree};
use gen_lsp_types::{Hover, Location, MarkupContent, MarkupKind, Position, Range, Uri};

/// What stands at a position, in Markdown.
pub fn hover(documents: &Documents, document: &Document, position: Position) -> Option<Hover> {
    let offset = document.offset(position);
    let file = document.file();
    let tree = cursor::tree(&file);
    let file_kind = FileKind::of(&document.path, document.compiled(), &tree)?;
    let spot = Spot::of(&tree, offset)?;
    let names = Names::of(document, file_kind, documents.overlay());
    let (text, range) = match spot.on {
        On::Key(entry, _) => (key(&Expected::at(file_kind, &spot), entry, &spot)?, entry.key_place.start..entry.key_place.end),
        On::Value(value) => meaning(&names, file_kind, &spot, value, offset).or_else(|| of_the_key(file_kind, &spot, value))?,
    };
    let contents = MarkupContent::new(MarkupKind::Markdown, text).into();
    Some(Hover { contents, range: Some(document.ranges()(range.start, range.end)) })
}

fn key(expected: &Expected, entry: &Entry, spot: &Spot<'_>) -> Option<String> {
    if spot.keys().as_slice() == ["vars"] {
        return Some(format!("`vars.{}` = `{}`", entry.key, names::value_of(entry)));
    }
    let known = expected::keys(expected).into_iter().find(|key| key.name == entry.key)?;
    Some(expected::described(&known))
}

/// A value without a meaning of its own has its key's.
fn of_the_key(file_kind: FileKind, spot: &Spot<'_>, value: &Tree) -> Option<(String, std::ops::Range<usize>)> {
    let entry = spot.key()?;
    let (_, outer) = spot.steps.split_last()?;
    let outer = Spot { steps: outer.to_vec(), on: spot.on };
    Some((key(&Expected::at(file_kind, &outer), entry, &outer)?, value.place.start..value.place.end))
}

fn meaning(names: &Names, file_kind: FileKind, spot: &Spot<'_>, value: &Tree, offset: usize) -> Option<(String, std::ops::Range<usize>)> {
    let keys = spot.keys();
    let whole = value.place.start..value.place.end;
    if let (Some(namespace), Some(name)) = (names::namespace(&keys), value.as_text()) {
        let definition = names.find(namespace, name, &value.place)?;
        return Some((names::described(&definition, namespace), whole));
    }
    let (start, expression) = match around(file_kind, spot, value, offset)? {
        Enclosing::Predicate(start, text) => {
            let (meaning, range) = predicate::meaning(text, offset - start, &names.vars)?;
            return Some((meaning, range.start + start..range.end + start));
        }
        Enclosing::Expression(start, text) => (start, text),
    };
    let is_each = spot.key().is_some_and(|entry| entry.key == "$each");
    let locals = expression::template_locals(value.place.file.text().get(value.place.start..start)?, locals(spot, is_each));
    let (meaning, range) = Around { locals, vars: &names.vars }.meaning(expression, offset - start)?;
    Some((meaning, range.start + start..range.end + start))
}

/// The place that a word's meaning comes from. What is built in stands in no file.
pub fn definition(documents: &Documents, document: &Document, position: Position) -> Option<Location> {
    let offset = document.offset(position);
    let file = document.file();
    let tree = cursor::tree(&file);
    let file_kind = FileKind::of(&document.path, document.compiled(), &tree)?;
    let spot = Spot::of(&tree, offset)?;
    let On::Value(value) = spot.on else { return None };
    let names = Names::of(document, file_kind, documents.overlay());
    let keys = spot.keys();
    if keys.as_slice() == ["imports"] {
        let path = names.import(document, value.as_text()?)?;
        let uri = match documents.by_path(&path) {
            Some(open) => open.uri.clone(),
            None => Uri::from_file_path(path).ok()?,
        };
        return Some(Location::new(uri, Range::default()));
    }
    let place = match (names::namespace(&keys), value.as_text()) {
        (Some(namespace), Some(name)) => names.find(namespace, name, &value.place)?.entry.key_place,
        _ => word(&names, file_kind, &spot, value, offset)?.key_place,
    };
    let (uri, range) = documents.locate(&place)?;
    Some(Location::new(uri, range))
}

/// `vars.NAME`, or a name of `$as`, in an expression or a predicate.
fn word(names: &Names, file_kind: FileKind, spot: &Spot<'_>, value: &Tree, offset: usize) -> Option<Entry> {
    let (Enclosing::Predicate(start, text) | Enclosing::Expression(start, text)) = around(file_kind, spot, value, offset)?;
    let at = offset - start;
    let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$');
    let begin = text.get(..at)?.trim_end_matches(is_path).len();
    let end = at + text.get(at..)?.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len() - at);
    let path = text.get(begin..end)?;
    let mut parts = path.trim_start_matches("$.").split('.');
    match (parts.next()?, parts.next()) {
        ("vars", Some(name)) => names.variable(name),
        (name, _) => local(spot, name),
    }
}

fn local(spot: &Spot<'_>, name: &str) -> Option<Entry> {
    spot.steps.iter().rev().find_map(|step| match step {
        Step::Key(_, block) => block.iter().find(|entry| entry.key == "$as" && entry.value.as_text() == Some(name)).cloned(),
        Step::Item => None,
    })
}
