//! What `test` says of each fixture, and in the end: for people, as JSON lines, as JUnit XML.

use super::{Failure, Format, Result, plural, print};
use crate::change::Difference;
use crate::coverage::Coverage;
use crate::exit;
use crate::report::changes::{Look, counted, human, in_words, objects};
use crate::report::terminal::printable;
use crate::report::{coverage, junit};
use crate::visible;
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
                _ => format!("{} changed; if that is right, {accept}", counted(difference.changes.len(), "value")),
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
        let mut object = json!({
            "type": "fixture", "pipeline": self.pipeline, "fixture": self.name, "file": self.path.display().to_string(),
            "status": self.state.word(),
        });
        let Value::Object(members) = &mut object else { return object };
        match &self.state {
            State::Same(record) | State::Accepted(record) | State::New(record) => {
                members.insert("outcome".into(), json!(crate::change::outcome(record)));
            }
            State::Differs(difference) => {
                members.insert("outcome".into(), json!(difference.outcomes().1));
                members.insert("changes".into(), json!(objects(difference, true)));
            }
            State::Unreadable { .. } | State::Broken(_) | State::Orphan | State::Removed => {}
        }
        if let Some(sentence) = self.sentence() {
            members.insert("message".into(), json!(sentence));
        }
        object
    }

    fn junit(&self) -> junit::Case {
        let fault = || {
            let lines: Vec<_> = self.human(100).iter().map(|line| plain(line)).collect();
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

fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn plain(line: &str) -> String {
    anstream::adapter::strip_str(line).to_string()
}

/// Takes the cases as they come; standard output is written at once, a file at the end.
pub(super) struct Told {
    format: Format,
    to_file: bool,
    lines: Vec<String>,
    cases: Vec<junit::Case>,
    notes: Vec<(String, String)>,
    counts: BTreeMap<&'static str, usize>,
    gaps: usize,
    code: u8,
}

impl Told {
    pub fn new(format: Format, to_file: bool) -> Self {
        let (lines, cases, notes) = Default::default();
        Self { format, to_file, lines, cases, notes, counts: BTreeMap::new(), gaps: 0, code: exit::WELL }
    }

    pub fn case(&mut self, case: Case) {
        *self.counts.entry(case.state.word()).or_default() += 1;
        self.code = self.code.max(case.state.code());
        let human = if matches!(case.state, State::Same(_)) { Vec::new() } else { case.human(print::width()) };
        self.say(human, || vec![visible::object(&case.object())]);
        self.cases.push(case.junit());
    }

    pub fn coverage(&mut self, pipeline: &str, covered: &Coverage) {
        self.gaps += covered.gaps().len();
        let human = coverage::human(pipeline, covered, print::width());
        self.notes.push((pipeline.to_owned(), human.iter().map(|line| plain(line)).collect::<Vec<_>>().join("\n")));
        self.say(human, || vec![visible::object(&coverage::object(pipeline, covered))]);
    }

    /// To people; and, as the format says, to the report.
    fn say(&mut self, human: Vec<String>, json: impl FnOnce() -> Vec<String>) {
        let report = match self.format {
            Format::Human => human.clone(),
            Format::Json => json(),
            Format::Junit => Vec::new(),
        };
        if self.to_file {
            self.lines.extend(report.iter().map(|line| plain(line)));
            print::text(&joined(&human));
        } else {
            print::text(&joined(&report));
        }
    }

    pub fn end(&mut self, file: Option<&Path>) -> Result<()> {
        let human = vec![self.summary()];
        let counts = json!(self.counts);
        self.say(human, || vec![visible::object(&json!({ "type": "summary", "counts": counts }))]);
        let report = match self.format {
            Format::Junit => junit::xml(&self.cases, &self.notes).map_err(Failure::could_not)?,
            Format::Human | Format::Json => joined(&self.lines),
        };
        match file {
            Some(file) => print::to_file(file, &report),
            None if self.format == Format::Junit => {
                print::text(&report);
                Ok(())
            }
            None => Ok(()),
        }
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
