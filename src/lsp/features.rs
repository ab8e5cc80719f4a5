//! The questions that an editor asks of a place in an open file; of others there is nothing to say.

use super::documents::Documents;
use super::{complete, definition, hover, inlay};
use gen_lsp_types::{CompletionItem, CompletionParams, DefinitionParams, Hover, HoverParams, InlayHint, InlayHintParams, Location};

pub fn completion(documents: &Documents, params: &CompletionParams, snippets: bool) -> Option<Vec<CompletionItem>> {
    let at = &params.text_document_position_params;
    complete::complete(documents, documents.get(&at.text_document.uri)?, at.position, snippets)
}

pub fn hover(documents: &Documents, params: &HoverParams) -> Option<Hover> {
    let at = &params.text_document_position_params;
    hover::hover(documents, documents.get(&at.text_document.uri)?, at.position)
}

pub fn definition(documents: &Documents, params: &DefinitionParams) -> Option<Location> {
    let at = &params.text_document_position_params;
    definition::definition(documents, documents.get(&at.text_document.uri)?, at.position)
}

pub fn inlay_hints(documents: &Documents, params: &InlayHintParams) -> Option<Vec<InlayHint>> {
    inlay::hints(documents, documents.get(&params.text_document.uri)?, params.range)
}
