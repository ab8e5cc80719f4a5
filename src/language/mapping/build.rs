//! What was written becomes nodes. Every error is reported at its place; nothing stops at the first.

mod constants; // constants and members against the candidate's table
mod directives; // `$each` and its kin
mod kinds; // a list where a text belongs
mod slips; // other template languages, and braces that are not there

use super::node::{Block, Kind, Life, Node};
use super::template::{self, Template};
use super::walk::{Surroundings, Walk};
use super::{Authored, Mapping, listed, values};
use crate::base::diagnostic::{Code, Diagnostic, Sink, TextDiagnostic};
use crate::base::place::Place;
use crate::language::yaml::{self, Entry, Tree};
use crate::model::candidate::shape::{APPLICATION, CANDIDATE, Object, Shape, WITH_UNIT};
use crate::model::named::Needs;
use crate::model::profile::is_blank;
use crate::model::settings::{Api, WithoutEmail};
use minijinja::machinery::parse;
use minijinja::{Error, Value};
use serde_json::Value as Json;

static VALUE_WITH_UNIT: Shape = Shape::Object(&WITH_UNIT);
/// Bytes of one template.
const LONGEST: usize = 16 << 10;

/// Compiles a mapping; every problem goes to the sink, at its place. Nothing is returned where there is an
/// error.
pub fn compile(authored: &Authored<'_>, sink: &mut Sink) -> Option<Mapping> {
    let mut build = Build { sink: Sink::default(), api: authored.api };
    let around = Surroundings { vars: Some(authored.vars), present: authored.present.to_vec(), ..Surroundings::default() };
    let root = build.members(authored.members, &CANDIDATE, Life::Open, &around);
    let place = authored.members.first().map(|entry| entry.key_place.clone());
    let job_ids = authored.job_ids.map(|tree| build.jobs(tree, &Shape::Id, "job_ids", &around));
    let jobs = authored.jobs.map(|tree| build.jobs(tree, &Shape::Text, "jobs", &around));
    let application = authored.application.map(|tree| build.application(tree, &around));
    build.whole(authored, place.as_ref());
    let found = build.sink;
    let failed = found.has_errors();
    found.into_sorted().into_iter().for_each(|diagnostic| sink.push(diagnostic));
    if failed {
        return None;
    }
    let mut mapping = Mapping {
        root: Node { place: place?, each: None, when: None, kind: Kind::Block(root) },
        job_ids: job_ids.flatten(),
        jobs: jobs.flatten(),
        application: application.flatten(),
        vars: values::from_json(authored.vars),
        pipeline: Value::from(authored.pipeline),
        without_email: authored.without_email,
        needs: Needs::default(),
        api: authored.api,
    };
    mapping.needs = listed::needs(&mapping);
    Some(mapping)
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

    /// The value of a member.
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
            yaml::Kind::Map(entries) if entries.iter().any(|entry| entry.key.starts_with('$')) => {
                self.directed(tree, entries, shape, name, around)
            }
            yaml::Kind::Map(entries) => {
                let kind = self.block(&tree.place, entries, shape, name, around)?;
                Some(Node { place: tree.place.clone(), each: None, when: None, kind })
            }
            yaml::Kind::List(items) => {
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
            let shape = match &entry.value.kind {
                yaml::Kind::Map(inner) if inner.iter().any(|entry| directives::is_directive(entry, "$each")) => {
                    &Shape::List(&Shape::Scalar)
                }
                yaml::Kind::Map(inner) if inner.iter().any(|entry| directives::is_directive(entry, "$value")) => &Shape::Scalar,
                yaml::Kind::Map(_) => &VALUE_WITH_UNIT,
                yaml::Kind::List(_) => &Shape::List(&Shape::Scalar),
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
                let value = match yaml::to_json(tree) {
                    Json::String(text) => Json::String(text.trim().to_owned()),
                    other => other,
                };
                if !is_blank(&value) {
                    constants::fits(self, tree, shape, name, &value);
                    constants::control_characters(self, tree, &value);
                    self.sink_extend(slips::in_constant(tree, shape));
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
        let inner = template::single_expression(source);
        let mut walk = Walk::new(around, source);
        // Typographic quotes around it are what is wrong with it.
        let quoted = source.trim_start().starts_with(['“', '”', '„', '‘', '’', '«']);
        walk.in_a_text = inner.is_none() && !quoted && constants::may_be_text(shape);
        walk.statement(&parsed);
        if inner.is_some() {
            walk.findings.extend(kinds::mismatch(&parsed, &walk, shape, name));
        }
        self.report(tree, walk);
        if inner.is_none() {
            constants::takes_text(self, tree, shape, name);
            self.typographic_quotes(tree, source);
        }
        let changing = around.items.iter().map(|item| item.name.as_str()).chain(["profile"]);
        Some(Template::parsed(tree, inner).fixed_unless(changing))
    }

    /// `“{{ … }}”`: YAML does not treat them as quotes, so they would be part of the candidate.
    fn typographic_quotes(&mut self, tree: &Tree, source: &str) {
        let text = source.trim();
        if text.starts_with(['“', '”', '„', '‘', '’', '«']) && text.ends_with(['“', '”', '‘', '’', '»']) {
            let message = "typographic quotation marks are part of the text: they would appear in the candidate";
            self.sink.warning(Code::YamlTrap, &tree.place, message, "write straight quotes around the template: \"{{ … }}\"");
        }
    }

    fn sink_extend(&mut self, told: Option<Diagnostic>) {
        told.into_iter().for_each(|diagnostic| self.sink.push(diagnostic));
    }

    fn report(&mut self, tree: &Tree, walk: Walk<'_>) {
        for found in walk.findings {
            let range = template::exact(tree.as_text().unwrap_or(""), found.range.clone());
            self.sink.push(tree.tell(TextDiagnostic { range, ..found }));
        }
    }

    fn syntax(&mut self, tree: &Tree, error: &Error) {
        let place = error.range().map_or_else(|| tree.place.clone(), |range| tree.place_within(range.start, range.end));
        if let Some(told) = slips::in_template(tree) {
            return self.sink.push(told);
        }
        let (mut message, mut help) = constants::syntax_in_words(error.detail().unwrap_or_default());
        // Guillemets are common in text, so they are blamed only at the place of the error.
        let at_fault = place.text().starts_with(['«', '»', '‹', '›', '‚']);
        if at_fault || tree.as_text().is_some_and(|text| text.contains(['“', '”', '„', '‘', '’'])) {
            message = "the template has typographic quotation marks".into();
            help = "put text between straight quotes, 'like this', not between “ and ” or « and »".into();
        }
        self.error(Code::BadTemplate, &place, message, help);
    }

    pub(crate) fn wrong_type(&mut self, place: &Place, name: &str, shape: &Shape, given: &str, help: &str) {
        let diagnostic = Diagnostic::error(Code::WrongType, place, format!("`{name}` takes {}, and is given {given}", shape.in_words()));
        let help = if help.is_empty() { slips::default_help(name, shape) } else { help.to_owned() };
        self.sink.push(if help.is_empty() { diagnostic } else { diagnostic.help(help) });
    }

    /// `job_ids`, or `jobs`: one, or a list.
    fn jobs(&mut self, tree: &Tree, one: &'static Shape, name: &str, around: &Surroundings<'_>) -> Option<Node> {
        let many = match one {
            Shape::Id => &Shape::List(&Shape::Id),
            _ => &Shape::List(&Shape::Text),
        };
        let shape = match &tree.kind {
            yaml::Kind::List(_) => many,
            yaml::Kind::Map(entries) if entries.iter().any(|entry| directives::is_directive(entry, "$each")) => many,
            _ => one,
        };
        self.node(tree, shape, name, around)
    }

    fn application(&mut self, tree: &Tree, around: &Surroundings<'_>) -> Option<Node> {
        let Some(entries) = tree.as_map() else {
            self.wrong_type(&tree.place, "application", &Shape::Object(&APPLICATION), tree.kind_in_words(), "");
            return None;
        };
        for entry in entries.iter().filter(|entry| matches!(entry.key.as_str(), "job_id" | "job")) {
            let message = format!("`application` is put on every application, so it has no `{}`", entry.key);
            self.error(Code::ConflictingKeys, &entry.key_place, message, "write `job_ids` or `jobs` next to `application`");
        }
        let block = self.members(entries, &APPLICATION, Life::Open, around);
        Some(Node { place: tree.place.clone(), each: None, when: None, kind: Kind::Block(block) })
    }

    /// A candidate applies by the destination's jobs, by the mapping's applications, or as a prospect: by one of these.
    fn conflicts(&mut self, authored: &Authored<'_>) {
        let entry = |name: &str| authored.members.iter().find(|entry| entry.key == name);
        let from_destination = [("job_ids", authored.job_ids), ("jobs", authored.jobs), ("application", authored.application)];
        for (name, tree) in from_destination.into_iter().filter_map(|(name, tree)| Some((name, tree?))) {
            let applications = entry("applications").filter(|_| name != "application");
            let (with, other, help) = match (applications, entry("prospect")) {
                (Some(applications), _) => ("applications", applications, "keep one of the two"),
                (None, Some(prospect)) if name == "application" => {
                    ("prospect", prospect, "a prospect has no application yet: leave it out")
                }
                (None, Some(prospect)) => {
                    ("prospect", prospect, "keep one of the two; a prospect's own jobs are `prospect: { job_ids: [4012] }`")
                }
                (None, None) => continue,
            };
            let diagnostic =
                Diagnostic::error(Code::ConflictingKeys, &tree.place, format!("`{name}` cannot be used with a mapping that has `{with}`"));
            self.sink.push(diagnostic.help(help).related(&other.key_place, format!("the mapping's own `{with}`")));
        }
        if let (Some(applications), Some(prospect)) = (entry("applications"), entry("prospect")) {
            let diagnostic = Diagnostic::error(Code::ConflictingKeys, &prospect.key_place, "`prospect` cannot be used with `applications`");
            let help = "a person is a prospect or applies: keep one of the two";
            self.sink.push(diagnostic.help(help).related(&applications.key_place, "the mapping's own `applications`"));
        }
    }

    /// What must be in a mapping so that any profile can become a candidate.
    fn whole(&mut self, authored: &Authored<'_>, place: Option<&Place>) {
        let Some(place) = place else {
            self.sink.push(Diagnostic::unplaced(Code::MissingMember, "the mapping is empty").help("begin with `$use: candidate`"));
            return;
        };
        let entry = |name: &str| authored.members.iter().find(|entry| entry.key == name);
        constants::required(self, place, authored.members, &CANDIDATE, &[]);
        self.conflicts(authored);
        let given = [("job_ids", authored.job_ids), ("jobs", authored.jobs)].map(|(name, tree)| Some((name, tree?)));
        let vain = |tree: &Tree| constants::never_a_value(tree, authored.vars);
        // Where one of the two gives jobs, the other may be blank.
        if let Some((name, tree)) = given.iter().flatten().next()
            && given.iter().flatten().all(|(_, tree)| vain(tree))
        {
            let help = if *name == "jobs" {
                "write the jobs' names: `jobs: [Platform Engineer]`"
            } else {
                "write the jobs' ids: `job_ids: [4012]`"
            };
            self.error(Code::MissingMember, &tree.place, "candidates would not apply to any job", help);
        }
        self.sink_extend(authored.job_ids.and_then(|tree| kinds::variable_of_text(tree, authored.vars)));
        if given.iter().all(Option::is_none) && entry("applications").is_none() && entry("prospect").is_none() {
            let help = "write `job_ids` or `jobs` in `destination.greenhouse`, or `applications` or `prospect` in the mapping";
            self.error(Code::MissingMember, place, "candidates would not apply to any job", help);
        }
        if authored.without_email == WithoutEmail::Invalid && entry("email_addresses").is_none() {
            let message = "the mapping has no `email_addresses`, and without an e-mail address a profile is invalid";
            let help = "add `email_addresses`, or say `without_email: create` in `destination.greenhouse`";
            self.error(Code::MissingMember, place, message, help);
        }
    }
}
