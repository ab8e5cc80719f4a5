//! What was written becomes nodes. Every fault is told at its place; nothing stops at the first.

mod directives; // `$each` and its kin

use super::node::{Block, Kind, Life, Node};
use super::template::{self, Template};
use super::walk::{Surroundings, Walk};
use super::{Authored, Mapping, constants, values};
use crate::candidate::shape::{APPLICATION, CANDIDATE, Object, Shape, WITH_UNIT};
use crate::diagnostic::{Code, Diagnostic, Severity, Sink};
use crate::place::Place;
use crate::profile::is_blank;
use crate::settings::{Api, WithoutEmail};
use crate::tree::{self, Entry, Tree};
use minijinja::machinery::parse;
use minijinja::{Error, Value};
use serde_json::Value as Json;

static VALUE_WITH_UNIT: Shape = Shape::Object(&WITH_UNIT);
/// Bytes of one template.
const LONGEST: usize = 16 << 10;

pub fn compile(authored: &Authored<'_>, sink: &mut Sink) -> Option<Mapping> {
    let mut build = Build { sink: Sink::default(), api: authored.api };
    let around = Surroundings { vars: Some(authored.vars), ..Surroundings::default() };
    let root = build.members(authored.members, &CANDIDATE, Life::Open, &around);
    let place = authored.members.first().map(|entry| entry.key_place.clone());
    let job_ids = authored.job_ids.map(|tree| build.job_ids(tree, &around));
    let application = authored.application.map(|tree| build.application(tree, &around));
    build.whole(authored, place.as_ref());
    let found = build.sink;
    let failed = found.has_errors();
    found.into_sorted().into_iter().for_each(|diagnostic| sink.push(diagnostic));
    if failed {
        return None;
    }
    Some(Mapping {
        root: Node { place: place?, each: None, when: None, kind: Kind::Block(root) },
        job_ids: job_ids.flatten(),
        application: application.flatten(),
        vars: values::from_json(authored.vars),
        pipeline: Value::from(authored.pipeline),
        without_email: authored.without_email,
    })
}

pub struct Build {
    pub sink: Sink,
    pub api: Api,
}

impl Build {
    pub fn error(&mut self, code: Code, place: &Place, message: impl Into<String>, help: impl Into<String>) {
        self.sink.push(Diagnostic::error(code, place, message).help(help));
    }

    fn members(&mut self, entries: &[Entry], object: &'static Object, life: Life, around: &Surroundings<'_>) -> Block {
        let mut members = Vec::with_capacity(entries.len());
        for entry in entries {
            let Some(member) = constants::known_member(self, entry, object) else { continue };
            if let Some(node) = self.node(&entry.value, &member.shape, &entry.key, around) {
                members.push((entry.key.clone(), node));
            }
        }
        Block { members, life }
    }

    /// What stands under a member's name.
    fn node(&mut self, tree: &Tree, shape: &'static Shape, name: &str, around: &Surroundings<'_>) -> Option<Node> {
        match tree.as_map() {
            Some(entries) if entries.iter().any(|entry| directives::is_directive(entry, "$each")) => match shape {
                Shape::List(item) => self.directed(tree, entries, item, name, around),
                _ => {
                    let place =
                        entries.iter().find(|entry| directives::is_directive(entry, "$each")).map_or(&tree.place, |entry| &entry.key_place);
                    let message = format!("`$each` gives a list, and `{name}` takes {}", shape.in_words());
                    self.error(Code::WrongType, place, message, "leave `$each` and `$as` out, and name one item");
                    None
                }
            },
            _ => self.item(tree, shape, name, around),
        }
    }

    /// The same, or an item of a list, where `$each` gives several.
    fn item(&mut self, tree: &Tree, shape: &'static Shape, name: &str, around: &Surroundings<'_>) -> Option<Node> {
        match &tree.kind {
            tree::Kind::Map(entries) if entries.iter().any(|entry| entry.key.starts_with('$')) => {
                self.directed(tree, entries, shape, name, around)
            }
            tree::Kind::Map(entries) => {
                let kind = self.block(&tree.place, entries, shape, name, around)?;
                Some(Node { place: tree.place.clone(), each: None, when: None, kind })
            }
            tree::Kind::List(items) => {
                let item = match shape {
                    Shape::List(item) => *item,
                    _ => {
                        self.wrong_type(&tree.place, name, shape, "a list", "");
                        return None;
                    }
                };
                let nodes = items.iter().filter_map(|tree| self.item(tree, item, name, around)).collect();
                Some(Node { place: tree.place.clone(), each: None, when: None, kind: Kind::List(nodes) })
            }
            _ => {
                let kind = self.leaf(tree, shape, name, around)?;
                Some(Node { place: tree.place.clone(), each: None, when: None, kind })
            }
        }
    }

