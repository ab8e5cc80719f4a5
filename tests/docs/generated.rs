//! The parts of the handbook that come from the program's own tables, between two marks. To renew them:
//! `HIRELINE_WRITE_DOCS=1 cargo test --test integration docs`.

use super::blocks::root;
use hireline::authoring::anonymise::table::TABLE;
use hireline::base::diagnostic::Code;
use hireline::greenhouse::directory::forms;
use hireline::language::mapping::functions;
use hireline::language::pipeline::schema;
use hireline::model::candidate::shape::{CANDIDATE, Member, Object, Rule, Shape};
use hireline::sandbox::{FAULTS, Kind};
use serde_json::Value;
use std::fmt::Write;

const BEGIN: &str = "<!-- generated -->\n";
const END: &str = "<!-- end of what is generated -->\n";

pub fn hold(page: &str, generated: &str) {
    let path = root().join("docs").join(page);
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (held, after) = rest.split_once(END).unwrap();
    if std::env::var_os("HIRELINE_WRITE_DOCS").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{generated}{END}{after}")).unwrap();
    } else {
        assert!(held == generated, "docs/{page} is stale: run HIRELINE_WRITE_DOCS=1 cargo test --test integration docs");
    }
}

/// In a table's cell.
pub fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[test]
fn the_functions_are_those_of_the_program() {
    let mut page = String::from("\n## Hireline's own\n\n| write | gives | example | with `input` | result |\n|---|---|---|---|---|\n");
    let mut docs: Vec<_> = functions::docs().collect();
    docs.sort_by_key(|doc| doc.name);
    for doc in docs {
        let [signature, about, example, input, result] = [doc.signature, doc.about, doc.example, doc.input, doc.result].map(cell);
        writeln!(page, "| `{signature}` | {about} | `{example}` | `{input}` | `{result}` |").unwrap();
    }
    let own: Vec<&str> = functions::docs().map(|doc| doc.name).collect();
    let mut others: Vec<_> = functions::names().filter(|name| !own.contains(name)).map(|name| format!("`{name}`")).collect();
    others.sort();
    let tests = functions::TESTS.iter().filter(|name| name.starts_with(char::is_alphabetic)).map(|name| format!("`{name}`"));
    write!(
        page,
        "\n## minijinja's own\n\n{}.\n\nCalled by name: {}.\n\n## Tests, behind `is`\n\n{}.\n",
        others.join(", "),
        functions::CALLED.map(|name| format!("`{name}(…)`")).join(", "),
        tests.collect::<Vec<_>>().join(", ")
    )
    .unwrap();
    hold("functions.md", &page);
}

#[test]
fn the_codes_are_those_of_the_program() {
    let mut page = String::from("\n| code | means |\n|---|---|\n");
    for code in Code::ALL {
        writeln!(page, "| [`{code}`](#{code}) | {} |", cell(code.page().summary)).unwrap();
    }
    for code in Code::ALL {
        let code = code.page();
        write!(page, "\n## {}\n\n{}\n", code.code, code.summary).unwrap();
        for paragraph in &code.paragraphs {
            write!(page, "\n{paragraph}\n").unwrap();
        }
        for (title, examples) in [("With", &code.beside), ("Wrong", &code.wrong), ("Right", &code.right)] {
            for example in examples {
                let name = example.file.map_or(String::new(), |file| format!(" (`{file}`)"));
                write!(page, "\n{title}{name}:\n\n```{} example\n{}```\n", example.language, example.text).unwrap();
            }
        }
    }
    hold("diagnostics.md", &page);
}

fn inner(shape: &Shape) -> Option<&'static Object> {
    match shape {
        Shape::Object(object) => Some(object),
        Shape::List(item) => inner(item),
        _ => None,
    }
}

