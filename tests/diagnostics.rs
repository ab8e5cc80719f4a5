//! Wrong files and what `check` says. Each file in `invalid/` has one mistake; its snapshot is what `check`
//! prints.

use crate::properties;
use hireline::cli::report::diagnostics::{Style, human, json_lines};
use hireline::language::compile;
use proptest::prelude::*;
use std::path::Path;

#[test]
fn every_mistake_is_told_where_it_is() {
    insta::glob!("invalid/*.yaml", |path| {
        if path.ends_with("hireline.yaml") {
            return;
        }
        let shown = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        let loaded = compile::load(&[shown.to_owned()]);
        let text = human(&loaded.diagnostics, Style::default());
        let machine = json_lines(&loaded.diagnostics);
        for secret in ["hunter2", "0123456789abcdef", "20202020"] {
            assert!(!text.contains(secret) && !machine.contains(secret), "a secret is shown:\n{text}");
        }
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, input_file => "" }, {
            insta::assert_snapshot!(text);
        });
    });
}

const PIPELINE: &str = include_str!("invalid/defaults-spelled-out-are-fine.yaml");

fn loads_and_draws(bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    std::fs::write(&path, bytes).unwrap();
    let loaded = compile::load(&[path]);
    properties::drawn(&loaded.diagnostics);
    assert!(loaded.pipelines.is_empty() || !loaded.has_errors(), "a pipeline with an error is handed out");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Bytes of a good pipeline, some of them changed, taken out or doubled.
    #[test]
    fn no_slip_of_the_pen_makes_it_panic(edits in proptest::collection::vec((0..PIPELINE.len(), 0..4u8, any::<u8>()), 1..6)) {
        let mut bytes = PIPELINE.as_bytes().to_vec();
        for (at, kind, byte) in edits {
            let at = at.min(bytes.len().saturating_sub(1));
            match kind {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, byte),
                // A whole line goes.
                _ => {
                    let end = bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |found| at + found);
                    drop(bytes.drain(at..end));
                }
            }
            if bytes.is_empty() {
                break;
            }
        }
        loads_and_draws(&bytes);
    }

    /// Signs that mean something to YAML, and values where others belong.
    #[test]
    fn no_other_value_makes_it_panic(line in 0..PIPELINE.lines().count(), value in "[-a-c0-9:{}\\[\\]&*!|>'\"@%#?, \t~.é]{0,20}") {
        let lines = PIPELINE.lines().enumerate().map(|(at, text)| match text.split_once(':') {
            Some((key, _)) if at == line => format!("{key}: {value}\n"),
            _ => format!("{text}\n"),
        });
        loads_and_draws(lines.collect::<String>().as_bytes());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        loads_and_draws(&bytes);
    }
}

fn speaks_plainly(text: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    std::fs::write(&path, text).unwrap();
    properties::speaks_plainly(&compile::load(&[path]).diagnostics, text);
}

const LONGER: &str = include_str!("../pipelines/acme/platform.yaml");

#[test]
fn no_message_of_these_files_is_a_machines() {
    for path in glob::glob("tests/invalid/*.yaml").unwrap() {
        if let Ok(text) = std::fs::read_to_string(path.unwrap()) {
            speaks_plainly(&text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, rng_seed: proptest::test_runner::RngSeed::Fixed(20), ..ProptestConfig::default() })]

    /// Characters taken out, doubled or exchanged.
    #[test]
    fn slips_are_told_in_plain_words(edits in proptest::collection::vec((any::<prop::sample::Index>(), 0..4u8), 1..4), longer in any::<bool>()) {
        let mut text: Vec<char> = if longer { LONGER } else { PIPELINE }.chars().collect();
        for (at, kind) in edits {
            let at = at.index(text.len() - 1);
            match kind {
                0 => drop(text.remove(at)),
                1 => text.insert(at, text[at]),
                _ => text.swap(at, at + 1),
            }
        }
        speaks_plainly(&text.into_iter().collect::<String>());
    }

    /// Lines moved, taken out, indented anew.
    #[test]
    fn moved_lines_are_told_in_plain_words(edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..4u8), 1..3), longer in any::<bool>()) {
        let mut lines: Vec<String> = if longer { LONGER } else { PIPELINE }.lines().map(str::to_owned).collect();
        for (from, to, kind) in edits {
            let (from, to) = (from.index(lines.len()), to.index(lines.len()));
            match kind {
                0 => drop(lines.remove(from)),
                1 => lines[from] = format!("  {}", lines[from]),
                2 => lines[from] = lines[from].trim_start().to_owned(),
                _ => {
                    let line = lines.remove(from);
                    lines.insert(to.min(lines.len()), line);
                }
            }
        }
        speaks_plainly(&lines.join("\n"));
    }

    /// A value of another kind.
    #[test]
    fn other_values_are_told_in_plain_words(line in any::<prop::sample::Index>(), value in prop::sample::select(vec![
        "", "yes", "true", "null", "5", "-1", "1.5", "[]", "{}", "[a, 2]", "{ a: b }", "text", "\"\"", "'{{ x }}'", "\"{{ profile.info.email }}\"", "|", "> x", "~", "1e99", "0x1F",
    ])) {
        let lines: Vec<&str> = LONGER.lines().collect();
        let at = line.index(lines.len());
        let changed = lines.iter().enumerate().map(|(number, line)| match line.split_once(':') {
            Some((key, _)) if number == at => format!("{key}: {value}\n"),
            _ => format!("{line}\n"),
        });
        speaks_plainly(&changed.collect::<String>());
    }
}

/// What comes with Hireline is without fault.
#[test]
fn a_good_pipeline_is_told_nothing() {
    let loaded = compile::load(&[Path::new("tests/invalid/defaults-spelled-out-are-fine.yaml").to_owned()]);
    assert_eq!(human(&loaded.diagnostics, Style::default()), "");
    assert_eq!(loaded.pipelines.len(), 1);
}
