//! Diagnostics as GitHub's workflow commands: each becomes a note beside its line in a pull request.

use super::excerpt::neutralise;
use crate::diagnostic::{Diagnostic, Severity};
use std::path::Path;

/// One command a line. `root` is the folder that the paths are told from: GitHub takes them from the repository's.
pub fn github(diagnostics: &[Diagnostic], root: &Path) -> String {
    diagnostics.iter().map(|diagnostic| command(diagnostic, root) + "\n").collect()
}

fn command(diagnostic: &Diagnostic, root: &Path) -> String {
    let name = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut properties = Vec::new();
    if let Some(place) = &diagnostic.place {
        let path = place.path().strip_prefix(root).unwrap_or(place.path()).display().to_string();
        let ((line, column), (end_line, end_column)) = (place.begin(), place.finish());
        properties.extend([("file", path), ("line", line.to_string()), ("endLine", end_line.to_string())]);
        // Columns are taken for one line only; the last one belongs to what is marked.
        if line == end_line {
            properties.extend([("col", column.to_string()), ("endColumn", end_column.saturating_sub(1).max(column).to_string())]);
        }
    }
    properties.push(("title", diagnostic.code.to_string()));
    let properties: Vec<String> = properties.into_iter().map(|(name, value)| format!("{name}={}", property(&value))).collect();
    let mut message = neutralise(&diagnostic.message);
    if let Some(help) = &diagnostic.help {
        message += &format!("\nhelp: {}", neutralise(help));
    }
    for (place, words) in &diagnostic.related {
        message += &format!("\n{place}: {}", neutralise(words));
    }
    format!("::{name} {}::{}", properties.join(","), data(&message))
}

/// Source: `escapeData` and `escapeProperty` of GitHub's own toolkit (actions/toolkit, packages/core/src/command.ts).
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(&neutralise(text)).replace(':', "%3A").replace(',', "%2C")
}
