//! Any text as a template, and the built-in mapping, over any profile.

use super::input;
use hireline::base::diagnostic::Sink;
use hireline::base::place::SourceFile;
use hireline::language::compile::{Loader, Pipeline};
use hireline::language::mapping::{self, Authored, Mapping, Problem};
use hireline::language::yaml;
use hireline::language::yaml::Tree;
use hireline::model::profile::Profile;
use hireline::model::settings::{Api, WithoutEmail};
use serde_json::{Value, json};
use std::sync::OnceLock;

/// Sections: the template, the profile as HrFlow writes it.
pub fn holds(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let sections = input::sections(text, 2);
    let Ok(document) = serde_json::from_str::<Value>(sections[1]) else { return };
    let Ok(profile) = Profile::from_document(document) else { return };
    let again = Profile::from_document(profile.document.clone()).expect("a profile stays one");
    assert_eq!(again, Profile { cleaned: Vec::new(), ..profile.clone() }, "normalised twice it is another");
    built_in(&profile.document);
    for slot in SLOTS {
        if let Some(mapping) = compiled(slot, sections[0]) {
            renders(&mapping, &profile.document, sections[0]);
        }
    }
    fails_in_a_text_too(sections[0], &profile.document);
}

/// Where a template may stand: a value, a longer text, what repeats, what is asked.
const SLOTS: [&str; 5] = [
    "  title: TEMPLATE",
    "  custom_fields: { a: [TEMPLATE] }",
    "  tags: { $each: TEMPLATE, $as: item, $value: '{{ item }}' }",
    "  notes: { $when: TEMPLATE, body: b, visibility: private }",
    "  notes: { $each: profile.skills, $as: item, body: TEMPLATE, visibility: private }",
];

fn compiled(slot: &str, template: &str) -> Option<Mapping> {
    // What JSON writes between quotes, YAML reads there.
    let template = Value::from(template).to_string();
    let text = format!("mapping:\n  first_name: A\n  last_name: B\n{}\n", slot.replace("TEMPLATE", &template));
    let file = SourceFile::new("p.yaml", text.as_str());
    let mut sink = Sink::default();
    let tree = yaml::parse(&file, &mut sink)?;
    let job_ids = yaml::parse(&SourceFile::new("j.yaml", "job_ids: 1\n"), &mut sink)?;
    let vars = json!({ "min": 2, "name": "rust" });
    let authored = Authored {
        members: tree.get("mapping").and_then(Tree::as_map)?,
        job_ids: job_ids.get("job_ids"),
        jobs: None,
        application: None,
        vars: &vars,
        present: &[],
        pipeline: "acme",
        without_email: WithoutEmail::Create,
        api: Api::HarvestV3,
    };
    let mapping = mapping::compile(&authored, &mut sink);
    assert!(mapping.is_none() || !sink.has_errors(), "a mapping with an error is handed out");
    assert!(mapping.is_some() || sink.has_errors(), "a mapping is refused without a word");
    super::pipeline::speaks_plainly(&sink.into_sorted(), &text);
    mapping
}

/// The same twice, with every member accounted for, and no fault says a value.
fn renders(mapping: &Mapping, profile: &Value, template: &str) {
    let result = mapping.render(profile);
    let trace = mapping.trace(profile);
    assert_eq!(format!("{result:?}"), format!("{:?}", trace.result), "the fast way and the slow one differ");
    assert_eq!(format!("{result:?}"), format!("{:?}", mapping.render(profile)), "another time it is another");
    match result {
        Ok(candidate) => {
            let document = serde_json::to_value(&candidate).expect("a candidate is JSON");
            assert!(!holds_blank(&document), "something blank is sent: {document}");
            assert_eq!(document["first_name"], "A");
        }
        Err(faults) => {
            assert!(!faults.is_empty(), "refused without a word");
            faults.iter().for_each(|fault| tells_no_value(fault, profile, template));
        }
    }
}

fn holds_blank(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(holds_blank),
        Value::Object(members) => members.values().any(holds_blank),
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

/// A value that identifies a person: an address, a phone number, a date. The template's own text may be
/// shown.
fn tells_no_value(fault: &Problem, profile: &Value, template: &str) {
    let is_telling = |text: &str| text.len() >= 7 && (text.contains('@') || text.chars().filter(char::is_ascii_digit).count() >= 7);
    for text in input::texts(profile).into_iter().filter(|text| is_telling(text) && !template.contains(*text)) {
        assert!(!fault.message.contains(text), "a value of the profile is told: {}", fault.message);
    }
}

/// An expression that fails is not taken for one that gives nothing, wherever it is used.
fn fails_in_a_text_too(expression: &str, profile: &Value) {
    if ["}}", "{{", "%}", "{%", "#}", "{#", "}", "{"].iter().any(|sign| expression.contains(sign)) {
        return;
    }
    let typed = compiled(SLOTS[0], &format!("{{{{ {expression} }}}}"));
    let text = compiled(SLOTS[0], &format!("x{{{{ {expression} }}}}"));
    let (Some(typed), Some(text)) = (typed, text) else { return };
    let failed = |mapping: &Mapping| mapping.trace(profile).result.err().is_some_and(|faults| faults.iter().any(is_of_a_template));
    renders(&typed, profile, expression);
    renders(&text, profile, expression);
    assert!(!failed(&typed) || failed(&text), "`{expression}` fails, and in a longer text it does not");
}

/// And not of what the template made, which is judged by the candidate's own rules.
fn is_of_a_template(fault: &Problem) -> bool {
    fault.message.contains("cannot be worked out") || fault.message.contains("more than one template may")
}

fn built_in(profile: &Value) {
    static PIPELINE: OnceLock<Pipeline> = OnceLock::new();
    let pipeline = PIPELINE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.yaml");
        std::fs::write(&path, input::BUILT_IN).expect("a file");
        let loaded = Loader::default().load(&[path]);
        assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
        loaded.pipelines.into_iter().next().expect("one pipeline")
    });
    let mapping = &pipeline.mapping;
    let (result, trace) = (mapping.render(profile), mapping.trace(profile));
    assert_eq!(format!("{result:?}"), format!("{:?}", trace.result), "the fast way and the slow one differ");
    match result {
        Ok(candidate) => {
            let document = serde_json::to_value(&candidate).expect("a candidate is JSON");
            assert!(!holds_blank(&document), "something blank is sent: {document}");
            // A profile's values for these are sent, or reported as missing; never something else.
            for (member, pointer) in [("first_name", "/info/first_name"), ("last_name", "/info/last_name")] {
                let (sent, had) = (&document[member], profile.pointer(pointer).and_then(Value::as_str).unwrap_or_default());
                assert_eq!(sent.as_str().map(str::trim), Some(had.trim()), "{member} is another");
            }
        }
        Err(faults) => faults.iter().for_each(|fault| tells_no_value(fault, profile, "")),
    }
    let mut judged = profile.clone();
    let verdicts = pipeline.filters.trace(&mut judged);
    assert_eq!(verdicts.len(), pipeline.filters.list().len());
    assert_eq!(&judged, profile, "the profile comes back as it was");
}

/// Whether a template is taken at all.
#[cfg(test)]
pub fn compiles(template: &str) -> bool {
    compiled(SLOTS[0], template).is_some()
}
