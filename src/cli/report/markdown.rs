//! What an edit changes, as Markdown for a merge request's comment: a table, and what changed for whom, folded.
//!
//! Texts of the pipelines and of the profiles stand in it, and whoever wrote them may want them to be more than texts. So every sign of
//! theirs that means something to Markdown, to HTML or to a forge (`@name`, `#1`) is written as a character reference, within `<code>`,
//! on one line.

use super::changes::{in_words, values};
use super::diagnostics::neutralise;
use crate::authoring::change::{Change, Difference, Part};
use std::fmt::Write as _;

/// Bytes of details. GitHub takes 65,536 characters in a comment.
const LARGEST: usize = 50_000;
const MOST: usize = 30;
/// Characters of one value.
const LONGEST: usize = 300;
const MOST_ROWS: usize = 100;

#[derive(Debug, Clone)]
pub struct Row {
    pub pipeline: String,
    pub sum: String,
    pub news: Vec<String>,
}

#[derive(Debug)]
pub struct Page {
    base: String,
    commit: String,
    details: String,
    left_out: usize,
}

impl Page {
    pub fn new(base: &str, commit: &str) -> Self {
        Self { base: base.to_owned(), commit: commit.chars().take(10).collect(), details: String::new(), left_out: 0 }
    }

    pub fn details(&mut self, pipeline: &str, kind: &str, name: &str, note: Option<&str>, difference: &Difference, show: bool) {
        let (before, now) = difference.outcomes();
        let what = match difference.changes.len() {
            _ if before != now => format!("{before} → {now}"),
            1 => "1 value".to_owned(),
            n => format!("{n} values"),
        };
        let mut text = format!("<details><summary>{} {kind} {}: {}</summary>\n\n", code(pipeline), code(name), plain(&what));
        if let Some(note) = note {
            let _infallible = writeln!(text, "{}\n", plain(note));
        }
        text.push_str("| member | before | now | made at |\n|---|---|---|---|\n");
        rows(difference, show, &mut text);
        text.push_str("\n</details>\n\n");
        if self.details.len() + text.len() > LARGEST {
            self.left_out += 1;
        } else {
            self.details.push_str(&text);
        }
    }

    pub fn whole(&self, rows: &[Row], changes: bool) -> String {
        let mut text = format!("### Hireline: what this changes\n\nCompared with {} ({}).\n\n", code(&self.base), code(&self.commit));
        if !changes {
            text.push_str("Nothing: every fixture comes to the same.\n\n");
        }
        text.push_str("| pipeline | |\n|---|---|\n");
        for row in rows.iter().take(MOST_ROWS) {
            let told: Vec<_> = row.news.iter().chain([&row.sum]).map(|line| plain(line)).collect();
            let _infallible = writeln!(text, "| {} | {} |", code(&row.pipeline), told.join("<br>"));
        }
        if rows.len() > MOST_ROWS {
            let _infallible = writeln!(text, "| … | and {} more |", rows.len() - MOST_ROWS);
        }
        text.push('\n');
        text.push_str(&self.details);
        if self.left_out > 0 {
            let command = format!("hireline diff --base {}", self.base);
            let _infallible = writeln!(text, "{} more changed and do not fit here: see them with {}.", self.left_out, code(&command));
        }
        text
    }
}

fn rows(difference: &Difference, show: bool, text: &mut String) {
    if let Some(first) = difference.of(Part::Ending).next() {
        let (before, now) = (code(&in_words(&difference.before)), code(&in_words(&difference.now)));
        let _infallible = writeln!(text, "| outcome | {before} | {now} | {} |", made(first));
    }
    let members: Vec<&Change> = difference.of(Part::Candidate).chain(difference.of(Part::Request)).collect();
    if difference.lost_its_candidate() {
        let _infallible = writeln!(text, "| the candidate | {} values | | |", members.len());
        return;
    }
    for change in members.iter().take(MOST) {
        let (before, now) = values(change, show);
        let cell = |value: Option<String>| value.map_or_else(String::new, |value| code(&value));
        let _infallible = writeln!(text, "| {} | {} | {} | {} |", code(&change.member), cell(before), cell(now), made(change));
    }
    if members.len() > MOST {
        let _infallible = writeln!(text, "| … and {} more | | | |", members.len() - MOST);
    }
}