fn kind(shape: &Shape) -> String {
    match shape {
        Shape::List(Shape::Object(object)) => {
            format!("a list; each is [{}](#{})", object.name, object.name.to_lowercase().replace(' ', "-"))
        }
        Shape::List(item) => format!("a list; each is {}", item.in_words()),
        Shape::Object(object) => format!("[{}](#{})", object.name, object.name.to_lowercase().replace(' ', "-")),
        other => other.in_words(),
    }
}

pub fn names(list: &[&str]) -> String {
    list.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn rule(rule: &Rule) -> String {
    match rule {
        Rule::ExactlyOne(list) => format!("exactly one of {}", names(list)),
        Rule::AtMostOne(list) => format!("at most one of {}", names(list)),
        Rule::AtLeastOne(list) => format!("at least one of {}", names(list)),
        Rule::Needs(first, second) => format!("`{first}` also needs `{second}`"),
    }
}

fn described(object: &'static Object, page: &mut String) {
    writeln!(page, "\n## {}\n\n| member | is | about | example |\n|---|---|---|---|", object.name).unwrap();
    for Member { name, shape, required, about, example, .. } in object.members {
        let must = if *required { ", required" } else { "" };
        writeln!(page, "| `{name}` | {}{must} | {} | `{}` |", cell(&kind(shape)), cell(about), cell(example)).unwrap();
    }
    if !object.rules.is_empty() {
        let rules: Vec<_> = object.rules.iter().map(rule).collect();
        writeln!(page, "\nIt has {}.", rules.join("; ")).unwrap();
    }
    if !object.lives_by.is_empty() {
        writeln!(
            page,
            "\nIt is left out where {} is blank.",
            object.lives_by.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(" and ")
        )
        .unwrap();
    }
}

#[test]
fn the_ways_of_signing_in_are_those_of_the_program() {
    use hireline::language::compile::auth::{WAYS, goes_with};
    use hireline::model::settings::Api;
    let mut page = String::from("\n| way | harvest-v3 | harvest-v1 |\n|---|---|---|\n");
    for way in WAYS {
        let with = |api| if goes_with(way).contains(&api) { "yes" } else { "" };
        writeln!(page, "| `{way}` | {} | {} |", with(Api::HarvestV3), with(Api::HarvestV1)).unwrap();
    }
    page.push('\n');
    hold("signing-in.md", &page);
}

#[test]
fn the_candidate_is_that_of_the_program() {
    let mut objects: Vec<&'static Object> = vec![&CANDIDATE];
    let mut at = 0;
    while at < objects.len() {
        for found in objects[at].members.iter().filter_map(|member| inner(&member.shape)) {
            if !objects.iter().any(|known| known.name == found.name) {
                objects.push(found);
            }
        }
        at += 1;
    }
    let mut page = String::new();
    objects.into_iter().for_each(|object| described(object, &mut page));
    page.push_str(&super::filled::table());
    hold("candidate.md", &page);
}

#[test]
fn the_sandboxs_faults_are_those_of_the_program() {
    let mut page = String::from("\n| fault | what happens | value | meets |\n|---|---|---|---|\n");
    for fault in FAULTS {
        let name = if fault.kind == Kind::None { fault.name.to_owned() } else { format!("{}={}", fault.name, fault.default) };
        writeln!(page, "| `{name}` | {} | {} | {} |", cell(fault.about), cell(&fault.kind.in_words()), fault.meets).unwrap();
    }
    page.push('\n');
    hold("sandbox.md", &page);
}

#[test]
fn the_common_forms_are_those_of_the_program() {
    let mut page = String::from("\n## Common forms\n\n| written | counts as |\n|---|---|\n");
    for (short, long) in forms::WORDS {
        writeln!(page, "| the word {short} | {long} |").unwrap();
    }
    for names in forms::NAMES {
        let (first, others) = names.split_first().unwrap();
        writeln!(page, "| {} | {first} |", others.join(", ")).unwrap();
    }
    hold("greenhouse.md", &page);
}

/// `(key, schema)`, with the alternatives around it (`$use`, null, a word instead) taken off.
fn properties(schema: &Value) -> Vec<(&String, &Value)> {
    fn holder(schema: &Value) -> Option<&Value> {
        match schema.get("properties") {
            Some(_) => Some(schema),
            None => schema["anyOf"].as_array().into_iter().flatten().find_map(holder),
        }
    }
    holder(schema).and_then(|holder| holder["properties"].as_object()).into_iter().flatten().collect()
}

fn is_secret(schema: &Value) -> bool {
    let keys: Vec<_> = properties(schema).into_iter().map(|(key, _)| key.as_str()).collect();
    keys == ["env", "file", "command"]
}

fn schema_kind(schema: &Value) -> String {
    if is_secret(schema) {
        return "[secret](#secrets)".into();
    }
    if let Some(list) = schema["enum"].as_array() {
        return list.iter().map(|word| format!("`{}`", word.as_str().unwrap())).collect::<Vec<_>>().join(" \\| ");
    }
    if let Some(word) = schema.get("const") {
        return format!("`{word}`");
    }
    if let Some(several) = schema["anyOf"].as_array()
        && schema.get("properties").is_none()
    {
        let mut kinds: Vec<_> = several.iter().filter(|one| one["type"] != "null").map(schema_kind).collect();
        kinds.dedup();
        return kinds.join(" or ");
    }
    match schema["type"].as_str() {
        Some("array") => match schema_kind(&schema["items"]).as_str() {
            "anything" => "list".into(),
            item => format!("list of {item}"),
        },
        Some("object") => "block".into(),
        Some("string") => "text".into(),
        Some("integer") => match (schema["minimum"].as_u64(), schema["maximum"].as_u64()) {
            (Some(from), Some(to)) => format!("whole number, {from} to {to}"),
            _ => "whole number".into(),
        },
        Some("number") => "number".into(),
        Some("boolean") => "true or false".into(),
        _ => "anything".into(),
    }
}

fn must(parent: &Value, key: &str) -> &'static str {
    let names = |schema: &Value| schema["required"].as_array().is_some_and(|list| list.iter().any(|name| name == key));
    let several = parent["anyOf"].as_array().into_iter().flatten();
    if names(parent) {
        "required"
    } else if key != "$use" && several.clone().any(names) {
        "required, here or by `$use`"
    } else if parent["maxProperties"] == 1 || several.clone().any(|one| one["maxProperties"] == 1) {
        "exactly one of these"
    } else {
        ""
    }
}