    /// A block of keys without `$each` and the like.
    fn block(&mut self, place: &Place, entries: &[Entry], shape: &'static Shape, name: &str, around: &Surroundings<'_>) -> Option<Kind> {
        match shape {
            Shape::Object(object) => {
                let life = if object.lives_by.is_empty() { Life::Templates } else { Life::By(object.lives_by) };
                let block = self.members(entries, object, life, around);
                constants::required(self, place, entries, object, &[]);
                Some(Kind::Block(block))
            }
            Shape::CustomFields => Some(Kind::Block(self.custom_fields(entries, around))),
            Shape::List(_) => {
                self.wrong_type(place, name, shape, "a block of keys", "put `- ` before it, or repeat it with `$each` and `$as`");
                None
            }
            _ => {
                self.wrong_type(place, name, shape, "a block of keys", "");
                None
            }
        }
    }

    fn custom_fields(&mut self, entries: &[Entry], around: &Surroundings<'_>) -> Block {
        let mut members = Vec::with_capacity(entries.len());
        for entry in entries {
            constants::custom_field_key(self, entry);
            let shape = match &entry.value.kind {
                tree::Kind::Map(inner) if inner.iter().any(|entry| directives::is_directive(entry, "$each")) => {
                    &Shape::List(&Shape::Scalar)
                }
                tree::Kind::Map(inner) if inner.iter().any(|entry| directives::is_directive(entry, "$value")) => &Shape::Scalar,
                tree::Kind::Map(_) => &VALUE_WITH_UNIT,
                tree::Kind::List(_) => &Shape::List(&Shape::Scalar),
                _ => &Shape::Scalar,
            };
            if let Some(node) = self.node(&entry.value, shape, &entry.key, around) {
                members.push((entry.key.clone(), node));
            }
        }
        Block { members, life: Life::Open }
    }

    fn leaf(&mut self, tree: &Tree, shape: &'static Shape, name: &str, around: &Surroundings<'_>) -> Option<Kind> {
        match tree.as_text() {
            Some(source) if ["{{", "{%", "{#"].iter().any(|mark| source.contains(mark)) => {
                self.template(tree, source, shape, name, around).map(Kind::Template)
            }
            _ => {
                let value = match constants::constant(tree) {
                    Json::String(text) => Json::String(text.trim().to_owned()),
                    other => other,
                };
                if !is_blank(&value) {
                    constants::fits(self, tree, shape, name, &value);
                }
                let value = (!is_blank(&value)).then_some(value);
                Some(Kind::Constant { written: tree.place.text().trim().to_owned(), value })
            }
        }
    }

    fn template(&mut self, tree: &Tree, source: &str, shape: &'static Shape, name: &str, around: &Surroundings<'_>) -> Option<Template> {
        if source.len() > LONGEST {
            self.error(Code::BadTemplate, &tree.place, format!("the template has more than {LONGEST} bytes"), "make several members of it");
            return None;
        }
        let parsed = match parse(source, "template", Default::default()) {
            Ok(parsed) => parsed,
            Err(error) => {
                self.syntax(tree, &error);
                return None;
            }
        };
        let mut walk = Walk::new(around);
        walk.statement(&parsed);
        self.found(tree, walk);
        let built = match template::single_expression(source) {
            Some(inner) => Template::expression(tree, inner),
            None => {
                constants::takes_text(self, tree, shape, name);
                self.typographic_quotes(tree, source);
                Template::text(tree)
            }
        };
        built.map_err(|error| self.syntax(tree, &error)).ok()
    }

    /// `“{{ … }}”`: to YAML they are no quotes, so they would stand in the candidate.
    fn typographic_quotes(&mut self, tree: &Tree, source: &str) {
        let text = source.trim();
        if text.starts_with(['“', '”', '„', '‘', '’', '«']) && text.ends_with(['“', '”', '‘', '’', '»']) {
            let message = "typographic quotation marks are a part of the text: they would stand in the candidate";
            let told = Diagnostic::warning(Code::YamlTrap, &tree.place, message);
            self.sink.push(told.help("write straight quotes around the template: \"{{ … }}\""));
        }
    }

