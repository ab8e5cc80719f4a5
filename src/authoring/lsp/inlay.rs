//! What each template gives for the first fixture, behind the template; and why it gives nothing. Fixtures are fictional: nothing is masked.

use super::cursor;
use super::documents::{Document, Documents};
use crate::authoring::fixtures;
use crate::base::display;
use crate::base::place::Place;
use crate::language::compile::{Loader, Pipeline};
use crate::language::mapping::{Field, Trace, missing};
use crate::language::yaml::{Entry, Kind, Tree};
use crate::model::profile::Profile;
use gen_lsp_types::{InlayHint, Position, Range};
use serde_json::Value;
use std::collections::BTreeMap;

/// Characters of one hint.
const LONGEST: usize = 60;

/// The hints of a part of a pipeline; none where it does not compile or has no fixture.
pub fn hints(documents: &Documents, document: &Document, range: Range) -> Option<Vec<InlayHint>> {
    let loaded = Loader::default().load_over(std::slice::from_ref(&document.path), documents.overlay());
    let pipeline = loaded.pipelines.first()?;
    let fixture = fixtures::beside(&document.path, &pipeline.workspace.root).ok()?.into_iter().next()?;
    let mut profile = fixture.profile().ok()?;
    let labels = labels(pipeline, document, &mut profile);
    let ranges = document.ranges();
    let hint = |(at, label): (usize, String)| {
        let position = ranges(at, at).start;
        let inside = range.start <= position && position <= range.end;
        inside.then(|| hint(position, shortened(&label), &fixture.name))
    };
    Some(labels.into_iter().filter_map(hint).collect())
}

fn hint(position: Position, label: String, fixture: &str) -> InlayHint {
    InlayHint {
        position,
        label: label.into(),
        kind: None,
        text_edits: None,
        tooltip: Some(format!("for the fixture `{fixture}`").into()),
        padding_left: Some(true),
        padding_right: None,
        data: None,
    }
}

/// What stands behind each template and each predicate of this file, by the byte where it ends.
fn labels(pipeline: &Pipeline, document: &Document, profile: &mut Profile) -> BTreeMap<usize, String> {
    let mut labels = BTreeMap::new();
    let verdicts = pipeline.filters.trace(&mut profile.document);
    for (filter, passes) in pipeline.filters.list().iter().zip(verdicts) {
        if filter.place.path() == document.path {
            labels.insert(end_of(&filter.place), if passes { "passes".to_owned() } else { "is filtered".to_owned() });
        }
    }
    let Trace { fields, result, .. } = pipeline.mapping.trace(&profile.document);
    let mut given: BTreeMap<usize, Vec<&Field>> = BTreeMap::new();
    for field in fields.iter().filter(|field| field.place.path() == document.path) {
        given.entry(field.place.start).or_default().push(field);
    }
    for template in templates(&cursor::tree(&document.file())) {
        let label = match given.get(&template.written.place.start) {
            Some(fields) => values(fields, &profile.document),
            None => template.reason(&profile.document),
        };
        labels.insert(end_of(&template.written.place), label);
    }
    for fault in result.err().into_iter().flatten() {
        let Some(place) = fault.place.filter(|place| place.path() == document.path) else { continue };
        let around = labels.range(place.end..).next().map(|(end, _)| *end).filter(|end| same_line(document, place.start, *end));
        labels.insert(around.unwrap_or_else(|| end_of(&place)), format!("invalid: {}", fault.message));
    }
    labels
}

fn same_line(document: &Document, start: usize, end: usize) -> bool {
    document.compiled().get(start..end).is_some_and(|between| !between.contains('\n'))
}

/// Behind a text; behind the first line of one that has several.
fn end_of(place: &Place) -> usize {
    let first = place.text().lines().next().unwrap_or_default();
    place.start + first.trim_end().len()
}

/// A template of this file, and the blocks that it stands in, the nearest last.
struct Template<'t> {
    written: &'t Tree,
    blocks: Vec<&'t [Entry]>,
}

fn templates(tree: &Tree) -> Vec<Template<'_>> {
    fn visit<'t>(tree: &'t Tree, blocks: &mut Vec<&'t [Entry]>, found: &mut Vec<Template<'t>>) {
        match &tree.kind {
            Kind::Map(entries) => {
                blocks.push(entries);
                entries.iter().for_each(|entry| visit(&entry.value, blocks, found));
                blocks.pop();
            }
            Kind::List(items) => items.iter().for_each(|item| visit(item, blocks, found)),
            Kind::Text(text) if ["{{", "{%", "{#"].iter().any(|mark| text.value.contains(mark)) => {
                found.push(Template { written: tree, blocks: blocks.clone() });
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    let greenhouse = tree.get("destination").and_then(|destination| destination.get("greenhouse"));
    let parts =
        [tree.get("mapping"), greenhouse.and_then(|block| block.get("job_ids")), greenhouse.and_then(|block| block.get("application"))];
    parts.into_iter().flatten().for_each(|part| visit(part, &mut Vec::new(), &mut found));
    found
}

impl Template<'_> {
    /// Why it was not asked at all: a block around it was not repeated, or not kept.
    fn reason(&self, document: &Value) -> String {
        for block in self.blocks.iter().rev() {
            let text = |key: &str| block.iter().find(|entry| entry.key == key).and_then(|entry| entry.value.as_text());
            let reason = match (text("$each"), text("$when")) {
                (Some(list), _) if !missing::paths(list, document).is_empty() => format!("`$each: {list}` gives nothing"),
                (_, Some(condition)) => format!("`$when: {condition}` is false"),
                (Some(list), None) => format!("`$each: {list}` gives nothing"),
                (None, None) => continue,
            };
            return format!("left out: {reason}");
        }
        "left out".to_owned()
    }
}

/// What a template gave, as often as it was asked.
fn values(fields: &[&Field], document: &Value) -> String {
    let given: Vec<String> = fields.iter().filter_map(|field| field.value.as_ref()).map(Value::to_string).collect();
    if !given.is_empty() {
        return format!("= {}", given.join(" · "));
    }
    let template = fields.first().map_or("", |field| field.template.as_str());
    format!("left out: {}", missing::why(template, document))
}

/// On one line, and not too long.
fn shortened(label: &str) -> String {
    let line = label.split_whitespace().collect::<Vec<_>>().join(" ");
    display::shortened(&line, LONGEST)
}
