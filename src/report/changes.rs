//! What changed for one profile, for people and for machines.

use super::diagnostics::neutralise;
use super::mask::masked_member;
use crate::change::{Change, Difference, Maker, Part};
use anstyle::{AnsiColor, Style};
use serde_json::{Map, Value, json};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How changes are drawn.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// In columns.
    pub width: usize,
    /// Whether values of profiles are shown, or masked.
    pub show: bool,
    /// Members that are told one by one; the rest is counted.
    pub most: usize,
}

const INDENT: &str = "    ";
/// Columns of a value that are left of what differs.
const CONTEXT: usize = 12;

/// A line a thing; colours are taken out by the stream where there are none.
pub fn human(difference: &Difference, look: Look) -> Vec<String> {
    let mut lines = Vec::new();
    ending(difference, look, &mut lines);
    if difference.lost_its_candidate() {
        let members = difference.of(Part::Candidate).count();
        lines.push(format!("  {RED}-{RED:#} the candidate, with {}", counted(members, "value")));
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
    let mut words = crate::change::outcome(record).to_owned();
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

pub fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// For machines: `{"part", "member", "before", "now", "file", "line", "column", "template"}`, and `before_…` for what made it before.
pub fn objects(difference: &Difference, show: bool) -> Vec<Value> {
    difference.changes.iter().map(|change| object(change, show)).collect()
}

fn object(change: &Change, show: bool) -> Value {
    let mut object = Map::new();
    object.insert("part".into(), json!(change.part.as_str()));
    object.insert("member".into(), json!(change.member));
    for (name, value) in [("before", &change.before), ("now", &change.now)] {
        if let Some(value) = value {
            object.insert(name.into(), fit(change, value, show));
        }
    }
    for (prefix, maker) in [("", &change.from_now), ("before_", &change.from_before)] {
        if let Some(maker) = maker {
            object.insert(format!("{prefix}file"), json!(maker.file));
            object.insert(format!("{prefix}line"), json!(maker.line));
            object.insert(format!("{prefix}column"), json!(maker.column));
            if let Some(written) = &maker.written {
                object.insert(format!("{prefix}template"), json!(written));
            }
        }
    }
    Value::Object(object)
}

#[cfg(test)]
mod tests;
