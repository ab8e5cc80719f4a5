//! A block that was not indented: its key says nothing, and the keys behind it stand at the wrong level. One slip, told once; then the file is
//! read as it was meant.

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::pipeline::schema;
use crate::tree::{Entry, Kind, Tree};
use serde_json::Value;

pub(super) fn mended(tree: Tree, sink: &mut Sink) -> Tree {
    let Kind::Map(entries) = tree.kind else { return tree };
    let mut kept: Vec<Entry> = Vec::with_capacity(entries.len());
    // Whether the last one kept is a block that gets the keys behind it.
    let mut takes = false;
    for entry in entries {
        let known = property(&schema::PIPELINE, &entry.key).is_some();
        if let (false, Some(last)) = (known, kept.last_mut())
            && property(&schema::PIPELINE, &last.key).is_some_and(|block| property(block, &entry.key).is_some())
            && (takes || matches!(last.value.kind, Kind::Null))
        {
            if !takes {
                let message = format!("`{}` belongs in `{}`, and is not indented below it", entry.key, last.key);
                let fault =
                    Diagnostic::error(Code::YamlSyntax, &entry.key_place, message).related(&last.key_place, "this one says nothing so");
                sink.push(fault.help("indent it, and what belongs to it, with two spaces"));
                last.value = Tree { place: entry.value.place.clone(), kind: Kind::Map(Vec::new()) };
                takes = true;
            }
            if let Kind::Map(inner) = &mut last.value.kind {
                inner.push(entry);
            }
            continue;
        }
        takes = false;
        kept.push(entry);
    }
    Tree { place: tree.place, kind: Kind::Map(kept) }
}

fn property<'s>(schema: &'s Value, key: &str) -> Option<&'s Value> {
    schema.get("properties").and_then(|properties| properties.get(key))
}
