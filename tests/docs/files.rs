//! YAML and JSON in the handbook.

use super::blocks::{Block, pages, workspace};
use hireline::base::diagnostic::Severity;
use hireline::cli::report::diagnostics::{Style, human};
use hireline::engine::render::{Rendered, render};
use hireline::language::compile;
use hireline::model::profile::Profile;
use std::path::Path;

/// The sections that a fragment does not have.
const BASE: [(&str, &str); 6] = [
    ("version", "version: 1\n"),
    ("pipeline", "pipeline: example\n"),
    ("imports", "imports: [../shared/acme.yaml]\n"),
    ("source", "source: { hrflow: { $use: careers-site } }\n"),
    ("mapping", "mapping: candidate\n"),
    ("destination", "destination: { greenhouse: { $use: greenhouse-emea, job_ids: [4012] } }\n"),
];

fn keys(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with([' ', '#', '-'])).filter_map(|line| line.split_once(':')).map(|(key, _)| key).collect()
}

/// The whole file: unchanged, or completed with the missing sections.
fn whole(text: &str) -> (&'static str, String) {
    let keys = keys(text);
    let has = |key: &str| keys.contains(&key);
    if has("library") {
        ("library.yaml", text.to_owned())
    } else if has("pipeline") {
        ("example.yaml", text.to_owned())
    } else if has("version") {
        ("hireline.yaml", text.to_owned())
    } else {
        let imports = if has("imports") { "" } else { "imports" };
        let base = BASE.iter().filter(|(key, _)| !has(key) || *key == imports).map(|(_, line)| *line);
        ("example.yaml", base.chain([text]).collect())
    }
}

/// What `check` says of a block, in a workspace with the shared libraries; the file is `example.yaml` there.
fn checked(block: &Block) -> (bool, String) {
    let folder = workspace("shared");
    let (name, text) = whole(&block.text);
    let path = if name == "hireline.yaml" { folder.path().join(name) } else { folder.path().join("pipelines/docs").join(name) };
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    let target = if name == "hireline.yaml" { folder.path().join("pipelines") } else { path.clone() };
    let loaded = compile::load(&[target]);
    let told = if block.word == "warned" { Severity::Warning } else { Severity::Error };
    let faults: Vec<_> = loaded.diagnostics.iter().filter(|d| d.severity == told).cloned().collect();
    let said = human(&faults, Style { width: 100, colour: false });
    (!loaded.has_errors(), said.replace(&format!("{}/", path.parent().unwrap().display()), ""))
}

#[test]
fn every_yaml_block_compiles() {
    for page in pages() {
        for block in page.blocks.iter().filter(|block| block.language == "yaml" && block.word.is_empty()) {
            let (good, said) = checked(block);
            assert!(good, "{}:\n{said}", block.place);
        }
    }
}

#[test]
fn every_wrong_block_is_told_as_the_page_says() {
    let mut seen = 0;
    for page in pages() {
        for (block, next) in page.blocks.iter().zip(page.blocks.iter().skip(1)) {
            if !matches!(block.word.as_str(), "wrong" | "warned") {
                continue;
            }
            let (good, said) = checked(block);
            assert_eq!(good, block.word == "warned", "{}: {said}", block.place);
            // The page shows the fragment; the line numbers are those of the file around it.
            assert_eq!(without_numbers(&next.text), without_numbers(&said), "{}:\n{said}", next.place);
            seen += 1;
        }
    }
    assert!(seen > 3);
}

fn without_numbers(text: &str) -> String {
    let line = |line: &str| match line.split_once('|') {
        Some((number, rest)) if number.trim().chars().all(|c| c.is_ascii_digit()) => format!("|{rest}"),
        _ => line.split(".yaml:").next().unwrap().trim().to_owned(),
    };
    text.trim().lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_json_block_is_json() {
    for page in pages() {
        for block in page.blocks.iter().filter(|block| block.language == "json") {
            let whole = serde_json::from_str::<serde_json::Value>(&block.text).is_ok();
            let lines = block.text.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok());
            assert!(whole || lines, "{}: not JSON", block.place);
        }
    }
}

/// A reader who writes the files of a page as they stand there gets files that are right.
pub fn write(block: &Block, folder: &Path) {
    let path = folder.join(&block.word);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, &block.text).unwrap();
    if block.language == "yaml" {
        let loaded = compile::load(&[path]);
        assert!(!loaded.has_errors(), "{}:\n{}", block.place, human(&loaded.diagnostics, Style { width: 100, colour: false }));
    }
}

/// A mapping before a `json gives` block makes those members of the page's `json profile`; before a `text
/// gives` block, it gives that reason.
#[test]
fn every_mapping_gives_what_its_page_says() {
    let mut seen = 0;
    for page in pages() {
        let profile = page.blocks.iter().find(|block| block.word == "profile");
        for (block, next) in page.blocks.iter().zip(page.blocks.iter().skip(1)).filter(|(_, next)| next.word == "gives") {
            let folder = workspace("shared");
            let path = folder.path().join("pipelines/docs/example.yaml");
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, whole(&block.text).1).unwrap();
            let loaded = compile::load(&[path]);
            let document = serde_json::from_str(&profile.unwrap().text).unwrap();
            let mut profile = Profile::from_document(document).unwrap();
            match render(&loaded.pipelines[0], &mut profile) {
                Rendered::Candidate(candidate) => {
                    let made = serde_json::to_value(candidate).unwrap();
                    let shown: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&next.text).unwrap();
                    for (member, value) in &shown {
                        let made = made.get(member).unwrap_or(&serde_json::Value::Null);
                        assert_eq!(made, value, "{}: {member}", next.place);
                    }
                }
                Rendered::Ended(ending) => assert_eq!(ending.reason.unwrap().trim(), next.text.trim(), "{}", next.place),
            }
            seen += 1;
        }
    }
    assert!(seen > 5);
}
