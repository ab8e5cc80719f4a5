//! Diagnostics, for people (as the compiler of Rust draws them) and for machines (a JSON object a line, [`github()`], [`sarif()`]).
//!
//! What is shown of a file is made safe first: secrets are masked, and nothing in a file can steer the terminal.

mod excerpt;
mod machines;

pub use machines::{github, sarif};

use super::lines::with;
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::display;
use crate::base::place::Place;
use crate::cli::plural;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
pub(super) use excerpt::neutralise;
use excerpt::{Excerpt, Secrets};
use serde_json::{Value, json};

/// Narrower than this, nothing is wrapped any further.
pub const NARROWEST: usize = 60;

/// Columns that the line numbers and the dots of a line that is cut may take: what is marked has the rest.
const MARGIN: usize = 18;

#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub width: usize,
    /// Whether escape sequences for colours are written.
    pub colour: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { width: 100, colour: false }
    }
}

/// All diagnostics, each with the line that it is about, a blank line between two.
pub fn human(diagnostics: &[Diagnostic], style: Style) -> String {
    all(diagnostics, style, false)
}

/// The same, each place a link that a terminal opens (OSC 8).
pub fn human_with_links(diagnostics: &[Diagnostic], style: Style) -> String {
    all(diagnostics, style, true)
}

fn all(diagnostics: &[Diagnostic], style: Style, links: bool) -> String {
    let secrets = Secrets::told_by(diagnostics);
    let width = style.width.max(NARROWEST);
    let renderer = if style.colour { Renderer::styled() } else { Renderer::plain() }.term_width(width);
    let drawn: Vec<String> = diagnostics.iter().map(|diagnostic| draw(diagnostic, &secrets, &renderer, width, links)).collect();
    if drawn.is_empty() { String::new() } else { drawn.join("\n\n") + "\n" }
}

/// "2 errors, 1 warning"; empty where there is nothing to count.
pub fn counts(diagnostics: &[Diagnostic]) -> String {
    let count = |severity, name: &str| match diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count() {
        0 => None,
        many => Some(plural(many, name)),
    };
    [count(Severity::Error, "error"), count(Severity::Warning, "warning")].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// One JSON object a line. Source: `docs/running.md`, "For machines".
pub fn json_lines(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|diagnostic| display::object(&object(diagnostic)) + "\n").collect()
}

fn object(diagnostic: &Diagnostic) -> Value {
    let object = json!({ "code": diagnostic.code.as_str(), "severity": diagnostic.severity.as_str(), "message": diagnostic.message });
    let object = with(object, [("help", diagnostic.help.clone().map(Value::from))]);
    let Some(place) = &diagnostic.place else { return object };
    let ((line, column), (end_line, end_column)) = (place.begin(), place.finish());
    let file = ("file", Some(json!(place.path().display().to_string())));
    let numbers = [("line", line), ("column", column), ("end_line", end_line), ("end_column", end_column)];
    with(object, [file].into_iter().chain(numbers.map(|(name, number)| (name, Some(json!(number))))))
}

fn draw(diagnostic: &Diagnostic, secrets: &Secrets, renderer: &Renderer, width: usize, links: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let head = diagnostic.severity.as_str().len() + diagnostic.code.as_str().len() + "[]: ".len();
    let title = level.primary_title(wrapped(&diagnostic.message, width, head)).id(diagnostic.code.as_str());
    let excerpts = excerpts(diagnostic, secrets, width.saturating_sub(MARGIN));
    let gutter = excerpts.iter().map(Excerpt::gutter).max().unwrap_or_default();
    let mut group = Group::with_title(title);
    for excerpt in &excerpts {
        let annotations = excerpt.marks.iter().map(|mark| match &mark.words {
            None => AnnotationKind::Primary.span(mark.span.clone()),
            Some(words) => AnnotationKind::Context.span(mark.span.clone()).label(words.as_str()),
        });
        let snippet = Snippet::source(excerpt.text.as_str()).line_start(excerpt.first_line).path(excerpt.path.as_str()).fold(true);
        group = group.element(snippet.annotations(annotations));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(wrapped(help, width, gutter + " = help: ".len())));
    }
    let drawn = renderer.render(&[group]);
    match &diagnostic.place {
        Some(place) if links => linked(&drawn, place),
        _ => drawn,
    }
}

/// `file:line:column` of the fault itself as a link. Source: "Hyperlinks in terminal emulators", the specification of OSC 8.
fn linked(drawn: &str, place: &Place) -> String {
    let (line, column) = place.begin();
    let shown = format!("{}:{line}:{column}", neutralise(&place.path().display().to_string()));
    let whole = std::path::absolute(place.path()).ok().and_then(|path| url::Url::from_file_path(path).ok());
    match whole {
        Some(url) => drawn.replacen(&shown, &format!("\u{1b}]8;;{url}\u{1b}\\{shown}\u{1b}]8;;\u{1b}\\"), 1),
        None => drawn.to_owned(),
    }
}

/// One excerpt a file: the fault's own first, then those of the places that explain it.
fn excerpts(diagnostic: &Diagnostic, secrets: &Secrets, room: usize) -> Vec<Excerpt> {
    let own = diagnostic.place.iter().map(|place| (place, None));
    let related = diagnostic.related.iter().map(|(place, words)| (place, Some(words.as_str())));
    let mut files: Vec<Vec<(&Place, Option<&str>)>> = Vec::new();
    for (place, words) in own.chain(related) {
        match files.iter_mut().find(|marks| marks.first().is_some_and(|(first, _)| first.path() == place.path())) {
            Some(marks) => marks.push((place, words)),
            None => files.push(vec![(place, words)]),
        }
    }
    files.iter().filter_map(|marks| Excerpt::new(marks, secrets, room)).collect()
}

/// Breaks a sentence at spaces; `taken` columns of its first line are gone already.
pub(crate) fn wrapped(text: &str, width: usize, taken: usize) -> String {
    let room = width.saturating_sub(taken).max(NARROWEST / 2);
    let mut lines = vec![String::new()];
    for word in neutralise(text).split(' ') {
        let Some(line) = lines.last_mut() else { break };
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests;
