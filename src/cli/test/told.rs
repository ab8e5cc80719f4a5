//! What `test` says of each fixture, and in the end: for people, as JSON lines, as JUnit XML.

use super::{Format, Result, plural, print};
use crate::authoring::change::{Difference, outcome};
use crate::authoring::coverage::Coverage;
use crate::cli::exit;
use crate::cli::print::{Lines, Output, without_colours};
use crate::cli::report::changes::{Look, human, in_words, objects};
use crate::cli::report::lines::with;
use crate::cli::report::terminal::printable;
use crate::cli::report::{changes, junit};
use anstyle::AnsiColor;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Members of one fixture that are told one by one.
const MOST: usize = 40;

pub(super) struct Case {
    pub pipeline: String,
    pub name: String,
    /// Of the fixture; of the snapshot, where there is no fixture.
    pub path: PathBuf,
    pub state: State,
}

/// What has become of one fixture. A record is what it comes to now.
pub(super) enum State {
    Same(Value),
    Accepted(Value),
    Differs(Box<Difference>),
    New(Value),
    Unreadable { snapshot: PathBuf, why: String },
    Broken(String),
    Orphan,
    Removed,
}

impl State {
    fn word(&self) -> &'static str {
        match self {
            Self::Same(_) => "same",
            Self::Accepted(_) => "accepted",
            Self::Differs(_) => "differs",
            Self::New(_) => "new",
            Self::Unreadable { .. } => "unreadable",
            Self::Broken(_) => "broken",
            Self::Orphan => "orphan",
            Self::Removed => "removed",
        }
    }

    fn code(&self) -> u8 {
        match self {
            Self::Same(_) | Self::Accepted(_) | Self::Removed => exit::WELL,
            Self::Differs(_) | Self::New(_) | Self::Unreadable { .. } | Self::Orphan => exit::ATTENTION,
            Self::Broken(_) => exit::WRONG,
        }
    }
}

impl Case {
    fn label(&self) -> String {
        format!("{}/{}", self.pipeline, self.name)
    }

    /// What is wrong, and what to do, in one line.
    fn sentence(&self) -> Option<String> {
        let accept = format!("--accept={}", self.label());
        Some(match &self.state {
            State::Same(_) | State::Accepted(_) => return None,
            State::Removed => "it had no fixture".into(),
            State::Differs(difference) => match difference.outcomes() {
                (before, now) if before != now => format!("{before} → {now}; if that is right, {accept}"),
                _ => format!("{} changed; if that is right, {accept}", plural(difference.changes.len(), "value")),
            },
            State::New(record) => {
                let words = in_words(record);
                format!("no snapshot yet: {}. Look at it with `hireline trace`, then {accept}", words.trim_end_matches('.'))
            }
            State::Unreadable { snapshot, why } => format!("the snapshot {} {why}: mend it, or {accept}", snapshot.display()),
            State::Broken(why) => format!("the fixture {} {why}", self.path.display()),
            State::Orphan => format!("{} has no fixture: put the fixture back, or remove it with {accept}", self.path.display()),
        })
    }

    fn human(&self, width: usize) -> Vec<String> {
        let colour = match self.state.code() {
            exit::WELL => AnsiColor::Green,
            exit::ATTENTION => AnsiColor::Yellow,
            _ => AnsiColor::Red,
        };
        let style = colour.on_default();
        let mut lines = vec![format!("{style}{:<10}{style:#} {}", self.state.word(), printable(&self.label()))];
        match &self.state {
            State::Differs(difference) => lines.extend(human(difference, Look { width, show: true, most: MOST })),
            _ => lines.extend(self.sentence().map(|sentence| format!("  {}", printable(&sentence)))),
        }
        lines
    }

    fn object(&self) -> Value {
        let object = json!({
            "type": "fixture", "pipeline": self.pipeline, "fixture": self.name, "file": self.path.display().to_string(),
            "status": self.state.word(),
        });
        let (outcome, changes) = match &self.state {
            State::Same(record) | State::Accepted(record) | State::New(record) => (Some(outcome(record)), None),
            State::Differs(difference) => (Some(difference.outcomes().1), Some(json!(objects(difference, true)))),
            State::Unreadable { .. } | State::Broken(_) | State::Orphan | State::Removed => (None, None),
        };
        with(object, [("outcome", outcome.map(Value::from)), ("changes", changes), ("message", self.sentence().map(Value::from))])
    }

