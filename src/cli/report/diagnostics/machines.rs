//! Diagnostics for other tools: as SARIF 2.1.0 (one run, every code a rule with its page), and as GitHub's workflow commands.

use super::excerpt::neutralise;
use crate::base::diagnostic::{Code, Diagnostic, Page};
use crate::base::place::Place;
use crate::cli::report::lines::with;
use serde_json::{Value, json};
use std::path::Path;

const SCHEMA: &str = "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json";

/// SARIF's whole log, as one object.
pub fn sarif(diagnostics: &[Diagnostic]) -> Value {
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "hireline",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": Code::ALL.iter().map(|code| rule(&code.page())).collect::<Vec<_>>(),
            }},
            // A column is a character, not a unit of UTF-16.
            "columnKind": "unicodeCodePoints",
            "results": diagnostics.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn rule(page: &Page) -> Value {
    json!({
        "id": page.code.as_str(),
        "shortDescription": { "text": page.summary },
        "fullDescription": { "text": page.paragraphs.join("\n\n") },
        "help": { "text": format!("Run `hireline explain {}`.", page.code) },
    })
}

fn result(diagnostic: &Diagnostic) -> Value {
    let index = Code::ALL.iter().position(|code| *code == diagnostic.code);
    let help = diagnostic.help.as_deref().map_or(String::new(), |help| format!("\nHelp: {}", neutralise(help)));
    let result = json!({
        "ruleId": diagnostic.code.as_str(),
        "ruleIndex": index,
        "level": diagnostic.severity.as_str(),
        "message": { "text": neutralise(&diagnostic.message) + &help },
        "locations": diagnostic.place.iter().map(|place| json!({ "physicalLocation": physical(place) })).collect::<Vec<_>>(),
    });
    let related = diagnostic.related.iter().enumerate();
    let related: Vec<Value> = related
        .map(|(id, (place, words))| json!({ "id": id, "physicalLocation": physical(place), "message": { "text": neutralise(words) } }))
        .collect();
    with(result, [("relatedLocations", (!related.is_empty()).then(|| related.into()))])
}

fn physical(place: &Place) -> Value {
    let ((line, column), (end_line, end_column)) = (place.begin(), place.finish());
    json!({
        "artifactLocation": { "uri": uri(place.path()) },
        "region": { "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column },
    })
}

/// Relative where the path is; spaces and the like as `%20`.
fn uri(path: &Path) -> String {
    if let Ok(absolute) = url::Url::from_file_path(path) {
        return absolute.into();
    }
    let parts = path.components().map(|part| {
        part.as_os_str().as_encoded_bytes().iter().fold(String::new(), |mut text, byte| {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => text.push(char::from(*byte)),
                other => text += &format!("%{other:02X}"),
            }
            text
        })
    });
    parts.collect::<Vec<_>>().join("/")
}

/// GitHub's workflow commands, one a line: each becomes a note beside its line in a pull request. `root` is the folder that the paths are told from: GitHub takes them from the repository's.
pub fn github(diagnostics: &[Diagnostic], root: &Path) -> String {
    diagnostics.iter().map(|diagnostic| command(diagnostic, root) + "\n").collect()
}

fn command(diagnostic: &Diagnostic, root: &Path) -> String {
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
    format!("::{} {}::{}", diagnostic.severity.as_str(), properties.join(","), escaped(&message))
}

/// Source: `escapeData` and `escapeProperty` of GitHub's own toolkit (actions/toolkit, packages/core/src/command.ts).
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    escaped(&neutralise(text)).replace(':', "%3A").replace(',', "%2C")
}
