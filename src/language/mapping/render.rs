//! Nodes and a profile make a document, and the document a candidate.

mod leave_out; // what of a profile cannot be read

use super::node::{self, related};
use super::node::{Block, Kind, Life, Node};
use super::scope::Scope;
use super::template::FUEL;
use super::template::{Failure, Formula};
use super::{Answer, Decision, Field, Mapping, Problem, Trace, applications, values};
use crate::base::place::Place;
use crate::model::candidate::check::{push_index, push_name};
use crate::model::candidate::{Candidate, Violation};
use crate::model::settings::WithoutEmail;
use minijinja::Value;
use minijinja::value::ValueKind;
use serde_json::{Map, Value as Json};
use std::io;

/// Templates evaluated for one profile: what repeats in what repeats comes to an end.
const EVALUATIONS: usize = 20_000;
/// Steps of all templates together.
const ALL_FUEL: u64 = 20 * FUEL;
/// Bytes of all values together while they are made.
const GROWTH: usize = 16 << 20;
/// Bytes of a candidate as JSON, without its attachments' content.
const PAYLOAD: usize = 1 << 20;

/// The candidate, or nothing where anything is wrong with it.
pub fn fast(mapping: &Mapping, profile: &Json) -> Result<Candidate, ()> {
    let mut run = Run::new(mapping, profile, false);
    let document = run.document().map_err(drop)?;
    if !run.problems.is_empty() || !run.whole(&document).is_empty() {
        return Err(());
    }
    Candidate::from_document(document).map_err(drop)
}

impl Mapping {
    /// Every leaf on the way, with its template, place and value, and the result of [`Self::render`].
    pub fn trace(&self, profile: &Json) -> Trace {
        let mut run = Run::new(self, profile, true);
        let Ok(mut document) = run.document() else {
            return Trace { fields: run.fields, decisions: run.decisions, result: Err(run.problems) };
        };
        let mut problems = std::mem::take(&mut run.problems);
        let result = run.candidate(&mut document);
        let whole = run.whole(&document);
        for violation in result.as_ref().err().into_iter().flatten() {
            // What failed is missing, too: that is reported once.
            if !problems.iter().any(|problem| related(&problem.member, &violation.member)) {
                problems.push(run.problem_of(violation));
            }
        }
        for problem in whole {
            if !problems.iter().any(|told| related(&told.member, &problem.member)) {
                problems.push(problem);
            }
        }
        let left_out = run.told();
        let (fields, decisions) = (run.fields, run.decisions);
        match result {
            Ok(candidate) if problems.is_empty() => Trace { fields, decisions, result: Ok(Candidate { left_out, ..candidate }) },
            _ => Trace { fields, decisions, result: Err(problems) },
        }
    }

    /// The place of the template that made a member of this profile's candidate.
    pub(crate) fn place_of(&self, profile: &Json, member: &str) -> Option<Place> {
        let mut run = Run::new(self, profile, true);
        // If rendering stops early, the members before that are known.
        let _stopped = run.document();
        run.place_of(member)
    }
}

/// Rendering stops: a bound was reached, or a problem was found on the fast way.
pub struct Stop;

/// One profile's way through the mapping.
pub struct Run<'a> {
    mapping: &'a Mapping,
    scope: Scope,
    root: Value,
    path: String,
    /// Whether every leaf and every problem is recorded. Otherwise rendering stops at the first problem.
    traced: bool,
    fields: Vec<Field>,
    decisions: Vec<Decision>,
    pub problems: Vec<Problem>,
    left_out: Vec<leave_out::LeftOut>,
    evaluations: usize,
    fuel: u64,
    bytes: usize,
}

/// What a node gives.
#[derive(Default)]
pub struct Given {
    pub values: Vec<Json>,
    /// Whether a template gave any of it.
    alive: bool,
}

impl<'a> Run<'a> {
    fn new(mapping: &'a Mapping, profile: &Json, traced: bool) -> Self {
        let scope = Scope::new(values::from_json(profile), mapping.vars.clone(), mapping.pipeline.clone());
        let root = scope.clone().into_value();
        Self {
            mapping,
            scope,
            root,
            path: String::new(),
            traced,
            fields: Vec::new(),
            decisions: Vec::new(),
            problems: Vec::new(),
            left_out: Vec::new(),
            evaluations: 0,
            fuel: 0,
            bytes: 0,
        }
    }

    fn document(&mut self) -> Result<Json, Stop> {
        let (scope, root) = (self.scope.clone(), self.root.clone());
        let given = self.once(&self.mapping.root, &scope, &root)?;
        let mut document = match given.values.into_iter().next() {
            Some(Json::Object(members)) => members,
            _ => Map::new(),
        };
        let job_ids = self.at_top("applications", self.mapping.job_ids.as_ref())?;
        let jobs = self.at_top("applications", self.mapping.jobs.as_ref())?;
        let block = self.at_top("applications", self.mapping.application.as_ref())?;
        let values = |given: Option<Given>| given.map(|given| given.values);
        applications::add(&mut document, values(job_ids), values(jobs), block.and_then(|given| given.values.into_iter().next()));
        Ok(Json::Object(document))
    }

