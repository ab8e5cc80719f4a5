//! Help while one writes: what may be written, what a word means, where it is defined, what a template gives.

use super::editor::Editor;
use super::{FILES, workspace};
use serde_json::{Value, json};

const PIPELINE: &str = "acme/platform.yaml";
const LIBRARY: &str = "shared/acme.yaml";
/// Where the cursor is; it is taken out before the file is opened.
const CURSOR: &str = "‸";

/// What is offered after an edit of the pipeline, one a line: its label, what it replaces and is replaced by, and a few words.
fn offered(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut editor = workspace();
    offered_in(&mut editor, path, pairs)
}

fn offered_in(editor: &mut Editor, path: &str, pairs: &[(&str, &str)]) -> String {
    editor.show(path);
    editor.edits(path, pairs);
    let (before, _) = editor.text(path).split_once(CURSOR).unwrap();
    let before = before.to_owned();
    editor.edits(path, &[(CURSOR, "")]);
    let items = editor.ask("textDocument/completion", path, &before);
    items.as_array().unwrap_or(&Vec::new()).iter().map(|item| line(item, &before)).collect()
}

fn line(item: &Value, before: &str) -> String {
    let label = item["label"].as_str().unwrap();
    let edit = &item["textEdit"];
    let column = |end: &str| edit["range"][end]["character"].as_u64().unwrap();
    let typed = before.rsplit('\n').next().unwrap();
    assert_eq!(column("end"), typed.encode_utf16().count() as u64, "it ends at the cursor");
    let replaced: String = typed.chars().skip(typed.chars().count() - (column("end") - column("start")) as usize).collect();
    let written = edit["newText"].as_str().unwrap();
    let written = if written == label { String::new() } else { format!(" writes {written:?}") };
    let replaced = if replaced.is_empty() { String::new() } else { format!(" for {replaced:?}") };
    let detail = item["detail"].as_str().map_or(String::new(), |detail| format!(" – {detail}"));
    let about = item["documentation"]["value"].as_str().map_or(String::new(), |about| format!(" – {}", about.replace('\n', " ")));
    let whole = format!("{label}{replaced}{written}{detail}{about}");
    format!("{}\n", whole.chars().take(150).collect::<String>())
}

/// The labels only.
fn labels(path: &str, pairs: &[(&str, &str)]) -> String {
    let first = |line: &str| line.split(' ').next().unwrap().to_owned();
    offered(path, pairs).lines().map(first).collect::<Vec<_>>().join(" ")
}

#[test]
fn keys_of_every_level() {
    let mut told = String::new();
    // Each time the file is not valid YAML: a key without its colon.
    insta::assert_snapshot!("keys at the top", offered(PIPELINE, &[("destination:", "li‸\ndestination:")]));
    insta::assert_snapshot!("keys of a block", offered(PIPELINE, &[("    existing: apply\n", "    existing: apply\n    ‸\n")]));
    insta::assert_snapshot!("members of the candidate", offered(PIPELINE, &[("  tags:", "  ‸\n  tags:")]));
    insta::assert_snapshot!("members of an employment", offered(PIPELINE, &[("    $as: job", "    $as: job\n    en‸")]));
    insta::assert_snapshot!(
        "members of an item in braces",
        offered(PIPELINE, &[("    - hrflow\n", "    - hrflow\n  attachments:\n    - { ‸ }\n")])
    );
    insta::assert_snapshot!("keys of a rule", offered(PIPELINE, &[("  - contactable", "  - ‸\n  - contactable")]));
    told.push_str(&format!("{}: {}\n", "keys of a library's block", labels(LIBRARY, &[("    because", "    ‸\n    because")])));
    told.push_str(&format!(
        "{}: {}\n",
        "a key that is renamed",
        offered(PIPELINE, &[("existing: apply", "exis‸: apply")]).lines().next().unwrap_or_default()
    ));
    assert_eq!(labels(PIPELINE, &[("  job_ids: [4012]", "  ‸\n  job_ids: [4012]")]), "", "a variable's name is the author's");
    insta::assert_snapshot!("keys, in short", told);
}

#[test]
fn names_and_words() {
    let mut told = String::new();
    insta::assert_snapshot!("mappings", offered(PIPELINE, &[("$use: engineer", "$use: ‸")]));
    insta::assert_snapshot!("sources", offered(PIPELINE, &[("    $use: hrflow", "    $use: h‸")]));
    told.push_str(&format!("{}: {}\n", "destinations", labels(PIPELINE, &[("    $use: greenhouse", "    $use: ‸")])));
    insta::assert_snapshot!("filters", offered(PIPELINE, &[("  - experienced", "  - exp‸")]));
    told.push_str(&format!("{}: {}\n", "words of a setting", labels(PIPELINE, &[("existing: apply", "existing: ‸")])));
    told.push_str(&format!(
        "{}: {}\n",
        "words of a member",
        labels(PIPELINE, &[("  tags:", "  phone_numbers:\n    - value: x\n      type: ‸\n  tags:")])
    ));
    insta::assert_snapshot!("imports", offered(PIPELINE, &[("../shared/acme.yaml", "../‸")]));
    told.push_str(&format!("{}: {}\n", "a library's own mapping", labels(LIBRARY, &[("$use: candidate", "$use: ‸")])));
    insta::assert_snapshot!("names and words, in short", told);
}

