//! `$use`: a block starts from a named one.

use super::{Definition, Namespace, Scope};
use crate::base::diagnostic::{Code, Diagnostic, Sink};
use crate::base::place::Place;
use crate::language::yaml::{Entry, Kind, Tree};

/// A block with its `$use` resolved.
#[derive(Debug, Clone)]
pub struct Block {
    pub tree: Tree,
    /// False where `$use` led nowhere (already reported): then keys may be missing that the author did not
    /// forget.
    pub whole: bool,
}

/// One name on the way so far.
struct Step {
    title: String,
    definition: Place,
    /// Where it was named.
    used: Place,
}

type Way = Vec<Step>;

/// Names on one way. Without a bound the stack would end first.
const DEEPEST: usize = 32;

impl Scope {
    /// Resolves the head of a mapping, of `hrflow:` or of `greenhouse:`. The block's own keys replace those
    /// of the named block; null removes a key. Each key keeps the place where it was written.
    pub fn resolve(&self, namespace: Namespace, tree: &Tree, sink: &mut Sink) -> Block {
        self.block(namespace, tree, &mut Vec::new(), sink)
    }

    fn block(&self, namespace: Namespace, tree: &Tree, way: &mut Way, sink: &mut Sink) -> Block {
        // `mapping: candidate` is a named mapping, used whole.
        if let (Namespace::Mapping, Some(name)) = (namespace, tree.as_text()) {
            let empty = Tree { place: tree.place.clone(), kind: Kind::Map(Vec::new()) };
            return match self.named(namespace, name, &tree.place, way, sink) {
                Some(block) => block,
                None => Block { tree: empty, whole: false },
            };
        }
        let Some(entries) = tree.as_map() else { return Block { tree: tree.clone(), whole: true } };
        let Some(head) = entries.iter().find(|entry| is_use(entry, entries)) else { return Block { tree: tree.clone(), whole: true } };
        if head.key != "$use" {
            let diagnostic = Diagnostic::error(Code::UnknownKey, &head.key_place, "this key is written with a dollar sign");
            sink.push(diagnostic.help(format!("write `$use: {}`", head.value.as_text().unwrap_or("NAME"))));
        }
        let Some(name) = head.value.as_text() else {
            if namespace == Namespace::Mapping {
                let message = format!("`$use` is the name of a mapping; this is {}", head.value.kind_in_words());
                sink.push(Diagnostic::error(Code::WrongType, &head.value.place, message).help("write `$use: candidate`"));
            }
            return unresolved(namespace, tree, entries);
        };
        let Some(base) = self.named(namespace, name, &head.value.place, way, sink) else {
            return unresolved(namespace, tree, entries);
        };
        let merged = merge(base.tree.entries(), entries, name, sink);
        Block { tree: Tree { place: tree.place.clone(), kind: Kind::Map(merged) }, whole: base.whole }
    }

    fn named(&self, namespace: Namespace, name: &str, place: &Place, way: &mut Way, sink: &mut Sink) -> Option<Block> {
        let definition = self.find(namespace, name, place, sink)?;
        let title = format!("{}.{}", definition.library.name, definition.entry.key);
        if let Some(start) = way.iter().position(|step| step.definition == definition.entry.key_place) {
            sink.push(circle(way.split_at(start).1, place));
            return None;
        }
        if way.len() >= DEEPEST {
            let message = format!("`$use` leads from name to name more than {DEEPEST} times");
            sink.error(Code::Circle, place, message, "start from a name that is nearer to the end, or write the keys out");
            return None;
        }
        let tree = named_block(namespace, &definition, place, sink)?;
        way.push(Step { title, definition: definition.entry.key_place.clone(), used: place.clone() });
        let block = self.of_library(&definition.library).block(namespace, &tree, way, sink);
        way.pop();
        Some(block)
    }
}

/// `use:` is read as `$use:`, reported once.
fn is_use(entry: &Entry, entries: &[Entry]) -> bool {
    entry.key == "$use" || entry.key == "use" && !entries.iter().any(|other| other.key == "$use")
}

/// What is left where `$use` led nowhere. A source or a destination keeps its `$use`, so that the walk asks for no more keys; a mapping's
/// members are members only.
fn unresolved(namespace: Namespace, tree: &Tree, entries: &[Entry]) -> Block {
    let kept =
        entries.iter().filter(|entry| namespace != Namespace::Mapping || entry.key != "$use" && !matches!(entry.value.kind, Kind::Null));
    Block { tree: Tree { place: tree.place.clone(), kind: Kind::Map(kept.cloned().collect()) }, whole: false }
}

/// A circle is reported once, wherever it is entered: at its alphabetically first name. `closing` names its
/// first step again.
fn circle(steps: &[Step], closing: &Place) -> Diagnostic {
    let first = (0..steps.len()).min_by_key(|at| steps.get(*at).map(|step| step.title.as_str())).unwrap_or(0);
    let (before, after) = steps.split_at(first);
    let used = match after.first() {
        Some(step) if first > 0 => &step.used,
        _ => closing,
    };
    let names: Vec<&str> = after.iter().chain(before).chain(after.first()).map(|step| step.title.as_str()).collect();
    Diagnostic::error(Code::Circle, used, format!("`$use` leads back to where it started: {}", names.join(" → ")))
        .help("write the keys out in one of them")
}

/// A source is named with its `hrflow:`, a destination with its `greenhouse:`.
fn named_block(namespace: Namespace, definition: &Definition, place: &Place, sink: &mut Sink) -> Option<Tree> {
    let value = &definition.entry.value;
    let inner = match namespace {
        Namespace::Source => "hrflow",
        Namespace::Destination => "greenhouse",
        Namespace::Filter | Namespace::Mapping => return Some(value.clone()),
    };
    let block = value.get(inner);
    if block.is_none() {
        let message = format!("the {} `{}` has no `{inner}:` to start from", namespace.as_str(), definition.entry.key);
        sink.push(
            Diagnostic::error(Code::UnknownName, place, message).related(&definition.entry.key_place, "this one").help("name another one"),
        );
    }
    block.cloned()
}

fn merge(base: &[Entry], written: &[Entry], name: &str, sink: &mut Sink) -> Vec<Entry> {
    let mut merged = base.to_vec();
    for entry in written.iter().filter(|entry| !is_use(entry, written)) {
        let at = merged.iter().position(|known| known.key == entry.key);
        match (at, matches!(entry.value.kind, Kind::Null)) {
            (Some(at), true) => {
                merged.remove(at);
            }
            (None, true) => {
                let message = format!("there is no `{}` in `{name}` to remove", entry.key);
                let near = crate::base::diagnostic::nearest(&entry.key, base.iter().map(|known| known.key.as_str()));
                let help = near.map_or_else(|| "remove this line, or give it a value".to_owned(), |near| format!("did you mean `{near}`?"));
                sink.push(Diagnostic::error(Code::UnknownKey, &entry.key_place, message).help(help));
            }
            (Some(at), false) => {
                if let Some(slot) = merged.get_mut(at) {
                    *slot = entry.clone();
                }
            }
            (None, false) => merged.push(entry.clone()),
        }
    }
    merged
}
