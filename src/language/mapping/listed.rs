//! Which of Greenhouse's lists a mapping can need, and the names in it that are the same for every profile.

use super::Mapping;
use super::node::{Kind as NodeKind, Node};
use super::scope::Scope;
use crate::base::place::Place;
use crate::model::named::{Kind, Needs};
use crate::model::settings::Api;
use minijinja::Value;
use serde_json::{Map, Value as Json};

/// A name that the pipeline itself says.
#[derive(Debug, Clone, PartialEq)]
pub struct Name {
    pub named: Named,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Named {
    /// In one of the lists.
    Listed { kind: Kind, name: String, within: Vec<Within> },
    /// A job by its id.
    JobId(u64),
    /// A custom field, and its value where every profile has the same.
    Field { key: String, value: Option<Json> },
}

/// The job of a stage, or the pool of a pool's stage, where the pipeline says it.
#[derive(Debug, Clone, PartialEq)]
pub enum Within {
    Id(u64),
    Name(String),
}

/// A leaf that gives a name of one of the lists.
struct Leaf<'m> {
    kind: Kind,
    node: &'m Node,
    /// What gives the jobs, or the pool, that it belongs to.
    within: Vec<&'m Node>,
}

pub fn needs(mapping: &Mapping) -> Needs {
    let mut needs = Needs::default();
    needs.lists.extend(leaves(mapping).into_iter().map(|leaf| leaf.kind));
    if needs.lists.contains(&Kind::PoolStage) {
        // A stage is looked for in its pool.
        needs.lists.insert(Kind::Pool);
    }
    needs.fields.extend(fields(mapping).map(|(key, _)| key.clone()));
    needs
}

impl Mapping {
    /// The names that are written in it, and those that a template makes of `vars` alone: the same for every profile.
    pub fn names(&self) -> Vec<Name> {
        let fixed = Fixed::new(self);
        let mut names = Vec::new();
        for leaf in leaves(self) {
            let within: Vec<Within> = leaf.within.iter().flat_map(|node| fixed.within(node)).collect();
            for name in fixed.texts(leaf.node) {
                names.push(Name { named: Named::Listed { kind: leaf.kind, name, within: within.clone() }, place: leaf.node.place.clone() });
            }
        }
        for node in job_ids(self) {
            let ids = fixed.values(node).into_iter().filter_map(|value| value.as_u64());
            names.extend(ids.map(|id| Name { named: Named::JobId(id), place: node.place.clone() }));
        }
        for (key, node) in fields(self) {
            names.push(Name { named: Named::Field { key: key.clone(), value: fixed.value(node) }, place: node.place.clone() });
        }
        names
    }
}

fn leaves(mapping: &Mapping) -> Vec<Leaf<'_>> {
    let mut found = Vec::new();
    let jobs = || mapping.jobs.iter().flat_map(items);
    found.extend(jobs().map(|node| Leaf { kind: Kind::Job, node, within: Vec::new() }));
    let own = member(&mapping.root, "applications").into_iter().flat_map(items).map(|block| (block, false));
    for (block, on_each) in own.chain(mapping.application.iter().map(|block| (block, true))) {
        let of_this = ["job_id", "job"].into_iter().filter_map(|name| member(block, name));
        let of_all = jobs().chain(mapping.job_ids.iter().flat_map(items)).chain(own_jobs(mapping));
        let within: Vec<&Node> = if on_each { of_all.collect() } else { of_this.collect() };
        for (name, kind) in [("job", Kind::Job), ("source", Kind::Source), ("stage", Kind::Stage)] {
            let within = if kind == Kind::Stage { within.clone() } else { Vec::new() };
            found.extend(member(block, name).map(|node| Leaf { kind, node, within }));
        }
        found.extend(users(block, &["recruiter", "coordinator"]));
    }
    if let Some(prospect) = member(&mapping.root, "prospect") {
        let pool: Vec<&Node> = ["pool_id", "pool"].into_iter().filter_map(|name| member(prospect, name)).collect();
        found.extend(member(prospect, "pool").map(|node| Leaf { kind: Kind::Pool, node, within: Vec::new() }));
        found.extend(member(prospect, "stage").map(|node| Leaf { kind: Kind::PoolStage, node, within: pool }));
        found.extend(users(prospect, &["owner"]));
    }
    // v1 takes the candidate's own recruiter and coordinator by e-mail address.
    if mapping.api == Api::HarvestV3 {
        found.extend(users(&mapping.root, &["recruiter", "coordinator"]));
    }
    for block in member(&mapping.root, "educations").into_iter().flat_map(items) {
        for (name, kind) in [("school", Kind::School), ("degree", Kind::Degree), ("discipline", Kind::Discipline)] {
            found.extend(member(block, name).map(|node| Leaf { kind, node, within: Vec::new() }));
        }
    }
    found
}