#[test]
fn fields_variables_functions_and_tests() {
    let mut told = String::new();
    let title = |new: &str| offered(PIPELINE, &[("\"🦀 {{ profile.experiences[0].title | default('?') }}\"", new)]);
    let named = |new: &str| title(new).lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>().join(" ");
    insta::assert_snapshot!("fields of the person", title("\"🦀 {{ profile.info.‸"));
    told.push_str(&format!("{}: {}\n", "fields of an item", named("\"{{ profile.experiences[0].loc‸ }}\"")));
    told.push_str(&format!(
        "{}: {}\n",
        "fields of what a function gives",
        named("\"{{ (profile.attachments | attachment('resume')).‸ }}\"")
    ));
    insta::assert_snapshot!("functions", title("\"{{ profile.info.phone | ph‸ }}\""));
    told.push_str(&format!("{}: {}\n", "tests", named("\"{{ 'a' if profile.info.phone is s‸ }}\"")));
    insta::assert_snapshot!("names", title("\"{{ ‸ }}\""));
    insta::assert_snapshot!("variables", title("\"{{ vars.‸ }}\""));
    told.push_str(&format!("{}: {}\n", "variables in variables", named("\"{{ vars.team.‸ }}\"")));
    told.push_str(&format!("{}: {}\n", "operators", named("\"{{ profile.info.phone ‸ }}\"")));
    told.push_str(&format!("{}: {}\n", "in a loop", named("\"{% for x in profile.skills %}{{ x.‸ }}{% endfor %}\"")));
    told.push_str(&format!("{}: {}\n", "statements", named("\"{% ‸")));
    assert_eq!(named("\"{{ profile.tags | tag('‸') }}\""), "", "in a text");
    assert_eq!(named("\"Engineer ‸\""), "", "outside of braces");
    told.push_str(&format!("{}: {}\n", "fields behind a name of $as", labels(PIPELINE, &[("{{ job.company }}", "{{ job.‸ }}")])));
    told.push_str(&format!("{}: {}\n", "names in $each", labels(PIPELINE, &[("$each: profile.experiences", "$each: ‸")])));
    told.push_str(&format!("{}: {}\n", "names in $when", labels(PIPELINE, &[("$when: job.title", "$when: ‸ or job.title")])));
    told.push_str(&format!("{}: {}\n", "in braces, in braces", labels(PIPELINE, &[("\"{{ skill.name }}\"", "\"{{ skill.‸")])));
    told.push_str(&format!("{}: {}\n", "an empty member", labels(PIPELINE, &[("  tags:", "  company: ‸\n  tags:")])));
    insta::assert_snapshot!("in templates, in short", told);
}

#[test]
fn predicates() {
    let mut told = String::new();
    let drop = |new: &str| labels(PIPELINE, &[("@.tags[?@.name == 'stage' && @.value == 'rejected']", new)]);
    told.push_str(&format!("{}: {}\n", "in a predicate: fields", drop("@.info.‸")));
    told.push_str(&format!("{}: {}\n", "in a predicate: fields of an item", drop("@.tags[?@.‸")));
    told.push_str(&format!("{}: {}\n", "in a predicate: behind a question", drop("@.tags[?@.name == 'x'].val‸")));
    told.push_str(&format!("{}: {}\n", "in a predicate: the profile again", drop("@.tags[?@.name == 'x'] && @.text‸")));
    told.push_str(&format!("{}: {}\n", "in a predicate: variables", drop("@.key == $.vars.‸")));
    told.push_str(&format!("{}: {}\n", "in a predicate: the start", drop("‸")));
    assert_eq!(drop("@.key == '‸'"), "", "in a text");
    insta::assert_snapshot!("in predicates", told);
}

#[test]
fn templates_are_offered_where_the_editor_knows_snippets() {
    let mut editor = Editor::with(&FILES, json!({"textDocument": {"completion": {"completionItem": {"snippetSupport": true}}}}));
    let offers = offered_in(&mut editor, PIPELINE, &[("  tags:", "  company: ‸\n  tags:")]);
    insta::assert_snapshot!("an empty member, with snippets", offers);
}