    fn junit(&self) -> junit::Case {
        let fault = || {
            let lines: Vec<_> = self.human(100).iter().map(|line| without_colours(line)).collect();
            junit::Fault {
                kind: self.state.word(),
                message: self.sentence().unwrap_or_default(),
                details: lines.join("\n"),
                is_error: self.state.code() == exit::WRONG,
            }
        };
        let fault = (self.state.code() != exit::WELL).then(fault);
        junit::Case { pipeline: self.pipeline.clone(), fixture: self.name.clone(), fault }
    }
}

/// Takes the cases as they come; standard output is written at once, a file at the end.
pub(super) struct Told<'a> {
    format: Format,
    output: Output<'a>,
    cases: Vec<junit::Case>,
    notes: Vec<(String, String)>,
    counts: BTreeMap<&'static str, usize>,
    gaps: usize,
    code: u8,
}

impl<'a> Told<'a> {
    pub fn new(format: Format, file: Option<&'a Path>) -> Self {
        let lines = match format {
            Format::Human => Lines::Human,
            Format::Json => Lines::Json,
            Format::Junit => Lines::Whole,
        };
        let (cases, notes) = Default::default();
        Self { format, output: Output::new(lines, file), cases, notes, counts: BTreeMap::new(), gaps: 0, code: exit::WELL }
    }

    pub fn case(&mut self, case: Case) {
        *self.counts.entry(case.state.word()).or_default() += 1;
        self.code = self.code.max(case.state.code());
        let human = if matches!(case.state, State::Same(_)) { Vec::new() } else { case.human(print::width()) };
        self.output.say(&human, || case.object());
        self.cases.push(case.junit());
    }

    pub fn coverage(&mut self, pipeline: &str, covered: &Coverage) {
        self.gaps += covered.gaps().len();
        let human = changes::coverage(pipeline, covered, print::width());
        self.notes.push((pipeline.to_owned(), human.iter().map(|line| without_colours(line)).collect::<Vec<_>>().join("\n")));
        self.output.say(&human, || changes::coverage_object(pipeline, covered));
    }

    pub fn end(&mut self) -> Result<()> {
        let summary = self.summary();
        self.output.say(&[summary], || json!({ "type": "summary", "counts": self.counts }));
        let junit = (self.format == Format::Junit).then(|| junit::xml(&self.cases, &self.notes)).transpose()?;
        self.output.end(junit, print::text)
    }

    /// `5 fixtures: 3 same, 1 differs, 1 new`.
    fn summary(&self) -> String {
        let count = |word: &str| self.counts.get(word).copied().unwrap_or_default();
        let orphans = count("orphan") + count("removed");
        let words = [
            ("same", "same"),
            ("accepted", "accepted"),
            ("differs", "different"),
            ("new", "new"),
            ("unreadable", "with an unreadable snapshot"),
            ("broken", "broken"),
        ];
        let told: Vec<_> = words.iter().filter(|(word, _)| count(word) > 0).map(|(word, said)| format!("{} {said}", count(word))).collect();
        let fixtures = plural(self.counts.values().sum::<usize>() - orphans, "fixture");
        let mut line = format!("{fixtures}: {}", if told.is_empty() { "none".into() } else { told.join(", ") });
        if orphans > 0 {
            line += &format!("; {} without a fixture", plural(orphans, "snapshot"));
        }
        if self.code != exit::WELL && count("broken") < self.counts.values().sum::<usize>() - count("same") {
            line += "\nIf what is told above is right, take all of it with --accept, or one with --accept=NAME.";
        }
        line
    }

    pub fn code(&self, fail_uncovered: bool) -> u8 {
        let uncovered = if fail_uncovered && self.gaps > 0 { exit::ATTENTION } else { exit::WELL };
        self.code.max(uncovered)
    }
}
