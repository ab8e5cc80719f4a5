//! The questions that an editor asks of a place in a file.

use super::documents::Documents;
use gen_lsp_types::{CompletionItem, CompletionParams, DefinitionParams, Hover, HoverParams, InlayHint, InlayHintParams, Location};

pub fn completion(_: &Documents, _: &CompletionParams, _: bool) -> Option<Vec<CompletionItem>> {
    None
}
pub fn hover(_: &Documents, _: &HoverParams) -> Option<Hover> {
    None
}
pub fn definition(_: &Documents, _: &DefinitionParams) -> Option<Location> {
    None
}
pub fn inlay_hints(_: &Documents, _: &InlayHintParams) -> Option<Vec<InlayHint>> {
    None
}