fn own_jobs(mapping: &Mapping) -> impl Iterator<Item = &Node> {
    let blocks = member(&mapping.root, "applications").into_iter().flat_map(items);
    blocks.flat_map(|block| ["job_id", "job"].into_iter().filter_map(|name| member(block, name)))
}

fn job_ids(mapping: &Mapping) -> impl Iterator<Item = &Node> {
    let blocks = member(&mapping.root, "applications").into_iter().flat_map(items);
    let prospect = member(&mapping.root, "prospect").and_then(|prospect| member(prospect, "job_ids"));
    let of_destination = mapping.job_ids.iter().flat_map(items);
    of_destination.chain(blocks.filter_map(|block| member(block, "job_id"))).chain(prospect.into_iter().flat_map(items))
}

fn users<'m>(block: &'m Node, names: &[&str]) -> Vec<Leaf<'m>> {
    let emails = names.iter().filter_map(|name| member(member(block, name)?, "email"));
    emails.map(|node| Leaf { kind: Kind::User, node, within: Vec::new() }).collect()
}

fn fields(mapping: &Mapping) -> impl Iterator<Item = &(String, Node)> {
    let members = member(&mapping.root, "custom_fields").map(|node| match &node.kind {
        NodeKind::Block(block) => block.members.as_slice(),
        _ => &[],
    });
    members.into_iter().flatten()
}

fn member<'m>(node: &'m Node, name: &str) -> Option<&'m Node> {
    match &node.kind {
        NodeKind::Block(block) => block.members.iter().find(|(known, _)| known == name).map(|(_, node)| node),
        _ => None,
    }
}

/// A list's items, lists in it opened; else the node itself.
fn items(node: &Node) -> Vec<&Node> {
    match &node.kind {
        NodeKind::List(nodes) => nodes.iter().flat_map(items).collect(),
        _ => vec![node],
    }
}

/// What comes of nodes that no profile changes.
struct Fixed(Value);

impl Fixed {
    fn new(mapping: &Mapping) -> Self {
        Self(Scope::new(Value::UNDEFINED, mapping.vars.clone(), mapping.pipeline.clone()).into_value())
    }

    /// None where it depends on the profile, or gives nothing.
    fn value(&self, node: &Node) -> Option<Json> {
        match &node.kind {
            _ if node.each.is_some() => None,
            NodeKind::Constant { value, .. } => value.clone(),
            NodeKind::Template(template) if template.is_fixed() => template.evaluate(&self.0).ok()?.0,
            NodeKind::Template(_) => None,
            NodeKind::List(nodes) => nodes.iter().map(|node| self.value(node)).collect::<Option<Vec<_>>>().map(Json::Array),
            NodeKind::Block(block) => {
                let members = block.members.iter().map(|(name, node)| Some((name.clone(), self.value(node)?)));
                members.collect::<Option<Map<_, _>>>().map(Json::Object)
            }
        }
    }

    /// The same, a list opened.
    fn values(&self, node: &Node) -> Vec<Json> {
        match self.value(node) {
            Some(Json::Array(items)) => items,
            one => one.into_iter().collect(),
        }
    }

    fn texts(&self, node: &Node) -> Vec<String> {
        self.values(node).into_iter().filter_map(|value| value.as_str().map(|text| text.trim().to_owned())).collect()
    }

    fn within(&self, node: &Node) -> Vec<Within> {
        let one = |value: Json| match value {
            Json::String(name) => Some(Within::Name(name)),
            other => other.as_u64().map(Within::Id),
        };
        self.values(node).into_iter().filter_map(one).collect()
    }
}
