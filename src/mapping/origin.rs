//! Which part of a mapping made a member: for faults, and for what changed between two candidates.

use super::Field;
use super::node::{Kind, Node};
use crate::place::Place;

/// Where a member comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    pub place: Place,
    /// As it was written, where one template or constant made it; none where it is the block around it.
    pub template: Option<String>,
}

/// The template that made a member; where none did, the nearest part of the mapping around it.
pub(super) fn origin(root: &Node, fields: &[Field], member: &str) -> Option<Origin> {
    let of = |field: &Field| Origin { place: field.place.clone(), template: Some(field.template.clone()) };
    if member.is_empty() {
        return Some(Origin { place: root.place.clone(), template: None });
    }
    if let Some(field) = recorded(fields, member) {
        return Some(of(field));
    }
    // What the block `application` puts on each is rendered once.
    let on_each = member.strip_prefix("applications[").and_then(|rest| rest.split_once(']')).map(|(_, rest)| format!("applications{rest}"));
    if let Some(field) = on_each.and_then(|member| recorded(fields, &member)) {
        return Some(of(field));
    }
    if let Some(place) = place_in(root, member) {
        return Some(Origin { place: place.clone(), template: None });
    }
    let around = fields.iter().rev().filter(|field| related(&field.path, member)).max_by_key(|field| common(&field.path, member));
    around.map(of)
}

/// The last leaf that gave this member something; else the last that gave it nothing.
fn recorded<'a>(fields: &'a [Field], member: &str) -> Option<&'a Field> {
    let of_member = || fields.iter().rev().filter(|field| field.path == member);
    of_member().find(|field| field.value.is_some()).or_else(|| of_member().next())
}

/// Whether one of two members is the other, or holds it.
pub(super) fn related(one: &str, other: &str) -> bool {
    let under = |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
    !one.is_empty() && (under(one, other) || under(other, one))
}

fn common(one: &str, other: &str) -> usize {
    one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count()
}

/// Where the part of a mapping stands that makes a member: as near as the tree itself can tell.
fn place_in<'a>(root: &'a Node, member: &str) -> Option<&'a Place> {
    let mut found = None;
    let mut node = root;
    for step in member.split(['.', '[']).filter(|step| !step.is_empty()) {
        node = match (&node.kind, step.strip_suffix(']').and_then(|index| index.parse::<usize>().ok())) {
            (Kind::Block(block), None) => match block.members.iter().find(|(name, _)| name == step) {
                Some((_, inner)) => inner,
                None => break,
            },
            // What repeats gives several items: then the index says nothing.
            (Kind::List(items), Some(index)) if items.iter().all(|item| item.each.is_none() && item.when.is_none()) => {
                match items.get(index) {
                    Some(inner) => inner,
                    None => break,
                }
            }
            (Kind::Block(_), Some(_)) if node.each.is_some() => node,
            _ => break,
        };
        found = Some(&node.place);
    }
    found
}
