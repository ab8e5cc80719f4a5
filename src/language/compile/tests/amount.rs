//! How much is told of a file.

use super::*;

#[test]
fn an_unset_variable_is_told_once_a_file() {
    let twice = with(PIPELINE, "{ file: /run/secrets/email }", "{ env: HIRELINE_TEST_UNSET }")
        .replace("env: HRFLOW_API_KEY", "env: HIRELINE_TEST_UNSET");
    let folder = Folder::new(&[("p.yaml", &twice)]);
    let loaded = Loader::default().warn_of_unset_variables(true).load(&[folder.path("p.yaml")]);
    let told = loaded.diagnostics.iter().filter(|fault| fault.message.contains("HIRELINE_TEST_UNSET")).count();
    assert_eq!(told, 1);
}

#[test]
fn a_file_of_nothing_but_faults_is_told_in_short() {
    let keys: String = (0..20_000).map(|n| format!("key{n}: 1\n")).collect();
    let spread: String = (0..300).map(|n| format!("      - {{ name: \"{{{{ nope{n} }}}}\" }}\n")).collect();
    let faulty = with(PIPELINE, "mapping: candidate", &format!("mapping:\n  $use: candidate\n  notes:\n{spread}"));
    let folder = Folder::new(&[("keys.yaml", &format!("{PIPELINE}{keys}")), ("spread.yaml", &faulty)]);
    let loaded = folder.load("keys.yaml");
    assert!(loaded.has_errors() && loaded.diagnostics.len() == 101, "{}", loaded.diagnostics.len());
    assert_eq!(loaded.diagnostics[100].message, "19900 more keys of this block are unknown");
    let loaded = folder.load("spread.yaml");
    assert!(loaded.has_errors() && loaded.diagnostics.len() == 101, "{}", loaded.diagnostics.len());
    assert!(loaded.diagnostics[100].message.ends_with("more errors in this file are not shown"));
}

#[test]
fn a_huge_file_is_not_read() {
    let folder = Folder::new(&[]);
    std::fs::File::create(folder.path("a.yaml")).unwrap().set_len(1 << 40).unwrap();
    assert_eq!(folder.told(&folder.load("a.yaml")), " unreadable-file a.yaml is larger than 1048576 bytes");
}
