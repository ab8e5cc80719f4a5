//! Diagnostics as SARIF 2.1.0: one run, every code a rule with its page.

use super::excerpt::neutralise;
use crate::diagnostic::{Code, Diagnostic, Page, Severity};
use crate::place::Place;
use serde_json::{Value, json};
use std::path::Path;

/// Where the schema of the format is.
const SCHEMA: &str = "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json";

/// The whole log, as one object.
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
    let mut result = json!({
        "ruleId": diagnostic.code.as_str(),
        "ruleIndex": index,
        "level": match diagnostic.severity { Severity::Error => "error", Severity::Warning => "warning" },
        "message": { "text": neutralise(&diagnostic.message) + &help },
        "locations": diagnostic.place.iter().map(|place| json!({ "physicalLocation": physical(place) })).collect::<Vec<_>>(),
    });
    let related = diagnostic.related.iter().enumerate();
    let related: Vec<Value> = related
        .map(|(id, (place, words))| json!({ "id": id, "physicalLocation": physical(place), "message": { "text": neutralise(words) } }))
        .collect();
    if let (Value::Object(result), false) = (&mut result, related.is_empty()) {
        result.insert("relatedLocations".into(), related.into());
    }
    result
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
