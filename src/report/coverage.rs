//! What fixtures have not shown, for people and for machines.

use super::changes::{counted, shortened};
use super::diagnostics::neutralise;
use crate::coverage::{Coverage, Gap, Kind, Missing};
use anstyle::AnsiColor;
use serde_json::{Map, Value, json};

/// One pipeline's: what was shown of what, then every gap with its place.
pub fn human(pipeline: &str, coverage: &Coverage, width: usize) -> Vec<String> {
    let bold = anstyle::Style::new().bold();
    let dim = AnsiColor::BrightBlack.on_default();
    let mut lines = vec![format!("{bold}coverage{bold:#}  {pipeline}, {}", counted(coverage.fixtures, "fixture"))];
    let totals = Kind::ALL.into_iter().map(|kind| (kind, coverage.total(kind))).filter(|(_, total)| total.of > 0);
    lines.extend(totals.map(|(kind, total)| format!("  {:<17} {} of {}", in_words(kind), total.shown, total.of)));
    for gap in coverage.gaps() {
        lines.push(format!("  {}", shortened(&sentence(&gap), width.saturating_sub(2))));
        lines.push(format!("      {dim}{}{dim:#}", shortened(&neutralise(&gap.written), width.saturating_sub(6))));
        lines.push(format!("      {dim}{}{dim:#}", neutralise(&gap.place.to_string())));
    }
    lines
}

fn in_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Filter => "filters' answers",
        Kind::Template => "templates",
        Kind::When => "sides of $when",
        Kind::Each => "lists of $each",
    }
}

fn sentence(gap: &Gap) -> String {
    let name = neutralise(&gap.name);
    // One without a name is called by its place in the list: `filter 3`.
    let filter = if name.starts_with("filter ") { name.clone() } else { format!("filter {name}") };
    match (gap.kind, gap.missing) {
        (Kind::Filter, Missing::Yes) => format!("{filter}: never said yes"),
        (Kind::Filter, Missing::No) => format!("{filter}: never said no"),
        (Kind::Filter, _) => format!("{filter}: was never asked"),
        (Kind::Template, _) => format!("{name}: never had a value"),
        (Kind::Each, _) => format!("{name}: its $each never had an item"),
        (Kind::When, Missing::True) => format!("{name}: its $when was never true"),
        (Kind::When, Missing::False) => format!("{name}: its $when was never false"),
        (Kind::When, _) => format!("{name}: its $when was never asked"),
    }
}

/// `{"type": "coverage", "pipeline", "fixtures", "totals": {KIND: {"shown", "of"}}, "gaps": […]}`.
pub fn object(pipeline: &str, coverage: &Coverage) -> Value {
    let totals = Kind::ALL.map(|kind| {
        let total = coverage.total(kind);
        (kind.as_str().to_owned(), json!({ "shown": total.shown, "of": total.of }))
    });
    let gaps = coverage.gaps().into_iter().map(|gap| {
        let (line, column) = gap.place.begin();
        json!({
            "kind": gap.kind.as_str(), "name": gap.name, "missing": gap.missing.as_str(), "written": gap.written,
            "file": gap.place.path().display().to_string(), "line": line, "column": column,
        })
    });
    json!({
        "type": "coverage", "pipeline": pipeline, "fixtures": coverage.fixtures, "totals": Map::from_iter(totals),
        "gaps": gaps.collect::<Vec<_>>(),
    })
}