#[test]
fn a_new_file_is_ours_from_its_first_word() {
    for (text, expected) in [("‸", "version"), ("# a comment\n\nver‸", "version"), ("version: 1\npip‸\n", "pipeline")] {
        let mut editor = Editor::open(&[("new.yaml", text)]);
        let offers = offered_in(&mut editor, "new.yaml", &[]);
        assert!(offers.lines().any(|line| line.starts_with(expected)), "{text:?}: {offers}");
    }
    let mut editor = Editor::open(&[("compose.yaml", "services:\n  db:\n    image: x\nvol‸\n")]);
    assert_eq!(offered_in(&mut editor, "compose.yaml", &[]), "");
}

#[test]
fn what_words_mean() {
    let mut editor = workspace();
    editor.show(PIPELINE);
    let mut told = String::new();
    for word in [
        "exist",
        "destination:\n  green",
        "titl",
        "$eac",
        "company_nam",
        "$use: engin",
        "$use: hrf",
        "  - experi",
        "  - contact",
        "job.compa",
        "job.date_start | da",
        "profile.experiences[0].tit",
        "profile.inf",
        "vars.job_i",
        "{{ jo",
        "@.tag",
        "@.tags[?@.nam",
        "vers",
        "  te",
        "existing: app",
    ] {
        let hover = editor.ask("textDocument/hover", PIPELINE, word);
        told.push_str(&format!("{word:?}\n{}\n\n", hover["contents"]["value"].as_str().unwrap_or("nothing")));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn where_names_are_defined() {
    let mut editor = workspace();
    editor.show(PIPELINE);
    let mut found = String::new();
    for word in
        ["../shared/ac", "$use: engin", "$use: hrf", "  - experi", "$use: greenh", "vars.job_i", "{{ jo", "skill.ty", "  - contact", "titl"]
    {
        let location = editor.ask("textDocument/definition", PIPELINE, word);
        let uri = location["uri"].as_str().map(|uri| uri.rsplit_once('/').unwrap().1.to_owned());
        found.push_str(&format!("{word:?}: {uri:?} {}\n", location["range"]["start"]));
    }
    editor.show(LIBRARY);
    let location = editor.ask("textDocument/definition", LIBRARY, "$.vars.min_y");
    found.push_str(&format!("in the library: {}\n", location["range"]["start"]));
    insta::assert_snapshot!(found);
}

fn hints(editor: &mut Editor) -> String {
    let uri = editor.uri(PIPELINE);
    let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 999, "character": 0}});
    let answer = editor.request("textDocument/inlayHint", json!({"textDocument": {"uri": uri}, "range": range}));
    let text = editor.text(PIPELINE).to_owned();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for hint in answer["result"].as_array().unwrap_or(&Vec::new()).iter().rev() {
        let (line, character) = (hint["position"]["line"].as_u64().unwrap(), hint["position"]["character"].as_u64().unwrap());
        let line = &mut lines[line as usize];
        let units: Vec<u16> = line.encode_utf16().collect();
        let (before, behind) = units.split_at(character as usize);
        let label = hint["label"].as_str().unwrap();
        *line = format!("{} ⟦{label}⟧{}", String::from_utf16(before).unwrap(), String::from_utf16(behind).unwrap());
    }
    lines.into_iter().filter(|line| line.contains('⟦')).map(|line| line + "\n").collect()
}

#[test]
fn what_templates_give_for_the_first_fixture() {
    let mut editor = workspace();
    editor.show(PIPELINE);
    insta::assert_snapshot!(hints(&mut editor));
    let summary = "  company: \"{{ profile.info.full_name | int }}\"\n  notes:\n    - $when: profile.info.summary\n      body: |\n        {{ profile.info.summary }}\n        and more\n  tags:";
    editor.edits(PIPELINE, &[("  tags:", summary), ("@.tags[?@.name", "@.skills[?@.name"), ("'stage' && @.value == 'rejected'", "'rust'")]);
    insta::assert_snapshot!("hints: what is wrong, and what is left out", hints(&mut editor));
    editor.edits(PIPELINE, &[("$use: engineer", "$use: enginer")]);
    assert_eq!(hints(&mut editor), "", "it does not compile");
    let mut without = Editor::open(&FILES[..2]);
    without.show(PIPELINE);
    assert_eq!(hints(&mut without), "", "there is no fixture");
}

#[cfg(unix)]
#[test]
fn a_fixture_outside_of_the_workspace_is_not_read() {
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::write(elsewhere.path().join("ada.json"), super::FIXTURE).unwrap();
    let mut editor = Editor::open(&FILES[..2]);
    std::fs::create_dir(editor.folder().join("acme/platform")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), editor.folder().join("acme/platform/fixtures")).unwrap();
    editor.show(PIPELINE);
    assert_eq!(hints(&mut editor), "");
}
