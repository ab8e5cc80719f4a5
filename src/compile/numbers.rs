//! Numbers that turned into others when the file was read: `1.10` is 1.1, `0x1F` is 31. Harmless as a number, wrong as a version or a
//! reference: told where the author's own values stand.

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::tree::{Kind, Tree};
use crate::yaml::changes_when_read;

/// Names of variables that no template could name: `vars.min-years` is a subtraction.
pub(super) fn names(vars: &Tree, sink: &mut Sink) {
    for entry in vars.as_map().unwrap_or_default() {
        let key = &entry.key;
        let good = key.starts_with(|c: char| c.is_alphabetic() || c == '_') && key.chars().all(|c| c.is_alphanumeric() || c == '_');
        if !good {
            let better: String = key.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
            let better = if better.starts_with(|c: char| c.is_ascii_digit()) { format!("v_{better}") } else { better };
            let message = format!("a template cannot name `vars.{key}`: a name has letters, digits and `_`, and begins with no digit");
            sink.push(
                Diagnostic::warning(Code::UnknownValue, &entry.key_place, message).help(format!("write `{better}`, or `vars['{key}']`")),
            );
        }
    }
}

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
