//! What may be written where the cursor is, also in a file that is no YAML at this moment.

use super::cursor::{MARK, On, Spot};
use super::documents::{Document, Documents};
use super::enclosing::locals;
use super::expected::{self, Expected, FileKind};
use super::expression::{self, Around};
use super::names::{self, Names};
use super::offer::{Offer, Sort};
use super::outline::outline;
use super::predicate;
use crate::base::place::SourceFile;
use crate::language::compile;
use crate::language::pipeline::scope::{Definition, Namespace, real};
use crate::language::yaml::{Entry, Tree};
use gen_lsp_types::{
    CompletionItem, CompletionItemKind, CompletionItemTextEdit, InsertTextFormat, MarkupContent, MarkupKind, Position, TextEdit,
};
use std::path::{Component, Path, PathBuf};

/// What is offered, and how many bytes before the cursor it replaces.
type Offers = (Vec<Offer>, usize);

/// Completions at a position; nothing in a file that is not ours.
pub fn complete(documents: &Documents, document: &Document, position: Position, snippets: bool) -> Option<Vec<CompletionItem>> {
    let offset = document.offset(position);
    let text = document.compiled();
    let (before, behind) = text.split_at_checked(offset)?;
    let file = SourceFile::new(&document.path, format!("{before}{MARK}{behind}"));
    let tree = outline(&file);
    let file_kind = FileKind::of(&document.path, text, &tree)?;
    let Some(spot) = Spot::of(&tree, offset) else { return Some(Vec::new()) };
    let writing = Writing { documents, document, file_kind, spot, offset, before };
    let (offers, word) = writing.offers();
    let range = document.ranges()(offset - word.min(offset), offset);
    let allowed = offers.into_iter().filter(|offer| snippets || offer.sort != Sort::Template);
    Some(allowed.enumerate().map(|(rank, offer)| item(offer, rank, range)).collect())
}

fn item(offer: Offer, rank: usize, range: gen_lsp_types::Range) -> CompletionItem {
    let kind = match offer.sort {
        Sort::Key => CompletionItemKind::Property,
        Sort::Word => CompletionItemKind::EnumMember,
        Sort::Name => CompletionItemKind::Reference,
        Sort::Field => CompletionItemKind::Field,
        Sort::Variable => CompletionItemKind::Variable,
        Sort::Function => CompletionItemKind::Function,
        Sort::Keyword => CompletionItemKind::Keyword,
        Sort::File => CompletionItemKind::File,
        Sort::Template => CompletionItemKind::Snippet,
    };
    let text = offer.insert.unwrap_or_else(|| offer.label.clone());
    CompletionItem {
        kind: Some(kind),
        detail: Some(offer.detail).filter(|detail| !detail.is_empty()),
        documentation: (!offer.about.is_empty()).then(|| MarkupContent::new(MarkupKind::Markdown, offer.about).into()),
        // In our order: what must be there first, then as the handbook has it.
        sort_text: Some(format!("{rank:04}")),
        filter_text: Some(offer.label.clone()),
        insert_text_format: (offer.sort == Sort::Template).then_some(InsertTextFormat::Snippet),
        text_edit: Some(CompletionItemTextEdit::TextEdit(TextEdit::new(range, text))),
        label: offer.label,
        ..CompletionItem::default()
    }
}

/// A cursor in a file.
struct Writing<'w> {
    documents: &'w Documents,
    document: &'w Document,
    file_kind: FileKind,
    spot: Spot<'w>,
    offset: usize,
    /// The text up to the cursor.
    before: &'w str,
}

