//! Any text as a predicate, over any profile.
//!
//! Where another implementation of RFC 9535 takes it too, both must give the same answer. What the two are known to differ about is left out:
//! see [`is_comparable`].

use super::input;
use hireline::base::diagnostic::TextDiagnostic;
use hireline::base::place::{Place, SourceFile};
use hireline::language::filter::{Filter, Filters, Predicate, Verdict};
use serde_json::{Value, json};
use serde_json_path::JsonPath;

/// Sections: the predicate, the profile.
pub fn holds(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let sections = input::sections(text, 2);
    let text = sections[0];
    let Ok(profile) = serde_json::from_str::<Value>(sections[1]) else { return };
    let predicate = match Predicate::parse(text) {
        Ok(predicate) => predicate,
        Err(misreading) => return is_told_well(&misreading, text),
    };
    let vars = json!({ "min": 2, "ids": [4, 5], "name": "rust" });
    let (warnings, more) = (predicate.unusable_variables(&vars), predicate.variable_warnings(&vars));
    predicate.warnings().iter().chain(&warnings).chain(&more).for_each(|warning| is_told_well(warning, text));
    let kept = judged(&predicate, text, true, &vars, &profile);
    assert_ne!(kept, judged(&predicate, text, false, &vars, &profile), "what is kept is not dropped");
    if is_comparable(text, &profile) {
        agrees(text, &vars, profile, kept);
    }
}

fn judged(predicate: &Predicate, text: &str, keeps: bool, vars: &Value, profile: &Value) -> bool {
    let file = SourceFile::new("p.yaml", text);
    let filter = Filter {
        name: "f".into(),
        keeps,
        because: None,
        text: text.into(),
        place: Place::new(&file, 0, text.len()),
        predicate: predicate.clone(),
    };
    let filters = Filters::new(vec![filter], vars.clone(), "acme");
    let mut borrowed = profile.clone();
    let verdict = filters.judge(&mut borrowed);
    assert_eq!(filters.trace(&mut borrowed), [verdict == Verdict::Passes], "asked again, it says something else");
    let looked = filters.looked(&mut borrowed);
    assert_eq!(looked.len(), 1);
    assert_eq!(&borrowed, profile, "the profile comes back as it was");
    verdict == Verdict::Passes
}

fn is_told_well(misreading: &TextDiagnostic, text: &str) {
    let (start, end) = (misreading.range.start, misreading.range.end);
    assert!(start <= end && text.get(start..end).is_some(), "{start}..{end} is no place in {text:?}: {}", misreading.message);
    let words = format!("{} {}", misreading.message, misreading.help.clone().unwrap_or_default());
    let found = input::machine_words(&words, text);
    assert!(found.is_empty(), "{found:?} in: {words}");
}

fn agrees(text: &str, vars: &Value, profile: Value, kept: bool) {
    let Ok(oracle) = JsonPath::parse(&format!("$.profiles[?{text}]")) else { return };
    let root = json!({ "vars": vars, "pipeline": "acme", "profiles": [profile] });
    assert_eq!(kept, !oracle.query(&root).is_empty(), "the other implementation differs: {text} over {}", root["profiles"][0]);
}

/// Whether the two are held to the same answer. Left out: the oracle's own faults (negative indices with a comparison, `<` and `>` over lists,
/// objects and what is missing: see `src/language/filter/tests/differential.rs`), numbers at the edge of what doubles tell apart, and the dialects of
/// regular expressions, where a pattern is more than letters.
fn is_comparable(text: &str, profile: &Value) -> bool {
    let plain_numbers = |text: &str| !text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() > 12) && !has_exponent(text);
    let orders = text.contains(['<', '>']);
    let patterns = ["match", "search"].iter().any(|name| text.contains(name));
    let backslash = text.contains('\\');
    !orders && !patterns && !backslash && !text.contains('-') && plain_numbers(text) && plain_numbers(&profile.to_string())
}

fn has_exponent(text: &str) -> bool {
    text.as_bytes().windows(2).any(|pair| pair[0].is_ascii_digit() && matches!(pair[1], b'e' | b'E'))
}
