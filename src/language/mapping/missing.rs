//! Why a template gives nothing: what it names and a profile does not have. For `trace` and for editors; rendering does not ask.

use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

/// In a few words: `profile.info.phone is missing`.
pub fn why(template: &str, document: &Value) -> String {
    match paths(template, document).as_slice() {
        [] => "it gives nothing".to_owned(),
        [only] => format!("{only} is missing"),
        [first, ..] => format!("{first} and others are missing"),
    }
}

/// Paths of the profile that a template names and this profile does not have.
pub fn paths(template: &str, document: &Value) -> Vec<String> {
    static PATH: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\bprofile((?:\.\w+|\[\d+\])+)").ok());
    let is_missing = |path: &str| {
        let mut steps = path.split(['.', '[', ']']).filter(|step| !step.is_empty());
        let found = steps.try_fold(document, |value, step| match step.parse::<usize>() {
            Ok(index) => value.get(index),
            Err(_) => value.get(step),
        });
        found.is_none()
    };
    let mut paths: Vec<String> = Vec::new();
    for found in PATH.iter().flat_map(|path| path.captures_iter(template)) {
        let (Some(whole), Some(path)) = (found.get(0), found.get(1)) else { continue };
        if is_missing(path.as_str()) && !paths.iter().any(|known| known == whole.as_str()) {
            paths.push(whole.as_str().to_owned());
        }
    }
    paths
}
