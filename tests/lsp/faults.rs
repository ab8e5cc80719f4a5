//! Faults while one types.

use super::editor::Editor;
use super::{FILES, workspace};
use serde_json::json;

const PIPELINE: &str = "acme/platform.yaml";
const LIBRARY: &str = "shared/acme.yaml";

#[test]
fn an_edit_is_checked_as_check_would() {
    let mut editor = workspace();
    editor.show(PIPELINE);
    editor.edits(PIPELINE, &[("profile.info.gender", "profile.info.gendre"), ("existing: apply", "existing: aply")]);
    insta::assert_debug_snapshot!(editor.faults(PIPELINE));
    // The range counts UTF-16 units: the crab is one character, and two units.
    editor.edit(PIPELINE, "profile.experiences[0].title", "profil.experiences[0].title");
    insta::assert_debug_snapshot!("a name out of scope, behind a crab", editor.faults(PIPELINE));
    editor.edits(PIPELINE, &[("profil.", "profile."), ("aply", "apply"), ("gendre", "gender"), ("[4012]", "[4012")]);
    insta::assert_debug_snapshot!("what does not parse", editor.faults(PIPELINE));
    editor.edit(PIPELINE, "[4012", "[4012]");
    assert_eq!(editor.faults(PIPELINE), Vec::<String>::new());
}

#[test]
fn positions_are_bytes_where_the_editor_offers_that() {
    let offers = json!({"general": {"positionEncodings": ["utf-16", "utf-8"]}});
    let text = super::PIPELINE.replace("profile.experiences[0].title |", "profil.x |");
    let mut editor = Editor::with(&[FILES[0], (PIPELINE, &text)], offers);
    assert_eq!(editor.capabilities["positionEncoding"], "utf-8");
    editor.show(PIPELINE);
    let crab_is_four = editor.faults(PIPELINE);
    assert!(crab_is_four[0].starts_with("error out-of-scope 22:18-22:24"), "{crab_is_four:?}");
}

#[test]
fn a_library_is_checked_with_the_pipelines_that_import_it() {
    let mut editor = workspace();
    editor.show(PIPELINE);
    editor.show(LIBRARY);
    editor.edit(LIBRARY, "  experienced:", "  seasoned:");
    insta::assert_debug_snapshot!("the pipeline, after an edit of its library", editor.faults(PIPELINE));
    editor.edits(LIBRARY, &[("$.vars.min_years", "$.vars.min_yeers"), ("  seasoned:", "  experienced:")]);
    insta::assert_debug_snapshot!("the pipeline and its library", (editor.faults(PIPELINE), editor.faults(LIBRARY)));
    // The disk has the library without fault.
    let uri = editor.uri(LIBRARY);
    editor.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    assert_eq!(editor.faults(LIBRARY), Vec::<String>::new());
}

#[test]
fn a_fault_of_a_file_that_is_not_open_is_told_for_that_file() {
    let library = super::LIBRARY.replace("because:", "becose:");
    let mut editor = Editor::open(&[(LIBRARY, &library), FILES[1]]);
    editor.show(PIPELINE);
    insta::assert_debug_snapshot!(editor.faults(LIBRARY));
    let fixed = editor.folder().join(LIBRARY);
    std::fs::write(fixed, super::LIBRARY).unwrap();
    let uri = editor.uri(LIBRARY);
    editor.notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": uri, "type": 2}]}));
    assert_eq!(editor.faults(LIBRARY), Vec::<String>::new());
}

#[test]
fn line_ends_tabs_and_a_byte_order_mark() {
    let text = format!("\u{feff}{}", super::PIPELINE.replace("\"🦀 {{ profile.", "\"🦀\t{{ profil.").replace('\n', "\r\n"));
    let mut editor = Editor::open(&[FILES[0], (PIPELINE, &text)]);
    editor.show(PIPELINE);
    insta::assert_debug_snapshot!(editor.faults(PIPELINE));
    editor.edit(PIPELINE, "version: 1", "version: 2");
    insta::assert_debug_snapshot!("behind the mark", editor.faults(PIPELINE));
}

#[test]
fn files_of_others_are_left_alone() {
    let mut editor = Editor::open(&[("compose.yaml", "services: [\n"), ("broken.yaml", "pipeline: [\n")]);
    editor.show("compose.yaml");
    editor.show("broken.yaml");
    assert_eq!(editor.faults("broken.yaml").len(), 1);
    assert_eq!(editor.ask("textDocument/completion", "compose.yaml", "services: "), json!(null));
    assert_eq!(editor.leave(), 0);
}

#[test]
fn two_pipelines_of_one_name_are_told_before_they_are_saved() {
    let other = super::PIPELINE.replace("pipeline: platform", "pipeline: other");
    let mut editor = Editor::open(&[FILES[0], FILES[1], ("acme/other.yaml", &other)]);
    editor.show("acme/other.yaml");
    editor.edit("acme/other.yaml", "pipeline: other", "pipeline: platform");
    let faults = editor.faults("acme/other.yaml");
    assert!(faults[0].starts_with("error duplicate-pipeline 1:10-1:18"), "{faults:?}");
    editor.show(PIPELINE);
    editor.edit(PIPELINE, "pipeline: platform", "pipeline: platforms");
    assert_eq!(editor.faults("acme/other.yaml"), Vec::<String>::new());
}
