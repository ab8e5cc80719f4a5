//! What `diff` says of each pipeline: for people, as Markdown, as JSON lines.

use super::{Format, Result, print};
use crate::authoring::change::Difference;
use crate::authoring::revision::Revision;
use crate::authoring::versions::{Pair, Standing, Version};
use crate::cli::plural;
use crate::cli::print::{Lines, Output};
use crate::cli::report::changes::{Look, human, objects};
use crate::cli::report::lines::with;
use crate::cli::report::markdown;
use crate::cli::report::terminal::printable;
use crate::engine::trace::Story;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Members of one profile that are told one by one.
const MOST: usize = 40;

/// Whose way was compared: of a fixture also how it stands in the two versions.
pub(super) struct Subject {
    pub kind: &'static str,
    pub name: String,
    pub standing: Option<Standing>,
}

pub(super) struct Entry {
    pub subject: Subject,
    pub difference: Difference,
}

impl Subject {
    pub fn fixture(name: &str, standing: Standing) -> Self {
        Self { kind: "fixture", name: name.to_owned(), standing: Some(standing) }
    }

    pub fn profile(name: String) -> Self {
        Self { kind: "profile", name, standing: None }
    }

    fn note(&self) -> Option<&'static str> {
        match self.standing? {
            Standing::New => Some("a new fixture: both versions are asked about it"),
            Standing::Edited => Some("the fixture was edited too: both versions are asked about it as it is now"),
            Standing::Removed => Some("the fixture is not in the work tree any more"),
            Standing::Kept => None,
        }
    }
}

pub(super) struct Told<'a> {
    revision: &'a Revision,
    format: Format,
    output: Output<'a>,
    show: bool,
    markdown: markdown::Page,
    current: Pipeline,
    pipelines: Vec<markdown::Row>,
    changes: bool,
}

#[derive(Default)]
struct Pipeline {
    id: String,
    state: &'static str,
    file: Option<String>,
    before_file: Option<String>,
    settings: Vec<String>,
    compared: BTreeMap<&'static str, usize>,
    changed: BTreeMap<&'static str, usize>,
    broken: usize,
    /// How often an outcome became which; where there is one version only, how often there is which.
    outcomes: BTreeMap<(String, String), usize>,
    said: bool,
}

impl<'a> Told<'a> {
    pub fn new(revision: &'a Revision, format: Format, file: Option<&'a Path>, show: bool) -> Self {
        let lines = match format {
            Format::Human => Lines::Human,
            Format::Json => Lines::Json,
            Format::Markdown => Lines::Whole,
        };
        let output = Output::new(lines, file);
        let markdown = markdown::Page::new(&revision.name, &revision.commit);
        Self { revision, format, output, show, markdown, current: Pipeline::default(), pipelines: Vec::new(), changes: false }
    }

    pub fn begin(&mut self, pair: &Pair<'_>) {
        let inner = |version: Version<'_>| version.file().map(|file| self.revision.inner(file).display().to_string());
        let state = match (pair.before, pair.now) {
            (_, Version::Broken(_)) => "broken",
            (Version::Absent, _) => "new",
            (_, Version::Absent) => "removed",
            (Version::Broken(_), _) => "mended",
            _ => "kept",
        };
        let (file, before_file) = (inner(pair.now), inner(pair.before));
        self.changes |= state != "kept";
        self.current = Pipeline { id: pair.id.to_owned(), state, file, before_file, ..Pipeline::default() };
    }

    pub fn settings(&mut self, settings: Vec<String>) {
        self.changes |= !settings.is_empty();
        self.current.settings = settings;
    }

    /// One profile's way, where the pipeline is there on one side only.
    pub fn alone(&mut self, story: &Story) {
        let outcome = story.ending.outcome.to_string();
        *self.current.compared.entry("fixture").or_default() += 1;
        *self.current.outcomes.entry((outcome.clone(), outcome)).or_default() += 1;
    }

    pub fn entry(&mut self, entry: &Entry) {
        let kind = entry.subject.kind;
        *self.current.compared.entry(kind).or_default() += 1;
        if entry.difference.is_empty() {
            return;
        }
        self.changes = true;
        *self.current.changed.entry(kind).or_default() += 1;
        let (before, now) = entry.difference.outcomes();
        if before != now {
            *self.current.outcomes.entry((before.to_owned(), now.to_owned())).or_default() += 1;
        }
        let show = self.show || kind == "fixture";
        let mut lines = self.head();
        lines.push(format!("changed    {}/{}", self.current.id, printable(&entry.subject.name)));
        lines.extend(entry.subject.note().map(|note| format!("  ({note})")));
        lines.extend(human(&entry.difference, Look { width: print::width(), show, most: MOST }));
        if self.format == Format::Markdown {
            self.markdown.details(&self.current.id, kind, &entry.subject.name, entry.subject.note(), &entry.difference, show);
        }
        self.output.say(&lines, || object(&self.current.id, entry, show));
    }

    /// A fixture or a line that is no profile. It is not a change of the pipeline.
    pub fn broken(&mut self, subject: &Subject, why: &str) {
        self.current.broken += 1;
        print::warning(&format!("{}/{} cannot be compared: {why}", self.current.id, subject.name));
        let line =
            json!({ "type": subject.kind, "pipeline": self.current.id, subject.kind: subject.name, "status": "broken", "message": why });
        self.output.say(&[], || line);
    }

