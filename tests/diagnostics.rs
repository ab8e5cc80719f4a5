//! Wrong files and what their authors are told. Each file in `invalid/` holds one mistake; its snapshot is what `check` shows.

use hireline::compile;
use hireline::report::diagnostics::{Style, human, json_lines};
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
    let drawn = human(&loaded.diagnostics, Style { width: 60, colour: false });
    assert!(drawn.chars().all(|c| c == '\n' || !c.is_control()));
    assert!(json_lines(&loaded.diagnostics).lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
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

/// What comes with Hireline is without fault.
#[test]
fn a_good_pipeline_is_told_nothing() {
    let loaded = compile::load(&[Path::new("tests/invalid/defaults-spelled-out-are-fine.yaml").to_owned()]);
    assert_eq!(human(&loaded.diagnostics, Style::default()), "");
    assert_eq!(loaded.pipelines.len(), 1);
}
