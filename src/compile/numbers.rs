//! Numbers that turned into others when the file was read: `1.10` is 1.1, `0x1F` is 31. Harmless as a number, wrong as a version or a
//! reference: told where the author's own values stand.

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::tree::{Kind, Tree};
use crate::yaml::changes_when_read;

pub(super) fn warn(tree: &Tree, sink: &mut Sink) {
    match &tree.kind {
        Kind::Number(number) if changes_when_read(tree.place.text(), number) => {
            let written = tree.place.text();
            let fault = Diagnostic::warning(Code::YamlTrap, &tree.place, format!("`{written}` is read as the number {number}"));
            sink.push(fault.help(format!("put it in quotes if it is a text: \"{written}\"; else write {number}")));
        }
        Kind::List(items) => items.iter().for_each(|item| warn(item, sink)),
        Kind::Map(entries) => entries.iter().for_each(|entry| warn(&entry.value, sink)),
        _ => {}
    }
}