    /// The pipeline's own line, once, before what it says.
    fn head(&mut self) -> Vec<String> {
        if std::mem::replace(&mut self.current.said, true) {
            return Vec::new();
        }
        let bold = anstyle::Style::new().bold();
        let pipeline = &self.current;
        let file = pipeline.file.as_ref().or(pipeline.before_file.as_ref());
        let mut lines = vec![format!("{bold}{}{bold:#}  {}", pipeline.id, printable(file.map_or("", String::as_str)))];
        lines.extend(self.news().into_iter().map(|line| format!("  {line}")));
        lines
    }

    fn news(&self) -> Vec<String> {
        let pipeline = &self.current;
        let name = &self.revision.name;
        let mut news = Vec::new();
        match pipeline.state {
            "new" => news.push(format!("a new pipeline: {name} has none of this name")),
            "removed" => news.push("the pipeline is gone from the work tree: nobody is sent by it any more".into()),
            "broken" => news.push("it does not compile in the work tree: see the errors".into()),
            "mended" => news.push(format!("it does not compile in {name}, so it cannot be compared; now it does")),
            _ => {}
        }
        if let (Some(now), Some(before)) = (&pipeline.file, &pipeline.before_file)
            && now != before
        {
            news.push(format!("moved here from {}", printable(before)));
        }
        if !pipeline.settings.is_empty() {
            news.push(format!("settings that differ: {}", pipeline.settings.join(", ")));
        }
        news
    }

    pub fn finish(&mut self) {
        let news = self.news();
        let mut lines =
            if news.is_empty() && self.current.changed.is_empty() && self.current.outcomes.is_empty() { Vec::new() } else { self.head() };
        lines.push(format!("{}: {}", self.current.id, self.sum()));
        let row = markdown::Row { pipeline: self.current.id.clone(), sum: self.sum(), news };
        let summary = self.summary();
        self.output.say(&lines, || summary);
        self.pipelines.push(row);
    }

    /// `2 of 5 fixtures change; 1 created → filtered`.
    fn sum(&self) -> String {
        let pipeline = &self.current;
        let compared = |kind: &'static str| pipeline.compared.get(kind).copied().unwrap_or_default();
        let mut parts = Vec::new();
        for kind in ["fixture", "profile"] {
            let of = compared(kind);
            match (pipeline.state, pipeline.changed.get(kind)) {
                ("kept", Some(changed)) => {
                    parts.push(format!("{changed} of {}", plural(of, kind)) + if *changed == 1 { " changes" } else { " change" })
                }
                ("kept", None) if of > 0 => parts.push(format!("{}, no change", plural(of, kind))),
                (_, _) if of > 0 => parts.push(plural(of, kind)),
                _ => {}
            }
        }
        if parts.is_empty() {
            parts.push(if pipeline.state == "broken" { "not compared".into() } else { "no fixtures".into() });
        }
        if pipeline.broken > 0 {
            parts.push(format!("{} that cannot be compared", pipeline.broken));
        }
        let outcomes = self.outcomes();
        if !outcomes.is_empty() {
            parts.push(outcomes.join(", "));
        }
        parts.join("; ")
    }

    fn outcomes(&self) -> Vec<String> {
        let line = |((before, now), n): (&(String, String), &usize)| {
            if before == now { format!("{n} {now}") } else { format!("{n} {before} → {now}") }
        };
        self.current.outcomes.iter().map(line).collect()
    }

    fn summary(&self) -> Value {
        let pipeline = &self.current;
        let outcomes = pipeline.outcomes.iter().map(|((before, now), n)| json!({ "before": before, "now": now, "count": n }));
        let line = json!({
            "type": "pipeline", "pipeline": pipeline.id, "status": pipeline.state, "compared": pipeline.compared, "changed": pipeline.changed,
            "broken": pipeline.broken, "settings": pipeline.settings,
        });
        // A pipeline that exists on one side only has outcomes, and no changes of them.
        let outcomes: Value = match pipeline.state {
            "kept" => outcomes.collect(),
            _ => pipeline.outcomes.iter().map(|((_, now), n)| (now.clone(), json!(n))).collect::<Map<_, _>>().into(),
        };
        let file = |file: &Option<String>| file.clone().map(Value::from);
        with(line, [("outcomes", Some(outcomes)), ("file", file(&pipeline.file)), ("before_file", file(&pipeline.before_file))])
    }

    pub fn end(&mut self) -> Result<()> {
        let line = json!({ "type": "summary", "base": self.revision.name, "commit": self.revision.commit, "changes": self.changes });
        self.output.say(&[], || line);
        let markdown = (self.format == Format::Markdown).then(|| self.markdown.whole(&self.pipelines, self.changes));
        self.output.end(markdown, print::report)
    }

    pub fn changes(&self) -> bool {
        self.changes
    }
}

fn object(pipeline: &str, entry: &Entry, show: bool) -> Value {
    let kind = entry.subject.kind;
    let object = json!({ "type": kind, "pipeline": pipeline, kind: entry.subject.name, "status": "changed" });
    let standing = entry.subject.standing.map(|standing| json!(standing.as_str()));
    let (before, now) = entry.difference.outcomes();
    let changes = json!(objects(&entry.difference, show));
    with(object, [("fixture_is", standing), ("before", Some(json!(before))), ("now", Some(json!(now))), ("changes", Some(changes))])
}
