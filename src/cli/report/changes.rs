//! What changed for one profile, and what fixtures have not shown, for people and for machines.

use super::diagnostics::neutralise;
use super::lines::with;
use super::mask::masked_member;
use crate::authoring::change::{Change, Difference, Maker, Part};
use crate::authoring::coverage::{Coverage, Gap, Kind, Missing};
use crate::cli::plural;
use anstyle::{AnsiColor, Style};
use serde_json::{Map, Value, json};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

#[derive(Debug, Clone, Copy)]
pub struct Look {
    pub width: usize,
    /// Whether values of profiles are shown, or masked.
    pub show: bool,
    /// Members that are told one by one; the rest is counted.
    pub most: usize,
}

const INDENT: &str = "    ";
/// Columns of a value that are left of what differs.
const CONTEXT: usize = 12;

pub fn human(difference: &Difference, look: Look) -> Vec<String> {
    let mut lines = Vec::new();
    ending(difference, look, &mut lines);
    if difference.lost_its_candidate() {
        let members = difference.of(Part::Candidate).count();
        lines.push(format!("  {RED}-{RED:#} the candidate, with {}", plural(members, "value")));
    } else {
        let mut changes: Vec<_> = difference.of(Part::Candidate).chain(difference.of(Part::Request)).collect();
        let left = changes.len().saturating_sub(look.most);
        // One more is shown rather than counted.
        if left > 1 {
            changes.truncate(look.most);
        }
        changes.iter().for_each(|change| member(change, look, &mut lines));
        if left > 1 {
            lines.push(format!("  … and {left} more"));
        }
    }
    lines
}

const RED: Style = AnsiColor::Red.on_default();
const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const DIM: Style = AnsiColor::BrightBlack.on_default();

/// The outcome, with what is said of it: one thing, told together.
fn ending(difference: &Difference, look: Look, lines: &mut Vec<String>) {
    let changed: Vec<_> = difference.of(Part::Ending).collect();
    let Some(first) = changed.first() else { return };
    lines.push(format!("  {YELLOW}~{YELLOW:#} outcome{}", maker(first, look.width, "  ~ outcome".len())));
    lines.extend(template(first, look));
    for (sign, style, record) in [("-", RED, &difference.before), ("+", GREEN, &difference.now)] {
        lines.push(value(sign, style, &in_words(record), None, look.width));
    }
}

/// `filtered by experienced: The team takes more experience.`
pub fn in_words(record: &Value) -> String {
    let text = |name: &str| record.get(name).and_then(Value::as_str);
    let mut words = crate::authoring::change::outcome(record).to_owned();
    if let Some(filter) = text("filter") {
        words += &format!(" by {filter}");
    }
    if let Some(why) = text("because").or_else(|| text("reason")) {
        words += &format!(": {why}");
    }
    neutralise(&words)
}

fn member(change: &Change, look: Look, lines: &mut Vec<String>) {
    let (sign, style) = match (&change.before, &change.now) {
        (None, _) => ("+", GREEN),
        (_, None) => ("-", RED),
        _ => ("~", YELLOW),
    };
    let name = shortened(&neutralise(&change.member), look.width.saturating_sub(4));
    lines.push(format!("  {style}{sign}{style:#} {name}{}", maker(change, look.width, 4 + name.width())));
    lines.extend(template(change, look));
    let (before, now) = values(change, look.show);
    if let Some(before) = &before {
        lines.push(value("-", RED, before, now.as_deref(), look.width));
    }
    if let Some(now) = &now {
        lines.push(value("+", GREEN, now, before.as_deref(), look.width));
    }
}

/// Both values as JSON, fit to be shown; masked where they must be.
pub fn values(change: &Change, show: bool) -> (Option<String>, Option<String>) {
    let shown = |value: &Option<Value>| value.as_ref().map(|value| neutralise(&fit(change, value, show).to_string()));
    (shown(&change.before), shown(&change.now))
}

fn fit(change: &Change, value: &Value, show: bool) -> Value {
    match change.part {
        Part::Candidate if !show => masked_member(&change.member, value),
        Part::Request if !show && change.member.contains(".body.") => masked_member(&change.member, value),
        _ => value.clone(),
    }
}