impl Writing<'_> {
    fn offers(&self) -> Offers {
        let expected = Expected::at(self.file_kind, &self.spot);
        match self.spot.on {
            On::Key(entry, block) => (self.keys(&expected, Some(entry), block), self.word()),
            On::Value(value) => self.value(&expected, value),
        }
    }

    fn names(&self) -> Names {
        Names::of(self.document, self.file_kind, self.documents.overlay())
    }

    /// The word of YAML that is being written.
    fn word(&self) -> usize {
        let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '$' | '.');
        self.before.len() - self.before.trim_end_matches(word).len()
    }

    /// The keys of a block that it does not have yet.
    fn keys(&self, expected: &Expected, written: Option<&Entry>, block: &[Entry]) -> Vec<Offer> {
        let is_there = |name: &str| block.iter().any(|entry| entry.key == name);
        // Where only the key is written anew, its colon and its value stay.
        let has_colon = written.is_some_and(|entry| {
            entry
                .key_place
                .file
                .text()
                .get(entry.key_place.end..)
                .is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':'))
        });
        let mut keys: Vec<_> = expected::keys(expected).into_iter().filter(|key| !is_there(&key.name)).collect();
        keys.sort_by_key(|key| !key.required);
        let offer = |key: expected::Key| {
            let insert = if has_colon { key.name.clone() } else { format!("{}: ", key.name) };
            let detail = if key.required { "required" } else { "" };
            Offer::new(&key.name, Sort::Key).detail(detail).about(&expected::described(&key)).insert(insert)
        };
        keys.into_iter().map(offer).collect()
    }

    fn value(&self, expected: &Expected, value: &Tree) -> Offers {
        let keys = self.spot.keys();
        let key = self.spot.key().map(|entry| entry.key.as_str());
        let written = expression::written_before(value, self.offset);
        match key {
            Some("$each" | "$when") => return self.expression(written, key == Some("$each")),
            Some("keep" | "drop") if keys.first() == Some(&"filters") => return predicate::offers(written, &self.names().vars),
            Some("$as") => return (Vec::new(), 0),
            _ => {}
        }
        if expected.is_mapping()
            && let Some(inside) = expression::in_braces(written)
        {
            return expression::statements(written).unwrap_or_else(|| {
                let names = self.names();
                let locals = expression::template_locals(written, locals(&self.spot, false));
                Around { locals, vars: &names.vars }.offers(inside)
            });
        }
        let mut offers = self.words(expected, &keys, value);
        if keys.as_slice() == ["imports"] {
            let word = written.len();
            return (self.imports(), word);
        }
        // A first key is a text, until it has its colon.
        if self.spot.is_item() || self.is_below_its_key(value) {
            offers.extend(self.keys(&self.inside(expected), None, &[]));
        }
        (offers, self.word())
    }

    /// A list's item can be a block of keys, too.
    fn inside(&self, expected: &Expected) -> Expected {
        match expected {
            Expected::Members { top: true, .. } if self.spot.is_item() => Expected::Open,
            other => other.clone(),
        }
    }

    fn is_below_its_key(&self, value: &Tree) -> bool {
        let Some(entry) = self.spot.key() else { return false };
        value.place.file.text().get(entry.key_place.end..value.place.start).is_some_and(|between| between.contains('\n'))
    }

    /// Names and words that may be the value.
    fn words(&self, expected: &Expected, keys: &[&str], value: &Tree) -> Vec<Offer> {
        let mut offers = Vec::new();
        let is_rule = keys == ["filters"] && !self.spot.is_item();
        if let Some(namespace) = names::namespace(keys).filter(|_| !(is_rule || self.file_kind == FileKind::Library && keys == ["filters"]))
        {
            let own = self.own_name(keys);
            let offer = |definition: &Definition| {
                let library = format!("from {}", definition.library.name);
                Offer::new(&definition.entry.key, Sort::Name).detail(library).about(&names::described(definition, namespace))
            };
            let visible = self.names().all(namespace);
            offers
                .extend(visible.iter().filter(|known| namespace == Namespace::Filter || Some(known.entry.key.as_str()) != own).map(offer));
        }
        offers.extend(expected.words().iter().map(|word| Offer::new(word, Sort::Word)));
        let is_empty = expression::written_before(value, self.offset).is_empty() && !value.place.text().starts_with(['"', '\'']);
        if expected.is_mapping() && is_empty && self.spot.key().is_some_and(|entry| entry.key != "$use") {
            let template = Offer::new("{{ … }}", Sort::Template).detail("a template").insert("\"{{ $1 }}\"");
            offers.push(template);
        }
        offers
    }

    /// The name that a library is defining here: it cannot start from itself.
    fn own_name<'k>(&self, keys: &[&'k str]) -> Option<&'k str> {
        match (self.file_kind, keys) {
            (FileKind::Library, [_, name, ..]) => Some(name),
            _ => None,
        }
    }

    fn expression(&self, written: &str, is_each: bool) -> Offers {
        let names = self.names();
        Around { locals: locals(&self.spot, is_each), vars: &names.vars }.offers(written)
    }

    /// The libraries of the workspace, as this file would name them.
    fn imports(&self) -> Vec<Offer> {
        let names = self.names();
        let folder = real(self.document.path.parent().unwrap_or(Path::new("")));
        let own = real(&self.document.path);
        let libraries = names.root().map(compile::libraries_below).unwrap_or_default();
        let others = libraries.iter().map(|path| real(path)).filter(|path| *path != own);
        others.filter_map(|path| Some(Offer::new(&from(&folder, &path)?, Sort::File).detail("a library"))).collect()
    }
}

/// A path as a file in `folder` names it.
fn from(folder: &Path, path: &Path) -> Option<String> {
    let shared = folder.components().zip(path.components()).take_while(|(one, other)| one == other).count();
    let up = folder.components().skip(shared).map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(path.components().skip(shared)).collect();
    way.to_str().map(str::to_owned)
}