fn default_of(path: &str, parent: &Value, key: &str) -> String {
    /// Where the program fills something in that the schema does not know.
    const DEFAULTS: &[(&str, &str)] = &[
        ("source.hrflow.profiles", "`all`"),
        ("source.hrflow.base_url", "`https://api.hrflow.ai/v1`"),
        ("source.hrflow.page_size", "30"),
        ("destination.greenhouse.api", "`harvest-v3`"),
        ("destination.greenhouse.on_behalf_of", "the credential's own user (v3); required for v1"),
        ("destination.greenhouse.existing", "`apply`"),
        ("destination.greenhouse.when_changed", "`ignore`"),
        ("destination.greenhouse.when_archived", "`skip`"),
        ("destination.greenhouse.without_email", "`invalid`"),
        ("destination.greenhouse.ambiguous", "`uncertain`"),
        ("destination.greenhouse.unmatched_education", "`note`"),
        ("destination.greenhouse.attachments.send", "`url`"),
        ("destination.greenhouse.settle", "`120s`"),
        ("destination.greenhouse.account", "`account` of `hireline.yaml`, else `greenhouse`"),
        ("destination.greenhouse.base_url", "`https://harvest.greenhouse.io`"),
        ("destination.greenhouse.auth.oauth_client.token_url", "`https://auth.greenhouse.io/token`"),
        ("destination.greenhouse.auth.oauth_password.scheme", "`Bearer`"),
        ("limits.concurrency", "16"),
        ("limits.max_profiles", "no bound"),
        ("limits.max_failures", "no bound"),
        ("ledger", "`.hireline/ledger.db`"),
        ("account", "`greenhouse`"),
    ];
    match DEFAULTS.iter().find(|(known, _)| *known == path) {
        Some((_, default)) => (*default).to_owned(),
        None => must(parent, key).to_owned(),
    }
}

