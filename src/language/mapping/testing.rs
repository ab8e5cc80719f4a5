//! For tests: a mapping from YAML, with places, and what is told of it, as text.

use super::{Authored, Mapping, compile};
use crate::base::diagnostic::{Diagnostic, Sink};
use crate::base::place::{Place, SourceFile};
use crate::language::yaml::{Entry, Kind, Style, Text, Tree};
use crate::model::settings::{Api, WithoutEmail};
use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// A small reader of YAML: enough for the tests of this room.
pub fn tree(text: &str) -> Tree {
    let file = SourceFile::new("acme.yaml", text);
    let events: Vec<_> = Parser::new_from_str(text).map(|event| event.expect("the test's YAML is right")).collect();
    let content = |event: &&(Event<'_>, Span)| !matches!(event.0, Event::StreamStart | Event::DocumentStart(_));
    let mut events = events.iter().filter(content).peekable();
    read(&file, &mut events)
}

fn place(file: &Arc<SourceFile>, span: &Span) -> Place {
    let at = |marker: &saphyr_parser::Marker| file.offset(marker.line(), marker.col());
    Place::new(file, at(&span.start), at(&span.end))
}

fn read<'a, 'b: 'a>(file: &Arc<SourceFile>, events: &mut std::iter::Peekable<impl Iterator<Item = &'a (Event<'b>, Span)>>) -> Tree {
    let (event, span) = events.next().expect("an event");
    let here = place(file, span);
    let kind = match event {
        Event::Scalar(value, style, ..) => scalar(value, *style),
        Event::SequenceStart(..) => {
            let mut items = Vec::new();
            while !matches!(events.peek(), Some((Event::SequenceEnd, _))) {
                items.push(read(file, events));
            }
            events.next();
            Kind::List(items)
        }
        Event::MappingStart(..) => {
            let mut entries = Vec::new();
            while !matches!(events.peek(), Some((Event::MappingEnd, _))) {
                let key = read(file, events);
                entries.push(Entry {
                    key: key.place.text().trim_matches(['"', '\'']).to_owned(),
                    key_place: key.place,
                    value: read(file, events),
                });
            }
            events.next();
            Kind::Map(entries)
        }
        other => panic!("not in a test: {other:?}"),
    };
    Tree { place: here, kind }
}

fn scalar(value: &str, style: ScalarStyle) -> Kind {
    let style = match style {
        ScalarStyle::Plain => match value {
            "" | "~" | "null" => return Kind::Null,
            "true" => return Kind::Bool(true),
            "false" => return Kind::Bool(false),
            value => match serde_json::from_str::<serde_json::Number>(value) {
                Ok(number) => return Kind::Number(number),
                Err(_) => Style::Plain,
            },
        },
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    };
    Kind::Text(Text { value: value.to_owned(), style })
}

/// What a test says of a pipeline: `mapping`, and perhaps `job_ids`, `jobs`, `application`, `vars`, `api` and `without_email`.
pub fn compiled(text: &str) -> (Option<Mapping>, Vec<Diagnostic>) {
    let tree = tree(text);
    let vars = tree.get("vars").map_or_else(|| json!({}), crate::language::yaml::to_json);
    let authored = Authored {
        members: tree.get("mapping").and_then(Tree::as_map).unwrap_or_default(),
        job_ids: tree.get("job_ids"),
        jobs: tree.get("jobs"),
        application: tree.get("application"),
        vars: &vars,
        present: &[],
        pipeline: "acme-engineering",
        without_email: if tree.get("without_email").is_some() { WithoutEmail::Create } else { WithoutEmail::Invalid },
        api: if tree.get("api").and_then(Tree::as_text) == Some("harvest-v1") { Api::HarvestV1 } else { Api::HarvestV3 },
    };
    let mut sink = Sink::default();
    let mapping = compile(&authored, &mut sink);
    (mapping, sink.into_sorted())
}

/// A mapping's faults as a person reads them: where, what stands there, what is wrong, what to do.
pub fn faults(text: &str) -> String {
    let told = compiled(text).1;
    let line = |d: &Diagnostic| {
        let (place, shown) = d.place.as_ref().map_or_else(Default::default, |place| {
            let (line, column) = place.begin();
            (format!("{line}:{column}"), place.text().lines().next().unwrap_or_default().to_owned())
        });
        let help = d.help.as_deref().map_or_else(String::new, |help| format!("\n    {help}"));
        format!("{place} {} {} [{shown}] {}{help}", d.severity.as_str(), d.code, d.message)
    };
    if told.is_empty() { "nothing".into() } else { told.iter().map(line).collect::<Vec<_>>().join("\n") }
}

pub fn mapping(text: &str) -> Mapping {
    let (mapping, told) = compiled(text);
    mapping.unwrap_or_else(|| panic!("{told:#?}"))
}

/// Only `members`, put beside what every mapping must have.
pub(crate) fn with_members(members: &str) -> Mapping {
    mapping(&wrapped(members))
}

pub(crate) fn wrapped(members: &str) -> String {
    let members: String = members.trim_matches('\n').lines().map(|line| format!("  {line}\n")).collect();
    format!("without_email: create\njob_ids: 1\nmapping:\n  first_name: A\n  last_name: B\n{members}")
}

/// What members become for a profile, as JSON without what every test has; or the faults.
pub(crate) fn rendered(members: &str, profile: Json) -> String {
    shown(&with_members(members), profile)
}

pub fn shown(mapping: &Mapping, profile: Json) -> String {
    match mapping.render(&profile) {
        Ok(candidate) => {
            let mut document = serde_json::to_value(&candidate).unwrap();
            let members = document.as_object_mut().unwrap();
            ["first_name", "last_name"].iter().for_each(|name| drop(members.remove(*name)));
            if members.get("applications") == Some(&json!([{"job_id": 1}])) {
                members.remove("applications");
            }
            serde_json::to_string(&document).unwrap()
        }
        Err(faults) => {
            let line = |fault: &super::Problem| {
                let at = fault
                    .place
                    .as_ref()
                    .map_or_else(String::new, |place| format!(" ({}: {})", place.line(), place.text().lines().next().unwrap_or_default()));
                format!("{}: {}{at}", if fault.member.is_empty() { "(the whole)" } else { &fault.member }, fault.message)
            };
            faults.iter().map(line).collect::<Vec<_>>().join("\n")
        }
    }
}
