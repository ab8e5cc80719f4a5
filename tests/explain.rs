//! The pages of the codes: each example gives what its page says, and the verb shows them.

use crate::harness::BINARY;
use hireline::base::diagnostic::{Code, Diagnostic, Example};
use hireline::cli::report::diagnostics::{Style, human};
use hireline::language::compile::Loader;
use std::path::Path;
use std::process::{Command, Output};

/// What an example of some sections leaves out. No environment: only one code is about that.
const BASE: [(&str, &str); 5] = [
    ("version", "version: 1\n"),
    ("pipeline", "pipeline: example\n"),
    ("source", "source: { files: { path: \"profiles/*.json\" } }\n"),
    ("mapping", "mapping: candidate\n"),
    ("destination", "destination: { greenhouse: { auth: { access_token: { command: [print-token] } }, job_ids: [4012] } }\n"),
];

fn whole(text: &str) -> String {
    let has = |key: &str| text.lines().any(|line| line.split_once(':').is_some_and(|(written, _)| written == key));
    if has("library") || has("version") {
        return text.to_owned();
    }
    BASE.iter().filter(|(key, _)| !has(key)).map(|(_, line)| *line).chain([text]).collect()
}

/// What `check` says of these files: of the last one, or of the whole workspace where a page is about all of it.
fn told(code: Code, examples: &[&Example]) -> Vec<Diagnostic> {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("hireline.yaml", "version: 1\n");
    let mut target = folder.path().to_owned();
    for example in examples {
        match (example.language, example.file) {
            ("sh", _) => {
                write("pipelines/example.yaml", &whole(""));
                target = folder.path().join(example.text.trim().strip_prefix("hireline check ").unwrap());
            }
            (_, file) => {
                let file = file.unwrap_or("example.yaml");
                write(file, &whole(example.text));
                target = folder.path().join(file);
            }
        }
    }
    if code == Code::UnusedName {
        target = folder.path().to_owned();
    }
    // Variables of the machine that runs the tests matter to no page but one.
    Loader::default().warn_of_unset_variables(code == Code::SecretUnavailable).check(&[target]).diagnostics
}

#[test]
fn every_wrong_example_gives_its_code_and_the_right_one_gives_none() {
    let mut faults = String::new();
    for code in Code::ALL {
        let page = code.page();
        for (examples, wanted) in [(&page.wrong, vec![*code]), (&page.right, vec![])] {
            let files: Vec<&Example> = page.beside.iter().chain(examples).collect();
            let told = told(*code, &files);
            if told.iter().map(|fault| fault.code).collect::<Vec<_>>() != wanted {
                faults += &format!("{code}, wanted {wanted:?}:\n{}\n", human(&told, Style::default()));
            }
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

fn explain(words: &[&str]) -> Output {
    Command::new(BINARY).arg("explain").args(words).current_dir(Path::new(env!("CARGO_MANIFEST_DIR"))).output().unwrap()
}

#[test]
fn all_codes_are_listed_a_line_each() {
    let output = explain(&[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    for code in Code::ALL {
        assert!(text.lines().any(|line| line.starts_with(&format!("{code} "))), "{code}: {text}");
    }
}

#[test]
fn a_code_is_found_as_it_is_copied() {
    let page = explain(&["unknown-key"]);
    assert!(page.status.success());
    for written in ["error[unknown-key]:", "Unknown-Key", "unknown_key", "unknown key"] {
        assert_eq!(explain(&[written]).stdout, page.stdout, "{written}");
    }
}

#[test]
fn an_unknown_code_is_told_with_the_nearest() {
    for (written, said) in
        [("unknwon-key", "did you mean `unknown-key`?"), ("predicate", "did you mean `bad-predicate`?"), ("xyz", "lists them all")]
    {
        let output = explain(&[written]);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(error.contains(said), "{written}: {error}");
    }
}
