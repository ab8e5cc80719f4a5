//! A mapping's tree, compiled.

use super::template::{Formula, Template};
use crate::place::Place;
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
    pub fn member_names(&self) -> Vec<&str> {
        match &self.kind {
            Kind::Block(block) => block.members.iter().map(|(name, _)| name.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether what it gives depends on the profile.
    pub fn has_templates(&self) -> bool {
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
