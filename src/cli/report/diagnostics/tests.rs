use super::*;
use crate::base::diagnostic::Code;
use crate::base::place::SourceFile;
use std::sync::Arc;

fn file() -> Arc<SourceFile> {
    SourceFile::new(
        "pipelines/acme.yaml",
        "version: 1\r\npipeline: acmé\r\nsource:\n  hrflow:\n    sauce_keys: [a]\n    list:\n      - a\n      - b\n",
    )
}

fn find(file: &Arc<SourceFile>, text: &str) -> Place {
    let start = file.text().find(text).unwrap();
    Place::new(file, start, start + text.len())
}

fn example() -> Vec<Diagnostic> {
    let file = file();
    vec![
        Diagnostic::error(
            Code::UnknownKey,
            &find(&file, "sauce_keys"),
            "`source.hrflow` has no key `sauce_keys`, and this sentence is a rather long one",
        )
        .help("did you mean `source_keys`? This help is long, too, so that it has to be broken"),
        Diagnostic::warning(Code::UnknownValue, &find(&file, "acmé"), "an accent").related(&find(&file, "version"), "beside this"),
        Diagnostic::unplaced(Code::UnreadableFile, "b.yaml cannot be read: entity not found"),
    ]
}

#[test]
fn people_see_the_line_the_sentence_and_the_fix() {
    insta::assert_snapshot!(human(&example(), Style { width: 60, colour: false }), @"
    error[unknown-key]: `source.hrflow` has no key `sauce_keys`,
                        and this sentence is a rather long one
     --> pipelines/acme.yaml:5:5
      |
    5 |     sauce_keys: [a]
      |     ^^^^^^^^^^
      |
      = help: did you mean `source_keys`? This help is long,
              too, so that it has to be broken

    warning[unknown-value]: an accent
     --> pipelines/acme.yaml:2:11
      |
    1 | version: 1
      | ------- beside this
    2 | pipeline: acmé
      |           ^^^^

    error[unreadable-file]: b.yaml cannot be read: entity not
                            found
    ");
    assert_eq!(counts(&example()), "2 errors, 1 warning");
}

#[test]
fn nothing_is_wider_than_the_terminal() {
    for width in [60, 72, 100] {
        let text = human(&example(), Style { width, colour: false });
        assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
    }
}

#[test]
fn a_long_line_is_cut_around_what_is_marked() {
    let text = format!("filters:\n  - keep: \"{}\"\n", "@.text_language == 'en' || ".repeat(8));
    let file = SourceFile::new("a.yaml", text);
    let (start, end) = (file.text().find('@').unwrap(), file.text().rfind('|').unwrap());
    for (start, end) in [(start, end), (start + 100, start + 104), (end - 5, end)] {
        for width in [60, 80, 200] {
            let fault = Diagnostic::error(Code::BadPredicate, &Place::new(&file, start, end), "too long");
            let shown = human(&[fault], Style { width, colour: false });
            assert!(shown.lines().all(|line| line.chars().count() <= width) && shown.contains('^'), "{width}\n{shown}");
        }
    }
}

#[test]
fn a_fault_of_several_lines_is_shown_by_its_first() {
    let file = file();
    let fault = Diagnostic::error(Code::WrongType, &find(&file, "- a\n      - b"), "a list");
    insta::assert_snapshot!(human(&[fault], Style::default()), @"
    error[wrong-type]: a list
     --> pipelines/acme.yaml:7:7
      |
    7 |       - a
      |       ^^^
    ");
}

#[test]
fn colours_are_written_only_when_asked_for() {
    assert!(!human(&example(), Style { width: 80, colour: false }).contains('\u{1b}'));
    assert!(human(&example(), Style { width: 80, colour: true }).contains("\u{1b}["));
}

#[test]
fn machines_read_one_object_a_line() {
    insta::assert_snapshot!(json_lines(&example()), @r#"
    {"code":"unknown-key","severity":"error","message":"`source.hrflow` has no key `sauce_keys`, and this sentence is a rather long one","help":"did you mean `source_keys`? This help is long, too, so that it has to be broken","file":"pipelines/acme.yaml","line":5,"column":5,"end_line":5,"end_column":15}
    {"code":"unknown-value","severity":"warning","message":"an accent","file":"pipelines/acme.yaml","line":2,"column":11,"end_line":2,"end_column":15}
    {"code":"unreadable-file","severity":"error","message":"b.yaml cannot be read: entity not found"}
    "#);
}

#[test]
fn a_file_cannot_steer_the_terminal() {
    let file = SourceFile::new("a\u{1b}[2J.yaml", "k: \u{1b}]0;x\u{7} \u{9b}31m \u{202e}abc \u{2066}d\n");
    let fault = Diagnostic::error(Code::WrongType, &find(&file, "k"), "a \u{1b}[31m message").help("\u{9b}2J");
    let shown = human(&[fault], Style { width: 80, colour: false });
    assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
    assert!(!shown.contains(['\u{202e}', '\u{2066}']), "{shown:?}");
}

#[test]
fn secrets_are_masked_by_place_by_key_and_by_shape() {
    let text = "api_key: hunter2-a\npasword: 'hunter2-b' # typo\nx: { client_secret: hunter2-c, y: 1 }\nz: ask_0123456789abcdef0123456789abcdef\nq: hunter2-d\n";
    let file = SourceFile::new("a.yaml", text);
    let told = Diagnostic::error(Code::SecretInFile, &find(&file, "hunter2-d"), "a secret");
    let mut all = vec![told];
    all.extend(["api_key", "pasword", "x:", "z:", "q:"].map(|key| Diagnostic::error(Code::UnknownKey, &find(&file, key), "unknown")));
    let shown = human(&all, Style::default());
    assert!(!shown.contains("hunter2") && !shown.contains("0123456789"), "{shown}");
    assert!(shown.contains("y: 1"), "what is no secret stays: {shown}");
}

#[test]
fn where_a_secret_is_to_be_had_is_no_secret() {
    let file = SourceFile::new("a.yaml", "api_key: { env: HRFLOW_API_KEY }\n");
    let fault = Diagnostic::error(Code::UnknownKey, &find(&file, "api_key"), "x");
    assert!(human(&[fault], Style::default()).contains("HRFLOW_API_KEY"));
}