/// The place of the template, on the same line where there is room for it.
fn maker(change: &Change, width: usize, taken: usize) -> String {
    let Some(maker) = change.from_now.as_ref().or(change.from_before.as_ref()) else { return String::new() };
    let place = neutralise(&maker.to_string());
    match taken + 2 + place.width() <= width {
        true => format!("  {DIM}{place}{DIM:#}"),
        // A path is not cut: it is there to be gone to.
        false => format!("\n{INDENT}{DIM}{place}{DIM:#}"),
    }
}

/// What was written there; both, where they differ.
fn template(change: &Change, look: Look) -> Vec<String> {
    let text = |maker: &Option<Maker>| maker.as_ref().and_then(|maker| maker.written.clone()).map(|text| neutralise(&text));
    let (before, now) = (text(&change.from_before), text(&change.from_now));
    let line = |words: &str, text: &str| {
        let room = look.width.saturating_sub(INDENT.len() + words.width());
        format!("{INDENT}{DIM}{words}{}{DIM:#}", shortened(text, room))
    };
    match (before, now) {
        (Some(before), Some(now)) if before != now => vec![line("was ", &before), line("now ", &now)],
        (Some(one), None) | (_, Some(one)) => vec![line("", &one)],
        (None, None) => Vec::new(),
    }
}

fn value(sign: &str, style: Style, text: &str, other: Option<&str>, width: usize) -> String {
    let room = width.saturating_sub(INDENT.len() + 2);
    format!("{INDENT}{style}{sign} {}{style:#}", window(text, other, room))
}

/// As much of a text as there is room for; of a long one the part where it differs from the other.
fn window(text: &str, other: Option<&str>, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let Some(other) = other else { return shortened(text, room) };
    let common = text.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let skip = common.saturating_sub(CONTEXT);
    if skip <= 1 {
        return shortened(text, room);
    }
    let rest: String = text.chars().skip(skip).collect();
    format!("…{}", shortened(&rest, room.saturating_sub(1)))
}

/// A text in so many columns, with `…` where it was cut.
pub fn shortened(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut taken = 0;
    let fits = |c: &char| {
        taken += c.width().unwrap_or(0);
        taken < room
    };
    let mut cut: String = text.chars().take_while(fits).collect();
    cut.push('…');
    cut
}

/// For machines: `{"part", "member", "before", "now", "file", "line", "column", "template"}`, and `before_…` for what made it before.
pub fn objects(difference: &Difference, show: bool) -> Vec<Value> {
    difference.changes.iter().map(|change| object(change, show)).collect()
}

fn object(change: &Change, show: bool) -> Value {
    let value = |value: &Option<Value>| value.as_ref().map(|value| fit(change, value, show));
    let object = json!({ "part": change.part.as_str(), "member": change.member });
    let mut object = with(object, [("before", value(&change.before)), ("now", value(&change.now))]);
    for (names, maker) in [
        (["file", "line", "column", "template"], &change.from_now),
        (["before_file", "before_line", "before_column", "before_template"], &change.from_before),
    ] {
        let Some(maker) = maker else { continue };
        let values = [Some(json!(maker.file)), Some(json!(maker.line)), Some(json!(maker.column)), maker.written.clone().map(Value::from)];
        object = with(object, names.into_iter().zip(values));
    }
    object
}

/// One pipeline's: what was shown of what, then every gap with its place.
pub fn coverage(pipeline: &str, coverage: &Coverage, width: usize) -> Vec<String> {
    let bold = anstyle::Style::new().bold();
    let mut lines = vec![format!("{bold}coverage{bold:#}  {pipeline}, {}", plural(coverage.fixtures, "fixture"))];
    let totals = Kind::ALL.into_iter().map(|kind| (kind, coverage.total(kind))).filter(|(_, total)| total.of > 0);
    lines.extend(totals.map(|(kind, total)| format!("  {:<17} {} of {}", kind_in_words(kind), total.shown, total.of)));
    for gap in coverage.gaps() {
        lines.push(format!("  {}", shortened(&sentence(&gap), width.saturating_sub(2))));
        lines.push(format!("      {DIM}{}{DIM:#}", shortened(&neutralise(&gap.written), width.saturating_sub(6))));
        lines.push(format!("      {DIM}{}{DIM:#}", neutralise(&gap.place.to_string())));
    }
    lines
}

fn kind_in_words(kind: Kind) -> &'static str {
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
pub fn coverage_object(pipeline: &str, coverage: &Coverage) -> Value {
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

#[cfg(test)]
mod tests;
