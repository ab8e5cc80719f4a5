//! Nodes and a profile make a document, and the document a candidate.

use super::engine::FUEL;
use super::node::{Block, Kind, Life, Node};
use super::origin::{self, related};
use super::scope::Scope;
use super::template::{Failure, Formula};
use super::{Answer, Decision, Fault, Field, Mapping, Trace, applications, values};
use crate::candidate::check::{push_index, push_name};
use crate::candidate::{Candidate, Violation};
use crate::place::Place;
use crate::settings::WithoutEmail;
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
    let mut run = Run::new(mapping, profile, None);
    let document = run.document().map_err(drop)?;
    if !run.faults.is_empty() || !run.whole(&document).is_empty() {
        return Err(());
    }
    Candidate::from_document(document).map_err(drop)
}

/// The same, with every leaf and every fault.
pub fn traced(mapping: &Mapping, profile: &Json) -> Trace {
    let mut run = Run::new(mapping, profile, Some(Vec::new()));
    let Ok(document) = run.document() else {
        return Trace { fields: run.fields.unwrap_or_default(), decisions: run.decisions, result: Err(run.faults) };
    };
    let mut faults = std::mem::take(&mut run.faults);
    let whole = run.whole(&document);
    let result = Candidate::from_document(document);
    for violation in result.as_ref().err().into_iter().flatten() {
        // What failed is missing, too: that is told once.
        if !faults.iter().any(|fault| related(&fault.member, &violation.member)) {
            faults.push(run.fault_of(violation));
        }
    }
    for fault in whole {
        if !faults.iter().any(|told| related(&told.member, &fault.member)) {
            faults.push(fault);
        }
    }
    let (fields, decisions) = (run.fields.unwrap_or_default(), run.decisions);
    match result {
        Ok(candidate) if faults.is_empty() => Trace { fields, decisions, result: Ok(candidate) },
        _ => Trace { fields, decisions, result: Err(faults) },
    }
}

/// Where the template stands that made a member of the candidate that this profile makes.
pub fn place_of(mapping: &Mapping, profile: &Json, member: &str) -> Option<Place> {
    let mut run = Run::new(mapping, profile, Some(Vec::new()));
    // A profile that is stopped half-way has told the members before.
    let _stopped = run.document();
    run.place_of(member)
}

/// Rendering stops: a bound was reached, or a fault was found on the fast way.
pub struct Stop;

/// One profile's way through the mapping.
pub struct Run<'a> {
    mapping: &'a Mapping,
    scope: Scope,
    root: Value,
    path: String,
    /// Nothing: the fast way, which stops at the first fault.
    fields: Option<Vec<Field>>,
    /// Only on the slow way, too.
    decisions: Vec<Decision>,
    pub faults: Vec<Fault>,
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
    fn new(mapping: &'a Mapping, profile: &Json, fields: Option<Vec<Field>>) -> Self {
        let scope = Scope::new(values::from_json(profile), mapping.vars.clone(), mapping.pipeline.clone());
        let root = scope.clone().into_value();
        Self {
            mapping,
            scope,
            root,
            path: String::new(),
            fields,
            decisions: Vec::new(),
            faults: Vec::new(),
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
        if let (Some(_), Some((at, Some(first)))) = (&self.fields, start) {
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
                let written = template.written();
                self.record(written.as_text().unwrap_or_default(), &written.place, value.as_ref());
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
            if self.fields.is_some() {
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
            if self.fields.is_some() {
                push_name(&mut self.path, name);
            }
            let repeats = node.each.is_some();
            if repeats && self.fields.is_some() {
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
        if let Some(fields) = &mut self.fields {
            fields.push(Field { path: self.path.clone(), template: template.to_owned(), place: place.clone(), value: value.cloned() });
        }
    }

    fn decide(&mut self, formula: &Formula, answer: Answer) {
        if self.fields.is_some() {
            self.decisions.push(Decision { place: formula.written.place.clone(), answer });
        }
    }

    fn fail(&mut self, failure: Failure) -> Result<(), Stop> {
        self.faults.push(Fault { member: self.path.clone(), place: Some(failure.place), message: failure.message });
        if self.fields.is_some() { self.burn(failure.fuel) } else { Err(Stop) }
    }

    fn burn(&mut self, fuel: u64) -> Result<(), Stop> {
        self.fuel += fuel;
        if self.fuel <= ALL_FUEL {
            return Ok(());
        }
        self.bound(format!("the mapping takes more than {ALL_FUEL} steps for this profile"))
    }

    fn count(&mut self) -> Result<(), Stop> {
        self.evaluations += 1;
        if self.evaluations <= EVALUATIONS {
            return Ok(());
        }
        self.bound(format!("the mapping evaluates more than {EVALUATIONS} templates for this profile: does a `$each` stand in another?"))
    }

    fn grow(&mut self, value: Option<&Json>) -> Result<(), Stop> {
        self.bytes = self.bytes.saturating_add(value.map_or(0, |value| size(value, GROWTH)));
        if self.bytes <= GROWTH {
            return Ok(());
        }
        self.bound(format!("the mapping makes more than {GROWTH} bytes of this profile"))
    }

    fn bound(&mut self, message: String) -> Result<(), Stop> {
        let place = Some(self.mapping.root.place.clone());
        self.faults.push(Fault { member: self.path.clone(), place, message });
        Err(Stop)
    }

    /// What must hold of the candidate as a whole.
    fn whole(&self, document: &Json) -> Vec<Fault> {
        let mut faults = Vec::new();
        let has = |member: &str| document.get(member).and_then(Json::as_array).is_some_and(|items| !items.is_empty());
        let mut tell = |member: &str, message: String| {
            let place = self.place_of(member);
            faults.push(Fault { member: member.into(), place, message });
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
        faults
    }

    /// In the words of what the pipeline has.
    fn applies_to_nothing(&self) -> String {
        let has = |member: &str| self.mapping.root.member_names().contains(&member);
        match (has("prospect"), self.mapping.job_ids.is_some(), self.mapping.jobs.is_some()) {
            (true, _, _) => "applies to nothing: `prospect` gives nothing".into(),
            (false, true, true) => "applies to nothing: neither `job_ids` nor `jobs` gives a job".into(),
            (false, false, true) => "applies to nothing: `jobs` gives no job".into(),
            (false, _, false) => "applies to nothing: neither `job_ids` nor `applications` gives a job".into(),
        }
    }

    fn fault_of(&self, violation: &Violation) -> Fault {
        Fault { member: violation.member.clone(), place: self.place_of(&violation.member), message: violation.sentence() }
    }

    fn place_of(&self, member: &str) -> Option<Place> {
        origin::origin(&self.mapping.root, self.fields.as_deref().unwrap_or_default(), member).map(|origin| origin.place)
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