    fn at_top(&mut self, path: &str, node: Option<&Node>) -> Result<Option<Given>, Stop> {
        let Some(node) = node else { return Ok(None) };
        let (scope, root) = (self.scope.clone(), self.root.clone());
        path.clone_into(&mut self.path);
        let given = self.node(node, &scope, &root);
        self.path.clear();
        given.map(Some)
    }

    /// A node with its `$each` and `$when`.
    fn node(&mut self, node: &Node, scope: &Scope, root: &Value) -> Result<Given, Stop> {
        let Some(each) = &node.each else { return self.guarded(node, scope, root) };
        let mut all = Given::default();
        let Some(list) = self.bare(&each.list, root)? else { return Ok(all) };
        let items = match list.kind() {
            ValueKind::Undefined | ValueKind::None => {
                self.decide(&each.list, Answer::Items(0));
                return Ok(all);
            }
            ValueKind::Seq | ValueKind::Iterable => list.try_iter().ok(),
            _ => None,
        };
        let items: Vec<Value> = items.map_or_else(|| vec![list.clone()], |items| items.take(EVALUATIONS + 1).collect());
        self.decide(&each.list, Answer::Items(items.len()));
        let start =
            self.path.rfind('[').map(|at| (at, self.path.get(at + 1..self.path.len().saturating_sub(1)).and_then(|n| n.parse().ok())));
        for item in items {
            let inner = scope.with(&each.name, item);
            let value = inner.clone().into_value();
            self.number(start, all.values.len());
            let given = self.guarded(node, &inner, &value)?;
            all.alive |= given.alive;
            all.values.extend(given.values);
        }
        Ok(all)
    }

    /// Sets the index at the path's end to that of the item that is rendered now.
    fn number(&mut self, start: Option<(usize, Option<usize>)>, done: usize) {
        if let (true, Some((at, Some(first)))) = (self.traced, start) {
            self.path.truncate(at);
            push_index(&mut self.path, first + done);
        }
    }

    fn guarded(&mut self, node: &Node, scope: &Scope, root: &Value) -> Result<Given, Stop> {
        if let Some(when) = &node.when {
            let Some(value) = self.bare(when, root)? else { return Ok(Given::default()) };
            self.decide(when, Answer::Held(value.is_true()));
            if !value.is_true() {
                return Ok(Given::default());
            }
        }
        self.once(node, scope, root)
    }

    fn once(&mut self, node: &Node, scope: &Scope, root: &Value) -> Result<Given, Stop> {
        match &node.kind {
            Kind::Constant { written, value } => {
                self.record(written, &node.place, value.as_ref());
                Ok(Given { values: value.iter().cloned().collect(), alive: false })
            }
            Kind::Template(template) => {
                self.count()?;
                let value = match template.evaluate(root) {
                    Ok((value, fuel)) => {
                        self.burn(fuel)?;
                        value
                    }
                    Err(failure) => {
                        self.fail(failure)?;
                        None
                    }
                };
                self.grow(value.as_ref())?;
                let formula = template.formula();
                self.record(formula.source(), &formula.written.place, value.as_ref());
                Ok(Given { alive: value.is_some(), values: value.into_iter().collect() })
            }
            Kind::List(items) => self.list(items, scope, root),
            Kind::Block(block) => self.block(block, node.has_templates(), scope, root),
        }
    }

    fn list(&mut self, items: &[Node], scope: &Scope, root: &Value) -> Result<Given, Stop> {
        let mut all = Given::default();
        let length = self.path.len();
        for item in items {
            if self.traced {
                push_index(&mut self.path, all.values.len());
            }
            let given = self.node(item, scope, root);
            self.path.truncate(length);
            let given = given?;
            all.alive |= given.alive;
            all.values.extend(given.values);
        }
        let values = if all.values.is_empty() { Vec::new() } else { vec![Json::Array(all.values)] };
        Ok(Given { values, alive: all.alive })
    }

    fn block(&mut self, block: &Block, has_templates: bool, scope: &Scope, root: &Value) -> Result<Given, Stop> {
        let mut members = Map::new();
        let mut alive = false;
        let length = self.path.len();
        for (name, node) in &block.members {
            if self.traced {
                push_name(&mut self.path, name);
            }
            let repeats = node.each.is_some();
            if repeats && self.traced {
                push_index(&mut self.path, 0);
            }
            let given = self.node(node, scope, root);
            self.path.truncate(length);
            let given = given?;
            alive |= given.alive;
            let mut values = given.values;
            match (repeats, values.is_empty()) {
                (_, true) => {}
                (true, false) => drop(members.insert(name.clone(), Json::Array(values))),
                (false, false) => drop(members.insert(name.clone(), values.swap_remove(0))),
            }
        }
        let lives = match block.life {
            Life::Open => !members.is_empty(),
            Life::By(names) => names.iter().any(|name| members.contains_key(*name)),
            Life::Templates => alive || !has_templates,
        };
        Ok(if lives { Given { values: vec![Json::Object(members)], alive } } else { Given::default() })
    }

