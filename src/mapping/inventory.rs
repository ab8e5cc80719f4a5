//! All that a mapping can do: its templates, and what its `$each` and `$when` decide.

use super::Mapping;
use super::node::{Kind, Node};
use crate::candidate::check::push_name;
use crate::place::Place;

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

pub(super) fn spots(mapping: &Mapping) -> Vec<Spot> {
    let mut walk = Walk { member: String::new(), spots: Vec::new() };
    walk.node(&mapping.root);
    for node in [&mapping.job_ids, &mapping.application].into_iter().flatten() {
        "applications".clone_into(&mut walk.member);
        walk.node(node);
        walk.member.clear();
    }
    walk.spots
}

struct Walk {
    member: String,
    spots: Vec<Spot>,
}

impl Walk {
    fn node(&mut self, node: &Node) {
        let each = node.each.as_ref().map(|each| (Role::Each, &each.list.written));
        for (role, written) in each.into_iter().chain(node.when.as_ref().map(|when| (Role::When, &when.written))) {
            self.push(role, written.as_text().unwrap_or_default(), &written.place);
        }
        match &node.kind {
            Kind::Constant { .. } => {}
            Kind::Template(template) => {
                let written = template.written();
                self.push(Role::Template, written.as_text().unwrap_or_default(), &written.place);
            }
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

    fn push(&mut self, role: Role, written: &str, place: &Place) {
        self.spots.push(Spot { role, member: self.member.clone(), written: written.trim().to_owned(), place: place.clone() });
    }
}
