//! What differs between two ways of one profile: its outcome, the candidate's members, the requests. Pure.
//!
//! A way is told by its record, a JSON object: what a snapshot holds ([`Story::record`]), and for two versions of a pipeline the requests
//! too ([`with_requests`]).

mod align;

use crate::base::place::Place;
use crate::base::words;
use crate::engine::trace::Story;
use crate::language::compile::Pipeline;
use crate::language::filter::Filter;
use serde_json::{Map, Value, json};
use std::fmt;

words! {
    /// The part of a record that a change is in. An ending is the outcome, the filter, the reason.
    Part { Ending = "ending", Candidate = "candidate", Request = "request" }
}

/// One value that is there, gone or another.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub part: Part,
    /// `title`, `employments[1].end_date`: as it is numbered now; where it is gone, as it was.
    pub member: String,
    pub before: Option<Value>,
    pub now: Option<Value>,
    /// What made it before, where that pipeline is known.
    pub from_before: Option<Maker>,
    /// What makes it now, or would.
    pub from_now: Option<Maker>,
}

/// The template or the filter behind a value, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maker {
    pub file: String,
    /// From 1.
    pub line: usize,
    pub column: usize,
    /// As it was written, where one template or predicate made it.
    pub written: Option<String>,
}

impl Maker {
    fn new(place: &Place, written: Option<&str>) -> Self {
        let (line, column) = place.begin();
        Self { file: place.path().display().to_string(), line, column, written: written.map(|text| text.trim().to_owned()) }
    }
}

impl fmt::Display for Maker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl Change {
    /// `requests[2].`, where all of a request came or went: where it goes says enough of it.
    fn of_a_whole_request(&self) -> Option<String> {
        let came_or_went = self.part == Part::Request && (self.before.is_none() || self.now.is_none());
        self.member.strip_suffix("request").filter(|_| came_or_went).map(str::to_owned)
    }
}

/// All that differs for one profile.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    pub before: Value,
    pub now: Value,
    /// In the order of the parts, and of the members within.
    pub changes: Vec<Change>,
}

/// A pipeline, and the way that a profile takes through it.
#[derive(Debug, Clone, Copy)]
pub struct Way<'a> {
    pub pipeline: &'a Pipeline,
    pub story: &'a Story,
}

impl Difference {
    /// Compares two records. `before` and `now` say what made a value, where the ways are known.
    pub fn between(before: Value, now: Value, way_before: Option<Way<'_>>, way_now: Option<Way<'_>>) -> Self {
        let mut changes = Vec::new();
        for found in align::compare(&parts(&before), &parts(&now)) {
            let Some((part, member)) = split(&found.member) else { continue };
            let was = split(&found.was).map_or_else(|| member.clone(), |(_, was)| was);
            changes.push(Change {
                part,
                from_before: way_before.and_then(|way| way.origin(part, &was, &before, &now)),
                from_now: way_now.and_then(|way| way.origin(part, &member, &now, &before)),
                member,
                before: found.before,
                now: found.now,
            });
        }
        let whole: Vec<String> = changes.iter().filter_map(Change::of_a_whole_request).collect();
        changes.retain(|change| change.member.ends_with(".request") || !whole.iter().any(|request| change.member.starts_with(request)));
        changes.sort_by_key(|change| change.part);
        Self { before, now, changes }
    }

    /// Names the files of the earlier version as people know them.
    pub fn rename_before(&mut self, shown: impl Fn(&str) -> String) {
        for maker in self.changes.iter_mut().filter_map(|change| change.from_before.as_mut()) {
            maker.file = shown(&maker.file);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The candidate is no longer made: its members are gone with it.
    pub fn lost_its_candidate(&self) -> bool {
        self.before.get("candidate").is_some() && self.now.get("candidate").is_none()
    }

    /// The outcomes, before and now.
    pub fn outcomes(&self) -> (&str, &str) {
        (outcome(&self.before), outcome(&self.now))
    }

    pub fn of(&self, part: Part) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.part == part)
    }
}

/// What a record says the outcome is.
pub fn outcome(record: &Value) -> &str {
    record.get("outcome").and_then(Value::as_str).unwrap_or("nothing")
}

impl Way<'_> {
    fn origin(self, part: Part, member: &str, own: &Value, other: &Value) -> Option<Maker> {
        let made = |member: &str| {
            let origin = self.pipeline.mapping.origin(&self.story.fields, member)?;
            Some(Maker::new(&origin.place, origin.template.as_deref()))
        };
        match part {
            Part::Candidate => made(member),
            Part::Request => None,
            Part::Ending if ["outcome", "filter", "because"].contains(&member) => {
                let named = |record: &Value| record.get("filter").and_then(Value::as_str).and_then(|name| self.filter(name));
                // Where it passes now, the filter that used to say no is what to look at.
                let filter = named(own).or_else(|| named(other));
                filter.map(|filter| Maker::new(&filter.place, Some(&filter.text))).or_else(|| made(self.story.ending.field.as_deref()?))
            }
            Part::Ending => made(self.story.ending.field.as_deref()?),
        }
    }

    fn filter(&self, name: &str) -> Option<&Filter> {
        self.pipeline.filters.list().iter().find(|filter| filter.name == name)
    }
}

const CANDIDATE: &str = "candidate";
const REQUESTS: &str = "requests";

/// A record with its parts apart: {ending: {…}, candidate: {…}, requests: […]}.
fn parts(record: &Value) -> Value {
    let mut ending = record.as_object().cloned().unwrap_or_default();
    let taken: Vec<(&str, Option<Value>)> = [CANDIDATE, REQUESTS].map(|name| (name, ending.shift_remove(name))).into();
    let mut parts = Map::from_iter([("ending".to_owned(), Value::Object(ending))]);
    parts.extend(taken.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Value::Object(parts)
}

/// `candidate.tags[1]` as the part and the member in it.
fn split(path: &str) -> Option<(Part, String)> {
    if let Some(member) = path.strip_prefix("ending.") {
        return Some((Part::Ending, member.to_owned()));
    }
    match path.strip_prefix("candidate.") {
        Some(member) => Some((Part::Candidate, member.to_owned())),
        None => path.starts_with(REQUESTS).then(|| (Part::Request, path.to_owned())),
    }
}

/// Two records with the requests in them that the candidates do not explain: where both make the same candidate, the requests whole; else
/// how many there are, where they go and under which headers.
pub fn with_requests(mut before: Value, mut now: Value, stories: (&Story, &Story)) -> (Value, Value) {
    if before.get(CANDIDATE).is_none() || now.get(CANDIDATE).is_none() {
        return (before, now);
    }
    let whole = before.get(CANDIDATE) == now.get(CANDIDATE);
    for (record, story) in [(&mut before, stories.0), (&mut now, stories.1)] {
        if let Value::Object(members) = record {
            members.insert(REQUESTS.into(), requests(story, whole));
        }
    }
    (before, now)
}

fn requests(story: &Story, whole: bool) -> Value {
    let request = |planned: &crate::engine::preview::Planned| {
        let request = planned.request.masked();
        let url = without_query(&request.url);
        let mut told = json!({ "request": format!("{} {url}", request.method), "headers": request.headers });
        if let (true, Value::Object(members)) = (whole && !request.body.is_null(), &mut told) {
            members.insert("body".into(), request.body);
        }
        told
    };
    story.requests.iter().map(request).collect()
}

/// A query can carry an e-mail address, which the candidate has told already.
fn without_query(url: &str) -> &str {
    url.split_once('?').map_or(url, |(path, _)| path)
}

#[cfg(test)]
mod tests;
