//! Where a name is defined: filters, mappings, sources, destinations, imports, variables, names of `$as`.

use super::cursor::{self, On, Spot, Step};
use super::documents::{Document, Documents};
use super::ground::Sort;
use super::inside::{Inside, around};
use super::names::{self, Names};
use crate::tree::{Entry, Tree};
use gen_lsp_types::{Location, Position, Range, Uri};

/// The place that a word's meaning comes from. What is built in stands in no file.
pub fn definition(documents: &Documents, document: &Document, position: Position) -> Option<Location> {
    let offset = document.offset(position);
    let file = document.file();
    let tree = cursor::tree(&file);
    let sort = Sort::of(&document.path, document.compiled(), &tree)?;
    let spot = Spot::of(&tree, offset)?;
    let On::Value(value) = spot.on else { return None };
    let names = Names::of(document, sort, documents.overlay());
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
        _ => word(&names, sort, &spot, value, offset)?.key_place,
    };
    let (uri, range) = documents.locate(&place)?;
    Some(Location::new(uri, range))
}

/// `vars.NAME`, or a name of `$as`, in an expression or a predicate.
fn word(names: &Names, sort: Sort, spot: &Spot<'_>, value: &Tree, offset: usize) -> Option<Entry> {
    let (Inside::Predicate(start, text) | Inside::Expression(start, text)) = around(sort, spot, value, offset)?;
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