    fn found(&mut self, tree: &Tree, walk: Walk<'_>) {
        for finding in walk.findings {
            let range = template::exact(tree.as_text().unwrap_or_default(), finding.range);
            let place = tree.place_within(range.start, range.end);
            let diagnostic = match finding.severity {
                Severity::Error => Diagnostic::error(finding.code, &place, finding.message),
                Severity::Warning => Diagnostic::warning(finding.code, &place, finding.message),
            };
            self.sink.push(match finding.help {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            });
        }
    }

    fn syntax(&mut self, tree: &Tree, error: &Error) {
        let place = error.range().map_or_else(|| tree.place.clone(), |range| tree.place_within(range.start, range.end));
        let (mut message, mut help) = constants::syntax_in_words(error.detail().unwrap_or_default());
        if tree.as_text().is_some_and(|text| text.contains(['“', '”', '„', '‘', '’'])) {
            message = "the template has typographic quotation marks".into();
            help = "text stands between straight quotes: 'like this', and not between “ and ”".into();
        }
        self.error(Code::BadTemplate, &place, message, help);
    }

    pub fn wrong_type(&mut self, place: &Place, name: &str, shape: &Shape, given: &str, help: &str) {
        let diagnostic = Diagnostic::error(Code::WrongType, place, format!("`{name}` takes {}, and is given {given}", shape.in_words()));
        self.sink.push(if help.is_empty() { diagnostic } else { diagnostic.help(help) });
    }

    fn job_ids(&mut self, tree: &Tree, around: &Surroundings<'_>) -> Option<Node> {
        let shape = match &tree.kind {
            tree::Kind::List(_) => &Shape::List(&Shape::Id),
            tree::Kind::Map(entries) if entries.iter().any(|entry| directives::is_directive(entry, "$each")) => &Shape::List(&Shape::Id),
            _ => &Shape::Id,
        };
        self.node(tree, shape, "job_ids", around)
    }

    fn application(&mut self, tree: &Tree, around: &Surroundings<'_>) -> Option<Node> {
        let Some(entries) = tree.as_map() else {
            self.wrong_type(&tree.place, "application", &Shape::Object(&APPLICATION), tree.kind_in_words(), "");
            return None;
        };
        for entry in entries.iter().filter(|entry| matches!(entry.key.as_str(), "job_id" | "job")) {
            self.error(
                Code::ConflictingKeys,
                &entry.key_place,
                format!("`application` is put on every application, so it has no `{}`", entry.key),
                "write `job_ids` beside `application`",
            );
        }
        let block = self.members(entries, &APPLICATION, Life::Open, around);
        Some(Node { place: tree.place.clone(), each: None, when: None, kind: Kind::Block(block) })
    }

    /// What must be in a mapping so that any profile can become a candidate.
    fn whole(&mut self, authored: &Authored<'_>, place: Option<&Place>) {
        let Some(place) = place else {
            self.sink.push(Diagnostic::unplaced(Code::MissingMember, "the mapping is empty").help("begin with `$use: candidate`"));
            return;
        };
        let entry = |name: &str| authored.members.iter().find(|entry| entry.key == name);
        constants::required(self, place, authored.members, &CANDIDATE, &[]);
        if let (Some(job_ids), Some(applications)) = (authored.job_ids, entry("applications")) {
            let diagnostic =
                Diagnostic::error(Code::ConflictingKeys, &job_ids.place, "`job_ids` stands beside a mapping with `applications`");
            self.sink.push(diagnostic.help("keep one of the two").related(&applications.key_place, "the mapping's own applications"));
        }
        if let Some(job_ids) = authored.job_ids.filter(|tree| constants::never_a_value(tree, authored.vars)) {
            let help = "write the jobs' ids: `job_ids: [4012]`";
            self.error(Code::MissingMember, &job_ids.place, "every candidate would apply to nothing", help);
        }
        if authored.job_ids.is_none() && entry("applications").is_none() && entry("prospect").is_none() {
            self.error(
                Code::MissingMember,
                place,
                "every candidate would apply to nothing",
                "write `job_ids` in `destination.greenhouse`, or `applications` in the mapping",
            );
        }
        if authored.without_email == WithoutEmail::Invalid && entry("email_addresses").is_none() {
            self.error(
                Code::MissingMember,
                place,
                "the mapping has no `email_addresses`, and without an e-mail address a profile is invalid",
                "add `email_addresses`, or say `without_email: create` in `destination.greenhouse`",
            );
        }
    }
}
