//! The compliance suite of RFC 9535, asked through predicates. The suite is not part of this repository: HIRELINE_JSONPATH_SUITE
//! names its `cts.json` (`.ci/run` looks for it). Without it, this test says that it was skipped.
//!
//! A query that is one filter at the root, `$[?X]`, is the predicate X on each child of the document. Any other query `$Q` that is valid is asked as
//! `count(@.d Q) == n` over {d: the document}; one that is invalid must be refused as the predicate `@.d Q`. `$` within a filter, the whole document
//! there, is given as `$.vars`.

use hireline::base::place::{Place, SourceFile};
use hireline::language::filter::{Filter, Filters, Predicate, Verdict};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What is answered otherwise, and why.
const KNOWN: &[(&str, &[&str])] = &[
    ("white space may stand around a predicate", &["basic, no leading whitespace", "basic, no trailing whitespace"]),
    ("`[?` right behind `@` is refused", &["filter, nested"]),
];

/// What is compared: whether a query is refused where it must be, and what it finds.
fn passes(case: &Value) -> bool {
    let selector = case["selector"].as_str().unwrap_or_default();
    let asked = predicate(selector);
    if case["invalid_selector"] == true {
        return Predicate::parse(&asked.text).is_err();
    }
    let results = match (&case["result"], &case["results"]) {
        (Value::Null, Value::Array(several)) => several.clone(),
        (one, _) => vec![one.clone()],
    };
    let document = &case["document"];
    let found = |text: &str, on: &[Value]| -> Option<Vec<Value>> {
        let filters = filters(text, document)?;
        Some(on.iter().filter(|value| filters.judge(&mut (*value).clone()) == Verdict::Passes).cloned().collect())
    };
    if asked.is_filter {
        let found = found(&asked.text, &children(document)).map(Value::from);
        return results.iter().any(|result| Some(result) == found.as_ref());
    }
    results.iter().any(|result| {
        let counted = format!("count({}) == {}", asked.text, result.as_array().map_or(0, Vec::len));
        found(&counted, &[json!({ "d": document })]).is_some_and(|found| found.len() == 1)
    })
}

fn filters(text: &str, vars: &Value) -> Option<Filters> {
    let file = SourceFile::new("suite", text);
    let (place, text) = (Place::new(&file, 0, text.len()), text.to_owned());
    let predicate = Predicate::parse(&text).ok()?;
    Some(Filters::new(vec![Filter { name: "case".into(), keeps: true, because: None, text, place, predicate }], vars.clone(), "suite"))
}

fn children(document: &Value) -> Vec<Value> {
    match document {
        Value::Array(items) => items.clone(),
        Value::Object(members) => members.values().cloned().collect(),
        _ => Vec::new(),
    }
}

struct Asked {
    text: String,
    /// Whether it is a predicate on the document's children, or a query on the document.
    is_filter: bool,
}

fn predicate(selector: &str) -> Asked {
    if let Some(inner) = selector.strip_prefix("$[?").and_then(|rest| rest.strip_suffix(']')).filter(|inner| is_one(inner)) {
        return Asked { text: with_vars(inner), is_filter: true };
    }
    let (before, rest) = selector.split_once('$').unwrap_or((selector, ""));
    Asked { text: format!("{before}@.d{}", with_vars(rest)), is_filter: false }
}

/// Every character, with whether it is outside quotes, and how deep in brackets.
fn outside(text: &str) -> impl Iterator<Item = (char, bool, i32)> {
    let (mut quote, mut escaped, mut depth) = (None, false, 0);
    text.chars().map(move |c| {
        let outside = quote.is_none();
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), c) if open == c => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '[' | '(') => depth += 1,
            (None, ']' | ')') => depth -= 1,
            _ => {}
        }
        (c, outside, depth)
    })
}

/// Whether this is a single filter's inside: no bracket closes the selection, and no comma begins another selector.
fn is_one(inner: &str) -> bool {
    outside(inner).all(|(c, outside, depth)| depth >= 0 && !(c == ',' && outside && depth == 0))
}

fn with_vars(text: &str) -> String {
    outside(text).map(|(c, outside, _)| if c == '$' && outside { "$.vars".to_owned() } else { c.to_string() }).collect()
}

#[test]
fn rfc_9535_compliance_suite() {
    let Some(path) = std::env::var_os("HIRELINE_JSONPATH_SUITE") else {
        println!("skipped: HIRELINE_JSONPATH_SUITE does not name the compliance suite's cts.json");
        return;
    };
    let suite: Value = serde_json::from_slice(&std::fs::read(path).expect("the suite can be read")).expect("the suite is JSON");
    let cases = suite["tests"].as_array().expect("the suite has tests");
    let differs = |case: &&Value| !passes(case);
    let different: BTreeSet<&str> = cases.iter().filter(differs).filter_map(|case| case["name"].as_str()).collect();
    let known: BTreeSet<&str> = KNOWN.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    for case in cases.iter().filter(|case| case["name"].as_str().is_some_and(|name| different.contains(name) != known.contains(name))) {
        let state = if different.contains(case["name"].as_str().unwrap_or_default()) { "differs" } else { "no longer differs" };
        println!("{state}: {} {}", case["name"], case["selector"]);
    }
    println!("{} passed, {} known differences, of {}", cases.len() - different.len(), different.intersection(&known).count(), cases.len());
    assert_eq!(different, known, "the differences are not those that are known");
}