fn rows(parent: &Value, before: &str, page: &mut String) {
    for (key, schema) in properties(parent) {
        let path = if before.is_empty() { key.clone() } else { format!("{before}.{key}") };
        let about = schema["description"].as_str().unwrap_or_default();
        writeln!(page, "| `{path}` | {} | {} | {} |", schema_kind(schema), default_of(&path, parent, key), cell(about)).unwrap();
        let has_own_page = path == "mapping" || path == "filters";
        if !is_secret(schema) && !has_own_page {
            rows(schema, &path, page);
        }
    }
}

#[test]
fn the_keys_are_those_of_the_program() {
    let mut page = String::new();
    for (title, schema) in
        [("A pipeline", &*schema::PIPELINE), ("A library", &*schema::LIBRARY), ("The workspace: `hireline.yaml`", &*schema::WORKSPACE)]
    {
        writeln!(page, "\n## {title}\n\n| key | takes | default | meaning |\n|---|---|---|---|").unwrap();
        rows(&schema::published(schema), "", &mut page);
    }
    hold("pipeline-file.md", &page);
}

#[test]
fn what_fixtures_keep_is_what_the_program_keeps() {
    let mut page = String::from("\n| field | what becomes of it |\n|---|---|\n");
    for row in TABLE.iter() {
        let fields: Vec<_> = row.fields.iter().map(|field| format!("`{}`", cell(field))).collect();
        writeln!(page, "| {} | {} |", fields.join(", "), cell(row.treatment.about())).unwrap();
    }
    let unknown = hireline::authoring::anonymise::table::Treatment::Unknown.about();
    writeln!(page, "| any other | {}; a member's name too, unless it is a plain word |", cell(unknown)).unwrap();
    hold("fixtures.md", &page);
}

/// What the table says of a default is what the program fills in: to spell all of them out changes nothing.
#[test]
fn the_defaults_are_those_of_the_program() {
    let short = "source: { hrflow: { api_key: { env: A }, user_email: { env: B }, source_keys: [k] } }
destination: { greenhouse: { auth: { oauth_client: { client_id: { env: C }, client_secret: { env: D } } }, job_ids: [1] } }
";
    let long = "source: { hrflow: { api_key: { env: A }, user_email: { env: B }, source_keys: [k],
  profiles: all, base_url: \"https://api.hrflow.ai/v1\", page_size: 30 } }
destination: { greenhouse: { auth: { oauth_client: { client_id: { env: C }, client_secret: { env: D }, token_url: \"https://auth.greenhouse.io/token\" } }, job_ids: [1],
  api: harvest-v3, existing: apply, when_changed: ignore, when_archived: skip, without_email: invalid, ambiguous: uncertain,
  unmatched_education: note, attachments: { send: url }, settle: 120s, account: greenhouse, base_url: \"https://harvest.greenhouse.io\" } }
limits: { concurrency: 16 }
";
    let folder = super::blocks::workspace("shared");
    let [short, long] = [short, long].map(|text| {
        let path = folder.path().join("a.yaml");
        std::fs::write(&path, format!("version: 1\npipeline: a\nmapping: candidate\n{text}")).unwrap();
        let loaded = hireline::language::compile::load(&[path]);
        let pipeline = loaded.pipelines.into_iter().next().unwrap();
        (pipeline.source, pipeline.destination, pipeline.limits)
    });
    assert_eq!(short, long);
}