fn made(change: &Change) -> String {
    change.from_now.as_ref().or(change.from_before.as_ref()).map_or_else(String::new, |maker| code(&maker.to_string()))
}

/// Somebody's text.
fn code(text: &str) -> String {
    format!("<code>{}</code>", plain(text))
}

/// A text in which nothing means anything: not to Markdown, not to HTML, not to a forge.
fn plain(text: &str) -> String {
    let mut told = String::new();
    let text = neutralise(text);
    let mut characters = text.chars();
    for c in characters.by_ref().take(LONGEST) {
        match c {
            ' ' | ',' | ';' | '/' | '(' | ')' => told.push(c),
            c if c.is_alphanumeric() => told.push(c),
            // Neither is a sign of any of the three.
            '→' | '…' | '–' => told.push(c),
            c => {
                let _infallible = write!(told, "&#{};", u32::from(c));
            }
        }
    }
    if characters.next().is_some() {
        told.push('…');
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const HOSTILE: &str = "`</code></details>|\n\n# @all <img src=x onerror=a()> ![x](https://example.org/x) [a](javascript:b) *c* _d_ ~~e~~ \
                           #1 !2 https://example.org www.example.org &lt; &#60; \\| $x$ :tada: {{ y }} \u{202e}\u{1b}[31m";

    fn page() -> Page {
        let change = Change {
            part: Part::Candidate,
            member: format!("custom_fields.{HOSTILE}"),
            before: Some(json!(HOSTILE)),
            now: Some(json!("b")),
            from_before: None,
            from_now: Some(crate::authoring::change::Maker { file: HOSTILE.into(), line: 1, column: 2, written: None }),
        };
        let ending = |because: &str| json!({"outcome": "filtered", "filter": "f", "because": because});
        let told = Change { part: Part::Ending, member: "because".into(), ..change.clone() };
        let difference = Difference { before: ending(HOSTILE), now: ending("b"), changes: vec![told, change] };
        let mut page = Page::new(HOSTILE, "0123456789abcdef");
        page.details(HOSTILE, "fixture", HOSTILE, None, &difference, true);
        page
    }

    /// What is left after our own marks are taken away means nothing.
    #[test]
    fn nothing_breaks_out() {
        let row = Row { pipeline: HOSTILE.into(), sum: HOSTILE.into(), news: vec![HOSTILE.into()] };
        let text = page().whole(&[row], true);
        let ours = ["<details>", "</details>", "<summary>", "</summary>", "<code>", "</code>", "<br>", "###", "|---", "|", "&#"];
        let left = ours.iter().fold(text.clone(), |left, mark| left.replace(mark, ""));
        let signs: String = left.chars().filter(|c| "<>`|*_[]#@!~$&\\{}\":".contains(*c)).collect();
        // The colons of "what this changes:" and of the summary are ours.
        assert_eq!(signs, "::", "{text}");
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
        for line in text.lines().filter(|line| line.starts_with('|')) {
            assert!([3, 5].contains(&line.matches('|').count()), "{line}");
        }
        assert!(!text.contains("](") && !text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
    }

    #[test]
    fn it_fits_into_a_comment() {
        let mut page = Page::new("main", "0123");
        let changes = |n: usize| Change {
            part: Part::Candidate,
            member: format!("notes[{n}].body"),
            before: Some(json!("<".repeat(1000))),
            now: Some(json!("@".repeat(1000))),
            from_before: None,
            from_now: None,
        };
        let difference = Difference { before: json!({}), now: json!({}), changes: (0..40).map(changes).collect() };
        (0..20).for_each(|n| page.details("p", "profile", &n.to_string(), None, &difference, true));
        let row = |n: usize| Row { pipeline: format!("p{n}"), sum: "1 of 1".into(), news: Vec::new() };
        let text = page.whole(&(0..500).map(row).collect::<Vec<_>>(), true);
        assert!(text.len() < 65_000, "{}", text.len());
        assert!(text.contains("more changed and do not fit here"), "{text}");
    }
}
