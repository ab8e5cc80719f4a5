//! What a word means: a key, a member, a name, a field, a function.

use super::cursor::{self, On, Spot};
use super::documents::{Document, Documents};
use super::expression::{self, Around};
use super::ground::{self, Ground, Sort};
use super::inside::{Inside, around, locals};
use super::names::{self, Names};
use super::predicate;
use crate::tree::{Entry, Tree};
use gen_lsp_types::{Hover, MarkupContent, MarkupKind, Position};
use std::ops::Range;

/// What stands at a position, in Markdown.
pub fn hover(documents: &Documents, document: &Document, position: Position) -> Option<Hover> {
    let offset = document.offset(position);
    let file = document.file();
    let tree = cursor::tree(&file);
    let sort = Sort::of(&document.path, document.compiled(), &tree)?;
    let spot = Spot::of(&tree, offset)?;
    let names = Names::of(document, sort, documents.overlay());
    let (text, range) = match spot.on {
        On::Key(entry, _) => (key(&Ground::at(sort, &spot), entry, &spot)?, entry.key_place.start..entry.key_place.end),
        On::Value(value) => meaning(&names, sort, &spot, value, offset).or_else(|| of_the_key(sort, &spot, value))?,
    };
    let contents = MarkupContent::new(MarkupKind::Markdown, text).into();
    Some(Hover { contents, range: Some(document.ranges()(range.start, range.end)) })
}

fn key(ground: &Ground, entry: &Entry, spot: &Spot<'_>) -> Option<String> {
    if spot.keys().as_slice() == ["vars"] {
        return Some(format!("`vars.{}` = `{}`", entry.key, names::value_of(entry)));
    }
    let known = ground::keys(ground).into_iter().find(|key| key.name == entry.key)?;
    Some(ground::described(&known))
}

/// A value without a meaning of its own has its key's.
fn of_the_key(sort: Sort, spot: &Spot<'_>, value: &Tree) -> Option<(String, Range<usize>)> {
    let entry = spot.key()?;
    let (_, outer) = spot.steps.split_last()?;
    let outer = Spot { steps: outer.to_vec(), on: spot.on };
    Some((key(&Ground::at(sort, &outer), entry, &outer)?, value.place.start..value.place.end))
}

fn meaning(names: &Names, sort: Sort, spot: &Spot<'_>, value: &Tree, offset: usize) -> Option<(String, Range<usize>)> {
    let keys = spot.keys();
    let whole = value.place.start..value.place.end;
    if let (Some(namespace), Some(name)) = (names::namespace(&keys), value.as_text()) {
        let definition = names.find(namespace, name, &value.place)?;
        return Some((names::described(&definition, namespace), whole));
    }
    let (start, expression) = match around(sort, spot, value, offset)? {
        Inside::Predicate(start, text) => {
            let (meaning, range) = predicate::meaning(text, offset - start, &names.vars)?;
            return Some((meaning, range.start + start..range.end + start));
        }
        Inside::Expression(start, text) => (start, text),
    };
    let is_each = spot.key().is_some_and(|entry| entry.key == "$each");
    let locals = expression::template_locals(value.place.file.text().get(value.place.start..start)?, locals(spot, is_each));
    let (meaning, range) = Around { locals, vars: &names.vars }.meaning(expression, offset - start)?;
    Some((meaning, range.start + start..range.end + start))
}