    fn bare(&mut self, expression: &Formula, root: &Value) -> Result<Option<Value>, Stop> {
        self.count()?;
        match expression.evaluate(root) {
            Ok((value, fuel)) => self.burn(fuel).map(|()| Some(value)),
            Err(failure) => self.fail(failure).map(|()| None),
        }
    }

    fn record(&mut self, template: &str, place: &Place, value: Option<&Json>) {
        if self.traced {
            self.fields.push(Field { path: self.path.clone(), template: template.to_owned(), place: place.clone(), value: value.cloned() });
        }
    }

    fn decide(&mut self, formula: &Formula, answer: Answer) {
        if self.traced {
            self.decisions.push(Decision { place: formula.written.place.clone(), answer });
        }
    }

    fn burn(&mut self, fuel: u64) -> Result<(), Stop> {
        self.fuel += fuel;
        self.bound(self.fuel <= ALL_FUEL, || format!("the mapping takes more than {ALL_FUEL} steps for this profile"))
    }

    fn count(&mut self) -> Result<(), Stop> {
        self.evaluations += 1;
        self.bound(self.evaluations <= EVALUATIONS, || {
            format!("the mapping evaluates more than {EVALUATIONS} templates for this profile: is one `$each` inside another?")
        })
    }

    fn grow(&mut self, value: Option<&Json>) -> Result<(), Stop> {
        self.bytes = self.bytes.saturating_add(value.map_or(0, |value| size(value, GROWTH)));
        self.bound(self.bytes <= GROWTH, || format!("the mapping makes more than {GROWTH} bytes of this profile"))
    }

    fn bound(&mut self, kept: bool, message: impl FnOnce() -> String) -> Result<(), Stop> {
        if kept {
            return Ok(());
        }
        let place = Some(self.mapping.root.place.clone());
        self.problems.push(Problem { member: self.path.clone(), place, message: message() });
        Err(Stop)
    }

    /// What must hold of the candidate as a whole.
    fn whole(&self, document: &Json) -> Vec<Problem> {
        let mut problems = Vec::new();
        let has = |member: &str| document.get(member).and_then(Json::as_array).is_some_and(|items| !items.is_empty());
        let mut tell = |member: &str, message: String| {
            let place = self.place_of(member);
            problems.push(Problem { member: member.into(), place, message });
        };
        if !has("applications") && document.get("prospect").is_none() {
            tell("applications", self.applies_to_nothing());
        }
        if self.mapping.without_email == WithoutEmail::Invalid && !has("email_addresses") {
            tell("email_addresses", "is missing: without an e-mail address duplicates cannot be found (`without_email: invalid`)".into());
        }
        if payload_size(document) > PAYLOAD {
            tell("", format!("the candidate is larger than {PAYLOAD} bytes, without its attachments"));
        }
        problems
    }

    /// In the words of what the pipeline has.
    fn applies_to_nothing(&self) -> String {
        let has = |member: &str| self.mapping.root.member_names().contains(&member);
        match (has("prospect"), self.mapping.job_ids.is_some(), self.mapping.jobs.is_some()) {
            (true, _, _) => "applies to no job: `prospect` gives nothing".into(),
            (false, true, true) => "applies to no job: neither `job_ids` nor `jobs` gives one".into(),
            (false, false, true) => "applies to no job: `jobs` gives none".into(),
            (false, _, false) => "applies to no job: neither `job_ids` nor `applications` gives one".into(),
        }
    }

    fn problem_of(&self, violation: &Violation) -> Problem {
        Problem { member: violation.member.clone(), place: self.place_of(&violation.member), message: violation.sentence() }
    }

    fn place_of(&self, member: &str) -> Option<Place> {
        node::origin(&self.mapping.root, &self.fields, member).map(|origin| origin.place)
    }
}

/// Bytes as JSON, without the content of attachments.
fn payload_size(document: &Json) -> usize {
    let attachments = document.get("attachments").and_then(Json::as_array);
    let contents = attachments.into_iter().flatten().filter_map(|attachment| attachment.get("content"));
    let without: usize = contents.map(|content| size(content, usize::MAX)).sum();
    size(document, usize::MAX).saturating_sub(without)
}

fn size(value: &Json, limit: usize) -> usize {
    struct Count(usize, usize);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            if self.0 > self.1 { Err(io::Error::other("enough")) } else { Ok(bytes.len()) }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0, limit);
    match (value, serde_json::to_writer(&mut count, value)) {
        (_, Ok(())) => count.0,
        (_, Err(_)) => limit.saturating_add(1),
    }
}
