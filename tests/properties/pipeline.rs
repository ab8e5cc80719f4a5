//! Any text as a pipeline, as a library that it imports, and as the workspace's own file.

use super::input;
use hireline::base::diagnostic::{Diagnostic, Severity};
use hireline::base::place::Place;
use hireline::cli::report::diagnostics::{Style, human, json_lines, sarif};
use hireline::language::compile::{Loaded, Loader};
use hireline::language::pipeline::scope::Overlay;
use std::path::PathBuf;
use std::rc::Rc;
use tempfile::TempDir;

/// Errors of one file that are reported one by one, and one more that counts the rest.
const MOST: usize = 101;

/// Files that exist; the overlay has their content.
const FILES: [&str; 4] = ["pipeline.yaml", "hireline.yaml", "library.yaml", "other.yaml"];

thread_local! {
    static FOLDER: TempDir = {
        let folder = tempfile::tempdir().expect("a folder");
        FILES.iter().for_each(|name| std::fs::write(folder.path().join(name), "").expect("a file"));
        folder
    };
}

fn path(name: &str) -> PathBuf {
    FOLDER.with(|folder| folder.path().join(name))
}

/// Sections: the pipeline, `hireline.yaml`, `library.yaml`, `other.yaml`.
pub fn load(text: &str) -> Loaded {
    let overlay = Rc::new(Overlay::default());
    for (name, text) in FILES.iter().zip(input::sections(text, FILES.len())) {
        overlay.set(&path(name), text);
    }
    Loader::default().warn_of_unset_variables(true).load_over(&[path("pipeline.yaml")], &overlay)
}

/// The loader says of any text the same twice, at places that are there, in words of its own; and hands out nothing that it found fault with.
pub fn holds(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return no_text(bytes) };
    let loaded = load(text);
    speaks_plainly(&loaded.diagnostics, text);
    is_bounded(&loaded.diagnostics);
    hands_out_nothing_faulty(&loaded);
    let drawn = drawn(&loaded.diagnostics);
    let again = load(text);
    assert_eq!(drawn, self::drawn(&again.diagnostics), "another time it says something else");
    assert_eq!(meant(&loaded), meant(&again), "another time it reads something else");
}

/// Decides which profiles are read, and their results.
fn meant(loaded: &Loaded) -> Vec<String> {
    loaded
        .pipelines
        .iter()
        .map(|pipeline| format!("{} {} {:?} {:?}", pipeline.id, pipeline.reading, pipeline.destination, pipeline.limits))
        .collect()
}

/// Bytes that are not text are on the disk, and not open in the editor.
fn no_text(bytes: &[u8]) {
    std::fs::write(path("other.yaml"), bytes).expect("a file");
    let loaded = Loader::default().load(&[path("other.yaml")]);
    assert!(loaded.has_errors() && loaded.pipelines.is_empty(), "what is no text was read");
    speaks_plainly(&loaded.diagnostics, "");
    drawn(&loaded.diagnostics);
}

/// As people and machines are shown it: nothing in it steers a terminal, and what should be JSON is.
pub fn drawn(diagnostics: &[Diagnostic]) -> String {
    let drawn = human(diagnostics, Style { width: 60, colour: false });
    assert!(drawn.chars().all(|c| c == '\n' || !c.is_control()), "a control character is drawn");
    let lines = json_lines(diagnostics);
    assert!(lines.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "a line is not JSON");
    format!("{drawn}{lines}{}", sarif(diagnostics))
}

pub fn speaks_plainly(diagnostics: &[Diagnostic], text: &str) {
    for fault in diagnostics {
        let words = format!("{} {}", fault.message, fault.help.clone().unwrap_or_default());
        // The name of the temporary folder is not input.
        let folder = fault.place.as_ref().and_then(|place| place.path().parent()).map(|folder| folder.display().to_string());
        let words = folder.filter(|folder| folder.len() > 1).map_or(words.clone(), |folder| words.replace(&folder, ""));
        let found = input::machine_words(&words, text);
        assert!(found.is_empty(), "{found:?} in: {words}");
        let without =
            ["this is not YAML: ", "this block cannot be read"].iter().all(|words| !fault.message.contains(words) || text.contains(words));
        assert!(without, "a parser's own words are shown: {}", fault.message);
        assert!(!fault.message.is_empty(), "a fault without a word");
        fault.place.iter().chain(fault.related.iter().map(|(place, _)| place)).for_each(|place| is_there(place, &fault.message));
    }
}

fn is_there(place: &Place, message: &str) {
    let text = place.file.text();
    assert!(place.start <= place.end && place.end <= text.len(), "{message}: {place} is not in the file");
    assert!(text.is_char_boundary(place.start) && text.is_char_boundary(place.end), "{message}: {place} is within a character");
    let (begin, finish) = (place.begin(), place.finish());
    assert!((1, 1) <= begin && begin <= finish, "{message}: {begin:?} to {finish:?}");
}

fn is_bounded(diagnostics: &[Diagnostic]) {
    let path = |fault: &Diagnostic| fault.place.as_ref().map(|place| place.path().to_owned());
    for file in diagnostics.chunk_by(|one, other| path(one) == path(other)) {
        assert!(file.len() <= MOST, "{} faults are told of one file", file.len());
    }
}

fn hands_out_nothing_faulty(loaded: &Loaded) {
    let faulty = |pipeline: &std::path::Path| {
        let mut errors = loaded.diagnostics.iter().filter(|fault| fault.severity == Severity::Error);
        errors.any(|fault| fault.place.as_ref().is_some_and(|place| place.path() == pipeline))
    };
    assert!(loaded.pipelines.iter().all(|pipeline| !faulty(&pipeline.file)), "a pipeline with an error is handed out");
}
