//! `hireline lsp`, spoken to as an editor does.

mod conversation;
mod editor;
mod faults;
mod help;

/// A library and a pipeline that uses it.
pub const LIBRARY: &str = include_str!("lsp/library.yaml");
pub const PIPELINE: &str = include_str!("lsp/pipeline.yaml");
pub const FIXTURE: &str = include_str!("lsp/fixture.json");

/// An editor with that workspace.
pub fn workspace() -> editor::Editor {
    editor::Editor::open(&FILES)
}

pub const FILES: [(&str, &str); 3] =
    [("shared/acme.yaml", LIBRARY), ("acme/platform.yaml", PIPELINE), ("acme/platform/fixtures/ada.json", FIXTURE)];
