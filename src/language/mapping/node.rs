//! A mapping's tree, compiled.

use super::template::{Formula, Template};
use super::{Field, Mapping};
use crate::base::place::Place;
use crate::model::candidate::check::push_name;
use serde_json::Value as Json;
use std::sync::Arc;

#[derive(Debug)]
pub struct Node {
    pub place: Place,
    pub each: Option<Each>,
    pub when: Option<Formula>,
    pub kind: Kind,
}

/// `$each: LIST` with `$as: NAME`.
#[derive(Debug)]
pub struct Each {
    pub list: Formula,
    pub name: Arc<str>,
}

#[derive(Debug)]
pub enum Kind {
    /// As it was written, without anything blank; nothing: all of it was.
    Constant {
        written: String,
        value: Option<Json>,
    },
    Template(Template),
    List(Vec<Node>),
    Block(Block),
}

#[derive(Debug)]
pub struct Block {
    pub members: Vec<(String, Node)>,
    pub life: Life,
}

/// What keeps a block from being left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// Any of the templates in it.
    Templates,
    /// One of these members: its `value`, its job.
    By(&'static [&'static str]),
    /// Each member for itself: the candidate, and its custom fields.
    Open,
}

impl Node {
    pub(crate) fn member_names(&self) -> Vec<&str> {
        match &self.kind {
            Kind::Block(block) => block.members.iter().map(|(name, _)| name.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether what it gives depends on the profile.
    pub(crate) fn has_templates(&self) -> bool {
        self.each.is_some()
            || self.when.is_some()
            || match &self.kind {
                Kind::Constant { .. } => false,
                Kind::Template(_) => true,
                Kind::List(items) => items.iter().any(Node::has_templates),
                Kind::Block(block) => block.members.iter().any(|(_, node)| node.has_templates()),
            }
    }
}

/// One thing that a mapping can do, for some profiles or for none.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    pub role: Role,
    /// What it makes, without numbers: `employments[].title`.
    pub member: String,
    /// As it was written.
    pub written: String,
    pub place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Template,
    Each,
    When,
}

impl Mapping {
    /// Every template, `$each` and `$when`, in the order in which they are asked.
    pub(crate) fn spots(&self) -> Vec<Spot> {
        let mut walk = Inventory { member: String::new(), spots: Vec::new() };
        walk.node(&self.root);
        for node in [&self.job_ids, &self.application].into_iter().flatten() {
            "applications".clone_into(&mut walk.member);
            walk.node(node);
            walk.member.clear();
        }
        walk.spots
    }
}

struct Inventory {
    member: String,
    spots: Vec<Spot>,
}

impl Inventory {
    fn node(&mut self, node: &Node) {
        node.each.iter().for_each(|each| self.push(Role::Each, &each.list));
        node.when.iter().for_each(|when| self.push(Role::When, when));
        match &node.kind {
            Kind::Constant { .. } => {}
            Kind::Template(template) => self.push(Role::Template, template.formula()),
            Kind::List(items) => {
                let length = self.member.len();
                self.member.push_str("[]");
                items.iter().for_each(|item| self.node(item));
                self.member.truncate(length);
            }
            Kind::Block(block) => {
                let length = self.member.len();
                for (name, inner) in &block.members {
                    push_name(&mut self.member, name);
                    // In a list the brackets are there already.
                    if inner.each.is_some() {
                        self.member.push_str("[]");
                    }
                    self.node(inner);
                    self.member.truncate(length);
                }
            }
        }
    }

    fn push(&mut self, role: Role, formula: &Formula) {
        let written = formula.source().trim().to_owned();
        self.spots.push(Spot { role, member: self.member.clone(), written, place: formula.written.place.clone() });
    }
}

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

/// The place of the part of a mapping that makes a member, as exact as the tree allows.
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
