//! YAML text → [`Tree`]: every key and value with its place, and every way in which YAML says something else than it seems to.
//!
//! Two parsers read the text. saphyr's *events* give the tree and its places (events, because a built document would expand aliases before
//! they can be counted). The tree goes on as a value of `serde_yaml`, and from that to the types of the pipeline; `serde_yaml` also reads the
//! text itself wherever it could be read in another way ([`sure`]), and where the two do not agree the file is refused rather than guessed at.

mod agree;
mod builder;
mod convert;
mod hush;
mod scalar;
mod sure;
mod syntax;

pub use convert::{to_json, to_yaml};
pub(crate) use hush::names_a_secret;
pub(crate) use scalar::changes_when_read;

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::place::{Place, SourceFile};
use crate::tree::Tree;
use std::sync::Arc;

/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// How many blocks deep a file may be.
pub const MAX_DEPTH: usize = 64;
/// How many keys and values a file may have, aliases counted as often as they are used.
pub const MAX_NODES: usize = 100_000;

/// Reads one document. `None` where there is nothing to go on with; a tree may come with faults that do not hide the rest of the
/// file (a key twice, a template without quotes).
pub fn parse(file: &Arc<SourceFile>, sink: &mut Sink) -> Option<Tree> {
    let text = file.text();
    if text.len() > MAX_BYTES {
        let message = format!("this file has {} bytes; a file of Hireline has at most {MAX_BYTES}", text.len());
        sink.push(
            Diagnostic::error(Code::YamlSyntax, &Place::new(file, 0, 0), message)
                .help("move data into files of their own, and libraries into several"),
        );
        return None;
    }
    if let Some((at, control)) = text.char_indices().find(|(_, c)| is_refused(*c)) {
        let message = format!("an invisible control character (U+{:04X}) stands here", u32::from(control));
        sink.push(
            Diagnostic::error(Code::YamlSyntax, &Place::new(file, at, at + control.len_utf8()), message)
                .help("delete it, or write the text anew"),
        );
        return None;
    }
    let before = sink.len();
    let (tree, sure) = builder::build(file, sink)?;
    if !sure && sink.len() == before && !agree::check(file, &tree, sink) {
        return None;
    }
    Some(tree)
}

/// Characters that YAML does not take, and that could steer the terminal of whoever reads the file.
fn is_refused(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{85}')
}

#[cfg(test)]
mod tests;
